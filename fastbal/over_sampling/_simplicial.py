"""New rows in the simplices that neighbouring rows span: SimplicialSMOTE."""

from __future__ import annotations

import dataclasses
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from scipy import sparse
from scipy.special import comb

from fastbal._core.draws import Draws, Stream
from fastbal._core.making import Mix
from fastbal._core.plan import Plan, Strategy, growing
from fastbal._core.recipe import Block, Recipe, Rows, join
from fastbal._core.segments import draw_weighted
from fastbal._core.target import Target
from fastbal._neighborhood import Neighborhood, capped
from fastbal._sklearn import Interval, StrOptions
from fastbal.over_sampling.base import BaseOverSampler

# The search for cliques holds twice as many neighbours as bits of a word.
_MOST = 31


class SimplicialSMOTE(BaseOverSampler):
    """Over-sample inside the simplices whose corners are all neighbours of each other (Kachan et al. 2025).

    Two rows of a class are joined if one is among the nearest of the other. Rows that are all joined to each other span
    a simplex: a segment, a triangle, a tetrahedron and so on. One of the largest such sets is drawn, of it as many rows
    as are wanted, and the new row is their mean with weights uniform on the simplex.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows of each class; see `SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.
    k_neighbors : int or "auto", default=5
        How many neighbours each row is joined to, 31 at most; "auto" is 5, or as many as the smallest class allows.
    n_corners : int, default=5
        Of how many rows a new one is the mean, at most; 2 makes new rows on segments.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Label to number of rows made.
    recipe_ : Recipe
        Which rows the output consists of.
    is_synthetic_ : ndarray of shape (n_rows_new,), bool
        Which rows of the output are new.
    base_indices_ : ndarray of shape (n_made,)
        For each new row: one of its corners.
    parents_ : CSR array of shape (n_made, n_rows)
        For each new row: the weights of its corners.
    step_ : ndarray of shape (n_made,), float64
        NaN: there is no second row.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Notes
    -----
    A set of n joined rows to which no row can be added is drawn with a weight of as many as there are ways to choose
    `n_corners` of them, or 1 if it has not so many. Cost: a search among the class, and time for the sets that grows
    with the class and, steeply, with `k_neighbors`; 8 bytes for each corner of each new row.

    References
    ----------
    Kachan, Savchenko, Gusev: Simplicial SMOTE: oversampling solution to the imbalanced learning problem. KDD 2025,
    arXiv 2503.03418.

    Examples
    --------
    >>> from collections import Counter
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.over_sampling import SimplicialSMOTE
    >>> X, y = make_classification(n_samples=1000, weights=[0.1, 0.9], flip_y=0, random_state=10)
    >>> sampler = SimplicialSMOTE(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> sorted(Counter(y_resampled.tolist()).items())
    [(0, 900), (1, 900)]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseOverSampler._parameter_constraints,
        "k_neighbors": [Interval(Integral, 1, _MOST, closed="both"), StrOptions({"auto"})],
        "n_corners": [Interval(Integral, 2, None, closed="left")],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: Any = None,
        k_neighbors: Any = 5,
        n_corners: int = 5,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.random_state = random_state
        self.k_neighbors = k_neighbors
        self.n_corners = n_corners

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        from fastbal._kernels.making import DIRICHLET

        wanted = growing(plan)
        if not wanted:
            return Recipe(n_rows=len(target.codes))
        heading = Neighborhood("k_neighbors", capped(self.k_neighbors, target, list(wanted)), target.groups)
        heading.require_rows(target, list(wanted))
        stream = draws.stream()
        blocks, members = [], []
        for code, n_new in wanted.items():
            rows = target.rows_of(code)
            joined = heading.among(X, rows)(np.arange(len(rows)))
            corners = self._corners(cliques_of(joined), n_new, stream)
            corners = np.where(corners < 0, -1, rows[corners])
            members.append(corners)
            blocks.append(Block(code, corners[:, 0]))
        width = max(corners.shape[1] for corners in members)
        every = [np.pad(some, ((0, 0), (0, width - some.shape[1])), constant_values=-1) for some in members]
        recipe = join(blocks, n_rows=len(target.codes))
        mix = Mix(
            key=stream.key(),
            number=np.arange(recipe.n_new),
            members=np.concatenate(every),
            source=np.arange(recipe.n_new),
            law=DIRICHLET,
            spread=np.ones(recipe.n_new),
            blur=np.zeros(recipe.n_new),
        )
        return dataclasses.replace(recipe, making=mix)

    def _corners(self, cliques: Rows, n_new: int, stream: Stream) -> Rows:
        """The rows that each new one is made of, of shape (n_new, up to n_corners)."""
        sizes = (cliques >= 0).sum(axis=1)
        weights = np.where(sizes > self.n_corners, comb(sizes, self.n_corners), 1.0)
        corners = cliques[draw_weighted(weights, n_new, stream)]
        large = np.flatnonzero((corners >= 0).sum(axis=1) > self.n_corners)
        keys = stream.uniform((len(large), corners.shape[1]))
        keys[corners[large] < 0] = 1.0  # after all others
        chosen = np.argsort(keys, axis=1, kind="stable")[:, : self.n_corners]
        some = corners[:, : self.n_corners].copy()
        some[large] = np.take_along_axis(corners[large], chosen, axis=1)
        return some


def cliques_of(neighbors: Rows) -> Rows:
    """The largest sets of rows that are all neighbours, one the other's; −1 follows the last of each.

    Parameters
    ----------
    neighbors : ndarray of shape (n_rows, k), int64
        The neighbours of each row; itself for none.

    Examples
    --------
    >>> cliques_of(np.array([[1], [0], [0]])).tolist()
    [[0, 1], [0, 2]]
    """
    from fastbal._kernels.cliques import list_cliques, peel

    n, k = neighbors.shape
    graph = sparse.csr_array((np.ones(n * k, bool), neighbors.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))
    graph = (graph + graph.T).tocsr()
    graph.setdiag(False)
    graph.eliminate_zeros()
    graph.sort_indices()
    indptr, indices = graph.indptr.astype(np.int64), graph.indices.astype(np.int64)
    order, rank = np.empty(n, np.int64), np.empty(n, np.int64)
    peel(indptr, indices, 2 * k, np.empty(n, np.int64), order, rank)
    width = 2 * k + 1
    cliques = np.empty((4 * n, width), np.int64)
    n_found = list_cliques(indptr, indices, order, rank, cliques)
    if n_found > len(cliques):
        cliques = np.empty((n_found, width), np.int64)
        list_cliques(indptr, indices, order, rank, cliques)
    return cliques[:n_found, : int((cliques[:n_found] >= 0).sum(axis=1).max())]
