"""Learners fitted one after the other, each to common rows chosen by how hard they were for those before."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.ensemble import BaggingClassifier
from sklearn.utils import check_random_state, get_tags
from sklearn.utils.validation import has_fit_parameter

from fastbal._core.draws import Stream
from fastbal._core.plan import UNDER, Plan, make_plan
from fastbal._core.recipe import Rows, row_number_type
from fastbal._core.target import Target
from fastbal._problem import by_label
from fastbal._sklearn import DocumentedHere, check_parameters, check_sample_weight, constraints_of
from fastbal.ensemble._out_of_bag import probabilities
from fastbal.ensemble._seeds import set_random_states
from fastbal.ensemble._training_data import read_training_data, take
from fastbal.under_sampling import RandomUnderSampler

Array = NDArray[Any]
Hardness = NDArray[np.float64]

# Rows predicted at a time: what is copied of the table for it stays small.
_PIECE_BYTES = 1 << 25


class ChoiceByHardness(ABC):
    """The rows of the larger classes that a round learns from.

    Parameters
    ----------
    target : Target
        The class of each row.
    plan : dict of class code to int
        How many rows of each larger class a round gets.
    n_rounds : int
        How many rounds there are.
    """

    def __init__(self, target: Target, plan: Plan, n_rounds: int) -> None:
        self.plan, self.n_rounds = plan, n_rounds
        self.candidates = {code: target.rows_of(code) for code in plan}

    def first(self, code: int, stream: Stream) -> Rows:
        """Rows of a class for the first round: a random choice."""
        rows = self.candidates[code]
        return rows[stream.distinct(len(rows), self.plan[code])]

    @abstractmethod
    def choose(self, code: int, hardness: Hardness, number: int, stream: Stream) -> Rows:
        """Rows of a class for round `number`, from 1 on; `hardness` is that of its candidates in the last round."""


class RoundsByHardness(DocumentedHere):
    """Fit one learner after the other; goes before scikit-learn's BaggingClassifier, which predicts.

    All rows of the classes that `sampling_strategy` leaves alone are in every round. Of each other class, the first
    round gets a random choice, and later rounds one that goes by the hardness of its rows: 1 − the probability that
    was predicted for their own class. Rows chosen are row numbers; the table is not copied.
    """

    # Parameters, and what BaggingClassifier predicts with.
    estimator: Any
    n_estimators: int
    sampling_strategy: Any
    random_state: Any

    #: Class frequencies do not tell what the members' probabilities are true for.
    _chooses_hard_rows = True

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **{
            name: constraints_of(BaggingClassifier)[name] for name in ("n_estimators", "estimator", "n_jobs", "verbose")
        },
        "sampling_strategy": RandomUnderSampler._parameter_constraints["sampling_strategy"],
        "random_state": ["random_state"],
    }

    def _default_learner(self) -> Any:
        """The learner if `estimator` is None."""
        raise NotImplementedError

    def _new_choice(self, target: Target, plan: Plan) -> ChoiceByHardness:
        """How rows are chosen."""
        raise NotImplementedError

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit the learners, one after the other.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
            The table; NaN where the learner takes it.
        y : array-like of shape (n_rows,)
            The label of each row: numbers, text, booleans, categories, nullable or not.
        sample_weight : array-like of shape (n_rows,), default=None
            What the rows that are chosen weigh for the learner, not negative. Which ones are chosen does not depend on
            it.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If there are weights and the learner takes none, if there is one class only, or if `sampling_strategy`
            cannot be met.
        """
        check_parameters(self)
        X, target = read_training_data(self, X, y, dtype=None, ensure_all_finite=False)
        learner = clone(self._learner())
        weights = self._weights(learner, sample_weight, X)
        plan = make_plan(self.sampling_strategy, target, UNDER)
        self._require_rows(target, plan)
        self.sampling_strategy_ = by_label(plan, target)
        self.classes_, self.n_classes_ = target.classes, len(target.classes)
        self.estimator_ = learner
        self.estimators_: list[Any] = []
        self._rows: list[Rows] = []
        source = check_random_state(self.random_state)
        stream, codes = Stream(source), target.codes.astype(np.int64)
        always = np.flatnonzero(~np.isin(codes, list(plan)))
        choice = self._new_choice(target, plan)
        for number in range(self.n_estimators):
            parts = [always]
            for code in plan:
                if number == 0:
                    parts.append(choice.first(code, stream))
                else:
                    hardness = self._hardness(self.estimators_[-1], X, choice.candidates[code], code)
                    parts.append(choice.choose(code, hardness, number, stream))
            chosen: Rows = np.sort(np.concatenate(parts)).astype(row_number_type(len(codes)))
            member = clone(learner)
            set_random_states(member, source)
            given = {} if weights is None else {"sample_weight": weights[chosen]}
            self.estimators_.append(member.fit(take(X, chosen), codes[chosen], **given))
            self._rows.append(chosen)
        self.estimators_features_ = [np.arange(X.shape[1])] * self.n_estimators
        self._end(choice, target)
        return self

    def _end(self, choice: ChoiceByHardness, target: Target) -> None:
        """After the last round."""

    @property
    def estimators_samples_(self) -> list[Rows]:
        """For each member the rows it was fitted to, ascending."""
        return self._rows

    def _hardness(self, member: Any, X: Any, rows: Rows, code: int) -> Hardness:
        """1 − the probability that a member predicts for the class of the rows, which is `code`."""
        n_bytes = X.nbytes if isinstance(X, np.ndarray) else X.data.nbytes
        size = 1 + _PIECE_BYTES * X.shape[0] // max(1, n_bytes)
        hardness = np.empty(len(rows))
        for start in range(0, len(rows), size):
            piece = take(X, rows[start : start + size])
            hardness[start : start + size] = 1 - probabilities(member, piece, self.n_classes_)[:, code]
        return np.abs(hardness, out=hardness)

    def _weights(self, learner: Any, sample_weight: Any, X: Any) -> Array | None:
        if sample_weight is None:
            return None
        if not has_fit_parameter(learner, "sample_weight"):
            raise ValueError(
                f"{type(learner).__name__} doesn't support sample_weight. Leave it out, or use another estimator."
            )
        weights: Array = check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        return weights

    def _require_rows(self, target: Target, plan: Plan) -> None:
        for code, wanted in plan.items():
            if wanted == 0:
                raise ValueError(
                    f"sampling_strategy leaves no rows of class {target.labels[code]!r}, so no learner would know it. "
                    "Ask for at least one row of each class, or leave the class out of the table."
                )

    def _learner(self) -> Any:
        return self._default_learner() if self.estimator is None else self.estimator

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        learner = get_tags(self._learner())
        tags.input_tags.allow_nan = learner.input_tags.allow_nan
        tags.input_tags.sparse = learner.input_tags.sparse
        return tags
