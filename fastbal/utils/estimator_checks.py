"""What every sampler must do, as checks that a sampler of one's own can be held against."""

from __future__ import annotations

import functools
import importlib
import unittest
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import clone, is_classifier
from sklearn.datasets import make_classification, make_multilabel_classification
from sklearn.preprocessing import label_binarize
from sklearn.utils import get_tags

__all__ = [
    "check_classifier_on_multilabel_or_multioutput_targets",
    "check_classifiers_with_encoded_labels",
    "check_dataframe_column_names_consistency",
    "check_param_validation",
    "check_sampler_get_feature_names_out",
    "check_sampler_get_feature_names_out_pandas",
    "check_samplers_2d_target",
    "check_samplers_fit",
    "check_samplers_fit_resample",
    "check_samplers_list",
    "check_samplers_multiclass_ova",
    "check_samplers_nan",
    "check_samplers_one_label",
    "check_samplers_pandas",
    "check_samplers_pandas_sparse",
    "check_samplers_preserve_dtype",
    "check_samplers_sample_indices",
    "check_samplers_sampling_strategy_fit_resample",
    "check_samplers_sparse",
    "check_samplers_string",
    "check_target_type",
    "estimator_checks_generator",
    "parametrize_with_checks",
]

Data = tuple[NDArray[Any], NDArray[Any]]
Check = Callable[[Any], None]


# -------------------------------------------------------------------------------------------------- to run the checks


def estimator_checks_generator(
    estimator: Any,
    *,
    legacy: bool = True,
    expected_failed_checks: Mapping[str, str] | None = None,
    mark: str | None = None,
) -> Iterator[Any]:
    """Pairs of an estimator and a check, to be called with the estimator.

    These are the checks of what is special to resampling. scikit-learn's function of the same name has those of what
    all estimators share.

    Parameters
    ----------
    estimator : object
        An instance. Samplers get the checks for samplers, classifiers two on their labels, others none.
    legacy : bool, default=True
        Without effect; scikit-learn's function has it.
    expected_failed_checks : mapping of str to str, default=None
        Checks that are known to fail, and why.
    mark : {"xfail", "skip"}, default=None
        What becomes of these: marked for pytest as expected to fail, skipped with the reason, or run as all others.

    Yields
    ------
    estimator : object
        The one given.
    check : callable
        Raises an AssertionError if the estimator does not do what it must.

    Examples
    --------
    >>> from fastbal.over_sampling import SMOTE
    >>> from fastbal.utils.estimator_checks import estimator_checks_generator
    >>> for sampler, check in estimator_checks_generator(SMOTE()):
    ...     check(sampler)
    """
    if mark not in (None, "skip", "xfail"):
        raise ValueError(f"mark must be 'xfail', 'skip' or None, but it is {mark!r}.")
    for check in _checks_of(estimator):
        reason = (expected_failed_checks or {}).get(check.__name__)
        named = functools.partial(check, type(estimator).__name__)
        if reason is None or mark is None:
            yield estimator, named
        elif mark == "skip":
            yield estimator, functools.partial(_skip, check, reason)
        else:
            pytest = importlib.import_module("pytest")
            yield pytest.param(estimator, named, marks=pytest.mark.xfail(reason=reason))


def parametrize_with_checks(
    estimators: Iterable[Any],
    *,
    legacy: bool = True,
    expected_failed_checks: Callable[[Any], Mapping[str, str]] | None = None,
) -> Any:
    """Make a test, for pytest, of each pair of an estimator and a check.

    Parameters
    ----------
    estimators : iterable of object
        Instances.
    legacy : bool, default=True
        Without effect; scikit-learn's function has it.
    expected_failed_checks : callable, default=None
        Called with an estimator; returns the checks that are known to fail, and why.

    Returns
    -------
    pytest.mark.parametrize
        A decorator of a test with the arguments `estimator` and `check`.

    Raises
    ------
    TypeError
        If an estimator is a class.

    Examples
    --------
    >>> from fastbal.over_sampling import SMOTE
    >>> from fastbal.utils.estimator_checks import parametrize_with_checks
    >>> @parametrize_with_checks([SMOTE()])
    ... def test_sampler(estimator, check):
    ...     check(estimator)
    """
    pytest = importlib.import_module("pytest")
    estimators = list(estimators)
    for estimator in estimators:
        if isinstance(estimator, type):
            raise TypeError(f"parametrize_with_checks takes instances: give {estimator.__name__}(), not the class.")
    pairs = [
        pair
        for estimator in estimators
        for pair in estimator_checks_generator(
            estimator,
            legacy=legacy,
            expected_failed_checks=expected_failed_checks(estimator) if expected_failed_checks else None,
            mark="xfail",
        )
    ]
    return pytest.mark.parametrize("estimator, check", pairs, ids=_name_in_test_id)


