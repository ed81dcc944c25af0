"""Random tables of every dtype in every container, through every sampler: what must hold of whatever comes out."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.typing import NDArray
from scipy import sparse
from sklearn.cluster import KMeans
from sklearn.tree import DecisionTreeClassifier

from fastbal import FunctionSampler, combine, over_sampling, under_sampling
from fastbal.utils.testing import all_estimators
from tests import cases
from tests.random_tables import HOLDERS, Holder, RandomTable, holds, random_table

Array = NDArray[Any]

#: A sampler of each kind, by a number of neighbours.
SAMPLERS: dict[str, Callable[[int], Any]] = {
    "RandomOverSampler": lambda k: over_sampling.RandomOverSampler(random_state=0),
    "RandomOverSampler, smoothed": lambda k: over_sampling.RandomOverSampler(random_state=0, shrinkage=0.5),
    "SMOTE": lambda k: over_sampling.SMOTE(random_state=0, k_neighbors=k),
    "BorderlineSMOTE": lambda k: over_sampling.BorderlineSMOTE(random_state=0, k_neighbors=k, m_neighbors=3),
    "BorderlineSMOTE, borderline-2": lambda k: over_sampling.BorderlineSMOTE(
        random_state=0, k_neighbors=k, m_neighbors=3, kind="borderline-2"
    ),
    "SVMSMOTE": lambda k: over_sampling.SVMSMOTE(random_state=0, k_neighbors=k, m_neighbors=3),
    "KMeansSMOTE": lambda k: over_sampling.KMeansSMOTE(
        random_state=0, k_neighbors=k, kmeans_estimator=KMeans(2, n_init=1, random_state=0)
    ),
    "ADASYN": lambda k: over_sampling.ADASYN(random_state=0, n_neighbors=k),
    "SMOTENC": lambda k: over_sampling.SMOTENC([0], random_state=0, k_neighbors=k),
    "SMOTEN": lambda k: over_sampling.SMOTEN(random_state=0, k_neighbors=k),
    "ProWSyn": lambda k: over_sampling.ProWSyn(random_state=0, n_neighbors=k, n_levels=3),
    "MWMOTE": lambda k: over_sampling.MWMOTE(random_state=0, k1=3, k2=2),
    "MWMOTE, linked": lambda k: over_sampling.MWMOTE(random_state=0, k1=3, k3=k, clusters="linked"),
    "SafeLevelSMOTE": lambda k: over_sampling.SafeLevelSMOTE(random_state=0, k_neighbors=k, m_neighbors=3),
    "SafeLevelSMOTE, column": lambda k: over_sampling.SafeLevelSMOTE(
        random_state=0, k_neighbors=k, m_neighbors=3, step="column"
    ),
    "PolynomFitSMOTE, star": lambda k: over_sampling.PolynomFitSMOTE(random_state=0),
    "PolynomFitSMOTE, bus": lambda k: over_sampling.PolynomFitSMOTE(random_state=0, topology="bus"),
    "PolynomFitSMOTE, mesh": lambda k: over_sampling.PolynomFitSMOTE(random_state=0, topology="mesh"),
    "PolynomFitSMOTE, polynomial": lambda k: over_sampling.PolynomFitSMOTE(
        random_state=0, topology="polynomial", degree=1
    ),
    "GeometricSMOTE": lambda k: over_sampling.GeometricSMOTE(random_state=0, k_neighbors=k),
    "LoRAS": lambda k: over_sampling.LoRAS(random_state=0, n_neighbors=k, sigma=0.0),
    "SimplicialSMOTE": lambda k: over_sampling.SimplicialSMOTE(random_state=0, k_neighbors=min(k, 31)),  # its most
    "MGS": lambda k: over_sampling.MGS(random_state=0, n_neighbors=k),
    "ROSE": lambda k: over_sampling.ROSE(random_state=0),
    "Balance": lambda k: combine.Balance(over=over_sampling.SMOTE(k_neighbors=k), random_state=0),
    "RandomUnderSampler": lambda k: under_sampling.RandomUnderSampler(random_state=0),
    "ClusterCentroids, soft": lambda k: under_sampling.ClusterCentroids(
        random_state=0, voting="soft", estimator=KMeans(n_init=1, random_state=0)
    ),
    "ClusterCentroids, hard": lambda k: under_sampling.ClusterCentroids(
        random_state=0, voting="hard", estimator=KMeans(n_init=1, random_state=0)
    ),
    "NearMiss": lambda k: under_sampling.NearMiss(n_neighbors=k),
    "NearMiss, version 2": lambda k: under_sampling.NearMiss(version=2, n_neighbors=k),
    "NearMiss, version 3": lambda k: under_sampling.NearMiss(version=3, n_neighbors=k, n_neighbors_ver3=k),
    "TomekLinks": lambda k: under_sampling.TomekLinks(),
    "EditedNearestNeighbours": lambda k: under_sampling.EditedNearestNeighbours(n_neighbors=k),
    "EditedNearestNeighbours, mode": lambda k: under_sampling.EditedNearestNeighbours(n_neighbors=k, kind_sel="mode"),
    "RepeatedEditedNearestNeighbours": lambda k: under_sampling.RepeatedEditedNearestNeighbours(n_neighbors=k),
    "AllKNN": lambda k: under_sampling.AllKNN(n_neighbors=k),
    "NeighbourhoodCleaningRule": lambda k: under_sampling.NeighbourhoodCleaningRule(n_neighbors=k),
    "CondensedNearestNeighbour": lambda k: under_sampling.CondensedNearestNeighbour(random_state=0),
    "OneSidedSelection": lambda k: under_sampling.OneSidedSelection(random_state=0),
    "InstanceHardnessThreshold": lambda k: under_sampling.InstanceHardnessThreshold(
        random_state=0, cv=2, estimator=DecisionTreeClassifier(max_depth=2, random_state=0)
    ),
    "SMOTEENN": lambda k: combine.SMOTEENN(smote=over_sampling.SMOTE(random_state=0, k_neighbors=k)),
    "SMOTETomek": lambda k: combine.SMOTETomek(smote=over_sampling.SMOTE(random_state=0, k_neighbors=k)),
    "FunctionSampler": lambda k: FunctionSampler(),
}

#: What samplers say of a table that is no good for them.
REFUSALS = re.compile(
    r"All support vectors are considered as noise|No clusters found with sufficient samples"
    r"|The values of X are too large for KMeans"
    # Learners of scikit-learn's on extreme values:
    r"|The dual coefficients or intercepts are not finite|Input X contains infinity or a value too large for dtype"
)
#: What they warn of, as documented.
WARNINGS = (
    "Not any neighbours of class",  # ADASYN
    "No row of class . is in danger",  # BorderlineSMOTE
    "The number of the samples to be selected is larger than the number of samples available",  # NearMiss, version 3
    "Passing a sparse matrix to SMOTEN is not really efficient",
    "No row of class . has another of its class among",  # SafeLevelSMOTE
    "All rows of class . are noise",  # MWMOTE
    "Number of distinct clusters",  # scikit-learn's KMeans, where rows occur several times
)


#: They have a model of scikit-learn's find clusters, margins or likely labels, which differ for sparse tables.
LEARNERS = ("KMeansSMOTE", "SVMSMOTE", "ClusterCentroids", "InstanceHardnessThreshold")


def is_sparse(container: str) -> bool:
    return any(word in container for word in ("csr", "csc", "sparse"))


class Refused(str):
    """The sentence with which a sampler refuses a table."""


def resampled(sampler: Any, X: Any, y: Any) -> Any:
    """What a sampler returns, or the sentence with which it refuses; any other error or warning is raised."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if type(sampler).__name__ in (*LEARNERS, "CondensedNearestNeighbour", "OneSidedSelection"):
            warnings.filterwarnings("ignore", ".* encountered in", RuntimeWarning)  # theirs, where values are extreme
        for message in WARNINGS:
            warnings.filterwarnings("ignore", message)
        try:
            return sampler.fit_resample(X, y)
        except (ValueError, TypeError, RuntimeError) as error:
            if not REFUSALS.match(str(error)):
                raise
            return Refused(error)


