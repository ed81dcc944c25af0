"""New rows inside the clusters where a class is at home, more where it is sparse: KMeans-SMOTE."""

from __future__ import annotations

import math
from contextlib import nullcontext
from numbers import Integral, Real
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import clone
from sklearn.utils import check_random_state

from fastbal._core.draws import Draws
from fastbal._core.plan import Plan, Strategy, growing
from fastbal._core.recipe import Block, Recipe, Rows, join
from fastbal._core.rows import rows_as_floats
from fastbal._core.segments import draw_segments
from fastbal._core.sharer import Sharer
from fastbal._core.spread import mean_distance
from fastbal._core.target import Target
from fastbal._core.threads import one_openmp_thread
from fastbal._neighborhood import Neighborhood, capped
from fastbal._sklearn import HasMethods, Interval, StrOptions, check_parameters
from fastbal.over_sampling._smote import BaseSMOTE
from fastbal.over_sampling.base import RejectMixin

# Columns of rows times clusters, below which a batch takes one thread about a millisecond.
_SMALL_BATCH = 1 << 22


class KMeansSMOTE(RejectMixin, BaseSMOTE):
    """Over-sample inside clusters in which a class is frequent, the sparse ones more (Last, Douzas, Bacao 2017).

    k-means divides the table. A cluster serves a class if at least a share `cluster_balance_threshold` of its rows is
    of the class, and enough for `k_neighbors` neighbours. New rows are shared out by how sparse the class is in a
    cluster: mean distance to the power of `density_exponent`, divided by the number of rows. Inside a cluster they are
    made as by SMOTE.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows each class shall have; see `SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers. An int starts again for each cluster, as in imbalanced-learn.
    k_neighbors : int, "auto" or object, default=2
        Number of neighbours, the row itself not counted; or an unfitted object with a method ``kneighbors``, which
        must look for one more.
    n_jobs : int, default=None
        Processes that measure distances in a sparse table; otherwise all threads that may be used are.
    kmeans_estimator : int or object, default=None
        Number of clusters, or an unfitted clusterer such as scikit-learn's ``KMeans``; None is ``MiniBatchKMeans()``.
    cluster_balance_threshold : float or "auto", default="auto"
        The least share of a class in a cluster that serves it. "auto" is half the share of the class in all new rows,
        one half for two classes; or, if no cluster reaches that, the largest share there is.
    density_exponent : float or "auto", default="auto"
        The power of the mean distance; "auto" grows with the number of rows.
    reject : float or None, default=None
        Draw a new row again if so many of its nearest rows are of other classes, as a share from above 0 to 1 (Lee et
        al. 2015); 0.5 leaves new rows where their class is in the majority. None keeps all.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Label to number of rows made.
    nn_k_ : object
        The search used; it finds ``k_neighbors + 1`` rows, the first of them the row itself.
    kmeans_estimator_ : object
        The fitted clusterer.
    cluster_balance_threshold_ : float or "auto"
        The threshold; none at all for a single cluster.
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
    The rows are those of imbalanced-learn for the same `random_state`, with these differences. It rounds the share of
    each cluster up and so makes too many rows; here the clusters whose share was rounded up most lose their last row.
    Where all rows of a class in a cluster are equal, or distances are too large for their power, shares stay numbers.
    Where no cluster reaches an automatic threshold, the one with the largest share of the class serves it.

    k-means runs once; with a RandomState, which it moves on, once per class, because imbalanced-learn's does.

    References
    ----------
    Last, Douzas, Bacao: Oversampling for Imbalanced Learning Based on K-Means and SMOTE. arXiv:1711.00837 (2017).

    Examples
    --------
    >>> from collections import Counter
    >>> from sklearn.datasets import make_blobs
    >>> from fastbal.over_sampling import KMeansSMOTE
    >>> X, y = make_blobs([100, 800, 100], centers=[[-10, 0], [0, 0], [10, 0]], random_state=0)
    >>> y[y == 2] = 0
    >>> X_resampled, y_resampled = KMeansSMOTE(random_state=42).fit_resample(X, y)
    >>> sorted(Counter(y_resampled.tolist()).items())
    [(0, 800), (1, 800)]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseSMOTE._parameter_constraints,
        **RejectMixin._reject_constraints,
        "kmeans_estimator": [
            HasMethods(["fit", "predict"]),
            Interval(Integral, 1, None, closed="left"),
            None,
        ],
        "cluster_balance_threshold": [StrOptions({"auto"}), Interval(Real, 0, 1, closed="both")],
        "density_exponent": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: Any = None,
        k_neighbors: Any = 2,
        n_jobs: int | None = None,
        kmeans_estimator: Any = None,
        cluster_balance_threshold: Any = "auto",
        density_exponent: Any = "auto",
        reject: float | None = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy, random_state=random_state, k_neighbors=k_neighbors)
        self.n_jobs = n_jobs
        self.kmeans_estimator = kmeans_estimator
        self.cluster_balance_threshold = cluster_balance_threshold
        self.density_exponent = density_exponent
        self.reject = reject

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        wanted = growing(plan)
        neighborhood = Neighborhood("k_neighbors", capped(self.k_neighbors, target, wanted), target.groups)
        self.nn_k_ = neighborhood.estimator
        self.kmeans_estimator_ = self._unfitted()
        is_single = self.kmeans_estimator_.n_clusters == 1
        self.cluster_balance_threshold_ = -math.inf if is_single else self.cluster_balance_threshold
        clusters = None
        blocks = []
        for code, n_new in wanted.items():
            if clusters is None or not self._repeats_itself():
                clusters = np.asarray(_fit_predict(self.kmeans_estimator_, X))
            homes = self._homes(clusters, target, code, neighborhood.k, n_new / sum(wanted.values()) / 2)
            exact = n_new * self._weights(X, homes)
            counts = np.ceil(exact).astype(np.int64)
            drawn = []
            for home, count in zip(homes, counts.tolist(), strict=True):
                nearest = neighborhood.among(X, home.rows)
                stream = draws.stream()
                drawn.append(
                    draw_segments(home.rows, home.rows, code, count, k=neighborhood.k, nearest=nearest, stream=stream)
                )
            blocks += _blocks_without_surplus(drawn, exact, counts, n_new)
        return join(blocks, n_rows=len(target.codes))

    def _unfitted(self) -> Any:
        if self.kmeans_estimator is not None and not isinstance(self.kmeans_estimator, Integral):
            return clone(self.kmeans_estimator)
        from sklearn.cluster import MiniBatchKMeans  # here, because it takes long to import

        # A Generator serves scikit-learn's k-means as the source of a seed.
        seed = self.random_state
        if isinstance(seed, np.random.Generator):
            seed = int(seed.integers(1 << 31))
        n_clusters = {} if self.kmeans_estimator is None else {"n_clusters": int(self.kmeans_estimator)}
        return MiniBatchKMeans(random_state=seed, **n_clusters)

    def _repeats_itself(self) -> bool:
        """Whether k-means would find the same clusters again."""
        return isinstance(getattr(self.kmeans_estimator_, "random_state", None), Integral)

    def _homes(self, clusters: Any, target: Target, code: int, k: int, automatic: float) -> list[_Home]:
        """The clusters that serve a class."""
        rows = target.rows_of(code)
        homes = []
        for cluster in range(self.kmeans_estimator_.n_clusters):
            inside = rows[clusters[rows] == cluster]
            if len(inside) > k:
                homes.append(_Home(inside, len(inside) / np.count_nonzero(clusters == cluster)))
        threshold = self.cluster_balance_threshold_
        if threshold == "auto":
            threshold = min(automatic, max((home.share for home in homes), default=0.0))
        serving = [home for home in homes if home.share >= threshold]
        if not serving:
            raise RuntimeError(
                f"No clusters found with sufficient samples of class {target.labels[code]!r}. A cluster needs at least "
                f"{k + 1} rows of the class, and they must be at least a share "
                f"cluster_balance_threshold={self.cluster_balance_threshold!r} of its rows. Try lowering the "
                f"cluster_balance_threshold or increasing the number of clusters (or lowering it, if clusters are "
                f"small), or use SMOTE."
            )
        return serving

    def _weights(self, X: Any, homes: list[_Home]) -> NDArray[np.float64]:
        """Each cluster's share of the new rows: the sparser, the more (section 3.2)."""
        if len(homes) == 1:
            return np.ones(1)
        n_rows = np.array([len(home.rows) for home in homes])
        distances = np.array([self._mean_distance(X, home.rows) for home in homes])
        if self.density_exponent == "auto":
            exponents = (np.log(n_rows) / math.log(1.6)) ** 1.8 * 0.16
        else:
            exponents = np.full(len(homes), float(self.density_exponent))
        exponents[:] = exponents if distances.any() else 0.0  # all rows equal: distances tell nothing
        # In logarithms: the power of a large distance may be no number.
        logs = np.zeros(len(homes))
        matters = exponents > 0
        with np.errstate(divide="ignore"):
            logs[matters] = exponents[matters] * np.log(distances[matters])
        # The numbers of rows as they are: a share that is a whole number is one to the last digit.
        weights = np.exp(logs - logs.max()) / n_rows
        shares: NDArray[np.float64] = weights / weights.sum()
        return shares

    def _mean_distance(self, X: Any, rows: Rows) -> float:
        inside = rows_as_floats(X, rows)
        if not sparse.issparse(inside):
            return mean_distance(inside)
        from sklearn.metrics import pairwise_distances_chunked

        def sums(distances: Any, start: int) -> Any:
            return distances.sum(axis=1) - np.diagonal(distances, start)  # nobody's distance to itself, nor its error

        total = sum(part.sum() for part in pairwise_distances_chunked(inside, reduce_func=sums, n_jobs=self.n_jobs))
        return float(total) / (len(rows) * (len(rows) - 1))


