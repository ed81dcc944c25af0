"""More new rows where a class is near to the border, within its clusters: MWMOTE."""

from __future__ import annotations

import warnings
from numbers import Integral, Real
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial.distance import cdist

from fastbal._core.draws import Draws
from fastbal._core.plan import Plan, Strategy, growing
from fastbal._core.recipe import Block, Recipe, Rows, join
from fastbal._core.segments import draw_partners, draw_weighted
from fastbal._core.target import Target
from fastbal._core.threads import for_each_piece
from fastbal._neighborhood import Neighborhood, Pool, pool_of
from fastbal._sklearn import Interval, StrOptions
from fastbal.over_sampling._borderline import count_foreign
from fastbal.over_sampling.base import BaseOverSampler, RejectMixin

# Up to so many rows, all distances between them are held.
_FEW_ROWS = 2000
# Distances that are looked at together.
_AT_ONCE = 1 << 18
# Parts in which weights are summed.
_BLOCKS = 16


class MWMOTE(RejectMixin, BaseOverSampler):
    """Over-sample by making more rows where a class is near to the border, within its clusters (Barua et al. 2014).

    Rows of the class that are among others only are left out as noise. The rows of other classes that are nearest to
    the rest are the border. Each row of it has weight to give to the nearest rows of the class, more to nearer ones. A
    row is drawn by its weight, and another one of its cluster; the new row lies on the segment between them.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows of each class; see `SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.
    k1 : int, default=5
        A row is noise if its k1 nearest rows are all of other classes.
    k2 : int, default=3
        Rows of other classes near each row: the border.
    k3 : int or "half", default="half"
        Rows of the class to which a row of the border gives weight; half of the class.
    cutoff : float, default=5.0
        The largest inverse of a distance divided by the number of columns; nearer ones count alike. In units of the
        columns: scale them.
    clusters : {"auto", "average", "linked"} or None, default="auto"
        How the clusters of the class are found: by average linkage, which needs all distances between its rows; as what
        hangs together by neighbours nearer than the same threshold; "auto" is the former up to 2000 rows; None makes
        one of all.
    cluster_factor : float, default=3.0
        Clusters nearer than so many mean distances between nearest rows are joined.
    reject : float or None, default=None
        Draw a new row again if so many of its nearest rows are of other classes, as a share from above 0 to 1 (Lee et
        al. 2015); 0.5 leaves new rows where their class is in the majority. None keeps all.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Label to number of rows made.
    weights_ : dict of label to ndarray, float64
        For each class that got new rows: the probability of each of its rows to be drawn, in the order of the table.
    clusters_ : dict of label to ndarray, int64
        For each class that got new rows: the cluster of each of its rows; -1 for noise.
    recipe_ : Recipe
        Which rows the output consists of.
    is_synthetic_ : ndarray of shape (n_rows_new,), bool
        Which rows of the output are new.
    base_indices_ : ndarray of shape (n_made,)
        For each new row: the row of the input it starts from.
    neighbor_indices_ : ndarray of shape (n_made,)
        For each new row: the row of the input it moves towards.
    step_ : ndarray of shape (n_made,), float64
        For each new row: how far it is from the first of them to the second.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Warns
    -----
    UserWarning
        If all rows of a class are noise; none is left out then.

    Notes
    -----
    Built from other implementations that agree, not from the paper's text. Its CMAX scales all weights alike, so it is
    left out. "linked" is ours. With groups, both rows are of one group.

    References
    ----------
    Barua, Islam, Yao, Murase: MWMOTE: Majority Weighted Minority Oversampling Technique for Imbalanced Data Set
    Learning. IEEE Transactions on Knowledge and Data Engineering 26 (2014), 405-425.

    Examples
    --------
    >>> from collections import Counter
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.over_sampling import MWMOTE
    >>> X, y = make_classification(n_samples=1000, weights=[0.1, 0.9], flip_y=0, random_state=10)
    >>> sampler = MWMOTE(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> sorted(Counter(y_resampled.tolist()).items())
    [(0, 900), (1, 900)]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseOverSampler._parameter_constraints,
        **RejectMixin._reject_constraints,
        "k1": [Interval(Integral, 1, None, closed="left")],
        "k2": [Interval(Integral, 1, None, closed="left")],
        "k3": [Interval(Integral, 1, None, closed="left"), StrOptions({"half"})],
        "cutoff": [Interval(Real, 0, None, closed="neither")],
        "clusters": [StrOptions({"auto", "average", "linked"}), None],
        "cluster_factor": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: Any = None,
        k1: int = 5,
        k2: int = 3,
        k3: Any = "half",
        cutoff: float = 5.0,
        clusters: Literal["auto", "average", "linked"] | None = "auto",
        cluster_factor: float = 3.0,
        reject: float | None = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.random_state = random_state
        self.k1 = k1
        self.k2 = k2
        self.k3 = k3
        self.cutoff = cutoff
        self.clusters = clusters
        self.cluster_factor = cluster_factor
        self.reject = reject

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        wanted = growing(plan)
        self.weights_, self.clusters_ = {}, {}
        if not wanted:
            return Recipe(n_rows=len(target.codes))
        judging = Neighborhood("k1", self.k1)
        judging.require_rows_in_all(target)
        all_rows = pool_of(X)
        judge = judging.within(all_rows)
        stream = draws.stream()
        blocks = []
        for code, n_new in wanted.items():
            rows, label = target.rows_of(code), target.labels[code]
            is_seed = count_foreign(target, code, judging.around_class(all_rows, rows, judge).neighbors) < judging.k
            if not is_seed.any():
                warnings.warn(
                    f"All rows of class {label!r} are noise: their k1={self.k1} nearest rows are of other classes. "
                    f"None is left out. Raise k1 to look further.",
                    stacklevel=5,
                )
                is_seed[:] = True
            seeds = np.flatnonzero(is_seed)
            among = pool_of(X, rows[seeds])
            weights, clusters = np.zeros(len(rows)), np.full(len(rows), -1)
            weights[seeds] = self._weights(among, pool_of(X, np.flatnonzero(target.codes != code)))
            clusters[seeds] = self._clusters(among)
            self.weights_[label], self.clusters_[label] = weights / weights.sum(), clusters
            base = draw_weighted(weights, n_new, stream)
            cells = clusters
            if target.groups is not None:
                cells = clusters + (clusters.max() + 2) * target.groups[rows].astype(np.int64)
            partner = draw_partners(cells, base, stream)
            blocks.append(Block(code, rows[base], rows[partner], stream.uniform(n_new)))
        return join(blocks, n_rows=len(target.codes))

    def _weights(self, among: Pool, others: Any) -> NDArray[np.float64]:
        """How likely each row is to be drawn: what the border gives it."""
        from fastbal._core.neighbors import on_one_scale  # here, so that random sampling needs no compiler

        n, d = among.X.shape
        k2 = min(self.k2, len(others.rows))
        border = np.unique(others.index.neighbors_of(among.X, k2)[0])
        k3 = max(1, n // 2) if self.k3 == "half" else min(self.k3, n)
        (rare, given), exponent = on_one_scale(among.X, others.take(border))
        piece = max(1, _AT_ONCE // n)
        block = piece * -(-len(border) // (piece * _BLOCKS))
        parts = np.zeros((_BLOCKS, n))  # always cut in the same way, whatever the threads

        def share(start: int, stop: int) -> None:
            for begin in range(start, stop, piece):
                distances = _distances_between(given[begin : min(begin + piece, stop)], rare)
                closeness = np.where(_is_among_nearest(distances, k3), self._closeness(distances, d, exponent), 0.0)
                parts[start // block] += (1 / closeness.sum(axis=1)) @ np.square(closeness)

        for_each_piece(share, len(border), piece=block)
        weights: NDArray[np.float64] = parts.sum(axis=0)
        return weights

    def _closeness(self, distances: NDArray[np.float64], d: int, exponent: int) -> NDArray[np.float64]:
        """min(d / distance, cutoff) / cutoff, for distances at a scale; above 0 also where they are immense."""
        with np.errstate(divide="ignore", over="ignore", under="ignore"):
            closeness = np.minimum(np.ldexp(d / distances, -exponent), self.cutoff) / self.cutoff
        return np.maximum(closeness, 1e-150)

    def _clusters(self, among: Pool) -> Rows:
        """The cluster of each row."""
        n = among.X.shape[0]
        if self.clusters is None or n < 3:
            return np.zeros(n, np.int64)
        k = min(5, n - 1)
        neighbors, distances = among.index.neighbors_of_rows(None, k)
        with np.errstate(over="ignore"):
            threshold = float(self.cluster_factor * distances[:, 0].mean())
        if self.clusters == "average" or (self.clusters == "auto" and n <= _FEW_ROWS):
            from scipy.cluster.hierarchy import fcluster, linkage  # here, because it takes long to import

            from fastbal._core.neighbors import on_one_scale

            (X,), exponent = on_one_scale(among.X)
            pairs = _distances_between(X, X)[np.triu_indices(n, 1)]
            found = fcluster(linkage(pairs, "average"), np.ldexp(threshold, -exponent), "distance")
            return np.asarray(found, np.int64) - 1
        is_near = distances <= threshold
        edges = (np.ones(int(is_near.sum())), (np.nonzero(is_near)[0], neighbors[is_near]))
        found = sparse.csgraph.connected_components(sparse.csr_array(edges, shape=(n, n)), directed=False)[1]
        return np.asarray(found, np.int64)


def _distances_between(X: Any, Y: Any) -> NDArray[np.float64]:
    """All distances between rows; of sparse ones by their products, which needs no room for their zeros."""
    if not sparse.issparse(X):
        return np.asarray(cdist(X, Y))
    from sklearn.metrics.pairwise import euclidean_distances  # here, because it takes long to import

    return np.asarray(euclidean_distances(X, Y))


def _is_among_nearest(distances: NDArray[np.float64], k: int) -> NDArray[np.bool_]:
    """Whether a distance is among the k smallest of its row; of equal ones, the first are."""
    farthest = np.partition(distances, k - 1, axis=1)[:, k - 1 : k]
    is_near: NDArray[np.bool_] = distances <= farthest
    for row in np.flatnonzero(is_near.sum(axis=1) > k):
        is_near[row, np.argsort(distances[row], kind="stable")[k:]] = False
    return is_near