def bits(X: Array) -> bytes:
    return np.ascontiguousarray(X).tobytes()


def check_rows(name: str, sampler: Any, X: Array, y: Array, X_new: Array, y_new: Array) -> None:
    """What must hold of a result in an array, whatever the sampler."""
    assert len(X_new) == len(y_new)
    assert np.isfinite(X_new).all()
    if isinstance(sampler, FunctionSampler):
        assert bits(X_new) == bits(X)
        return
    is_new = sampler.is_synthetic_
    kept = sampler.recipe_.kept_rows()
    assert bits(X_new[~is_new]) == bits(X[kept])
    np.testing.assert_array_equal(y_new[~is_new], y[kept])
    check_counts(name, sampler, y, y_new)
    if not is_new.any():
        return
    if isinstance(sampler, under_sampling.ClusterCentroids):
        for label in set(y_new[is_new].tolist()):
            check_between(X_new[is_new & (y_new == label)], X[y == label].min(0), X[y == label].max(0), 256)
        return
    base, neighbor, step = sampler.base_indices_, sampler.neighbor_indices_, sampler.step_
    np.testing.assert_array_equal(y_new[is_new], y[base])
    if "smoothed" in name or type(sampler).__name__ in ("MGS", "LoRAS", "ROSE", "GeometricSMOTE"):
        return
    if isinstance(sampler, over_sampling.PolynomFitSMOTE) and sampler.recipe_.making is not None:
        return
    if isinstance(sampler, over_sampling.SafeLevelSMOTE) and sampler.step == "column":
        parents = X[base], X[neighbor]
        check_between(X_new[is_new], np.minimum(*parents), np.maximum(*parents), 1)
        return
    if isinstance(sampler, (over_sampling.SMOTEN, over_sampling.SMOTENC)):
        categorical = range(X.shape[1]) if isinstance(sampler, over_sampling.SMOTEN) else [0]
        for label in set(y.tolist()):
            for j in categorical:
                assert set(X_new[is_new & (y_new == label), j].tolist()) <= set(X[y == label, j].tolist())
        numbers = [j for j in range(X.shape[1]) if j not in categorical]
        X, X_new = X[:, numbers], X_new[:, numbers]
    is_between = step >= 0  # SVMSMOTE moves away from some
    parents = X[base[is_between]], X[neighbor[is_between]]
    check_between(X_new[is_new][is_between], np.minimum(*parents), np.maximum(*parents), 1)


