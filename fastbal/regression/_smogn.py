"""New rows between near neighbours, and around rows whose neighbours are far: SMOGN."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar, Literal

import numpy as np

from fastbal._core.draws import Stream
from fastbal._core.recipe import Block, NewRows, Recipe, Rows
from fastbal._sklearn import Interval, StrOptions
from fastbal.over_sampling._mixed import Remembered
from fastbal.regression._base import DrawnRows
from fastbal.regression._measurements import BinnedTarget, Floats
from fastbal.regression._noise import NoiseMixin, with_noise
from fastbal.regression._smoter import BaseSMOTER, categories_of_parents
from fastbal.regression._values import MixedValues, Spread


class SMOGN(NoiseMixin, BaseSMOTER):
    """Make rows with rare targets between near neighbours, and by noise where they are far (Branco et al. 2017).

    The sorted target is cut into bins wherever its relevance passes the threshold. In a rare bin, a row is drawn and
    one of its `k_neighbors` nearest in the bin. If they are nearer than M, half the median distance of the row to the
    others of the bin, the new row lies between them, target included, as in `SMOTER`. Otherwise it lies around the row:
    each number and the target gets Gaussian noise, ``min(M, perturbation)`` times as wide as the column varies in the
    bin. The other bins lose rows at random.

    Parameters
    ----------
    sampling_strategy : {"balance", "extreme"}, float or dict, default="balance"
        How many rows each bin shall have; see `SMOTER`.
    k_neighbors : int or object, default=5
        Number of neighbours; see `SMOTER`.
    perturbation : float, default=0.02
        Standard deviation of the noise, at most, in units of that of a column in the bin.
    reference : {"bin", "neighbors"}, default="bin"
        The rows to which the median distance is: all others of the bin, as in the paper, or the neighbours only, which
        is faster in bins of many thousand rows.
    relevance : Relevance, callable or None, default=None
        How much each value matters; see `RelevanceOverSampler`.
    threshold : float, default=0.5
        The relevance from which on a value is rare.
    under_sampling : bool, default=True
        Whether bins that are not rare lose rows.
    categorical_features : "auto", array-like of int, bool or str, or None, default="auto"
        Which columns hold categories; see `SMOTER`. Rows made by noise have the category of some row of their bin.
    scale : {"range"} or None, default=None
        The unit of a column in distances: its range in the bin, or what it is. M is a distance, too, so that with large
        units noise is narrow where columns are not scaled.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Bin to number of rows afterwards, of the bins that change.
    bins_ : list of Bin
        For each bin ``low``, ``high``, ``n_rows`` and ``is_rare``, ascending by value.
    relevance_ : callable
        The relevance function.
    nn_k_ : object
        The search used; it finds one row more than there are neighbours, the first of them the row itself.
    has_noise_ : ndarray of shape (n_made,), bool
        For each new row: whether it lies around its base, and not between two rows.
    recipe_ : Recipe
        Which rows the output consists of, without the noise.
    is_synthetic_ : ndarray of shape (n_rows_new,), bool
        Which rows of the output are new.
    base_indices_, neighbor_indices_ : ndarray of shape (n_made,)
        For each new row: the rows of the input between which it lies, or the one that it is around, twice.
    step_ : ndarray of shape (n_made,), float64
        For each new row: how far it is from the first of them to the second, from 0 to 1; 0 for those with noise.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Notes
    -----
    M is exact: each row that is drawn is held against all others of its bin, but no matrix of distances is kept. Time
    grows with the square of the rows of a bin: 6 CPU seconds for 50,000 rows of 20 independent columns, and less where
    rows lie in clusters or columns are few.

    References
    ----------
    Branco, Torgo, Ribeiro: SMOGN: a pre-processing approach for imbalanced regression. PMLR 74 (2017), 36-50.

    Examples
    --------
    >>> from sklearn.datasets import make_regression
    >>> from fastbal.regression import SMOGN
    >>> X, y = make_regression(n_samples=1000, n_features=4, random_state=0)
    >>> sampler = SMOGN(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> X_resampled.shape, int(sampler.is_synthetic_.sum()), int(sampler.has_noise_.sum())
    ((999, 4), 480, 65)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseSMOTER._parameter_constraints,
        "perturbation": [Interval(Real, 0, None, closed="left")],
        "reference": [StrOptions({"bin", "neighbors"})],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Any = "balance",
        k_neighbors: Any = 5,
        perturbation: float = 0.02,
        reference: Literal["bin", "neighbors"] = "bin",
        relevance: Any = None,
        threshold: float = 0.5,
        under_sampling: bool = True,
        categorical_features: Any = "auto",
        scale: Literal["range"] | None = None,
        random_state: Any = None,
    ) -> None:
        super().__init__(
            sampling_strategy=sampling_strategy,
            k_neighbors=k_neighbors,
            relevance=relevance,
            threshold=threshold,
            under_sampling=under_sampling,
            categorical_features=categorical_features,
            scale=scale,
            random_state=random_state,
        )
        self.perturbation = perturbation
        self.reference = reference

    def _draw_bin(self, X: MixedValues, target: BinnedTarget, code: int, n_new: int, stream: Stream) -> DrawnRows:
        spread = self._spread_of(X, target.rows_of(code))
        seen: list[Remembered] = []

        def watch(nearest: Any) -> Remembered:
            seen.append(Remembered(nearest))
            return seen[0]

        block = self._segments(spread, target, code, n_new, stream, watch)
        assert block.neighbor is not None
        assert block.step is not None
        if not seen:  # a bin of one row: its columns do not vary, so neither has noise a width
            return DrawnRows(block, np.full(n_new, float(self.perturbation)))
        positions, found = seen[0].positions, seen[0].found
        itself = positions[:, None]
        ends = np.broadcast_arrays(itself, np.where(found < 0, itself, found))
        apart = np.where(found < 0, np.nan, spread.between(*map(np.ravel, ends)).reshape(found.shape))
        reach = self._reach(spread, positions, apart)
        base, neighbor = (np.searchsorted(spread.rows, parent) for parent in (block.base, block.neighbor))
        place = np.searchsorted(positions, base)
        rank = (found[place] == neighbor[:, None]).argmax(axis=1)
        is_near = (apart[place, rank] < reach[place]) & (base != neighbor)
        width = np.minimum(spread.without_units(reach[place]), self.perturbation)
        parents = np.where(is_near, block.neighbor, block.base)
        segments = Block(code, block.base, parents, np.where(is_near, block.step, 0.0))
        return DrawnRows(segments, np.where(is_near, -1.0, width))

    def _reach(self, spread: Spread, rows: Rows, apart: Floats) -> Floats:
        """M of rows: half the median distance to the others of the bin, or to the neighbours, `apart`.

        In a bin, M is told apart from those distances only, and computed where it is below `perturbation`.
        """
        if self.reference == "neighbors":
            return np.asarray(np.nanmedian(apart, axis=1) / 2)
        widest = spread.in_units(float(self.perturbation))
        bounds = 2 * np.column_stack([np.nan_to_num(apart, nan=np.inf), np.full(len(rows), widest)])
        reach = spread.medians_to_others(rows, bounds) / 2
        narrow = np.flatnonzero(reach <= widest)
        if len(narrow):
            reach[narrow] = spread.exact_medians_to_others(rows[narrow]) / 2
        return reach

    def _beyond_recipe(
        self, X: MixedValues, target: BinnedTarget, recipe: Recipe, noise: Floats, stream: Stream
    ) -> NewRows:
        self.has_noise_ = noise >= 0
        return with_noise(X, target, recipe, categories_of_parents(X, recipe, stream), noise, stream)