def _name_in_test_id(part: Any) -> str:
    return part.func.__name__ if isinstance(part, functools.partial) else " ".join(repr(part).split())


def _skip(check: Check, reason: str, _estimator: Any) -> None:
    raise unittest.SkipTest(f"{check.__name__}: {reason}")


def _checks_of(estimator: Any) -> Iterator[Any]:
    if hasattr(estimator, "fit_resample"):
        yield check_target_type
        yield check_samplers_one_label
        yield check_samplers_fit
        yield check_samplers_fit_resample
        yield check_samplers_sampling_strategy_fit_resample
        tags = get_tags(estimator).input_tags
        if tags.sparse:
            yield check_samplers_sparse
            yield check_samplers_pandas_sparse
        if tags.string:
            yield check_samplers_string
        if tags.allow_nan:
            yield check_samplers_nan
        if getattr(tags, "dataframe", False):
            yield check_samplers_pandas
        yield check_samplers_list
        yield check_samplers_multiclass_ova
        yield check_samplers_preserve_dtype
        yield check_samplers_sample_indices
        yield check_samplers_2d_target
        yield check_sampler_get_feature_names_out
        yield check_sampler_get_feature_names_out_pandas
    if is_classifier(estimator):
        yield check_classifier_on_multilabel_or_multioutput_targets
        yield check_classifiers_with_encoded_labels


# --------------------------------------------------------------------------------------------------- what they are of


def _three_classes() -> Data:
    """300 rows that overlap a little, in classes of about 30, 90 and 180."""
    X, y = make_classification(
        n_samples=300,
        n_features=6,
        n_informative=4,
        n_redundant=0,
        n_classes=3,
        n_clusters_per_class=1,
        weights=[0.1, 0.3, 0.6],
        random_state=0,
    )
    return X, y


def _fresh(estimator: Any) -> Any:
    """A clone that does the same each time."""
    copy = clone(estimator)
    if "random_state" in copy.get_params(deep=False):
        copy.set_params(random_state=0)
    return copy


def _resampled(estimator: Any, X: Any, y: Any) -> tuple[Any, Any]:
    X_new, y_new, *_ = _fresh(estimator).fit_resample(X, y)
    return X_new, y_new


@contextmanager
def _refused(name: str, what: str, *words: str) -> Iterator[None]:
    """A ValueError, or TypeError, with one of the words in it."""
    try:
        yield
    except (TypeError, ValueError) as error:
        said = str(error).lower()
        assert not words or any(word.lower() in said for word in words), (
            f"{name} refuses {what}, but its message has none of the words {words}: {error}"
        )
    else:
        raise AssertionError(f"{name} does not refuse {what}.")


def _pandas() -> Any:
    try:
        return importlib.import_module("pandas")
    except ImportError:
        raise unittest.SkipTest("pandas is not installed") from None


# --------------------------------------------------------------------------------------------------------- the target


def check_target_type(name: str, estimator_orig: Any) -> None:
    """Measurements and several labels a row are refused."""
    X, y = _three_classes()
    with _refused(name, "a target that is continuous", "unknown label type", "continuous"):
        _fresh(estimator_orig).fit_resample(X, np.linspace(0, 1, len(y)))
    with _refused(name, "a target with several labels a row", "multilabel", "multi-label"):
        _fresh(estimator_orig).fit_resample(X, np.tile([1, 1, 0], (len(y), 1)))


def check_samplers_one_label(name: str, sampler_orig: Any) -> None:
    """A target of one class is refused, and the message says so."""
    X, _ = _three_classes()
    with _refused(name, "a target of a single class", "class"):
        _fresh(sampler_orig).fit_resample(X, np.zeros(len(X), dtype=int))