def _fit_predict(clusterer: Any, X: Any) -> Any:
    """What the clusterer's own `fit_predict` says, sooner where it is MiniBatchKMeans.

    That draws each batch of rows by weights, which NumPy adds up each time; and its batches are mostly too small for
    several threads.
    """
    from sklearn.cluster import MiniBatchKMeans  # here, because it takes long to import

    if type(clusterer) is not MiniBatchKMeans:
        return clusterer.fit_predict(X)
    check_parameters(clusterer)  # they are used before it looks at them itself
    seed = clusterer.random_state
    is_small = clusterer.batch_size * clusterer.n_clusters * X.shape[1] < _SMALL_BATCH
    with one_openmp_thread() if is_small else nullcontext():
        try:
            return clusterer.set_params(random_state=Sharer(check_random_state(seed))).fit_predict(X)
        finally:
            clusterer.set_params(random_state=seed)


class _Home(NamedTuple):
    """A cluster that may serve a class: the class's rows in it, and their share of the cluster."""

    rows: Rows
    share: float


def _blocks_without_surplus(drawn: list[Block], exact: NDArray[np.float64], counts: Rows, n_new: int) -> list[Block]:
    """The clusters that were rounded up most lose their last row, as many as there are rows too many."""
    losers = set(np.argsort(exact - counts, kind="stable")[: int(counts.sum()) - n_new].tolist())
    return [_without_last(block) if i in losers else block for i, block in enumerate(drawn)]


def _without_last(block: Block) -> Block:
    assert block.neighbor is not None
    assert block.step is not None
    return Block(block.label, block.base[:-1], block.neighbor[:-1], block.step[:-1])
