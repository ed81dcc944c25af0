"""Probabilities for the classes as they are, from a model fitted on a balanced table."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_softmax, softmax
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from fastbal._core.target import as_python
from fastbal._meta import MetaClassifier, if_estimator_has
from fastbal._sklearn import HasMethods, StrOptions, check_parameters
from fastbal._training_prior import count_classes, fit_and_weigh, learner_weight

__all__ = ["PriorCorrectedClassifier", "correct_prior"]


def correct_prior(proba: ArrayLike, training_prior: ArrayLike, prior: ArrayLike) -> NDArray[np.floating[Any]]:
    """Turn probabilities for one class frequency into those for another.

    By Bayes' rule the probability of class c is multiplied by prior[c] / training_prior[c], and each row is divided by
    its sum. Exact if only the frequencies of the classes differ, and not what the rows of a class look like.
    Exchanging the two frequencies takes the correction back.

    Parameters
    ----------
    proba : array-like of shape (n_rows, n_classes)
        Probabilities of a model that has learned from classes in the frequencies `training_prior`.
    training_prior : array-like of shape (n_classes,)
        Frequencies, or numbers of rows, of the classes that the model was fitted on.
    prior : array-like of shape (n_classes,)
        Frequencies, or numbers of rows, where the model is used.

    Returns
    -------
    ndarray of shape (n_rows, n_classes)
        Probabilities of the same floating dtype. What is 0 or 1 stays 0 or 1.

    Raises
    ------
    ValueError
        If `proba` has not as many columns as there are classes, has negative entries, NaN or rows without any
        probability, or if a frequency is not a positive number.

    References
    ----------
    C. Elkan, "The foundations of cost-sensitive learning", IJCAI 2001, theorem 2.
    M. Saerens, P. Latinne, C. Decaestecker, "Adjusting the outputs of a classifier to new a priori probabilities",
    Neural Computation 14, 2002, equation 2.4.
    A. Dal Pozzolo, O. Caelen, R. Johnson, G. Bontempi, "Calibrating probability with undersampling for unbalanced
    classification", SSCI 2015, equation 4.

    Examples
    --------
    Even odds on a balanced table are odds of 1 : 9 where one row in ten is of class 1:

    >>> from fastbal.calibration import correct_prior
    >>> correct_prior([[0.5, 0.5], [0.1, 0.9]], training_prior=[1, 1], prior=[9, 1])
    array([[0.9, 0.1],
           [0.5, 0.5]])
    """
    proba = np.asarray(proba)
    if proba.dtype.kind != "f":
        proba = proba.astype(np.float64)
    if proba.ndim != 2 or not (proba >= 0).all() or not (proba > 0).any(axis=1).all():
        raise ValueError(
            "proba must be a table of probabilities, one row each, as predict_proba gives it: no NaN, nothing below 0, "
            "and no row of zeros only."
        )
    with np.errstate(divide="ignore"):
        shifted = np.log(proba) + _log_ratio(training_prior, prior, proba.shape[1])
    corrected: NDArray[np.floating[Any]] = softmax(shifted, axis=1)
    return corrected.astype(proba.dtype, copy=False)


def _log_ratio(training_prior: ArrayLike, prior: ArrayLike, n_classes: int) -> NDArray[np.float64]:
    old, new = (
        np.log(_as_frequencies(values, range(n_classes), name))
        for values, name in ((training_prior, "training_prior"), (prior, "prior"))
    )
    ratio: NDArray[np.float64] = new - old
    return ratio


def _as_frequencies(prior: Any, labels: Any, name: str) -> NDArray[np.float64]:
    """Frequencies of sum 1 in the order of the labels."""
    labels = list(labels)
    if isinstance(prior, dict):
        if set(prior) != set(labels):
            raise ValueError(
                f"{name} must have a frequency for each of the classes {labels!r}, but has them for {list(prior)!r}."
            )
        prior = [prior[label] for label in labels]
    values = np.asarray(prior, np.float64)
    if values.shape != (len(labels),) or not (np.isfinite(values) & (values > 0)).all():
        raise ValueError(
            f"{name} must have a positive number for each of the {len(labels)} classes {labels!r}, but is {prior!r}. "
            f"A class that never occurs has no probability to be corrected: leave its rows out instead."
        )
    frequencies: NDArray[np.float64] = values / values.sum()
    return frequencies


class PriorCorrectedClassifier(MetaClassifier):
    """Probabilities for the classes as they are, from a model that has seen them resampled or weighted.

    A model that has learned from a balanced table takes the rare class for frequent, and its probabilities are too
    high for it. Knowing how frequent each class was for the model, and how frequent it is, the probabilities are
    corrected by Bayes' rule; see `correct_prior`.

    Parameters
    ----------
    estimator : estimator
        A classifier with `predict_proba`: a pipeline with samplers, a balanced ensemble, a model with class weights, or
        any other. Of one that is fitted already, in scikit-learn's `FrozenEstimator`, state `training_prior`.
    training_prior : {"auto", "train", "balanced"}, dict or array-like of shape (n_classes,), default="auto"
        How frequent the classes were in what the model has learned from, as frequencies or numbers of rows.

        - ``"auto"``: rows of each class, or the sums of their weights, that reach the last step of a pipeline, times
          what this step itself makes of them: class weights, priors, bags, also those of XGBoost, LightGBM and
          CatBoost. What cannot be read is refused. The table in `docs/guide/probabilities.md` names all that is known.
        - ``"train"``: as frequent as in the `y` given to `fit`, whatever the estimator does to it.
        - ``"balanced"``: all alike.
        - dict of label to number, or numbers in the order of `classes_`.
    prior : "train", dict or array-like of shape (n_classes,), default="train"
        How frequent the classes are where the model is used: as in the `y` given to `fit` (by weight, if `fit` gets
        `sample_weight`), or as stated.

    Attributes
    ----------
    estimator_ : estimator
        The fitted estimator.
    training_prior_ : ndarray of shape (n_classes,)
        Frequencies of the classes for the model, of sum 1.
    prior_ : ndarray of shape (n_classes,)
        Frequencies of the classes that the probabilities are for, of sum 1.
    classes_ : ndarray of shape (n_classes,)
        The labels, ascending.
    n_features_in_ : int
        Number of columns, if the estimator counts them.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if the estimator remembers them.

    Notes
    -----
    The correction is exact for random over- and under-sampling and for weights. SMOTE and its relatives change also
    what the rows of a class look like. A model that cannot tell synthetic rows from real ones, such as logistic
    regression, is corrected well; one that can, such as gradient boosting, is not, and may become worse. See
    `docs/guide/probabilities.md` for measurements, and for what to do then.

    It relies on probabilities being those of the table the model was fitted on. Some are not: of a model that is
    calibrated on rows that are not resampled (`CalibratedClassifierCV` around a pipeline with samplers) there is
    nothing to correct; there, state ``training_prior="train"``. State it too for a learner that weighs classes without
    a parameter that says so, which nobody can see.

    There is no `decision_function`: the estimator's own would not know of the correction.

    See Also
    --------
    correct_prior : The same for probabilities at hand.
    fastbal.model_selection.ThresholdClassifier : Decides by other cut-offs than the most probable class.

    References
    ----------
    C. Elkan, "The foundations of cost-sensitive learning", IJCAI 2001, theorem 2.
    M. Saerens, P. Latinne, C. Decaestecker, "Adjusting the outputs of a classifier to new a priori probabilities",
    Neural Computation 14, 2002, equation 2.4.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from fastbal.calibration import PriorCorrectedClassifier
    >>> X, y = make_classification(n_samples=2000, weights=[0.9], class_sep=0.5, flip_y=0, random_state=0)
    >>> balanced = LogisticRegression(class_weight="balanced").fit(X, y)
    >>> corrected = PriorCorrectedClassifier(LogisticRegression(class_weight="balanced")).fit(X, y)
    >>> for probabilities in (y, balanced.predict_proba(X)[:, 1], corrected.predict_proba(X)[:, 1]):
    ...     print(f"{probabilities.mean():.2f}")
    0.10
    0.18
    0.09
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "estimator": [HasMethods(["fit", "predict_proba"])],
        "training_prior": [StrOptions({"auto", "train", "balanced"}), dict, "array-like"],
        "prior": [StrOptions({"train"}), dict, "array-like"],
    }

    def __init__(self, estimator: Any, *, training_prior: Any = "auto", prior: Any = "train") -> None:
        super().__init__(estimator)
        self.training_prior = training_prior
        self.prior = prior

    def fit(self, X: Any, y: Any, **params: Any) -> Self:
        """Fit the estimator, and find out how frequent each class was for it.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
            The table, not resampled: the estimator does that.
        y : array-like of shape (n_rows,)
            The label of each row.
        **params : dict
            Arguments of the estimator's `fit`. Weights of the rows among them, `sample_weight` or `step__sample_weight`
            for the last step of a pipeline, count for the frequencies as well.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a prior does not fit the classes, a class has no weight, or ``training_prior="auto"`` cannot tell which
            frequencies the estimator learns from.
        """
        check_parameters(self)
        params = self._fit_params(params)
        seen = count_classes(y, learner_weight(self.estimator, params)).weight
        if without := [label for label, weight in seen.items() if weight <= 0]:
            raise ValueError(
                f"sample_weight must be above 0 for some rows of each class, but is not for {without!r}. "
                "Leave the rows of these classes out."
            )
        for name, given in (("training_prior", self.training_prior), ("prior", self.prior)):
            if not isinstance(given, str):
                _as_frequencies(given, seen, name)  # wrong ones are refused before the work is done
        self.estimator_ = clone(self.estimator)
        learned = seen
        if isinstance(self.training_prior, str) and self.training_prior == "auto":
            learned = fit_and_weigh(self.estimator_, X, y, params)
        else:
            self.estimator_.fit(X, y, **params)
        stated = {"auto": learned, "train": seen, "balanced": dict.fromkeys(seen, 1.0)}
        self.training_prior_ = self._frequencies(self.training_prior, stated, "training_prior")
        self.prior_ = self._frequencies(self.prior, stated, "prior")
        return self

    def _frequencies(self, prior: Any, stated: dict[str, dict[Any, float]], name: str) -> NDArray[np.float64]:
        """Frequencies of the classes that the estimator knows."""
        labels = as_python(self.classes_)
        if isinstance(prior, str):
            prior = {label: stated[prior][label] for label in labels}
        return _as_frequencies(prior, labels, name)

    def predict_proba(self, X: Any) -> NDArray[np.floating[Any]]:
        """Probabilities of the classes, corrected.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
            Rows to be judged.

        Returns
        -------
        ndarray of shape (n_rows, n_classes)
            A column for each of `classes_`.
        """
        check_is_fitted(self, "estimator_")
        return correct_prior(self.estimator_.predict_proba(X), self.training_prior_, self.prior_)

    @if_estimator_has("predict_log_proba")
    def predict_log_proba(self, X: Any) -> NDArray[np.floating[Any]]:
        """Logarithms of the corrected probabilities.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
            Rows to be judged.

        Returns
        -------
        ndarray of shape (n_rows, n_classes)
            A column for each of `classes_`.
        """
        check_is_fitted(self, "estimator_")
        log_proba = self.estimator_.predict_log_proba(X)
        shifted = log_proba + _log_ratio(self.training_prior_, self.prior_, log_proba.shape[1])
        corrected: NDArray[np.floating[Any]] = log_softmax(shifted, axis=1)
        return corrected

    def predict(self, X: Any) -> NDArray[Any]:
        """The class of the highest corrected probability.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
            Rows to be judged.

        Returns
        -------
        ndarray of shape (n_rows,)
            Labels; of equally probable ones the first of `classes_`.
        """
        proba = self.predict_proba(X)
        predicted: NDArray[Any] = self.classes_[proba.argmax(axis=1)]
        return predicted
