"""More new rows where a class is harder to tell from the others: ADASYN."""

from __future__ import annotations

import warnings
from numbers import Integral
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from fastbal._core.draws import Draws, Stream
from fastbal._core.plan import Plan, Strategy, growing
from fastbal._core.recipe import Recipe, Rows, join
from fastbal._core.segments import segments
from fastbal._core.target import Target
from fastbal._neighborhood import Around, Neighborhood, capped, pool_of
from fastbal._sklearn import HasMethods, Interval, StrOptions
from fastbal.over_sampling._borderline import count_foreign
from fastbal.over_sampling.base import BaseOverSampler, MissingMixin, RejectMixin


class ADASYN(RejectMixin, MissingMixin, BaseOverSampler):
    """Over-sample each row in proportion to its neighbours of other classes (He et al. 2008).

    Each row of a class gets a share of the new rows that is proportional to the share of other classes among its
    `n_neighbors` nearest rows. New rows lie between it and one of its `n_neighbors` nearest rows in the class.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows each class shall have; see `SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.
    n_neighbors : int, "auto" or object, default=5
        Number of neighbours, the row itself not counted; or an unfitted object with a method ``kneighbors``, which
        must look for one more.
    missing : {"error", "keep"}, default="error"
        What to do with missing numbers (NaN, null): refuse them, or keep them. Distances are then over the columns that
        both rows have (scikit-learn's ``nan_euclidean_distances``), and where one of the two rows between which a new
        row lies has no number, the new one is that of the nearer of them, or missing like it.
    reject : float or None, default=None
        Draw a new row again if so many of its nearest rows are of other classes, as a share from above 0 to 1 (Lee et
        al. 2015); 0.5 leaves new rows where their class is in the majority. None keeps all.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Label to number of rows made.
    nn_ : object
        The search used; it finds ``n_neighbors + 1`` rows, the first of them the row itself.
    recipe_ : Recipe
        Which rows the output consists of.
    is_synthetic_ : ndarray of shape (n_rows_new,), bool
        Which rows of the output are new.
    base_indices_, neighbor_indices_ : ndarray of shape (n_made,)
        For each new row: the rows of the input between which it lies.
    step_ : ndarray of shape (n_made,), float64
        For each new row: how far it is from the first of them to the second, from 0 to 1.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Notes
    -----
    Shares of whole rows must be rounded. imbalanced-learn rounds each for itself, so that in all there are some rows
    too many or too few; here their number is the number asked for. The rows are those of imbalanced-learn for the same
    `random_state`, but: where there are too many, the rows whose share was rounded up most lose their last one; where
    there are too few, those rounded down most get one more, at the end of the class's new rows.

    Where no row of a class has a neighbour of another class, imbalanced-learn fails. Here all rows of the class are
    alike then, and a warning says so.

    References
    ----------
    He, Bai, Garcia, Li: ADASYN: Adaptive synthetic sampling approach for imbalanced learning. IJCNN (2008), 1322-1328.

    Examples
    --------
    >>> from collections import Counter
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.over_sampling import ADASYN
    >>> X, y = make_classification(n_samples=1000, weights=[0.1, 0.9], flip_y=0, random_state=10)
    >>> X_resampled, y_resampled = ADASYN(random_state=42).fit_resample(X, y)
    >>> sorted(Counter(y_resampled.tolist()).items())
    [(0, 900), (1, 900)]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseOverSampler._parameter_constraints,
        **MissingMixin._missing_constraints,
        **RejectMixin._reject_constraints,
        "n_neighbors": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"}), HasMethods(["kneighbors"])],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: Any = None,
        n_neighbors: Any = 5,
        missing: Literal["error", "keep"] = "error",
        reject: float | None = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.random_state = random_state
        self.n_neighbors = n_neighbors
        self.missing = missing
        self.reject = reject

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        wanted = growing(plan)
        neighbors = capped(self.n_neighbors, target, wanted)
        heading = Neighborhood("n_neighbors", neighbors, target.groups)
        judging = Neighborhood("n_neighbors", neighbors)
        heading.require_rows(target, list(wanted))
        self.nn_ = heading.estimator
        around: dict[int, Around] = {}
        exact = self._exact_shares(X, target, wanted, judging, around)
        stream = draws.stream()
        rounded, first, more = {}, {}, {}
        for code, shares in exact.items():
            rounded[code] = np.rint(shares).astype(np.int64)
            first[code] = _draw(rounded[code], heading.k, stream)
        for code, shares in exact.items():  # after all classes, whose random numbers stay those of imbalanced-learn
            more[code] = _draw(_one_more_each(shares, rounded[code]), heading.k, stream)
        blocks = []
        for code, shares in exact.items():
            is_kept = _without_surplus(shares, rounded[code])
            base, rank, step = (
                np.concatenate([part[is_kept], extra]) for part, extra in zip(first[code], more[code], strict=True)
            )
            rows = target.rows_of(code)
            is_base = np.zeros(len(rows), bool)
            is_base[base] = True
            neighbors = heading.at_home(around[code], X, rows, may_miss=self._may_miss)(np.flatnonzero(is_base))
            place = np.cumsum(is_base) - 1
            blocks.append(segments(rows[base], rows, code, neighbors, place[base], rank, step, stream))
        return join(blocks, n_rows=len(target.codes))

    def _exact_shares(
        self, X: Any, target: Target, wanted: Plan, judging: Neighborhood, around: dict[int, Around]
    ) -> dict[int, NDArray[np.float64]]:
        """For each class, how many new rows each of its rows should have, were there parts of rows.

        `around` is filled with what the rows of each have around them.
        """
        if not wanted:
            return {}
        all_rows = pool_of(X, may_miss=self._may_miss)
        judge = judging.within(all_rows)
        shares = {}
        for code, n_new in wanted.items():
            rows = target.rows_of(code)
            around[code] = judging.around_class(all_rows, rows, judge, judging.k)
            hardness = count_foreign(target, code, around[code].neighbors) / judging.k
            if not hardness.any():
                warnings.warn(
                    f"Not any neighbours of class {target.labels[code]!r} belong to another class, so its rows are "
                    f"equally easy and each gets as many new rows as any other. ADASYN is not suited for this dataset. "
                    f"Raise n_neighbors to look further, or use SMOTE instead.",
                    stacklevel=5,
                )
                hardness = np.ones(len(hardness))
            shares[code] = hardness / hardness.sum() * n_new
        return shares


def _draw(counts: Rows, k: int, stream: Stream) -> tuple[Rows, Rows, NDArray[np.float64]]:
    """Positions, ranks of neighbours and steps of new rows, each position as often as counted."""
    base = np.repeat(np.arange(len(counts)), counts)
    return base, stream.integers(k, len(base)), stream.uniform(len(base))


def _one_more_each(shares: NDArray[np.float64], rounded: Rows) -> Rows:
    """1 for the positions that were rounded down most, as many as are missing."""
    n_missing = round(shares.sum()) - int(rounded.sum())
    more = np.zeros(len(shares), np.int64)
    more[np.argsort(rounded - shares, kind="stable")[: max(0, n_missing)]] = 1
    return more


def _without_surplus(shares: NDArray[np.float64], rounded: Rows) -> NDArray[np.bool_]:
    """Which new rows stay: all but the last one of each position that was rounded up most, as many as are too many."""
    n_surplus = int(rounded.sum()) - round(shares.sum())
    is_kept = np.ones(int(rounded.sum()), bool)
    losers = np.argsort(shares - rounded, kind="stable")[: max(0, n_surplus)]
    is_kept[np.cumsum(rounded)[losers] - 1] = False
    return is_kept
