"""Rows of the larger classes are replaced by the centres of their clusters."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from scipy import sparse
from sklearn.base import clone

from fastbal._core.draws import Draws
from fastbal._core.plan import Plan, Strategy
from fastbal._core.recipe import NewRows, Recipe, Rows, recipe_of_rows
from fastbal._core.rows import take_csr, take_rows
from fastbal._core.target import Target
from fastbal._neighborhood import Pool
from fastbal._sklearn import HasMethods, StrOptions
from fastbal.under_sampling.base import BaseUnderSampler


class ClusterCentroids(BaseUnderSampler):
    """Under-sample by clustering each class into as many clusters as it shall have rows.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows each class shall have; see `RandomUnderSampler`.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers of the default estimator.
    estimator : clusterer, default=None
        Anything with a parameter ``n_clusters`` and, when fitted, ``cluster_centers_``. None is scikit-learn's
        ``KMeans``. The time that takes grows with rows times clusters: see the example for large tables.
    voting : {"hard", "soft", "auto"}, default="auto"
        Whether the rows are the centres ("soft"), or rows of the class next to them ("hard"), each at most once.
        "auto" is hard for sparse tables and soft for others.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Label to number of rows.
    estimator_ : clusterer
        The clusterer, fitted to the last class.
    voting_ : str
        "hard" or "soft".
    recipe_ : Recipe
        Which rows the output consists of; a centre has the base −1, because it lies on no segment.
    is_synthetic_ : ndarray of shape (n_rows_new,), bool
        Which rows of the output are centres.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Notes
    -----
    Centres get the dtype of the table: integers are rounded to the nearest.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.under_sampling import ClusterCentroids
    >>> X, y = [[0.0], [1.0], [10.0], [11.0], [20.0], [21.0]], ["no", "no", "no", "no", "yes", "yes"]
    >>> X_resampled, y_resampled = ClusterCentroids(random_state=0).fit_resample(X, y)
    >>> sorted(X_resampled)
    [[0.5], [10.5], [20.0], [21.0]]

    On large tables `KMeans` takes hours. ``BisectingKMeans``, which halves one cluster after the other, or
    ``MiniBatchKMeans`` take seconds:

    >>> from sklearn.cluster import BisectingKMeans
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.normal(size=(10_000, 5)), np.repeat([0, 1], [9_900, 100])
    >>> fast = ClusterCentroids(estimator=BisectingKMeans(random_state=0))
    >>> fast.fit_resample(X, y)[0].shape
    (200, 5)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseUnderSampler._parameter_constraints,
        "random_state": ["random_state", np.random.Generator],
        "estimator": [HasMethods(["fit", "predict"]), None],
        "voting": [StrOptions({"auto", "hard", "soft"})],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: Any = None,
        estimator: Any = None,
        voting: Literal["auto", "hard", "soft"] = "auto",
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.random_state = random_state
        self.estimator = estimator
        self.voting = voting

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> tuple[Recipe, NewRows]:
        self.estimator_ = self._clusterer(draws)
        self.voting_ = self._voting_on(X)
        kept: list[Rows] = []
        centers: list[Any] = []
        is_made: list[Any] = []  # of each row of the output
        labels: list[Any] = []
        made_into = np.full(len(target.codes), -1)
        n_centers = 0
        for code in range(len(target.classes)):
            rows = target.rows_of(code)
            if code in plan:
                found = self._centers(X, rows, plan[code])
                if self.voting_ == "soft":
                    centers.append(found)
                    if len(found):
                        made_into[rows] = n_centers + self._clusters(X, rows)
                        n_centers += len(found)
                    labels.append(np.full(len(found), code, target.codes.dtype))
                    is_made.append(np.ones(len(found), np.bool_))
                    continue
                rows = rows[distinct_nearest(Pool(X, rows), found)]
            kept.append(rows)
            is_made.append(np.zeros(len(rows), np.bool_))
        kept_rows = np.concatenate(kept) if kept else np.empty(0, np.int64)
        if not centers:
            return Recipe(n_rows=len(target.codes), kept=kept_rows), NewRows()
        values, label = np.concatenate(centers), np.concatenate(labels)
        base = np.full(len(values), -1, np.int64)
        recipe = Recipe(n_rows=len(target.codes), kept=kept_rows, base=base, label=label)
        # Class by class: the rows kept of a class, or its centres.
        made = np.concatenate(is_made)
        output = np.where(made, len(kept_rows) + np.cumsum(made), np.cumsum(~made)) - 1
        return recipe_of_rows(recipe, NewRows(values, made_into=made_into), output)

    def _voting_on(self, X: Any) -> str:
        automatic = "hard" if sparse.issparse(X) else "soft"
        return automatic if self.voting == "auto" else self.voting

    def _makes_means(self, X: Any) -> bool:
        return self._voting_on(X) == "soft"

    def _clusterer(self, draws: Draws) -> Any:
        if self.estimator is None:
            from sklearn.cluster import KMeans  # here: it brings what nobody else needs

            is_generator = isinstance(self.random_state, np.random.Generator)
            return KMeans(random_state=draws.random_state() if is_generator else self.random_state)
        clusterer = clone(self.estimator)
        if "n_clusters" not in clusterer.get_params():
            raise ValueError(
                "`estimator` should be a clustering estimator exposing a parameter `n_clusters` and a fitted parameter "
                f"`cluster_centers_`. A {type(clusterer).__name__} has no `n_clusters`. Use KMeans, MiniBatchKMeans or "
                "BisectingKMeans."
            )
        return clusterer

    def _centers(self, X: Any, rows: Rows, n_clusters: int) -> Any:
        """The centres of the clusters of some rows."""
        if n_clusters == 0:
            return np.empty((0, X.shape[1]))
        self.estimator_.set_params(n_clusters=n_clusters)
        self.estimator_.fit(_taken(X, rows))
        if not hasattr(self.estimator_, "cluster_centers_"):
            raise RuntimeError(
                "`estimator` should be a clustering estimator exposing a fitted parameter `cluster_centers_`. A fitted "
                f"{type(self.estimator_).__name__} has none. Use KMeans, MiniBatchKMeans or BisectingKMeans."
            )
        centers = np.asarray(self.estimator_.cluster_centers_)
        if not np.isfinite(centers).all():
            raise ValueError(
                f"The values of X are too large for {type(self.estimator_).__name__}: centres of its clusters are not "
                "finite. Divide the columns first, for example with sklearn.preprocessing.MaxAbsScaler."
            )
        if type(self.estimator_).__name__ != "KMeans":
            return centers
        return _true_means(X, rows, self._clusters(X, rows), centers)

    def _clusters(self, X: Any, rows: Rows) -> Rows:
        """The cluster of each of the rows that the clusters have just been made of."""
        clusters = getattr(self.estimator_, "labels_", None)
        return np.asarray(self.estimator_.predict(_taken(X, rows)) if clusters is None else clusters)


