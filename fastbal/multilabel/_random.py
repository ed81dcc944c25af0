"""Rows of rare labels are cloned at random, or rows without any are left out."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fastbal._core.draws import Draws
from fastbal._core.label_measures import Indicator
from fastbal._core.recipe import Recipe, Rows, row_number_type
from fastbal._sklearn import Interval
from fastbal.multilabel.base import BaseRandomMultilabelSampler, Drawn, MadeForLabels


class MLROS(MadeForLabels, BaseRandomMultilabelSampler):
    """Over-sample several labels by cloning rows of the rare ones (ML-ROS, Charte et al. 2015).

    The labels that are rarer than the mean take turns: a row of each is cloned, with all its labels. A label that is
    no rarer than the mean any more takes part no longer.

    Parameters
    ----------
    percent : float, default=25
        Most rows that are cloned, in percent of the rows of the table. It ends earlier if no label is left.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.

    Attributes
    ----------
    irlbl_ : ndarray of shape (n_labels,), float64
        Imbalance ratio of each label of the table as it was given; NaN for one without rows.
    mean_ir_ : float
        Their mean: what labels are compared with, throughout.
    sample_indices_ : ndarray of shape (n_rows_new,), int64
        For each row of the output its row number in the input: first all of them, then the clones.
    made_for_ : ndarray of shape (n_made,), integer
        For each clone the label, as column of y, whose turn it was.
    recipe_ : Recipe
        Which rows the output consists of.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    See Also
    --------
    MLSMOTE : New rows between rows, with labels by the vote of neighbours.
    REMEDIAL : Rows in which rare and common labels stand together are split first.

    Notes
    -----
    Columns may hold anything, missing values included; they are taken as they are. A clone has the common labels of its
    row, too: the most frequent label grows with the clones, and counts with them.

    References
    ----------
    Charte, Rivera, del Jesus, Herrera: Addressing imbalance in multilabel classification: measures and random
    resampling algorithms. Neurocomputing 163 (2015), 3-16.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.multilabel import MLROS
    >>> X, y = np.arange(8).reshape(8, 1), np.array([[1, 0]] * 6 + [[0, 1]] * 2)
    >>> sampler = MLROS(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> y.sum(axis=0), y_resampled.sum(axis=0)
    (array([6, 2]), array([6, 3]))
    >>> sampler.sample_indices_[8:], sampler.made_for_
    (array([7]), array([1]))
    """

    def _draw_rows(self, X: None, labels: Indicator, groups: NDArray[Any] | None, draws: Draws) -> Drawn:
        from fastbal._kernels.clones import clone_in_turn

        if not labels.is_minority.any():
            self._say_that_nothing_is_done("no label is rarer than the mean.")
            return Drawn(Recipe(n_rows=labels.n_rows))
        minority = np.flatnonzero(labels.is_minority)
        n_asked = self._n_asked(labels)
        base: Rows = np.empty(n_asked, row_number_type(labels.n_rows))
        made_for = np.empty(n_asked, np.int64)
        begin, members = labels.by_label
        n_made = clone_in_turn(
            labels.Y.indptr,
            labels.Y.indices,
            begin,
            members,
            minority,
            labels.mean_ratio,
            labels.counts.copy(),
            draws.stream().uniform(n_asked),
            base,
            made_for,
        )
        return Drawn(Recipe(n_rows=labels.n_rows, base=base[:n_made].copy(), label=made_for[:n_made].copy()))


class MLRUS(BaseRandomMultilabelSampler):
    """Under-sample several labels by leaving out rows that have no rare one (ML-RUS, Charte et al. 2015).

    Rows with a label that is rarer than the mean stay. Of the others, some are left out at random.

    Parameters
    ----------
    percent : float, default=25
        How many rows are left out, in percent of the rows of the table; fewer if there are not so many without a rare
        label.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.

    Attributes
    ----------
    irlbl_ : ndarray of shape (n_labels,), float64
        Imbalance ratio of each label of the table as it was given; NaN for one without rows.
    mean_ir_ : float
        Their mean.
    sample_indices_ : ndarray of shape (n_rows_new,), int64
        Row numbers of the rows kept, ascending.
    recipe_ : Recipe
        Which rows the output consists of.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    See Also
    --------
    LPRUS : Leaves out rows of the most frequent label sets.

    Notes
    -----
    Columns may hold anything, missing values included; they are taken as they are. Rows without labels have no rare
    one, so they may be left out.

    References
    ----------
    Charte, Rivera, del Jesus, Herrera: Addressing imbalance in multilabel classification: measures and random
    resampling algorithms. Neurocomputing 163 (2015), 3-16.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.multilabel import MLRUS
    >>> X, y = np.arange(8).reshape(8, 1), np.array([[1, 0]] * 6 + [[0, 1]] * 2)
    >>> X_resampled, y_resampled = MLRUS(random_state=0).fit_resample(X, y)
    >>> y_resampled.sum(axis=0)
    array([4, 2])
    """

    _keeps_index = True
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseRandomMultilabelSampler._parameter_constraints,
        "percent": [Interval(Real, 0, 100, closed="left")],
    }

    def _draw_rows(self, X: None, labels: Indicator, groups: NDArray[Any] | None, draws: Draws) -> Drawn:
        candidates = np.flatnonzero(~labels.has_minority)
        n_asked = min(self._n_asked(labels), len(candidates))
        if not len(candidates):
            self._say_that_nothing_is_done("every row has a label that is rarer than the mean.")
        is_kept = np.ones(labels.n_rows, bool)
        is_kept[candidates[draws.stream().distinct(len(candidates), n_asked)]] = False
        return Drawn(Recipe(n_rows=labels.n_rows, kept=np.flatnonzero(is_kept)))
