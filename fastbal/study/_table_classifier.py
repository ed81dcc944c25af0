"""One remedy on one model as a classifier of tables as they are: what a comparison has tried, to be used."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import check_is_fitted

from fastbal._containers.read import read_labels, read_table
from fastbal._core.categories import is_missing
from fastbal._core.target import as_python, encode
from fastbal._sklearn import DocumentedHere
from fastbal.calibration import PriorCorrectedClassifier
from fastbal.study._arms import NOTHING, arm_of, known_arm
from fastbal.study._columns import read_columns
from fastbal.study._fits import held_back_probabilities, set_seeds
from fastbal.study._folds import inner_folds, rare_last
from fastbal.study._models import models_of
from fastbal.study._question import question_of


class TableClassifier(DocumentedHere, ClassifierMixin, BaseEstimator):
    """A model with a remedy and a cut-off of its own, for a table of numbers, text, dates and gaps.

    Parameters
    ----------
    arm : str, sampler or classifier, default="tuned threshold"
        A remedy of `fastbal.study.ARMS`, or one of your own.
    model : str or classifier, default="logistic regression"
        A model of `fastbal.study.MODELS`, or one of your own.
    metric : str or callable, default=None
        What the cut-off is chosen for, as `compare` takes it; so are the next three.
    cost : mapping or array-like of shape (n_classes, n_classes), default=None
        What decisions cost.
    budget : int, default=None
        How many rows, of a table as long as that it is fitted on, can be looked at.
    min_precision : float, default=None
        The least precision.
    rare : label, default=None
        The class that matters; None means the rarest.
    random_state : int, default=0
        Seed of sampler, model and held-back rows.

    Attributes
    ----------
    cut_off_ : float or ndarray of shape (n_classes,)
        The probability from which on a row is taken for the class that matters, before prior correction; of more than
        two classes, one for each, that class last.
    classes_ : ndarray of shape (n_classes,)
        The labels, ascending.
    columns_ : list of str
        Columns of the table that are used.

    Examples
    --------
    >>> import pandas as pd
    >>> from fastbal.study import TableClassifier
    >>> table = pd.DataFrame({"size": [1.0, 2.0, None, 4.0] * 20, "colour": ["red", "blue", "red", "blue"] * 20})
    >>> y = ["no", "no", "no", "yes"] * 20
    >>> model = TableClassifier("class weights").fit(table, y)
    >>> model.predict(pd.DataFrame({"colour": ["blue", "green"], "size": ["4", None]})).tolist()
    ['yes', 'no']
    """

    def __init__(
        self,
        arm: Any = "tuned threshold",
        model: Any = "logistic regression",
        *,
        metric: Any = None,
        cost: Any = None,
        budget: int | None = None,
        min_precision: float | None = None,
        rare: Any = None,
        random_state: int = 0,
    ) -> None:
        self.arm = arm
        self.model = model
        self.metric = metric
        self.cost = cost
        self.budget = budget
        self.min_precision = min_precision
        self.rare = rare
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Learn what the columns are, choose the cut-off on rows held back, and fit on all rows.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_rows, n_columns)
            The table as it is.
        y : array-like of shape (n_rows,)
            The label of each row.

        Returns
        -------
        self
        """
        target = encode(read_labels(y).values)
        labels, codes = rare_last(target, self.rare)
        self._reader = _Reader(X)
        self.columns_ = self._reader.names
        numbers = self._reader.numbers(X)
        self._encoder = read_columns(X).encoder().fit(numbers)
        encoded = self._encoder.transform(numbers)
        known = {"models": {"given": self.model}} if not isinstance(self.model, str) else {"models": [self.model]}
        models, unavailable = models_of(known["models"])
        arm = known_arm(self.arm) if isinstance(self.arm, str) else arm_of("given", self.arm)
        if arm.needs_model and unavailable:
            raise ValueError("; ".join(unavailable.values()))
        classifier = arm.build(clone(next(iter(models.values()))) if arm.needs_model else None)
        if classifier is None:
            raise ValueError(f"The remedy {self.arm!r} cannot be applied to {self.model!r}.")
        set_seeds(classifier, self.random_state)
        question = question_of(
            self.metric,
            self.cost,
            self.budget,
            self.min_precision,
            labels=labels,
            ascending=target.labels,
            codes=codes,
            column=lambda name: self._reader.column(X, name),
        )
        self.cut_off_: Any = None
        if arm.name != NOTHING:
            rows = np.random.default_rng(self.random_state).permutation(len(codes))
            inner = inner_folds(codes[rows])
            proba = held_back_probabilities(classifier, encoded[rows], codes[rows], inner, len(labels))
            self.cut_off_ = question.cut_offs(proba, codes[rows], rows)
        try:
            self._corrector: Any = PriorCorrectedClassifier(classifier).fit(encoded, codes)
            self._fitted = self._corrector.estimator_
        except ValueError:  # nobody knows how frequent the classes were for this one
            self._corrector = None
            self._fitted = clone(classifier).fit(encoded, codes)
        self._question = question
        self._labels = labels
        self.classes_ = target.classes
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities of the classes, corrected for the rows that the remedy has added or taken, where that can be.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_rows, n_columns)
            Rows to be judged.

        Returns
        -------
        ndarray of shape (n_rows, n_classes)
            A column for each of `classes_`.
        """
        check_is_fitted(self, "classes_")
        proba = (self._corrector or self._fitted).predict_proba(self._encoded(X))
        places = [self._labels.index(label) for label in as_python(self.classes_)]
        found: NDArray[np.float64] = np.asarray(proba, np.float64)[:, places]
        return found

    def predict(self, X: Any) -> NDArray[Any]:
        """Decide by the cut-off.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_rows, n_columns)
            Rows to be judged.

        Returns
        -------
        ndarray of shape (n_rows,)
            Labels.
        """
        check_is_fitted(self, "classes_")
        proba = np.asarray(self._fitted.predict_proba(self._encoded(X)), np.float64)
        codes = proba.argmax(axis=1) if self.cut_off_ is None else self._question.by_cut_offs(proba, self.cut_off_)
        places = np.array([as_python(self.classes_).index(label) for label in self._labels])
        decided: NDArray[Any] = self.classes_[places[codes]]
        return decided

    def _encoded(self, X: Any) -> Any:
        """Rows as the model takes them."""
        return self._encoder.transform(self._reader.numbers(X))


class _Reader:
    """What the columns of a table are, and how to read other rows of them."""

    def __init__(self, X: Any) -> None:
        columns = read_columns(X)
        self.names = [*columns.numeric, *columns.categorical]
        self.n_numeric = len(columns.numeric)
        #: For columns of text and categories: the number of each cell that has been seen.
        self.known: dict[str, dict[Any, float]] = {}
        for j, name in enumerate(self.names):
            entries = self._entries(X, name)
            if entries.dtype.kind not in "iufbmM" or j >= self.n_numeric:
                self.known[name] = dict(zip(map(_cell, entries.tolist()), columns.values[:, j].tolist(), strict=True))

    def numbers(self, X: Any) -> NDArray[np.float64]:
        """The columns as `read_columns` has them; categories that have not been seen are -1."""
        return np.column_stack([self.column(X, name, j >= self.n_numeric) for j, name in enumerate(self.names)])

    def column(self, X: Any, name: str, is_category: bool = False) -> NDArray[np.float64]:
        """A column, by its name."""
        entries = self._entries(X, name)
        if name in self.known:
            known = self.known[name]
            cells = map(_cell, entries.tolist())
            return np.array([known[c] if c in known else -1.0 if is_category else _number_in(c) for c in cells])
        if entries.dtype.kind == "M":
            entries = entries - np.datetime64("1970-01-01")
        if entries.dtype.kind == "m":
            entries = entries / np.timedelta64(1, "D")
        if entries.dtype.kind not in "iufb":
            return np.array([_number_in(_cell(entry)) for entry in entries.tolist()])
        numbers = entries.astype(np.float64)
        numbers[np.isinf(numbers)] = np.nan
        return numbers

    @staticmethod
    def _entries(X: Any, name: str) -> NDArray[Any]:
        table = read_table(X)
        names = [f"x{j}" for j in range(table.n_columns)] if table.names is None else [str(n) for n in table.names]
        if name not in names:
            raise ValueError(f"The table has no column {name!r}, which the model was fitted with.")
        return table.entries(names.index(name))


def _cell(entry: Any) -> Any:
    return None if is_missing(entry) else entry


def _number_in(cell: Any) -> float:
    """A number that is written; NaN for what is none."""
    try:
        return float(cell)
    except (TypeError, ValueError):
        return np.nan