def check_between(new: Array, low: Array, high: Array, n_steps: int) -> None:
    """Within a box, up to a number of roundings."""
    kind = new.dtype if new.dtype.kind == "f" else np.dtype(np.float64)
    if n_steps > 1:
        new, low, high = (np.asarray(values, kind) for values in (new, low, high))
    if new.dtype.kind == "f":
        with np.errstate(over="ignore"):
            slack = n_steps * np.spacing(np.minimum(np.maximum(abs(low), abs(high)), np.finfo(kind).max / 2))
            low, high = low - slack, high + slack + 0.5 * (n_steps > 1)  # means of whole numbers are rounded
    assert ((low <= new) & (new <= high)).all()


def check_counts(name: str, sampler: Any, y: Array, y_new: Array) -> None:
    """As many rows of each class as were asked for."""
    before, after = Counter(y.tolist()), Counter(y_new.tolist())
    for label, n_rows in before.items():
        asked = sampler.sampling_strategy_.get(label, 0)
        if isinstance(sampler, combine.Balance):
            assert after[label] == asked
        elif isinstance(sampler, (combine.SMOTEENN, combine.SMOTETomek)):
            assert after[label] <= n_rows + asked
        elif sampler._sampling_type == "over-sampling":
            assert after[label] == n_rows + asked
        elif label not in sampler.sampling_strategy_ and not hasattr(sampler, "n_iter_") and name != "AllKNN":
            assert after[label] == n_rows  # those two spare the smallest class of each round
        elif "NearMiss, version 3" in name or sampler._sampling_type == "clean-sampling":
            assert after[label] <= n_rows
        elif "Hardness" in name:
            assert after[label] >= asked
        else:
            assert after[label] == asked


def check_table(seed: int) -> None:
    """Every sampler on a random table, as an array and in another container."""
    table = random_table(seed)
    rng = np.random.default_rng(seed)
    possible = [name for name in HOLDERS if holds(name, table.X)]
    for name in SAMPLERS:
        check_sampler(name, table, str(rng.choice(possible)))