def check_samplers_2d_target(name: str, sampler_orig: Any) -> None:
    """A target that is a column gives the same rows."""
    X, y = _three_classes()
    expected = _resampled(sampler_orig, X, y)
    X_new, y_new = _resampled(sampler_orig, X, y.reshape(-1, 1))
    assert_allclose(X_new, expected[0])
    assert_array_equal(np.ravel(y_new), expected[1])


def check_samplers_multiclass_ova(name: str, sampler_orig: Any) -> None:
    """A target as an indicator matrix gives the same rows, and comes back as one."""
    X, y = _three_classes()
    expected = _resampled(sampler_orig, X, y)
    X_new, y_new = _resampled(sampler_orig, X, label_binarize(y, classes=np.unique(y)))
    assert np.ndim(y_new) == 2, f"{name} does not give an indicator matrix for an indicator matrix."
    assert_allclose(X_new, expected[0])
    assert_array_equal(np.argmax(y_new, axis=1), expected[1])


# ----------------------------------------------------------------------------------------------------- how many rows


def check_samplers_fit(name: str, sampler_orig: Any) -> None:
    """`fit` gives the sampler itself, and `sampling_strategy_` is there after `fit` and `fit_resample`."""
    X, y = _three_classes()
    sampler = _fresh(sampler_orig)
    assert sampler.fit(X, y) is sampler, f"{name}.fit does not return the sampler."
    assert hasattr(sampler, "sampling_strategy_"), f"{name}.fit leaves no sampling_strategy_."
    sampler = _fresh(sampler_orig)
    sampler.fit_resample(X, y)
    assert hasattr(sampler, "sampling_strategy_"), f"{name}.fit_resample leaves no sampling_strategy_."


def check_samplers_fit_resample(name: str, sampler_orig: Any) -> None:
    """Classes have the sizes that `sampling_strategy_` says; a cleaning method removes rows, and of those classes only.

    A sampler that over-samples and then cleans, or that promises "about" so many rows, is expected to fail.
    """
    X, y = _three_classes()
    sampler = _fresh(sampler_orig)
    _, y_new, *_ = sampler.fit_resample(X, y)
    kind = sampler._sampling_type
    if kind in ("over-sampling", "under-sampling", "clean-sampling"):
        _assert_sizes(name, kind, sampler.sampling_strategy_, y, y_new)
        removed = np.bincount(y) - np.bincount(y_new, minlength=3)
        assert kind != "clean-sampling" or removed.any(), f"{name} removes no row."


def check_samplers_sampling_strategy_fit_resample(name: str, sampler_orig: Any) -> None:
    """A strategy for one class leaves the others as they are; see `check_samplers_fit_resample`."""
    X, y = _three_classes()
    smallest, largest = int(np.bincount(y).min()), int(np.bincount(y).max())
    strategies = {"over-sampling": {0: largest}, "under-sampling": {2: smallest}, "clean-sampling": [2]}
    kind = sampler_orig._sampling_type
    if kind in strategies:
        sampler = _fresh(sampler_orig).set_params(sampling_strategy=strategies[kind])
        _, y_new, *_ = sampler.fit_resample(X, y)
        _assert_sizes(name, kind, sampler.sampling_strategy_, y, y_new)


def _assert_sizes(name: str, kind: str, strategy: Mapping[int, int], y: Any, y_new: Any) -> None:
    before, after = np.bincount(y), np.bincount(y_new, minlength=3)
    for label, size in enumerate(before):
        is_targeted = label in strategy
        if kind == "clean-sampling" and is_targeted:
            assert after[label] <= size, f"{name}: class {label} grows from {size} to {after[label]} rows."
            continue
        expected = size
        if is_targeted:
            expected = strategy[label] + (size if kind == "over-sampling" else 0)
        assert after[label] == expected, (
            f"{name}: class {label} should have {expected} rows, but has {after[label]} of {size}."
        )


# ----------------------------------------------------------------------------------------------------- in what tables


