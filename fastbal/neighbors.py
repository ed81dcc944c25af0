"""Nearest neighbours with scikit-learn's interface: exact, or as near as one asks for; always parallel."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from fastbal._core.calibrated_search import EXACT, ApproximateIndex, Outcome, Promise
from fastbal._core.finite import count_not_finite, describe_not_finite
from fastbal._core.neighbors import Index
from fastbal._progress import show_progress
from fastbal._sklearn import DocumentedHere

__all__ = ["Approximate", "NearestNeighbors"]


class NearestNeighbors(DocumentedHere, BaseEstimator):
    """Exact nearest neighbours by Euclidean distance.

    Can be used wherever scikit-learn's class of the same name is, imbalanced-learn's ``k_neighbors=`` included.
    The method is chosen from the data: there is nothing to tune.

    Parameters
    ----------
    n_neighbors : int, default=5
        Neighbours to find where a call does not say how many.
    metric : {"euclidean", "minkowski"}, default="minkowski"
        Both mean the Euclidean distance.
    p : float, default=2
        Exponent of the Minkowski metric; must be 2.
    n_jobs : int or None, default=None
        For scikit-learn's interface. All threads that may be used are used; limit them with ``threadpoolctl``, joblib
        or NUMBA_NUM_THREADS.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns.
    n_samples_fit_ : int
        Number of rows searched.
    effective_metric_ : str
        Always "euclidean".

    Notes
    -----
    Rows at the same distance come in the order of their row numbers; distances are float64, whatever the input, and
    equal ``np.sqrt(np.square(x - y).sum())`` bit for bit on dense rows. Where a whole table is searched for neighbours
    of its own rows (``kneighbors()`` without X), a row is never its own neighbour, also among duplicates.

    Examples
    --------
    >>> from fastbal.neighbors import NearestNeighbors
    >>> search = NearestNeighbors(n_neighbors=2).fit([[0.0], [1.0], [3.0], [3.0]])
    >>> distances, rows = search.kneighbors()
    >>> rows.tolist()
    [[1, 2], [0, 2], [3, 1], [2, 1]]
    >>> search.kneighbors([[2.9]], n_neighbors=1, return_distance=False).tolist()
    [[2]]
    """

    def __init__(
        self, n_neighbors: int = 5, *, metric: str = "minkowski", p: float = 2, n_jobs: int | None = None
    ) -> None:
        self.n_neighbors = n_neighbors
        self.metric = metric
        self.p = p
        self.n_jobs = n_jobs

    def fit(self, X: ArrayLike, y: object = None) -> NearestNeighbors:
        """Take in the rows to be searched. What a search needs is built when the first one comes.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_rows, n_columns)
            Finite numbers. An array of floats is used as it is: do not change it before the last search.
        y : object
            Ignored.

        Returns
        -------
        NearestNeighbors
            This object.

        Raises
        ------
        ValueError
            If `metric` or `p` ask for another distance, or X holds NaN, infinity or anything but numbers.
        """
        if self.metric not in ("minkowski", "euclidean") or (self.metric == "minkowski" and self.p != 2):
            raise ValueError(
                f"fastbal searches by Euclidean distance only, but metric={self.metric!r} with p={self.p!r} was given. "
                "Use metric='euclidean', or scikit-learn's NearestNeighbors for other metrics."
            )
        self._check_k(self.n_neighbors)
        self._fit_X: Any = self._numbers(X, reset=True)
        self._index = self._index_of(self._fit_X)
        self.n_samples_fit_ = int(self._fit_X.shape[0])
        self.effective_metric_ = "euclidean"
        return self

    def kneighbors(
        self, X: ArrayLike | None = None, n_neighbors: int | None = None, return_distance: bool = True
    ) -> Any:
        """The nearest rows of each row of X.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_queries, n_columns), optional
            Without it, the rows that were fitted: a row is then not its own neighbour.
        n_neighbors : int, optional
            How many; by default the parameter `n_neighbors`.
        return_distance : bool, default=True
            Whether to return distances, too.

        Returns
        -------
        distances : ndarray of shape (n_queries, n_neighbors), float64
            Ascending; only if `return_distance`.
        rows : ndarray of shape (n_queries, n_neighbors), int64
            Row numbers of the fitted table.

        Raises
        ------
        ValueError
            If there are fewer than `n_neighbors` rows to choose from.
        """
        check_is_fitted(self)
        k = self.n_neighbors if n_neighbors is None else n_neighbors
        self._check_k(k)
        available = self.n_samples_fit_ - (X is None)
        if k > available:
            others = " and a row is not its own neighbour" if X is None else ""
            raise ValueError(
                f"Expected n_neighbors <= n_samples_fit, but n_neighbors = {k}, n_samples_fit = {self.n_samples_fit_}"
                f"{others}. Lower n_neighbors to {available} or less."
            )
        queries = None if X is None else self._numbers(X, reset=False)
        with show_progress("searching neighbours") as progress:
            if queries is None:
                rows, distances = self._index.neighbors_of_rows(None, int(k), progress=progress)
            else:
                rows, distances = self._index.neighbors_of(queries, int(k), progress=progress)
        return (distances, rows) if return_distance else rows

    def kneighbors_graph(
        self, X: ArrayLike | None = None, n_neighbors: int | None = None, mode: str = "connectivity"
    ) -> sparse.csr_matrix:
        """The neighbours as a sparse matrix.

        Parameters
        ----------
        X, n_neighbors
            As for `kneighbors`.
        mode : {"connectivity", "distance"}, default="connectivity"
            What stands in the matrix for a neighbour: 1, or its distance.

        Returns
        -------
        csr_matrix of shape (n_queries, n_samples_fit_)
            `n_neighbors` entries in each row, nearest first.
        """
        if mode not in ("connectivity", "distance"):
            raise ValueError(f"mode must be 'connectivity' or 'distance', but {mode!r} was given.")
        distances, rows = self.kneighbors(X, n_neighbors)
        n_queries, k = rows.shape
        data: NDArray[np.float64] = distances.ravel() if mode == "distance" else np.ones(rows.size)
        indptr = np.arange(0, rows.size + 1, k)
        return sparse.csr_matrix((data, rows.ravel(), indptr), shape=(n_queries, self.n_samples_fit_))

    def _index_of(self, X: Any) -> Index:
        """What searches the rows."""
        return Index(X)

    def _numbers(self, X: ArrayLike, *, reset: bool) -> Any:
        """The rows as a float array or CSR matrix, all finite."""
        formats = {"accept_sparse": "csr", "dtype": [np.float64, np.float32], "ensure_all_finite": False}
        X = validate_data(self, X, reset=reset, **formats)
        counts = _count_not_finite(X)
        if counts is not None:
            names = [repr(name) for name in getattr(self, "feature_names_in_", range(self.n_features_in_))]
            raise ValueError(
                f"{describe_not_finite(*counts, names)}. NearestNeighbors computes distances, so every value "
                "must be a finite number. Fill the gaps first (for example with sklearn.impute.SimpleImputer) or drop "
                "these rows."
            )
        return X

    def _check_k(self, k: object) -> None:
        if not isinstance(k, Integral) or isinstance(k, bool):
            raise TypeError(f"n_neighbors does not take {type(k)} value, enter integer value")
        if int(k) < 1:
            raise ValueError(f"Expected n_neighbors > 0. Got {k}")

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = dict(super().__getstate__())
        state.pop("_index", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if hasattr(self, "_fit_X"):
            self._index = self._index_of(self._fit_X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


class Approximate(NearestNeighbors):
    """Nearest neighbours that may be a little farther than the nearest, found in a fraction of the time.

    For tables of 30,000 rows or more without much structure (ten columns or more, hardly correlated), in which an exact
    search has to look at most pairs of rows. Can be given to every sampler that takes a search, as
    ``SMOTE(k_neighbors=Approximate(n_neighbors=6))``.

    Parameters
    ----------
    n_neighbors : int, default=5
        Neighbours to find where a call does not say how many. In a sampler, the row itself counts as one of them, as
        with every search that samplers take: 6 means five others.
    farther : float or None, default=None
        How much farther than the nearest the rows found may be on average, above 1: the sum of their distances over
        that of the nearest rows. 1.05, that is 5 %, if neither this nor `recall` is given.
    recall : float or None, default=None
        The share of the nearest rows that must be found on average, above 0 and below 1. Costs far more than a small
        `farther` where many rows are about equally near.
    random_state : int, RandomState, Generator or None, default=0
        Chooses the 1,000 rows that the search is checked on; None others each time.
    metric : {"euclidean", "minkowski"}, default="minkowski"
        Both mean the Euclidean distance.
    p : float, default=2
        Exponent of the Minkowski metric; must be 2.
    n_jobs : int or None, default=None
        For scikit-learn's interface, as in `NearestNeighbors`.

    Attributes
    ----------
    recall_, recall_interval_ : float and tuple of two floats
        The share of the nearest rows found for the rows that were checked, and between which values that of all rows
        lies (99 % on either side). Rows at the same distance are equally good.
    distance_ratio_, distance_ratio_interval_ : float and tuple of two floats
        The same of the distances of what was found over those of the nearest rows.
    budget_ : int or None
        Leaves of the tree (of 256 rows; 64 in small tables) that each row was held against; None where exact.
    exact_ : bool
        Whether the search was exact, because it costs less or because the promise could not be kept for less. Few
        rows, few columns, structure in the table, sparse tables: then all neighbours are the nearest.

    All are those of the last search, and there before the first one as if it had been exact.

    Raises
    ------
    ValueError
        By `fit`, if both `farther` and `recall` are given, or one is out of range.

    Notes
    -----
    The rows of the table are put into leaves by halving them between two means again and again. A row is held against
    the leaves with the nearest means: an inverted file (Sivic and Zisserman 2003) of balanced cells. How many leaves is
    found out by each search on 1,000 of its own rows that are also searched exactly: their number is raised until the
    bad end of the interval of the mean is good enough. Distances are exact, and the result does not depend on the
    number of threads.

    References
    ----------
    J. Sivic, A. Zisserman (2003). Video Google: a text retrieval approach to object matching in videos. ICCV.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.neighbors import Approximate
    >>> X = np.random.default_rng(0).normal(size=(40_000, 20))
    >>> search = Approximate(n_neighbors=5, farther=1.05).fit(X)
    >>> distances, rows = search.kneighbors()
    >>> search.exact_, search.distance_ratio_interval_[1] <= 1.05
    (False, True)
    """

    _index: ApproximateIndex

    def __init__(
        self,
        n_neighbors: int = 5,
        *,
        farther: float | None = None,
        recall: float | None = None,
        random_state: int | np.random.RandomState | np.random.Generator | None = 0,
        metric: str = "minkowski",
        p: float = 2,
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(n_neighbors, metric=metric, p=p, n_jobs=n_jobs)
        self.farther = farther
        self.recall = recall
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: object = None) -> Approximate:
        """Take in the rows to be searched; see `NearestNeighbors.fit`."""
        self._promise()
        super().fit(X, y)
        return self._tell(EXACT)

    def kneighbors(
        self, X: ArrayLike | None = None, n_neighbors: int | None = None, return_distance: bool = True
    ) -> Any:
        """Near rows of each row of X; see `NearestNeighbors.kneighbors`."""
        found = super().kneighbors(X, n_neighbors, return_distance)
        self._tell(self._index.outcome)
        return found

    def _others_of(self, rows: NDArray[np.int64], k: int) -> NDArray[np.int64]:
        """For samplers: near other rows of some of the fitted rows, given by their numbers."""
        with show_progress("searching neighbours") as progress:
            found: NDArray[np.int64] = self._index.neighbors_of_rows(rows, k, progress=progress)[0]
        self._tell(self._index.outcome)
        return found

    def _tell(self, outcome: Outcome) -> Approximate:
        self.recall_, self.recall_interval_ = outcome.recall, outcome.recall_interval
        self.distance_ratio_, self.distance_ratio_interval_ = outcome.distance_ratio, outcome.distance_ratio_interval
        self.budget_, self.exact_ = outcome.budget, outcome.budget is None
        return self

    def _promise(self) -> Promise:
        if self.farther is not None and self.recall is not None:
            raise ValueError(
                f"Approximate takes farther or recall, but farther={self.farther!r} and recall={self.recall!r} were "
                "given. Leave one out."
            )
        if self.recall is not None and not 0 < self.recall < 1:
            raise ValueError(
                f"recall must be above 0 and below 1, but recall={self.recall!r} was given. "
                "Use NearestNeighbors to find all nearest rows."
            )
        farther = 1.05 if self.farther is None and self.recall is None else self.farther
        if farther is not None and not 1 < farther < np.inf:
            raise ValueError(
                f"farther must be above 1 (1.05 is 5 % farther), but farther={farther!r} was given. "
                "Use NearestNeighbors to find the nearest rows."
            )
        return Promise(self.recall, farther)

    def _index_of(self, X: Any) -> ApproximateIndex:
        return ApproximateIndex(X, self._promise(), self.random_state)


def _count_not_finite(X: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """NaN and infinities per column of an array or CSR matrix; None if there are none."""
    if not sparse.issparse(X):
        return count_not_finite(X)
    if count_not_finite(X.data) is None:
        return None
    n_nan = np.bincount(X.indices[np.isnan(X.data)], minlength=X.shape[1])
    return n_nan, np.bincount(X.indices[np.isinf(X.data)], minlength=X.shape[1])
