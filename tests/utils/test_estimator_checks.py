"""The checks that a sampler of one's own can be held against: fastbal's pass, and each check finds what it is for."""

from __future__ import annotations

import unittest
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from fastbal import FunctionSampler
from fastbal.over_sampling import SMOTENC, RandomOverSampler
from fastbal.under_sampling import ClusterCentroids, RandomUnderSampler
from fastbal.utils import estimator_checks
from fastbal.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks
from tests import cases

SIZES = ("check_samplers_fit_resample", "check_samplers_sampling_strategy_fit_resample")
SPARSE = ("check_samplers_sparse", "check_samplers_pandas_sparse")
#: Samplers that promise less, and why.
PROMISE_LESS = {
    "SMOTEENN": dict.fromkeys(SIZES, "cleans what it has made"),
    "SMOTETomek": dict.fromkeys(SIZES, "cleans what it has made"),
    "InstanceHardnessThreshold": dict.fromkeys(SIZES, "keeps rows up to a percentile"),
    "ClusterCentroids": dict.fromkeys(SPARSE, "chooses rows of sparse tables, and centroids of others"),
}

SAMPLERS = [*cases.SAMPLERS, ClusterCentroids(random_state=0), SMOTENC([0, 1]), FunctionSampler()]


@parametrize_with_checks(SAMPLERS, expected_failed_checks=lambda sampler: PROMISE_LESS.get(type(sampler).__name__, {}))
def test_samplers(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.parametrize(
    "sampler", [RandomOverSampler(), FunctionSampler()], ids=lambda sampler: type(sampler).__name__
)
def test_parameters_and_names_of_columns(sampler: Any) -> None:
    estimator_checks.check_param_validation("sampler", sampler)
    estimator_checks.check_dataframe_column_names_consistency("sampler", sampler)


Resample = Callable[..., Any]


def changed(change: Callable[[Any, Any, Resample], Any], base: type = RandomOverSampler) -> Any:
    """A sampler that does to its input, or output, what it should not."""

    class Changed(base):  # type: ignore[misc]
        def fit_resample(self, X: Any, y: Any) -> Any:
            return change(X, y, super().fit_resample)

    return Changed


def of_output(change: Callable[[Any, Any, Any, Any], Any]) -> Any:
    return changed(lambda X, y, resample: change(X, y, *resample(X, y)))


def takes_anything(X: Any, y: Any, resample: Resample) -> Any:
    try:
        return resample(X, y)
    except ValueError:
        return X, y


def makes_zeros_of_nan(X: Any, y: Any, resample: Resample) -> Any:
    X_new, y_new = resample(X, y)
    return np.nan_to_num(X_new), y_new


class LeavesNothing(RandomOverSampler):
    def fit_resample(self, X: Any, y: Any) -> Any:  # type: ignore[override]
        result = super().fit_resample(X, y)
        del self.sampling_strategy_
        return result


class NamesWrongly(RandomOverSampler):
    def get_feature_names_out(self, input_features: Any = None) -> Any:
        return ["a"]


class NamesOnlyItself(RandomOverSampler):
    def get_feature_names_out(self, input_features: Any = None) -> Any:
        return super().get_feature_names_out()


class TakesAnyParameter(RandomOverSampler):
    _parameter_constraints = {**RandomOverSampler._parameter_constraints, "shrinkage": [object]}  # noqa: RUF012


class Forgets(RandomOverSampler):
    def fit(self, X: Any, y: Any, **params: Any) -> Any:
        super().fit(X, y)
        vars(self).pop("feature_names_in_", None)
        return self


class HidesIndices(RandomUnderSampler):
    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.sampler_tags.sample_indices = False
        return tags


class MakesNumbersOfLabels(LogisticRegression):
    def predict(self, X: Any) -> Any:
        return np.searchsorted(self.classes_, super().predict(X))


class TakesSeveralLabels(LogisticRegression):
    def fit(self, X: Any, y: Any) -> Any:  # type: ignore[override]
        return super().fit(X, np.asarray(y)[:, 0]) if np.ndim(y) == 2 else super().fit(X, y)


def is_frame(table: Any) -> bool:
    return hasattr(table, "iloc")


BROKEN = {
    "check_target_type": changed(takes_anything),
    "check_samplers_one_label": changed(takes_anything),
    "check_samplers_fit": LeavesNothing,
    "check_samplers_fit_resample": of_output(lambda X, y, X_new, y_new: (X_new[:-1], y_new[:-1])),
    "check_samplers_sampling_strategy_fit_resample": of_output(lambda X, y, X_new, y_new: (X_new[1:], y_new[1:])),
    "check_samplers_sparse": of_output(
        lambda X, y, X_new, y_new: (X_new.tocsr() if sparse.issparse(X_new) else X_new, y_new)
    ),
    "check_samplers_pandas": of_output(lambda X, y, X_new, y_new: (X_new, y_new.to_numpy() if is_frame(y) else y_new)),
    "check_samplers_pandas_sparse": of_output(
        lambda X, y, X_new, y_new: (X_new.sparse.to_dense() if is_frame(X) else X_new, y_new)
    ),
    "check_samplers_string": of_output(lambda X, y, X_new, y_new: (np.char.upper(X_new.astype(str)), y_new)),
    "check_samplers_nan": changed(makes_zeros_of_nan),
    "check_samplers_list": of_output(lambda X, y, X_new, y_new: (np.asarray(X_new), y_new)),
    "check_samplers_multiclass_ova": of_output(
        lambda X, y, X_new, y_new: (X_new, y_new.argmax(axis=1) if y_new.ndim == 2 else y_new)
    ),
    "check_samplers_2d_target": of_output(lambda X, y, X_new, y_new: (X_new[::-1] if y.ndim == 2 else X_new, y_new)),
    "check_samplers_preserve_dtype": of_output(lambda X, y, X_new, y_new: (X_new.astype(float), y_new)),
    "check_samplers_sample_indices": HidesIndices,
    "check_sampler_get_feature_names_out": NamesWrongly,
    "check_sampler_get_feature_names_out_pandas": NamesOnlyItself,
    "check_dataframe_column_names_consistency": Forgets,
    "check_param_validation": TakesAnyParameter,
    "check_classifier_on_multilabel_or_multioutput_targets": TakesSeveralLabels,
    "check_classifiers_with_encoded_labels": MakesNumbersOfLabels,
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_check_finds_what_it_is_for(name: str) -> None:
    check = getattr(estimator_checks, name)
    with pytest.raises(AssertionError):
        check("Broken", BROKEN[name]())


def test_every_check_is_tested() -> None:
    assert {name for name in estimator_checks.__all__ if name.startswith("check_")} == set(BROKEN)


def test_a_refusal_must_say_what_it_refuses() -> None:
    def refuse(X: Any, y: Any, resample: Resample) -> Any:
        raise ValueError("no")

    with pytest.raises(AssertionError, match="has none of the words"):
        estimator_checks.check_samplers_one_label("Broken", changed(refuse)())


def checks_of(estimator: Any, **options: Any) -> dict[str, Any]:
    return {check.func.__name__: check for _, check in estimator_checks_generator(estimator, **options)}


def test_classifiers_have_checks_of_their_labels_and_other_estimators_none() -> None:
    got = checks_of(LogisticRegression(max_iter=1000))
    assert len(got) == 2
    for check in got.values():
        check(LogisticRegression(max_iter=1000))
    assert not checks_of(StandardScaler())


def test_tags_say_which_checks_there_are() -> None:
    class OnlyNumbers(RandomOverSampler):
        def __sklearn_tags__(self) -> Any:
            tags = super().__sklearn_tags__()
            tags.input_tags.allow_nan = tags.input_tags.string = tags.input_tags.sparse = False
            return tags

    assert {"check_samplers_string", "check_samplers_nan", *SPARSE} <= set(checks_of(RandomOverSampler()))
    assert not {"check_samplers_string", "check_samplers_nan", *SPARSE} & set(checks_of(OnlyNumbers()))


def test_known_failures_are_skipped_or_marked() -> None:
    known = {"check_samplers_fit": "no reason"}
    sampler = RandomOverSampler()
    assert checks_of(sampler, expected_failed_checks=known).keys() == checks_of(sampler).keys()
    pairs = estimator_checks_generator(sampler, expected_failed_checks=known, mark="skip")
    (skipped,) = [check for _, check in pairs if check.func.__name__ == "_skip"]
    with pytest.raises(unittest.SkipTest, match="check_samplers_fit: no reason"):
        skipped(sampler)
    pairs = estimator_checks_generator(sampler, expected_failed_checks=known, mark="xfail")
    (marked,) = [pair for pair in pairs if hasattr(pair, "marks")]
    assert marked.marks[0].mark.kwargs == {"reason": "no reason"}
    with pytest.raises(ValueError, match="mark must be 'xfail', 'skip' or None, but it is 'maybe'"):
        next(estimator_checks_generator(sampler, mark="maybe"))


def test_a_class_is_no_estimator() -> None:
    with pytest.raises(TypeError, match=r"takes instances: give RandomOverSampler\(\), not the class"):
        parametrize_with_checks([RandomOverSampler])
