"""Some rows of a class to begin with, and the classifier that looks at the others."""

from __future__ import annotations

from functools import partial
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import clone

from fastbal._core.draws import Stream
from fastbal._core.memory import require_memory
from fastbal._core.plan import Plan, Strategy
from fastbal._core.recipe import Rows
from fastbal._core.rows import rows_as_floats
from fastbal._core.target import Target
from fastbal._progress import show_progress
from fastbal._sklearn import HasMethods, Interval
from fastbal.base import SelectionMixin
from fastbal.under_sampling.base import BaseCleaningSampler


class BasePrototypes(SelectionMixin, BaseCleaningSampler):
    """Base class of the samplers that keep some rows of a class, and others that these misclassify.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        The classes from which rows are removed.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.
    n_neighbors : int, object or None, default=None
        What classifies a row.
    n_seeds_S : int, default=1
        Rows of each targeted class to begin with.
    n_jobs : int or None, default=None
        For imbalanced-learn's interface.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseCleaningSampler._parameter_constraints,
        "random_state": ["random_state", np.random.Generator],
        "n_neighbors": [Interval(Integral, 1, None, closed="left"), HasMethods(["kneighbors"]), None],
        "n_seeds_S": [Interval(Integral, 1, None, closed="left")],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: Any = None,
        n_neighbors: Any = None,
        n_seeds_S: int = 1,
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.random_state = random_state
        self.n_neighbors = n_neighbors
        self.n_seeds_S = n_seeds_S
        self.n_jobs = n_jobs

    def _prototypes(self, X: Any, target: Target, plan: Plan, stream: Stream, *, grow: bool) -> list[Rows]:
        """For each class the rows kept: all, or seeds and then what they misclassify, growing as that is found."""
        classifier = self._classifier()
        smallest = target.smallest
        rivals = target.rows_of(smallest)
        X_rivals = _dense(X, rivals)
        self.estimators_ = []
        kept = []
        for code in range(len(target.classes)):
            rows = target.rows_of(code)
            if code not in plan:
                kept.append(rows)
                continue
            drawn = stream.integers(len(rows), self.n_seeds_S)
            seeds = drawn[np.sort(np.unique(drawn, return_index=True)[1])]  # each once, in the order drawn
            found = seeds
            if code != smallest:
                self._require_prototypes(target, code, len(rivals) + len(seeds), classifier.n_neighbors)
                wins_ties = code < smallest
                if _is_plain(classifier):
                    found = _searched(X, rows, X_rivals, rivals, classifier.n_neighbors, wins_ties, seeds, grow)
                else:
                    found = _predicted(classifier, _dense(X, rows), X_rivals, wins_ties, seeds, grow)
            kept.append(rows[found])
            prototypes = np.concatenate([rivals, rows[found if grow else seeds]])
            labels = target.decode(target.codes[prototypes])
            self.estimators_.append(clone(classifier).fit(rows_as_floats(X, prototypes), labels))
        return kept

    def _classifier(self) -> Any:
        from sklearn.neighbors import KNeighborsClassifier  # here: it brings libraries that nobody else needs

        if self.n_neighbors is None or isinstance(self.n_neighbors, Integral):
            return KNeighborsClassifier(n_neighbors=int(self.n_neighbors or 1), n_jobs=self.n_jobs)
        if isinstance(self.n_neighbors, KNeighborsClassifier):
            return clone(self.n_neighbors)
        # A search that is no classifier: its neighbours vote.
        defaults = KNeighborsClassifier().get_params()
        given = {name: getattr(self.n_neighbors, name, default) for name, default in defaults.items()}
        return KNeighborsClassifier(**given)

    @staticmethod
    def _require_prototypes(target: Target, code: int, n_prototypes: int, k: int) -> None:
        if n_prototypes < k:
            raise ValueError(
                f"n_neighbors={k} rows are to vote, but class {target.labels[code]!r} starts with {n_prototypes} in "
                f"all: the smallest class and n_seeds_S rows. Lower n_neighbors to {n_prototypes} or less, or raise "
                "n_seeds_S."
            )


def _dense(X: Any, rows: Rows) -> NDArray[Any]:
    """Rows as the scan reads them."""
    part = rows_as_floats(X, rows)
    if not sparse.issparse(part):
        array: NDArray[Any] = part
        return array
    require_memory(
        part.shape[0] * part.shape[1] * part.dtype.itemsize,
        f"The scan of {part.shape[0]} sparse rows, which are made dense for it,",
    )
    return np.ascontiguousarray(part.toarray())


def _rows_between(X: Any, rows: Rows, start: int, stop: int) -> NDArray[Any]:
    return _dense(X, rows[start:stop])


def _is_plain(classifier: Any) -> bool:
    """Whether each of the nearest rows, by plain Euclidean distance, has one vote."""
    from sklearn.neighbors import KNeighborsClassifier

    euclidean = classifier.metric == "euclidean" or (classifier.metric == "minkowski" and classifier.p == 2)
    is_unweighted = not classifier.metric_params and classifier.weights in ("uniform", None)
    return type(classifier) is KNeighborsClassifier and euclidean and is_unweighted


def _searched(
    X: Any,
    rows: Rows,
    X_rivals: NDArray[Any],
    rivals: Rows,
    k: int,
    wins_ties: bool,
    seeds: Rows,
    grow: bool,
) -> Rows:
    """Positions of seeds and of what they misclassify, by our own search."""
    from fastbal._core.prototypes import Contest, vote_of  # here, so that random sampling loads no compiler

    with show_progress("searching neighbours") as progress:
        part = partial(_rows_between, X, rows)
        contest = Contest(part, rows, X_rivals, rivals, vote_of(k, wins_ties=wins_ties), progress)
        return contest.condensed(seeds) if grow else np.concatenate([seeds, contest.misclassified(seeds)])


def _predicted(
    classifier: Any,
    X_class: NDArray[Any],
    X_rivals: NDArray[Any],
    wins_ties: bool,
    seeds: Rows,
    grow: bool,
) -> Rows:
    """Positions of seeds and of what they misclassify, by the user's classifier, asked again after each new one."""
    kept, start = seeds, 0
    class_label = 0 if wins_ties else 2
    while True:
        prototypes = np.concatenate([X_rivals, X_class[kept]])
        labels = np.concatenate([np.ones(len(X_rivals), int), np.full(len(kept), class_label)])
        predicted = clone(classifier).fit(prototypes, labels).predict(X_class[start:])
        missed = start + np.flatnonzero(predicted != class_label)
        missed = missed[~np.isin(missed, kept)]
        if not grow:
            return np.concatenate([kept, missed])
        if len(missed) == 0:
            return kept
        kept, start = np.append(kept, missed[0]), int(missed[0]) + 1
        if start == len(X_class):
            return kept