def check_samplers_sparse(name: str, sampler_orig: Any) -> None:
    """CSR and CSC give the rows that an array gives, in the format they came in."""
    X, y = _three_classes()
    expected = _resampled(sampler_orig, X, y)
    for container in (sparse.csr_matrix, sparse.csc_matrix, sparse.csr_array, sparse.csc_array):
        X_sparse = container(X)
        X_new, y_new = _resampled(sampler_orig, X_sparse, y)
        assert sparse.issparse(X_new), f"{name} gives a dense table for a sparse one."
        assert X_new.format == X_sparse.format, f"{name} gives {X_new.format} for {X_sparse.format}."
        assert_allclose(X_new.toarray(), expected[0], rtol=1e-5, atol=1e-12)
        assert_array_equal(y_new, expected[1])


def check_samplers_pandas(name: str, sampler_orig: Any) -> None:
    """A DataFrame comes back as one, with its columns and the values of an array; a Series or DataFrame y likewise."""
    pd = _pandas()
    X, y = _three_classes()
    expected = _resampled(sampler_orig, X, y)
    frame = pd.DataFrame(X, columns=[f"column {j}" for j in range(X.shape[1])])
    for target in (pd.Series(y, name="class"), pd.DataFrame(y, columns=["class"])):
        X_new, y_new = _resampled(sampler_orig, frame, target)
        assert type(X_new) is type(frame), f"{name} gives {type(X_new).__name__} for a DataFrame."
        assert type(y_new) is type(target), f"{name} gives {type(y_new).__name__} for {type(target).__name__}."
        assert X_new.columns.tolist() == frame.columns.tolist()
        assert X_new.dtypes.tolist() == frame.dtypes.tolist()
        names = y_new.columns.tolist() if y_new.ndim == 2 else [y_new.name]
        assert names == ["class"], f"{name} gives a target named {names} for 'class'."
        assert_allclose(X_new.to_numpy(), expected[0])
        assert_array_equal(np.ravel(y_new.to_numpy()), expected[1])


def check_samplers_pandas_sparse(name: str, sampler_orig: Any) -> None:
    """A DataFrame of sparse columns comes back as one, with the values of an array."""
    pd = _pandas()
    X, y = _three_classes()
    expected = _resampled(sampler_orig, X, y)
    X_new, y_new = _resampled(sampler_orig, pd.DataFrame(X).astype(pd.SparseDtype("float", 0.0)), pd.Series(y))
    assert all(isinstance(dtype, pd.SparseDtype) for dtype in X_new.dtypes), f"{name} gives dense columns for sparse."
    assert_allclose(X_new.to_numpy(), expected[0], rtol=1e-5, atol=1e-12)
    assert_array_equal(y_new.to_numpy(), expected[1])


def check_samplers_list(name: str, sampler_orig: Any) -> None:
    """Lists come back as lists, with the values of an array."""
    X, y = _three_classes()
    expected = _resampled(sampler_orig, X, y)
    X_new, y_new = _resampled(sampler_orig, X.tolist(), y.tolist())
    assert isinstance(X_new, list), f"{name} gives {type(X_new).__name__} for a list of rows."
    assert isinstance(y_new, list), f"{name} gives {type(y_new).__name__} for a list of labels."
    assert_allclose(X_new, expected[0])
    assert_array_equal(y_new, expected[1])


def check_samplers_preserve_dtype(name: str, sampler_orig: Any) -> None:
    """float32 stays float32, and int32 labels stay int32."""
    X, y = _three_classes()
    X_new, y_new = _resampled(sampler_orig, X.astype(np.float32), y.astype(np.int32))
    assert X_new.dtype == np.float32, f"{name} gives {X_new.dtype} for float32."
    assert y_new.dtype == np.int32, f"{name} gives labels of {y_new.dtype} for int32."


def check_samplers_string(name: str, sampler_orig: Any) -> None:
    """A table of text stays one; for samplers whose tags say that they take text."""
    _, y = _three_classes()
    X = np.array(["red", "green", "blue"], dtype=object)[np.arange(2 * len(y)) % 3].reshape(-1, 2)
    X_new, _ = _resampled(sampler_orig, X, y)
    assert X_new.dtype == object, f"{name} gives {X_new.dtype} for object."
    assert set(np.ravel(X_new)) <= set(np.ravel(X)), f"{name} makes texts that were not there."


