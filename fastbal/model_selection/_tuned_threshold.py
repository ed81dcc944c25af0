"""Find the thresholds that are best for a metric, among all cut-offs of probabilities of rows not learned from."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from numbers import Integral
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import check_cv
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from fastbal._containers.read import read_labels
from fastbal._core.confusion import NAMED
from fastbal._core.cut_offs import Curve
from fastbal._core.target import as_python, encode
from fastbal._sklearn import Interval, StrOptions, check_parameters, check_sample_weight, count_entries, take_entries
from fastbal._training_prior import learner_weight
from fastbal.model_selection._confusion_metrics import ConfusionMetric
from fastbal.model_selection._threshold import BaseThresholdClassifier
from fastbal.model_selection._threshold_search import Judge, climb, decide


class _Found(NamedTuple):
    """The best threshold of some rows, its score, and of two classes all others."""

    threshold: Any
    score: float
    curve: Curve | None


class TunedThresholdClassifier(BaseThresholdClassifier):
    """Decide by the thresholds that are best for a metric on rows that the estimator has not learned from.

    Of two classes, all cut-offs between scores that occur are compared; rows of equal score are never told apart. Of
    more classes, one threshold after the other is moved to the best of all its cut-offs until none can be improved,
    starting once from equal thresholds and once from the classes' frequencies.

    Parameters
    ----------
    estimator : estimator
        A classifier with `predict_proba`, or one of two classes with `decision_function` only; pipelines with samplers
        included.
    metric : str or callable, default="balanced_accuracy"
        What is to be as high as possible: "accuracy", "balanced_accuracy", "f1" (of the positive one of two classes, or
        the mean over more), "geometric_mean", "mcc", or a function. `FBeta`, `PrecisionAtRecall`, `RecallAtPrecision`
        and `Gain` are functions of the confusion matrix, which is known for every cut-off at once. Any other is called
        with true and predicted labels (and `sample_weight`, if `fit` gets it).
    pos_label : object, default=None
        The label of the positive one of two classes; None is the second of `classes_`.
    cv : int, splitter, iterable or "prefit", default=None
        How rows are held back; None and integers are stratified folds, five or as many. With "prefit" the estimator is
        fitted already, and `fit` gets rows that it has not learned from.
    n_jobs : int, default=None
        How many folds are fitted at a time.
    max_cut_offs : int, default=1000
        For how many cut-offs a function of labels is called: if more occur, that many evenly spaced quantiles of them.
        No limit applies to the metrics named above.

    Attributes
    ----------
    estimator_ : estimator
        The estimator, fitted on all rows.
    best_threshold_ : float or ndarray of shape (n_classes,)
        The threshold of the positive one of two classes, or of each of more, of sum 1, as `ThresholdClassifier` takes
        it.
    best_score_ : float
        The metric of this threshold, over the held-back rows of all folds together.
    cut_offs_ : ndarray of shape (n_cut_offs,)
        Of two classes: all thresholds compared, ascending. The first, 0 (of a decision function: -inf), takes all rows
        for the positive class, the last, just above 1 (or inf), none.
    scores_ : ndarray of shape (n_cut_offs,)
        The metric of each of them; NaN where `PrecisionAtRecall` or `RecallAtPrecision` do not allow it.
    thresholds_per_fold_ : ndarray of shape (n_folds,) or (n_folds, n_classes)
        The best threshold of each fold's held-back rows by themselves: how far they lie apart says how well the
        threshold is known. NaN if a condition is met by none.
    scores_per_fold_ : ndarray of shape (n_folds,)
        The metric of `best_threshold_` on each fold's held-back rows.
    classes_ : ndarray of shape (n_classes,)
        The labels, ascending.
    n_features_in_ : int
        Number of columns, if the estimator counts them.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if the estimator remembers them.

    Notes
    -----
    Of equally good cut-offs the one with the fewest errors is taken, then the lowest.

    scikit-learn's `TunedThresholdClassifierCV` compares 100 evenly spaced thresholds by the mean of the folds' curves,
    interpolated, for two classes only. Here all held-back rows make one curve, so that folds with few rows of the rare
    class need no interpolation, and no cut-off is left out.

    As everywhere in scikit-learn, folds are stretches of the table. If its rows are ordered, by date or anything else
    that tells, thresholds of one stretch may not suit another: shuffle the rows, or give a splitter that does.

    `best_score_` is the highest of many and hence a little too high; judge the model on rows kept apart.

    Two classes cost a sort, and the memory of a confusion matrix per row; more classes a few sorts per class.

    See Also
    --------
    ThresholdClassifier : Thresholds that are known.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from fastbal.model_selection import TunedThresholdClassifier
    >>> X, y = make_classification(n_samples=2000, weights=[0.9], class_sep=0.3, random_state=0)
    >>> model = TunedThresholdClassifier(LogisticRegression(), metric="f1").fit(X, y)
    >>> print(f"{model.best_threshold_:.2f}, {model.best_score_:.2f}; one of {len(model.cut_offs_)}")
    0.33, 0.70; one of 2001
    >>> print(f"{model.thresholds_per_fold_.mean():.2f} ± {model.thresholds_per_fold_.std():.2f}")
    0.35 ± 0.12
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseThresholdClassifier._parameter_constraints,
        "metric": [StrOptions(set(NAMED)), callable],
        "cv": ["cv_object", StrOptions({"prefit"})],
        "n_jobs": [Integral, None],
        "max_cut_offs": [Interval(Integral, 2, None, closed="left")],
    }

    def __init__(
        self,
        estimator: Any,
        *,
        metric: str | Callable[..., Any] = "balanced_accuracy",
        pos_label: Any = None,
        cv: Any = None,
        n_jobs: int | None = None,
        max_cut_offs: int = 1000,
    ) -> None:
        super().__init__(estimator, pos_label=pos_label)
        self.metric = metric
        self.cv = cv
        self.n_jobs = n_jobs
        self.max_cut_offs = max_cut_offs

    def fit(self, X: Any, y: Any, **params: Any) -> Self:
        """Find the thresholds, then fit the estimator on all rows.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
            The table.
        y : array-like of shape (n_rows,)
            The label of each row.
        **params : dict
            Arguments of the estimator's `fit`. Weights of the rows among them, `sample_weight` or `step__sample_weight`
            for the last step of a pipeline, count in the metric as well. `groups` go to the splitter of folds, as in
            scikit-learn's searches; with metadata routing, what it requests.

        Returns
        -------
        self
        """
        check_parameters(self)
        labels = read_labels(y).values
        target = encode(labels)
        estimator, classes = self.estimator, target.classes
        is_prefit = isinstance(self.cv, str)
        if is_prefit:
            check_is_fitted(self.estimator)
            estimator = FrozenEstimator(self.estimator)
        if isinstance(estimator, FrozenEstimator):
            classes = estimator.classes_
        names = as_python(classes)
        judge = self._judge(target.codes, target.labels, classes, learner_weight(self.estimator, params))
        every_row = np.arange(len(target.codes))
        if is_prefit:
            folds = [(every_row, every_row)]
        else:
            splitter = check_cv(self.cv, target.codes, classifier=True)
            folds = list(splitter.split(X, target.codes, **self._split_params(params)))
        params = self._fit_params(params)
        scores = Parallel(n_jobs=self.n_jobs)(
            delayed(self._held_back)(clone(estimator), X, y, params, names, *fold) for fold in folds
        )
        held_back = [rows for _, rows in folds]
        best = self._search(judge.part(np.concatenate(held_back)), np.concatenate(scores))
        if np.isnan(best.score):
            raise ValueError(
                f"No threshold meets the condition of {self.metric!r} on the held-back rows. Ask for less, or give the "
                "estimator more to go by."
            )
        self.best_threshold_, self.best_score_ = best.threshold, best.score
        if best.curve is not None:
            self.cut_offs_, self.scores_ = best.curve.cut_offs, best.curve.scores
        by_fold = [(judge.part(rows), part) for rows, part in zip(held_back, scores, strict=True)]
        self.thresholds_per_fold_ = np.array([self._search(*fold).threshold for fold in by_fold])
        self.scores_per_fold_ = np.array([fold.score(decide(part, best.threshold)) for fold, part in by_fold])
        self.estimator_ = self.estimator if is_prefit else clone(estimator).fit(X, y, **params)
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Decide by the thresholds found.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
            Rows to be judged.

        Returns
        -------
        ndarray of shape (n_rows,)
            Labels; of equal ratios the first of `classes_`.
        """
        check_is_fitted(self, "best_threshold_")
        return self._decide(X, self.best_threshold_)

    def _judge(self, codes: NDArray[Any], labels: list[Any], classes: NDArray[Any], weight: Any) -> Judge:
        """The metric and the rows, with the positive one of two classes last."""
        names = as_python(classes)
        if isinstance(self.metric, ConfusionMetric):
            self.metric.check(len(names))
        elif not isinstance(self.metric, str):
            _require_function_of_labels(self.metric)
        if unknown := set(labels) - set(names):
            raise ValueError(f"y has labels that the fitted estimator does not know: {sorted(unknown)!r}.")
        true = np.array([names.index(label) for label in labels])[codes]
        positive = self._positive(names)
        if len(names) == 2 and positive == 0:
            true, classes = 1 - true, classes[::-1]
        weight = None if weight is None else check_sample_weight(weight, codes, dtype=np.float64)
        return Judge(self.metric, classes, true, weight, self.max_cut_offs)

    def _held_back(
        self,
        estimator: Any,
        X: Any,
        y: Any,
        params: dict[str, Any],
        names: list[Any],
        train: NDArray[np.intp],
        test: NDArray[np.intp],
    ) -> NDArray[np.float64]:
        """Scores of some rows from what is learned from others."""
        n_rows = count_entries(X)
        X_train = take_entries(X, train, None)
        train_params = {
            name: take_entries(value, train, X_train) if count_entries(value) == n_rows else value
            for name, value in params.items()
        }
        estimator.fit(X_train, take_entries(y, train, None), **train_params)
        return self._scores(estimator, take_entries(X, test, None), names)

    def _search(self, judge: Judge, scores: NDArray[np.float64]) -> _Found:
        """The best threshold of rows whose scores are given."""
        if scores.ndim == 1:
            curve = judge.along(scores, np.zeros(len(scores), np.intp), 1)
            if hasattr(self.estimator, "predict_proba"):
                curve = curve._replace(cut_offs=np.clip(curve.cut_offs, 0.0, np.nextafter(1.0, 2.0)))
            best = curve.best()
            if best is None:
                return _Found(np.nan, np.nan, curve)
            return _Found(float(curve.cut_offs[best]), float(curve.scores[best]), curve)
        n_rows, n_classes = scores.shape
        frequencies = np.bincount(judge.true, judge.weight, n_classes) / n_rows
        starts = np.full(n_classes, 1 / n_classes), np.maximum(frequencies, 1 / n_rows)
        thresholds, score = max((climb(judge, scores, start) for start in starts), key=lambda found: found[1])
        return _Found(thresholds, score, None)

    def _fit_params(self, params: dict[str, Any]) -> dict[str, Any]:
        """What of the arguments of `fit` the estimator's `fit` gets."""
        params = super()._fit_params(params)
        if not sklearn.get_config()["enable_metadata_routing"]:
            params.pop("groups", None)
        return params

    def _split_params(self, params: dict[str, Any]) -> dict[str, Any]:
        """What of the arguments of `fit` the splitter gets: groups, or what is routed to it."""
        if not sklearn.get_config()["enable_metadata_routing"]:
            return {"groups": params.get("groups")}
        routed: dict[str, Any] = process_routing(self, "fit", **params).splitter.split
        return routed

    def get_metadata_routing(self) -> MetadataRouter:
        """Say which arguments of `fit` go to the estimator, and which to the splitter of folds.

        Returns
        -------
        MetadataRouter
        """
        router = super().get_metadata_routing()
        if not isinstance(self.cv, str):
            router.add(splitter=check_cv(self.cv), method_mapping=MethodMapping().add(caller="fit", callee="split"))
        return router


def _require_function_of_labels(metric: Callable[..., Any]) -> None:
    """Raise the error for what scikit-learn calls a scorer, and other functions."""
    signature = inspect.signature(metric)
    try:
        signature.bind("y_true", "y_pred")
    except TypeError:
        raise ValueError(
            f"metric must be a function of true and predicted labels, but {metric!r} takes {signature}. Of a scorer, "
            "give the function that it is made of; give other arguments beforehand, with functools.partial."
        ) from None
