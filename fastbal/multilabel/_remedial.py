"""Rows in which rare and common labels stand together are split in two."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._containers.table import Table
from fastbal._core.draws import Draws
from fastbal._core.label_measures import Indicator
from fastbal._core.recipe import Recipe, Rows, row_number_type
from fastbal._sklearn import Tags
from fastbal.base import SelectionMixin
from fastbal.multilabel.base import BaseMultilabelSampler, Drawn


class REMEDIAL(SelectionMixin, BaseMultilabelSampler):
    """Split rows in which rare and common labels stand together (REMEDIAL, Charte et al. 2015).

    A row whose SCUMBLE is above the mean keeps its common labels, and a clone of it, at the end of the table, gets its
    rare ones: those whose imbalance ratio is above the mean. Over-sampling rare labels afterwards leaves the common
    ones alone.

    Attributes
    ----------
    irlbl_ : ndarray of shape (n_labels,), float64
        Imbalance ratio of each label of the table as it was given; NaN for one without rows.
    mean_ir_ : float
        Their mean.
    scumble_ : float
        The mean of the rows' SCUMBLE in the table as it was given.
    sample_indices_ : ndarray of shape (n_rows_new,), int64
        For each row of the output its row number in the input: first all of them, then the clones.
    recipe_ : Recipe
        Which rows the output consists of.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    See Also
    --------
    scumble : The measure.

    Notes
    -----
    Nothing is random. Columns of X may hold anything. A row whose labels are all rare, or all common, is not split,
    even if they differ much in frequency: one of the halves would have no label. In R's mldr such rows are split all
    the same.

    The number of rows per label does not change. What a model learns from half a row is that the other labels are
    absent, which is not true; judge the result by a score on rows as they are.

    References
    ----------
    Charte, Rivera, del Jesus, Herrera: Resampling multilabel datasets by decoupling highly imbalanced labels.
    HAIS (2015), 489-501.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.multilabel import REMEDIAL
    >>> X, y = np.arange(6).reshape(6, 1), np.array([[1, 0]] * 5 + [[1, 1]])
    >>> X_resampled, y_resampled = REMEDIAL().fit_resample(X, y)
    >>> X_resampled[5:].ravel(), y_resampled[5:].tolist()
    (array([5, 5]), [[1, 0], [0, 1]])
    """

    def _read_values(self, table: Table) -> None:
        """Nothing: any table will do."""

    def _draw_rows(self, X: None, labels: Indicator, groups: NDArray[Any] | None, draws: Draws) -> Drawn:
        self.scumble_ = float(labels.scumble.mean())
        Y, n_rare = labels.Y, labels.Y @ labels.is_minority.astype(np.int32)
        is_above = labels.scumble > self.scumble_ * (1 + 1e-12)  # equal values are not, whatever rounding makes of them
        is_split = is_above & (n_rare > 0) & (n_rare < np.diff(Y.indptr))
        rows: Rows = np.flatnonzero(is_split).astype(row_number_type(labels.n_rows))
        recipe = Recipe(n_rows=labels.n_rows, base=rows, label=np.full(len(rows), -1))
        is_rare = labels.is_minority[Y.indices]
        rare = _some_entries(Y, is_rare)[rows]
        common = _some_entries(Y, ~(is_rare & np.repeat(is_split, np.diff(Y.indptr))))
        return Drawn(recipe, Y=sparse.vstack([common, rare], format="csr"))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        return tags


def _some_entries(Y: Any, is_wanted: NDArray[np.bool_]) -> Any:
    part = sparse.csr_array((is_wanted.astype(np.int32), Y.indices.copy(), Y.indptr.copy()), shape=Y.shape)
    part.eliminate_zeros()
    return part
