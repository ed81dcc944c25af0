"""Every set of labels as a class: rows of rare sets are cloned, or rows of frequent ones left out."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fastbal._core.draws import Draws
from fastbal._core.label_measures import Indicator
from fastbal._core.label_sets import encode_label_sets, share_out
from fastbal._core.recipe import Block, Recipe, Rows, join
from fastbal._core.target import Target
from fastbal._sklearn import Interval
from fastbal.multilabel.base import BaseRandomMultilabelSampler, Drawn

_SAME_SIZE = "all sets of labels have as many rows as the mean, up to one."


class LPROS(BaseRandomMultilabelSampler):
    """Over-sample several labels by cloning rows of rare label sets (LP-ROS, Charte et al. 2015).

    Every set of labels that occurs is a class (label powerset). Those with fewer rows than the mean get clones of their
    own rows, evenly and up to the mean; what one cannot take, the others get.

    Parameters
    ----------
    percent : float, default=25
        How many rows are cloned, in percent of the rows of the table; fewer if that would bring sets above the mean.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.

    Attributes
    ----------
    irlbl_ : ndarray of shape (n_labels,), float64
        Imbalance ratio of each label of the table as it was given; NaN for one without rows.
    mean_ir_ : float
        Their mean.
    n_label_sets_ : int
        How many sets of labels occur, that of rows without labels included.
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
    MLROS : Goes by labels instead of sets of them.

    Notes
    -----
    Columns may hold anything, missing values included; they are taken as they are. Where most rows have a label set of
    their own, the mean is near 1 and little can be done.

    References
    ----------
    Charte, Rivera, del Jesus, Herrera: Addressing imbalance in multilabel classification: measures and random
    resampling algorithms. Neurocomputing 163 (2015), 3-16.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.multilabel import LPROS
    >>> X, y = np.arange(12).reshape(12, 1), np.array([[1, 0]] * 8 + [[1, 1]] * 3 + [[0, 1]])
    >>> X_resampled, y_resampled = LPROS(random_state=0).fit_resample(X, y)
    >>> y_resampled[12:].tolist()
    [[0, 1], [0, 1], [1, 1]]
    """

    def _draw_rows(self, X: None, labels: Indicator, groups: NDArray[Any] | None, draws: Draws) -> Drawn:
        target = encode_label_sets(labels.Y)
        self.n_label_sets_ = len(target.counts)
        # Whole rows up to the mean, smallest sets first.
        room = np.maximum(labels.n_rows // len(target.counts) - target.counts, 0)
        if not room.any():
            self._say_that_nothing_is_done(_SAME_SIZE)
        stream = draws.stream()
        blocks = []
        for code, rows, n_new in _shared(target, room, self._n_asked(labels)):
            blocks.append(Block(code, rows[stream.integers(len(rows), n_new)]))
        return Drawn(join(blocks, n_rows=labels.n_rows))


class LPRUS(BaseRandomMultilabelSampler):
    """Under-sample several labels by leaving out rows of frequent label sets (LP-RUS, Charte et al. 2015).

    Every set of labels that occurs is a class (label powerset). Those with more rows than the mean lose some at random,
    evenly and down to the mean; what one cannot lose, the others do.

    Parameters
    ----------
    percent : float, default=25
        How many rows are left out, in percent of the rows of the table; fewer if that would bring sets below the mean.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.

    Attributes
    ----------
    irlbl_ : ndarray of shape (n_labels,), float64
        Imbalance ratio of each label of the table as it was given; NaN for one without rows.
    mean_ir_ : float
        Their mean.
    n_label_sets_ : int
        How many sets of labels occur, that of rows without labels included.
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
    MLRUS : Leaves out rows without a rare label.

    Notes
    -----
    Columns may hold anything, missing values included; they are taken as they are. A rare label goes with its frequent
    set: if it stands only beside a common label, its rows may be left out.

    References
    ----------
    Charte, Rivera, del Jesus, Herrera: Addressing imbalance in multilabel classification: measures and random
    resampling algorithms. Neurocomputing 163 (2015), 3-16.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.multilabel import LPRUS
    >>> X, y = np.arange(12).reshape(12, 1), np.array([[1, 0]] * 8 + [[1, 1]] * 3 + [[0, 1]])
    >>> X_resampled, y_resampled = LPRUS(random_state=0).fit_resample(X, y)
    >>> y_resampled.tolist().count([1, 0]), len(y_resampled)
    (5, 9)
    """

    _keeps_index = True
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseRandomMultilabelSampler._parameter_constraints,
        "percent": [Interval(Real, 0, 100, closed="left")],
    }

    def _draw_rows(self, X: None, labels: Indicator, groups: NDArray[Any] | None, draws: Draws) -> Drawn:
        target = encode_label_sets(labels.Y)
        self.n_label_sets_ = len(target.counts)
        # Whole rows down to the mean.
        room = np.maximum(target.counts + (-labels.n_rows // len(target.counts)), 0)
        if not room.any():
            self._say_that_nothing_is_done(_SAME_SIZE)
        stream = draws.stream()
        is_kept = np.ones(labels.n_rows, bool)
        for _, rows, n_lost in _shared(target, room, self._n_asked(labels)):
            is_kept[rows[stream.distinct(len(rows), n_lost)]] = False
        return Drawn(Recipe(n_rows=labels.n_rows, kept=np.flatnonzero(is_kept)))


def _shared(target: Target, room: NDArray[np.int64], total: int) -> Iterator[tuple[int, Rows, int]]:
    """Label sets that get a share of a number of rows, those with most room first; their rows, and the share."""
    by_set = np.split(np.argsort(target.codes, kind="stable"), np.cumsum(target.counts)[:-1])
    order = np.argsort(-room, kind="stable")
    for code, share in zip(order.tolist(), share_out(total, room[order]).tolist(), strict=True):
        if share:
            yield code, by_set[code], share