def check_sampler(name: str, table: RandomTable, container: str) -> None:
    """One sampler on a table, in a container and as the array that this amounts to."""
    y, k, holder = table.y, table.k, HOLDERS[container]
    held, X = holder.put(table.X), holder.amounts_to(table.X)
    before = bits(X)
    samplers = [SAMPLERS[name](k) for _ in range(2)]
    if is_sparse(container) and not getattr(samplers[0], "_may_be_sparse", True):
        with pytest.raises(TypeError, match="X is sparse, where most have none"):
            samplers[0].fit_resample(held, y)
        return
    expected, got = resampled(samplers[0], X, y), resampled(samplers[1], held, y)
    assert bits(X) == bits(holder.get(held).astype(X.dtype, copy=False)) == before
    in_an_array = None if isinstance(got, Refused) else (as_array(holder, got[0], X), got[1])
    if in_an_array:
        assert type(got[0]) is (np.ndarray if isinstance(held, tuple) else type(held))
        check_dtypes(held, got[0])
        check_rows(name, samplers[1], X, y, *in_an_array)
    if not isinstance(expected, Refused):
        check_rows(name, samplers[0], X, y, *expected)
    if is_sparse(container) and name.startswith(LEARNERS):
        return
    assert isinstance(got, Refused) == isinstance(expected, Refused)
    if in_an_array:
        np.testing.assert_array_equal(got[1], expected[1])
        tolerance = 1e-6 if is_sparse(container) and "smoothed" in name else 0  # of what noise and value were
        if not tolerance:
            np.testing.assert_array_equal(in_an_array[0], expected[0])
            return
        rows, rows_expected = (Z.astype(np.float64) for Z in (in_an_array[0], expected[0]))
        size = np.abs(rows_expected).max(axis=0, initial=0) / 2
        assert (np.abs(rows / 2 - rows_expected / 2) <= tolerance * size).all()


def as_array(holder: Holder, got: Any, X: Array) -> Array:
    """A result as an array of the dtype of X; of a list, NumPy would make it of one that holds all."""
    array = np.array(got, X.dtype) if isinstance(got, list) else holder.get(got)
    return array.reshape(-1, X.shape[1]).astype(X.dtype, copy=False)


def check_dtypes(held: Any, got: Any) -> None:
    if hasattr(held, "schema"):
        assert got.schema == held.schema
    elif hasattr(held, "dtypes"):
        for before, after in zip(held.dtypes, got.dtypes, strict=True):
            assert before == after
            assert type(getattr(before, "fill_value", None)) is type(getattr(after, "fill_value", None))
    elif hasattr(held, "dtype"):  # of objects that are numbers, samplers that look at them make numbers
        assert got.dtype == held.dtype or (held.dtype == object and got.dtype == np.float64)
    elif isinstance(held, list):
        assert all(type(row) is list for row in got)


@pytest.mark.parametrize("seed", range(12))
def test_random_tables(seed: int) -> None:
    check_table(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12, 112))
def test_more_random_tables(seed: int) -> None:
    check_table(seed)


#: What the seeds from 112 to 2,612 have shown.
ONCE_WRONG = [
    (357, "FunctionSampler", "polars"),  # large whole numbers by way of floats
    (482, "ClusterCentroids, soft", "pandas nullable"),  # centres of KMeans outside the class
    (493, "SVMSMOTE", "pandas sparse"),  # equal values, whose variance SVC rounds below 0
    (907, "ClusterCentroids, soft", "list of tuples"),  # large whole numbers in a list, in another order
    (1082, "NearMiss, version 2", "csr_array"),  # sums of distances that tie, in a sparse table and a dense one
]


@pytest.mark.parametrize(("seed", "name", "container"), ONCE_WRONG)
def test_what_has_been_wrong_once(seed: int, name: str, container: str) -> None:
    check_sampler(name, random_table(seed), container)


def test_every_sampler_is_in_the_list() -> None:
    assert {name.split(",")[0] for name in SAMPLERS} == {name for name, _ in all_estimators("sampler")}


@pytest.mark.parametrize("exponent", [-900, 900])
@pytest.mark.parametrize(
    "name",
    [name for name in SAMPLERS if not name.startswith((*LEARNERS, "MWMOTE"))],  # its cut-off is in units of the columns
)
def test_tables_of_any_scale_are_resampled_alike(name: str, exponent: int) -> None:
    """Squares of such numbers vanish, or are beyond the largest."""
    X, y = cases.multiclass(90)
    X[:, 0] = X[:, 0] > 0
    expected, y_expected = resampled(SAMPLERS[name](3), X, y)
    got, y_got = resampled(SAMPLERS[name](3), np.ldexp(X, exponent), y)
    np.testing.assert_array_equal(y_got, y_expected)
    np.testing.assert_allclose(np.ldexp(got, -exponent), expected, rtol=1e-12 if "smoothed" in name else 0)


@pytest.mark.parametrize("exponent", [-900, 900])
def test_noise_of_sparse_tables_of_any_scale(exponent: int) -> None:
    X, y = cases.multiclass(90)
    X = np.where(abs(X) > 0.5, X, 0.0)
    sampler = SAMPLERS["RandomOverSampler, smoothed"](3)
    expected = sampler.fit_resample(sparse.csr_array(X), y)[0].toarray()
    got = sampler.fit_resample(sparse.csr_array(np.ldexp(X, exponent)), y)[0].toarray()
    np.testing.assert_allclose(np.ldexp(got, -exponent), expected, rtol=1e-12)


