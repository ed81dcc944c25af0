"""How uneven labels are: IRLbl, MeanIR, CVIR and SCUMBLE."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastbal.multilabel._label_matrix import LabelMatrix

__all__ = ["cvir", "irlbl", "mean_ir", "scumble"]


def irlbl(y: Any) -> NDArray[np.float64]:
    """Imbalance ratio of each label: rows of the most frequent label over rows of this one.

    Parameters
    ----------
    y : {array-like, dataframe, sparse matrix} of shape (n_rows, n_labels)
        1 where a row has a label, 0 elsewhere.

    Returns
    -------
    ndarray of shape (n_labels,), float64
        1 for the most frequent label; NaN for a label without rows.

    Raises
    ------
    ValueError
        If y is no matrix of 0 and 1.

    References
    ----------
    Charte, Rivera, del Jesus, Herrera: Addressing imbalance in multilabel classification: measures and random
    resampling algorithms. Neurocomputing 163 (2015), 3-16.

    Examples
    --------
    >>> from fastbal.multilabel import irlbl
    >>> irlbl([[1, 0, 0], [1, 1, 0], [1, 0, 0], [1, 1, 0]])
    array([ 1.,  2., nan])
    """
    return LabelMatrix(y).indicator.ratios.copy()


def mean_ir(y: Any) -> float:
    """Mean of the labels' imbalance ratios. Labels above it are minority labels.

    Parameters
    ----------
    y : {array-like, dataframe, sparse matrix} of shape (n_rows, n_labels)
        1 where a row has a label, 0 elsewhere.

    Returns
    -------
    float
        1 if all labels are equally frequent; NaN if no row has a label. Labels without rows are left out.

    Raises
    ------
    ValueError
        If y is no matrix of 0 and 1.

    References
    ----------
    Charte, Rivera, del Jesus, Herrera: Addressing imbalance in multilabel classification: measures and random
    resampling algorithms. Neurocomputing 163 (2015), 3-16.

    Examples
    --------
    >>> from fastbal.multilabel import mean_ir
    >>> mean_ir([[1, 0, 0], [1, 1, 0], [1, 0, 0], [1, 1, 0]])
    1.5
    """
    return LabelMatrix(y).indicator.mean_ratio


def cvir(y: Any) -> float:
    """Coefficient of variation of the labels' imbalance ratios: their standard deviation over their mean.

    Parameters
    ----------
    y : {array-like, dataframe, sparse matrix} of shape (n_rows, n_labels)
        1 where a row has a label, 0 elsewhere.

    Returns
    -------
    float
        0 if all labels are equally frequent; NaN if fewer than two labels occur. The standard deviation is that of a
        sample, with n_labels − 1; labels without rows are left out.

    Raises
    ------
    ValueError
        If y is no matrix of 0 and 1.

    References
    ----------
    Charte, Rivera, del Jesus, Herrera: Addressing imbalance in multilabel classification: measures and random
    resampling algorithms. Neurocomputing 163 (2015), 3-16.

    Examples
    --------
    >>> from fastbal.multilabel import cvir
    >>> round(cvir([[1, 0, 0], [1, 1, 0], [1, 0, 0], [1, 1, 0]]), 3)
    0.471
    """
    indicator = LabelMatrix(y).indicator
    ratios = indicator.ratios[indicator.counts > 0]
    return float(ratios.std(ddof=1) / ratios.mean()) if len(ratios) > 1 else float("nan")


def scumble(y: Any, *, per_row: bool = False) -> Any:
    """How much rare and common labels stand together in rows (SCUMBLE).

    Of a row: 1 − geometric mean / arithmetic mean of the imbalance ratios of its labels. It is 0 if they are equally
    frequent, or if the row has none. Where it is high, cloning rare labels clones common ones, too.

    Parameters
    ----------
    y : {array-like, dataframe, sparse matrix} of shape (n_rows, n_labels)
        1 where a row has a label, 0 elsewhere.
    per_row : bool, default=False
        Whether to return the value of each row instead of their mean.

    Returns
    -------
    float, or ndarray of shape (n_rows,), float64
        From 0 to 1, 1 excluded.

    Raises
    ------
    ValueError
        If y is no matrix of 0 and 1.

    References
    ----------
    Charte, Rivera, del Jesus, Herrera: Concurrence among imbalanced labels and its influence on multilabel resampling
    algorithms. HAIS (2014), 110-121.

    Examples
    --------
    >>> from fastbal.multilabel import scumble
    >>> y = [[1, 0], [1, 1], [1, 0], [1, 0]]
    >>> scumble(y, per_row=True).round(3)
    array([0. , 0.2, 0. , 0. ])
    >>> round(scumble(y), 3)
    0.05
    """
    values = LabelMatrix(y).indicator.scumble
    return values.copy() if per_row else float(values.mean())
