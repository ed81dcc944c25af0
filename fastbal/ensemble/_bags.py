"""Bags of rows, each balanced, and a learner for each: what bagging and easy ensemble have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.metrics import accuracy_score
from sklearn.utils.parallel import delayed
from sklearn.utils.random import sample_without_replacement

from fastbal._core.recipe import Rows
from fastbal._core.target import Target
from fastbal._sklearn import DocumentedHere, check_parameters
from fastbal.ensemble._choice import choose_rows, reads_labels_only
from fastbal.ensemble._jobs import parallel
from fastbal.ensemble._out_of_bag import out_of_bag
from fastbal.ensemble._seeds import seeds_of_new_members, set_random_states
from fastbal.ensemble._training_data import codes_of, read_training_data, take, target_of_rows
from fastbal.pipeline import Pipeline

Array = NDArray[Any]
Columns = NDArray[np.int64]


class BalancedBags(DocumentedHere):
    """Fit each member to a balanced bag; goes before scikit-learn's BaggingClassifier, which predicts.

    If the sampler reads only labels, it chooses its rows first, and only these are copied from the table. Any other
    sampler resamples the rows of the bag in the process that fits the member.
    """

    # Parameters, and what BaggingClassifier predicts with.
    estimator: Any
    n_estimators: int
    max_samples: Any
    max_features: Any
    bootstrap: bool
    bootstrap_features: bool
    oob_score: bool
    warm_start: bool
    n_jobs: int | None
    random_state: Any
    verbose: int
    estimators_: list[Any]
    estimators_features_: list[Columns]

    def _default_learner(self) -> Any:
        """The learner if `estimator` is None."""
        raise NotImplementedError

    def _new_sampler(self) -> Any:
        """The sampler, with the parameters of the ensemble."""
        raise NotImplementedError

    def fit(self, X: Any, y: Any) -> Self:
        """Fit a learner to each of the balanced bags.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
            The table; NaN where the sampler and the learner take it.
        y : array-like of shape (n_rows,)
            The label of each row: numbers, text, booleans, categories, nullable or not.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a bag has rows of one class only, or does not allow what `sampling_strategy` asks.
        """
        check_parameters(self)
        if self.oob_score and not self.bootstrap:
            raise ValueError(
                "Out of bag estimation only available if bootstrap=True: without, no row is left out. "
                "Set bootstrap=True or oob_score=False."
            )
        if self.oob_score and self.warm_start:
            raise ValueError(
                "Out of bag estimate only available if warm_start=False. Set warm_start=False or oob_score=False."
            )
        X, target = read_training_data(self, X, y, dtype=None, ensure_all_finite=False)
        self.classes_, self.n_classes_ = target.classes, len(target.classes)
        self.sampler_ = self._new_sampler()
        learner = clone(self._default_learner() if self.estimator is None else self.estimator)
        self.estimator_ = Pipeline([("sampler", self.sampler_), ("classifier", learner)])
        self._bags = self._shape_of_bags(*X.shape)
        if not self.warm_start or not hasattr(self, "estimators_"):
            self.estimators_, self.estimators_features_ = [], []
            self._seeds = np.empty(0, np.int64)
        seeds = seeds_of_new_members(self)[:, 0]
        jobs = parallel(self.n_jobs, grows_trees=self.estimator is None, verbose=self.verbose)
        fitted = jobs(self._tasks(X, target, seeds))
        self._seeds = np.concatenate([self._seeds, seeds])
        self.estimators_ += [member for member, _ in fitted]
        self.estimators_features_ += [columns for _, columns in fitted]
        if self.oob_score:
            self.oob_decision_function_, self.oob_score_ = out_of_bag(
                self._rows_seen(), X, target.codes, self.n_classes_, accuracy_score
            )
        return self

    @property
    def estimators_samples_(self) -> list[Rows]:
        """For each member the rows of its bag, before they are balanced; drawn anew at each call, so not stored."""
        return [self._bags.draw(seed)[1] for seed in self._seeds.tolist()]

    def _shape_of_bags(self, n_rows: int, n_columns: int) -> _Bags:
        n_drawn = _number_of(self.max_samples, n_rows)
        if n_drawn > n_rows and not self.bootstrap:
            raise ValueError(
                f"max_samples must be <= n_samples, but max_samples={self.max_samples} asks for {n_drawn} different "
                f"rows of {n_rows}. Lower max_samples, or set bootstrap=True to draw rows more than once."
            )
        n_columns_drawn = _number_of(self.max_features, n_columns)
        if n_columns_drawn > n_columns:
            raise ValueError(
                f"max_features must be <= n_features, but max_features={self.max_features} of {n_columns} columns. "
                "Lower max_features."
            )
        return _Bags(n_rows, n_columns, n_drawn, n_columns_drawn, self.bootstrap, self.bootstrap_features)

    def _tasks(self, X: Any, target: Target, seeds: NDArray[np.int64]) -> Iterator[Any]:
        """A call for each new member. Only rows of its bag go to the process that fits it."""
        for seed in seeds.tolist():
            sampler, learner = clone(self.sampler_), clone(self.estimator_[-1])
            stream = np.random.RandomState(seed)
            set_random_states(learner, stream)
            set_random_states(sampler, stream)
            columns, rows = self._bags.draw(seed)
            bag = target_of_rows(target, rows)
            if len(bag.classes) < 2 <= len(target.classes):
                raise ValueError(_one_class(bag, target, rows, self.bootstrap))
            is_chosen = reads_labels_only(sampler)
            if is_chosen:
                rows = rows[choose_rows(sampler, bag, len(columns))]
            X_bag = take(X, rows) if self._bags.has_all_columns else take(X, rows)[:, columns]
            labels = target.codes[rows].astype(np.int64) if is_chosen else target.decode(target.codes[rows])
            member = Pipeline([("sampler", sampler), ("classifier", learner)])
            yield delayed(_fit_member)(member, columns, X_bag, labels, None if is_chosen else target.classes)

    def _rows_seen(self) -> Iterator[tuple[Any, Rows, Columns]]:
        """Each member, the rows it has learned from or that new rows were made from, and its columns."""
        for member, rows, columns in zip(
            self.estimators_, self.estimators_samples_, self.estimators_features_, strict=True
        ):
            chosen = getattr(member["sampler"], "sample_indices_", None)
            yield member, rows if chosen is None else rows[chosen], columns


def _fit_member(
    member: Pipeline, columns: Columns, X: Any, y: Array, classes: Array | None
) -> tuple[Pipeline, Columns]:
    """Fit to a balanced bag, where y is class codes; or, if `classes` is given, to a bag to be balanced first."""
    if classes is not None:
        X, y, *_ = member["sampler"].fit_resample(X, y)
        y = codes_of(y, classes)
    member["classifier"].fit(X, y)
    return member, columns


class _Bags(NamedTuple):
    """How rows and columns of a bag are drawn, given a seed."""

    n_rows: int
    n_columns: int
    rows_per_bag: int
    columns_per_bag: int
    bootstrap: bool
    bootstrap_features: bool

    @property
    def has_all_columns(self) -> bool:
        return self.columns_per_bag == self.n_columns and not self.bootstrap_features

    def draw(self, seed: int) -> tuple[Columns, Rows]:
        """The bag of a seed: the same one as scikit-learn's BaggingClassifier draws."""
        stream = np.random.RandomState(seed)
        columns = _drawn_positions(stream, self.n_columns, self.columns_per_bag, self.bootstrap_features)
        return columns, _drawn_positions(stream, self.n_rows, self.rows_per_bag, self.bootstrap)


def _drawn_positions(stream: np.random.RandomState, n: int, size: int, replace: bool) -> NDArray[np.int64]:
    if replace:
        return stream.randint(0, n, size)
    numbers: NDArray[np.int64] = sample_without_replacement(n, size, random_state=stream)
    return numbers


def _number_of(wanted: Any, n: int) -> int:
    """A number as it is, or a share of n; None is all."""
    return n if wanted is None else max(1, int(wanted * n)) if isinstance(wanted, float) else int(wanted)


def _one_class(bag: Target, target: Target, rows: Rows, bootstrap: bool) -> str:
    rarest = int(target.counts.argmin())
    return (
        f"A bag of {len(rows)} rows has class {bag.labels[0]!r} only, so there is nothing to balance it against: of "
        f"the {len(target.codes)} rows of the table, {target.counts[rarest]} are of class {target.labels[rarest]!r}. "
        f"{'Set bootstrap=False, or raise' if bootstrap else 'Raise'} max_samples, or collect more of its rows."
    )