@pytest.mark.parametrize("put", [np.array, sparse.csr_array, sparse.csc_array, pd.DataFrame])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["i8", "u8"])
def test_new_rows_of_numbers_that_floats_miss_lie_between_their_parents(put: Any, order: str, kind: str) -> None:
    rng = np.random.default_rng(0)
    X = (2**62 + rng.integers(-5, 5, (40, 3))).astype(order + kind)
    if put in (sparse.csr_array, sparse.csc_array):
        X = X.astype(kind)
    y = np.repeat([0, 1], [30, 10])
    sampler = SAMPLERS["SMOTE"](3)
    new = sampler.fit_resample(put(X), y)[0]
    new = np.asarray(new.toarray() if sparse.issparse(new) else new)[40:]
    parents = X[sampler.base_indices_], X[sampler.neighbor_indices_]
    assert ((np.minimum(*parents) <= new) & (new <= np.maximum(*parents))).all()


@pytest.mark.parametrize("fill", [0, 0.0, np.float32(0)])
@pytest.mark.parametrize("name", ["SMOTE", "ADASYN", "SMOTENC", "RandomOverSampler", "FunctionSampler"])
def test_a_fill_value_keeps_its_type(name: str, fill: Any) -> None:
    X, y = cases.multiclass(90)
    frame = pd.DataFrame(np.where(abs(X) > 0.5, X, 0)).astype(pd.SparseDtype(np.float32, fill))
    got, _ = SAMPLERS[name](3).fit_resample(frame, y)
    assert {type(dtype.fill_value) for dtype in got.dtypes} == {type(fill)}


@pytest.mark.parametrize("other", [int, np.int8, np.uint8, bool])
def test_whole_numbers_beside_floats_in_a_sparse_frame_are_rounded(other: type) -> None:
    X, y = cases.multiclass(90)
    X = abs(np.round(3 * X))
    frame = pd.DataFrame({"other": X[:, 0].astype(other), "float": X[:, 1]})
    expected, _ = SAMPLERS["SMOTE"](3).fit_resample(frame, y)
    as_sparse = frame.astype({"other": pd.SparseDtype(other, other(0)), "float": pd.SparseDtype(float, 0.0)})
    got, _ = SAMPLERS["SMOTE"](3).fit_resample(as_sparse, y)
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("put", ["list of lists", "list of tuples", "tuple of lists", "tuple of tuples"])
@pytest.mark.parametrize("name", SAMPLERS)
def test_one_float_makes_floats_of_rows_of_whole_numbers(name: str, put: str) -> None:
    """As NumPy reads them; rows of which every number is whole stay whole."""
    X, y = cases.multiclass(90)
    X = np.round(3 * X)
    rows = [[float(value) if (i, j) == (80, 2) else int(value) for j, value in enumerate(row)]
            for i, row in enumerate(X)]  # fmt: skip
    nested = type(HOLDERS[put].put(X))(type(HOLDERS[put].put(X)[0])(row) for row in rows)
    got, _ = SAMPLERS[name](3).fit_resample(nested, y)
    expected, _ = SAMPLERS[name](3).fit_resample(X, y)
    np.testing.assert_array_equal(np.array(got), expected)


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_noise_around_the_largest_float32_beside_other_columns_is_finite(make: Any) -> None:
    X = np.random.default_rng(0).uniform(0.9, 1, 60) * np.finfo(np.float32).max
    frame = make({"a": X.astype(np.float32), "b": np.arange(60.0)})
    got, _ = SAMPLERS["RandomOverSampler, smoothed"](3).fit_resample(frame, np.repeat([0, 1], [45, 15]))
    assert np.isfinite(np.asarray(got)).all()


@pytest.mark.parametrize("unit", ["M8[s]", "m8[s]"])
@pytest.mark.parametrize("name", SAMPLERS)
def test_times_are_no_numbers(name: str, unit: str) -> None:
    """A sampler that looks at numbers says so before any work; the others take them as they are."""
    X = np.arange(30).astype(unit).reshape(-1, 1)
    y = np.repeat([0, 1], [20, 10])
    if name in ("RandomOverSampler", "RandomUnderSampler", "SMOTENC", "SMOTEN"):
        assert SAMPLERS[name](3).fit_resample(X, y)[0].dtype == X.dtype
    elif name != "FunctionSampler":
        with pytest.raises(ValueError, match=r"every column must be numeric, but column 0 is not\. Encode as numbers"):
            SAMPLERS[name](3).fit_resample(X, y)