def check_samplers_nan(name: str, sampler_orig: Any) -> None:
    """Missing numbers are taken, and are there afterwards; for samplers whose tags say that they take them."""
    X, y = _three_classes()
    X[:, 0] = np.nan
    X_new, _ = _resampled(sampler_orig, X, y)
    assert np.isnan(X_new[:, 0]).all(), f"{name} puts numbers in the place of missing ones."
    assert not np.isnan(X_new[:, 1:]).any(), f"{name} makes numbers missing."


# ----------------------------------------------------------------------------------------------------- what they leave


def check_samplers_sample_indices(name: str, sampler_orig: Any) -> None:
    """`sample_indices_` is there if, and only if, the tag says so."""
    sampler = _fresh(sampler_orig)
    sampler.fit_resample(*_three_classes())
    said = bool(getattr(getattr(get_tags(sampler), "sampler_tags", None), "sample_indices", False))
    assert hasattr(sampler, "sample_indices_") == said, (
        f"{name}: sampler_tags.sample_indices is {said}, sample_indices_ is there: {not said}."
    )


def check_sampler_get_feature_names_out(name: str, sampler_orig: Any) -> None:
    """Columns of an array are x0, x1 and so on; names in another number are refused."""
    X, y = _three_classes()
    sampler = _fresh(sampler_orig).fit(X, y)
    expected = [f"x{j}" for j in range(X.shape[1])]
    assert list(sampler.get_feature_names_out()) == expected
    assert list(sampler.get_feature_names_out([f"x{j}" for j in range(X.shape[1])])) == expected
    with _refused(name, "too few names of columns", "input_features"):
        sampler.get_feature_names_out(["a"])


def check_sampler_get_feature_names_out_pandas(name: str, sampler_orig: Any) -> None:
    """Columns of a DataFrame keep their names; other names are refused."""
    pd = _pandas()
    X, y = _three_classes()
    names = [f"column {j}" for j in range(X.shape[1])]
    sampler = _fresh(sampler_orig).fit(pd.DataFrame(X, columns=names), y)
    assert list(sampler.get_feature_names_out()) == names
    with _refused(name, "names of columns it has not seen", "input_features"):
        sampler.get_feature_names_out(names[::-1])


def check_dataframe_column_names_consistency(name: str, estimator_orig: Any) -> None:
    """`feature_names_in_` are the names of a DataFrame's columns, and not there after an array."""
    pd = _pandas()
    X, y = _three_classes()
    names = [f"column {j}" for j in range(X.shape[1])]
    estimator = _fresh(estimator_orig).fit(pd.DataFrame(X, columns=names), y)
    assert hasattr(estimator, "feature_names_in_"), f"{name} has no feature_names_in_ after a DataFrame."
    assert list(estimator.feature_names_in_) == names
    estimator = _fresh(estimator_orig).fit(X, y)
    assert not hasattr(estimator, "feature_names_in_"), f"{name} has feature_names_in_ after an array."


def check_param_validation(name: str, estimator_orig: Any) -> None:
    """A parameter that is of no type it may have is refused by name, when the estimator is fitted."""
    X, y = _three_classes()
    method = "fit_resample" if hasattr(estimator_orig, "fit_resample") else "fit"
    for parameter in estimator_orig.get_params(deep=False):
        estimator = _fresh(estimator_orig).set_params(**{parameter: object()})
        with _refused(name, f"{parameter}=object()", parameter):
            getattr(estimator, method)(X, y)


# --------------------------------------------------------------------------------------------------------- classifiers


def check_classifier_on_multilabel_or_multioutput_targets(name: str, estimator_orig: Any) -> None:
    """Several labels a row are refused."""
    X, y = make_multilabel_classification(n_samples=50, random_state=0)
    with _refused(name, "a target with several labels a row", "multilabel", "multi-label", "1d"):
        _fresh(estimator_orig).fit(X, y)


def check_classifiers_with_encoded_labels(name: str, classifier_orig: Any) -> None:
    """Labels that are text, or pandas categories, come back from `predict`."""
    X, codes = _three_classes()
    y = np.array(["rare", "some", "many"], dtype=object)[codes]
    for target in (y, _pandas().Series(y, dtype="category")):
        classifier = _fresh(classifier_orig).fit(X, target)
        assert list(classifier.classes_) == ["many", "rare", "some"]
        assert set(classifier.predict(X)) <= {"many", "rare", "some"}, f"{name} predicts labels it was not given."