def _true_means(X: Any, rows: Rows, clusters: Rows, centers: Any) -> Any:
    """The centres, if each cluster has rows; else means of rows, and for a cluster without rows the one nearest to it.

    Where fewer rows differ than clusters are asked for, scikit-learn's KMeans moves rows to and fro, and leaves centres
    that are no means, some of them outside the class.
    """
    sizes = np.bincount(clusters, minlength=len(centers))
    if sizes.all():
        return centers
    shares = sparse.csr_array((1 / sizes[clusters], (clusters, np.arange(len(rows)))), (len(centers), len(rows)))
    means = shares @ _taken(X, rows).astype(np.float64)
    means = means.toarray() if sparse.issparse(means) else means
    at = Pool(X, rows).index.neighbors_of(np.asarray(centers[sizes == 0]), 1)[0][:, 0]
    nearest = _taken(X, rows[at])
    means[sizes == 0] = nearest.toarray() if sparse.issparse(nearest) else nearest
    return means.astype(centers.dtype)


def _taken(X: Any, rows: Rows) -> Any:
    return take_csr(X, rows) if sparse.issparse(X) else take_rows(X, rows)


def distinct_nearest(pool: Pool, points: Any) -> Rows:
    """For each point the position of the nearest row; one that is taken already is left to the point that came first.

    Examples
    --------
    >>> import numpy as np
    >>> distinct_nearest(Pool(np.array([[0.0], [3.0], [4.0]])), np.array([[0.1], [0.2], [0.3]]))
    array([0, 1, 2])
    """
    chosen = np.full(len(points), -1, np.int64)
    left, waiting = np.arange(pool.X.shape[0]), np.arange(len(points))
    among = pool
    while len(waiting):
        found = left[among.index.neighbors_of(points[waiting], 1)[0][:, 0]]
        rows, first = np.unique(found, return_index=True)
        chosen[waiting[first]] = rows
        waiting, left = np.delete(waiting, first), np.setdiff1d(left, rows)
        among = Pool(pool.X, left) if len(waiting) else pool
    return chosen
