"""New rows from the normal distribution of a row and its neighbours: MGS."""

from __future__ import annotations

import dataclasses
from numbers import Integral, Real
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._core.draws import Draws
from fastbal._core.making import Mix
from fastbal._core.plan import Plan, Strategy, growing
from fastbal._core.recipe import Recipe, Rows
from fastbal._core.rows import rows_as_floats
from fastbal._core.target import Target
from fastbal._neighborhood import USUAL, Neighborhood
from fastbal._sklearn import Interval, StrOptions
from fastbal.over_sampling._around import around_drawn
from fastbal.over_sampling.base import BaseOverSampler, DenseMixin

# Of sparse rows, so many are added up without being asked to.
_MOST_MIXED = 50


class MGS(DenseMixin, BaseOverSampler):
    """Over-sample by drawing from the normal distribution of a row and its neighbours (Sakho et al. 2024).

    A row of the class is drawn; it and its nearest neighbours in the class have a mean and a covariance matrix; the new
    row is drawn from the normal distribution with these. It lies on no segment between rows.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows of each class; see `SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.
    n_neighbors : int or "auto", default="auto"
        How many neighbours; "auto" is as many as there are columns, or all others of a class that has not so many. With
        fewer than columns, new rows lie in the flat that the rows span. Sparse tables of many columns need a number.
    center : {"mean", "row"}, default="mean"
        Around what: the mean of the rows, or the row itself, with the second moments around it.
    spread : float, default=1.0
        Factor of the covariance.
    covariance : {"empirical", "shrunk"}, default="empirical"
        "shrunk" moves the covariance towards a multiple of the identity as far as Ledoit and Wolf (2004) estimate to be
        best.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Label to number of rows made.
    recipe_ : Recipe
        Which rows the output consists of.
    is_synthetic_ : ndarray of shape (n_rows_new,), bool
        Which rows of the output are new.
    base_indices_ : ndarray of shape (n_made,)
        For each new row: the row of the input it starts from.
    parents_ : CSR array of shape (n_made, n_rows)
        For each new row: the weights of the rows it is the sum of, see Notes.
    step_ : ndarray of shape (n_made,), float64
        NaN: there is no second row.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Notes
    -----
    No matrix is made. With m rows z and numbers w, normal of variance ``spread / m``, the row
    ``mean(z) + sum_k w_k (z_k - mean(z))`` has just this distribution, also if the covariance is singular.

    References
    ----------
    Sakho, Malherbe, Scornet: Do we need rebalancing strategies? A theoretical and empirical study around SMOTE and its
    variants. arXiv 2402.03819.

    Examples
    --------
    >>> from collections import Counter
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.over_sampling import MGS
    >>> X, y = make_classification(n_samples=1000, weights=[0.1, 0.9], flip_y=0, random_state=10)
    >>> sampler = MGS(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> sorted(Counter(y_resampled.tolist()).items())
    [(0, 900), (1, 900)]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseOverSampler._parameter_constraints,
        "n_neighbors": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "center": [StrOptions({"mean", "row"})],
        "spread": [Interval(Real, 0, None, closed="left")],
        "covariance": [StrOptions({"empirical", "shrunk"})],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: Any = None,
        n_neighbors: Any = "auto",
        center: Literal["mean", "row"] = "mean",
        spread: float = 1.0,
        covariance: Literal["empirical", "shrunk"] = "empirical",
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.random_state = random_state
        self.n_neighbors = n_neighbors
        self.center = center
        self.spread = spread
        self.covariance = covariance

    @property
    def _may_be_sparse(self) -> bool:
        return self.covariance == "empirical"

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        from fastbal._kernels.making import AROUND_FIRST, AROUND_MEAN

        wanted = growing(plan)
        if not wanted:
            return Recipe(n_rows=len(target.codes))
        k = self._k(X.shape[1], target, list(wanted))
        if sparse.issparse(X) and self.n_neighbors == "auto" and k > _MOST_MIXED:
            raise ValueError(
                f"n_neighbors='auto' is {k} for this table of {X.shape[1]} columns, so a new row would be the sum of "
                f"{k + 1} rows and have a number in nearly every column. X is sparse: give a number, such as "
                f"n_neighbors={USUAL}, or a dense table with X.toarray()."
            )
        heading = Neighborhood("n_neighbors", k, target.groups)
        heading.require_rows(target, list(wanted))
        stream = draws.stream()
        recipe, every, source = around_drawn(X, target, wanted, heading, stream)
        spread, blur = self._shrunk(X, every)
        mix = Mix(
            key=stream.key(),
            number=np.arange(recipe.n_new),
            members=every,
            source=source,
            law=AROUND_MEAN if self.center == "mean" else AROUND_FIRST,
            spread=spread,
            blur=blur,
        )
        return dataclasses.replace(recipe, making=mix)

    def _k(self, n_columns: int, target: Target, codes: list[int]) -> int:
        if self.n_neighbors != "auto":
            return int(self.n_neighbors)
        return max(1, min(n_columns, *(int(target.counts[code]) - 1 for code in codes)))

    def _shrunk(self, X: Any, members: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """For each list of rows the factor of its covariance, and the standard deviation of what is added to it."""
        spread = np.full(len(members), float(self.spread))
        blur = np.zeros(len(members))
        if self.covariance == "shrunk":
            from sklearn.covariance import ledoit_wolf_shrinkage

            for i, rows in enumerate(members):
                Z = np.asarray(rows_as_floats(X, rows[rows >= 0]), np.float64)
                share = float(ledoit_wolf_shrinkage(Z)) if len(Z) > 1 else 0.0
                blur[i] = np.sqrt(spread[i] * share * Z.var(axis=0).mean())
                spread[i] *= 1 - share
        return spread, blur
