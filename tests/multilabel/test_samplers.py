"""What holds for every sampler of several labels: any container, any table, arrays along, pipelines, seeds, threads."""

from __future__ import annotations

import functools
import os
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import estimator_checks_generator

from fastbal import multilabel
from fastbal._problem import draws_recipe
from fastbal.base import is_sampler
from fastbal.multilabel import LPROS, LPRUS, MLROS, MLRUS, MLSMOTE, MLTL, REMEDIAL, MLeNN, mean_ir
from fastbal.pipeline import make_pipeline

Array = NDArray[Any]

OVER = [
    MLROS(random_state=0),
    LPROS(random_state=0),
    REMEDIAL(),
    MLSMOTE(random_state=0),
    MLSMOTE(step="row", random_state=0),
    MLSMOTE(step="row", original_only=False, random_state=0),
    MLSMOTE(original_only=False, labels="union", random_state=0),
]
UNDER = [MLRUS(random_state=0), LPRUS(random_state=0), MLTL(), MLeNN()]


def name_of_sampler(sampler: Any) -> str:
    return str(sampler).replace("random_state=0", "").replace("(, ", "(").replace(", )", ")")


by_sampler = pytest.mark.parametrize("sampler", [*OVER, *UNDER], ids=name_of_sampler)
by_maker = pytest.mark.parametrize("sampler", OVER, ids=name_of_sampler)


def table(n: int = 240) -> tuple[Array, Array]:
    """Five columns, some zeros among them, and six labels from frequent to rare; a few rows have none."""
    rng = np.random.default_rng(0)
    Y = (rng.random((n, 6)) < [0.6, 0.4, 0.2, 0.1, 0.08, 0.05]).astype(np.int64)
    X = np.where(rng.random((n, 5)) < 0.3, 0, (rng.normal(size=(n, 5)) + Y[:, :5]).round(3))
    return X, Y


def test_every_sampler_is_tested() -> None:
    samplers = {name for name in multilabel.__all__ if isinstance(getattr(multilabel, name), type)}
    assert {type(sampler).__name__ for sampler in [*OVER, *UNDER]} == samplers


NAMES = [f"c{j}" for j in range(6)]


def _pandas(dtype: Any) -> Callable[[Array], Any]:
    return lambda A: pd.DataFrame(A, columns=NAMES[: A.shape[1]], index=range(100, 100 + len(A))).astype(dtype)


def _sparse_of_two_kinds(A: Array) -> Any:
    return _pandas(pd.SparseDtype(float, 0.0))(A).astype({"c1": pd.SparseDtype(np.float32, 0.0)})


def _arrow(A: Array) -> Any:
    return pa.table(dict(zip(NAMES, A.T, strict=False)))


CONTAINERS: dict[str, tuple[Callable[[Array], Any], Callable[[Array], Any], Callable[[Any], Array]]] = {
    "by columns": (np.asfortranarray, np.asfortranarray, np.asarray),
    "lists": (lambda A: A.tolist(), lambda A: A.tolist(), np.asarray),
    "booleans": (np.asarray, lambda A: A.astype(bool), np.asarray),
    "float labels": (np.asarray, lambda A: A.astype(np.float32), np.asarray),
    "pandas": (_pandas("float64"), _pandas("int8"), np.asarray),
    "pandas nullable": (_pandas("Float64"), _pandas("boolean"), lambda A: A.to_numpy(float)),
    "pandas Arrow": (_pandas("float64[pyarrow]"), _pandas("int64[pyarrow]"), lambda A: A.to_numpy(float)),
    "pandas sparse": (_pandas(pd.SparseDtype(float, 0.0)), _pandas(pd.SparseDtype(int, 0)), np.asarray),
    "pandas sparse of two kinds": (_sparse_of_two_kinds, _pandas(int), np.asarray),
    "polars": (
        lambda A: pl.DataFrame(A, schema=NAMES[: A.shape[1]]),
        lambda A: pl.DataFrame(A.astype(bool), schema=NAMES[: A.shape[1]]),
        lambda A: A.to_numpy(),
    ),
    "pyarrow": (_arrow, _arrow, lambda A: np.column_stack([column.to_numpy() for column in A.columns])),
    "dense, sparse": (np.asarray, sparse.csr_matrix, lambda A: A.toarray() if sparse.issparse(A) else A),
    "csr_array": (sparse.csr_array, sparse.csr_array, lambda A: A.toarray()),
    "csc_matrix": (sparse.csc_matrix, sparse.csc_matrix, lambda A: A.toarray()),
    "csr, array": (sparse.csr_matrix, np.asarray, lambda A: A.toarray() if sparse.issparse(A) else A),
}


@by_sampler
@pytest.mark.parametrize("kind", CONTAINERS)
def test_every_container_gives_the_same_rows_in_its_own_kind(sampler: Any, kind: str) -> None:
    X, Y = table()
    make_X, make_Y, array_of = CONTAINERS[kind]
    X_given, Y_given = make_X(X), make_Y(Y)
    copies = pickle.loads(pickle.dumps((X_given, Y_given)))
    mine, reference = clone(sampler), clone(sampler)
    X_new, Y_new = mine.fit_resample(X_given, Y_given)
    X_expected, Y_expected = reference.fit_resample(X, Y)
    is_sparse = sparse.issparse(X_given) or kind.startswith("pandas sparse")
    if is_sparse and getattr(sampler, "step", "row") == "column":  # each stored entry draws its step: other numbers
        np.testing.assert_array_equal(mine.base_indices_[:5], reference.base_indices_[:5])
        X_expected[len(X) :], Y_expected[len(X) :] = array_of(X_new)[len(X) :], array_of(Y_new)[len(X) :]
    np.testing.assert_allclose(array_of(X_new), X_expected, rtol=1e-6 if kind.endswith("two kinds") else 1e-12)
    np.testing.assert_array_equal(array_of(Y_new), Y_expected)
    for given, new in ((X_given, X_new), (Y_given, Y_new)):
        assert type(new) is type(given)
        if hasattr(given, "dtypes"):
            assert list(new.dtypes) == list(given.dtypes)
            assert list(new.columns) == list(given.columns)
        elif hasattr(given, "dtype"):
            assert new.dtype == given.dtype
    if isinstance(X_new, pd.DataFrame):
        assert X_new.index.equals(Y_new.index)
        kept = mine._keeps_index
        assert X_new.index.equals(X_given.index[mine.sample_indices_] if kept else pd.RangeIndex(len(X_new)))
    for given, copied in zip((X_given, Y_given), copies, strict=True):
        np.testing.assert_array_equal(array_of(given), array_of(copied))


@by_maker
def test_rows_of_the_table_come_first_and_unchanged(sampler: Any) -> None:
    X, Y = table()
    fitted = clone(sampler)
    X_new, Y_new = fitted.fit_resample(X, Y)
    np.testing.assert_array_equal(X_new[: len(X)], X)
    assert len(X_new) == len(Y_new) > len(X)
    assert fitted.is_synthetic_.tolist() == [False] * len(X) + [True] * (len(X_new) - len(X))
    if not isinstance(sampler, REMEDIAL):
        np.testing.assert_array_equal(Y_new[: len(X)], Y)
        assert mean_ir(Y_new) < mean_ir(Y)


def test_entries_of_a_sparse_table_lie_between_those_of_the_parents() -> None:
    X, Y = table()
    for dtype in (np.float64, np.float32, np.int64):
        given = sparse.csr_array((X * 10).astype(dtype))
        sampler = MLSMOTE(random_state=0)
        X_new, _ = sampler.fit_resample(given, Y)
        dense, made = given.toarray(), X_new.toarray()[len(X) :]
        assert X_new.dtype == dtype
        assert (X_new.data[given.nnz :] != 0).all()
        low = np.minimum(dense[sampler.base_indices_], dense[sampler.neighbor_indices_])
        high = np.maximum(dense[sampler.base_indices_], dense[sampler.neighbor_indices_])
        assert ((made >= low) & (made <= high)).all()
        assert 0.3 < sampler.step_[sampler.base_indices_ != sampler.neighbor_indices_].mean() < 0.7


def test_whole_numbers_and_their_dtypes_stay() -> None:
    X, Y = table()
    whole = pd.DataFrame({"a": (X[:, 0] * 10).astype(np.uint8), "b": X[:, 1].astype(np.float32), "c": X[:, 2] > 0})
    whole["d"] = pd.array((X[:, 3] * 100).astype(int), dtype="Int64")
    whole.loc[::7, "d"] = pd.NA
    for step in ("column", "row"):
        sampler = MLSMOTE(step=step, missing="keep", random_state=0)
        X_new, _ = sampler.fit_resample(whole, Y)
        assert list(X_new.dtypes) == list(whole.dtypes)
        assert X_new["d"].isna().sum() >= whole["d"].isna().sum()
    large = np.array([[2**62 + i % 3] for i in range(len(X))])
    for step in ("column", "row"):
        X_new, _ = MLSMOTE(step=step, random_state=0).fit_resample(large, Y)
        assert set(X_new.ravel().tolist()) <= {2**62, 2**62 + 1, 2**62 + 2}


@pytest.mark.parametrize("step", ["column", "row"])
@pytest.mark.parametrize("original_only", [True, False])
@pytest.mark.parametrize("kind", ["pandas", "polars", "array", "pyarrow"])
def test_categories_are_those_of_most_neighbours(step: str, original_only: bool, kind: str) -> None:
    X, Y = table()
    rng = np.random.default_rng(1)
    town, size = rng.choice(["Aachen", "Bonn", "Celle"], len(X)), rng.choice(["l", "s"], len(X))
    frame = pd.DataFrame({"x": X[:, 0], "town": town, "y": X[:, 1], "size": size})
    given: Any = {"pandas": frame, "polars": pl.from_pandas(frame), "pyarrow": pa.table(dict(frame.items()))}.get(
        kind, frame.to_numpy()
    )
    sampler = MLSMOTE(step=step, original_only=original_only, categorical_features=[1, 3], random_state=0)
    X_new, Y_new = sampler.fit_resample(given, Y)
    rows = X_new.to_pandas() if hasattr(X_new, "to_pandas") else pd.DataFrame(X_new, columns=list(frame))
    assert set(rows["town"]) == {"Aachen", "Bonn", "Celle"}
    assert set(rows["size"]) == {"l", "s"}
    numbers = rows[["x", "y"]].to_numpy(float)
    assert len(numbers) == len(Y_new) > len(X)
    if not original_only:
        return
    bases, neighbors = sampler.base_indices_, sampler.neighbor_indices_
    low, high = np.minimum(X[bases, :2], X[neighbors, :2]), np.maximum(X[bases, :2], X[neighbors, :2])
    made = numbers[len(X) :]
    assert ((made >= low - 1e-9) & (made <= high + 1e-9)).all()
    deviation = {}
    for place, (base, label) in enumerate(zip(bases.tolist(), sampler.made_for_.tolist(), strict=True)):
        bag = np.flatnonzero(Y[:, label])
        differ = np.median(X[bag, :2].std(axis=0))
        deviation[label] = differ
        distance = ((X[bag, :2] - X[base, :2]) ** 2).sum(axis=1)
        distance += differ**2 * ((town[bag] != town[base]) * 1.0 + (size[bag] != size[base]))
        near = bag[np.lexsort((bag, distance))]
        near = near[near != base][: min(5, len(bag) - 1)]
        assert neighbors[place] in near
        for column, values in (("town", town), ("size", size)):
            counts = pd.Series(values[near]).value_counts()
            assert counts[rows[column].iloc[len(X) + place]] == counts.max()


def test_categories_need_numbers_beside_them() -> None:
    X, Y = table()
    frame = pd.DataFrame({"town": np.where(X[:, 0] > 0, "a", "b")})
    with pytest.raises(ValueError, match=r"all columns of X are categories\. Use MLROS"):
        MLSMOTE(categorical_features="auto").fit_resample(frame, Y)
    with pytest.raises(ValueError, match=r"use MLSMOTE with categorical_features; MLROS"):
        MLSMOTE().fit_resample(frame, Y)
    with pytest.raises(ValueError, match="A sparse table with categories needs step='row'"):
        MLSMOTE(categorical_features=[0]).fit(sparse.csr_array(X), Y)
    X_new, _ = MLSMOTE(categorical_features=[0], step="row", random_state=0).fit_resample(sparse.csr_array(X), Y)
    expected, _ = MLSMOTE(categorical_features=[0], step="row", random_state=0).fit_resample(X, Y)
    np.testing.assert_allclose(X_new.toarray(), expected, rtol=1e-12)


def test_missing_numbers() -> None:
    X, Y = table()
    gaps = X.copy()
    gaps[::4, 1] = np.nan
    with pytest.raises(ValueError, match=r"contains NaN.*MLSMOTE keeps NaN with missing='keep'"):
        MLSMOTE().fit_resample(gaps, Y)
    with pytest.raises(ValueError, match="contains NaN"):
        MLTL().fit_resample(gaps, Y)
    for step in ("column", "row"):
        sampler = MLSMOTE(step=step, missing="keep", random_state=0)
        X_new, _ = sampler.fit_resample(gaps, Y)
        made = X_new[len(X) :]
        has_both = ~np.isnan(gaps[sampler.base_indices_, 1] + gaps[sampler.neighbor_indices_, 1])
        assert np.isfinite(made[has_both]).all()
        assert np.isnan(made[:, 1]).any()
        assert np.isfinite(made[:, [0, 2, 3, 4]]).all()
    for taking in (MLROS(random_state=0), MLRUS(random_state=0), LPROS(), LPRUS(), REMEDIAL()):
        assert get_tags(taking).input_tags.allow_nan
        taking.fit_resample(gaps, Y)
        taking.fit_resample(pd.DataFrame({"word": ["a", None] * 120}), Y)


# ------------------------------------------------------------------------------------------------ hostile labels


def warned(sampler: Any, X: Any, Y: Any) -> tuple[Any, list[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        out = clone(sampler).fit_resample(X, Y)
    return out, [str(one.message) for one in caught]


@by_sampler
def test_labels_without_rows_and_with_all_rows(sampler: Any) -> None:
    X, Y = table()
    more = np.column_stack([np.zeros(len(Y), int), Y, np.ones(len(Y), int)])
    (X_new, Y_new), said = warned(sampler, X, more)
    assert not said
    assert (Y_new[:, 0] == 0).all()
    assert Y_new.shape == (len(X_new), 8)
    if not isinstance(sampler, REMEDIAL):
        assert (Y_new[:, 7] == 1).all()


@by_sampler
def test_a_single_label(sampler: Any) -> None:
    X, Y = table()
    for one in (Y[:, :1], np.ones((len(Y), 1), int)):
        (X_new, Y_new), said = warned(sampler, X, one)
        assert Y_new.shape == (len(X_new), 1)
        if isinstance(sampler, (MLROS, MLSMOTE)):
            assert said == [f"{type(sampler).__name__} returns the table as it is: no label is rarer than the mean."]
            np.testing.assert_array_equal(X_new, X)
        assert all("returns the table as it is" in one for one in said)


def test_nothing_to_do_is_said() -> None:
    X = np.arange(8.0)[:, None]
    even = np.array([[1, 0], [0, 1]] * 4)
    for sampler, reason in (
        (MLROS(), "no label is rarer than the mean."),
        (MLSMOTE(), "no label is rarer than the mean."),
        (LPROS(), "all sets of labels have as many rows as the mean"),
        (LPRUS(), "all sets of labels have as many rows as the mean"),
    ):
        (X_new, _), said = warned(sampler, X, even)
        np.testing.assert_array_equal(X_new, X)
        assert reason in said[0]
    with pytest.warns(UserWarning, match="every row has a label that is rarer") as caught:
        MLRUS().fit_resample(X[:2], [[1, 1, 1, 0], [1, 1, 0, 1]])
    assert caught[0].filename == __file__


@by_sampler
def test_rows_without_labels(sampler: Any) -> None:
    X, Y = table()
    Y[::3] = 0
    X_new, Y_new = clone(sampler).fit_resample(X, Y)
    assert len(X_new) == len(Y_new)
    with pytest.raises(ValueError, match="No row has a label: y is 0 in all of its 6 columns"):
        clone(sampler).fit_resample(X, np.zeros_like(Y))


@by_sampler
def test_empty_and_other_bad_tables_are_refused(sampler: Any) -> None:
    X, Y = table()
    for X_bad, Y_bad, message in (
        (X[:0], Y[:0], "Found array with 0 sample"),
        (X[:, :0], Y, "Found array with 0 feature"),
        (X, Y[:, :0], "y has no columns"),
        (X, Y[1:], r"inconsistent numbers of samples: \[240, 239\]"),
        (X, Y[:, 0], r"its shape is \(240,\)"),
        (X, None, "y is None"),
        (X, np.where(Y == 1, np.nan, 0), "y must hold 0 and 1 only"),
        (X, 2 * Y, "y must hold 0 and 1 only"),
        (X[:, 0], Y, "Expected 2D array, got 1D array"),
    ):
        fitted = clone(sampler)
        for method in (fitted.fit, fitted.fit_resample):
            with pytest.raises(ValueError, match=message):
                method(X_bad, Y_bad)


def test_a_label_of_one_row_is_copied_and_of_few_has_fewer_neighbours() -> None:
    X, Y = table()
    Y = np.column_stack([Y, np.zeros((len(Y), 2), int)])
    Y[7, 6] = Y[[20, 30], 7] = 1
    sampler = MLSMOTE(random_state=0)
    X_new, Y_new = sampler.fit_resample(X, Y)
    single = np.flatnonzero(sampler.made_for_ == 6)
    assert len(single) == 1
    np.testing.assert_array_equal(X_new[len(X) + single[0]], X[7])
    np.testing.assert_array_equal(Y_new[len(X) + single[0]], Y[7])
    pair = sampler.made_for_ == 7
    assert sampler.base_indices_[pair].tolist() == [20, 30]
    assert sampler.neighbor_indices_[pair].tolist() == [30, 20]


def test_parameters_are_checked() -> None:
    X, Y = table()
    for sampler in (
        MLROS(-1),
        MLRUS(100),
        LPRUS(101),
        MLSMOTE(0),
        MLSMOTE(labels="majority"),
        MLSMOTE(step="box"),
        MLTL(1),
        MLeNN(n_neighbors=0),
        MLSMOTE(original_only="yes"),
    ):
        with pytest.raises(ValueError, match=f"parameter of {type(sampler).__name__} must be"):
            sampler.fit_resample(X, Y)
    with pytest.raises(MemoryError, match=r"What percent=1e\+16 asks for, .* new rows,"):
        MLROS(1e16).fit_resample(X, Y)


# ------------------------------------------------------------------------------------------ arrays along, and groups


@by_sampler
def test_arrays_follow_their_rows(sampler: Any) -> None:
    X, Y = table()
    weight = np.linspace(1, 2, len(X))
    number = pd.Series(np.arange(len(X)), name="number")
    fitted = clone(sampler)
    _, _, weight_new, number_new = fitted.fit_resample(X, Y, sample_weight=weight, number=number)
    sources = fitted.recipe_.source_rows()
    assert number_new.tolist() == sources.tolist()
    assert number_new.name == "number"
    if hasattr(fitted, "sample_indices_"):
        np.testing.assert_array_equal(weight_new, weight[fitted.sample_indices_])
    else:
        bases, neighbors = fitted.base_indices_, fitted.neighbor_indices_
        expected = weight[bases] + fitted.step_ * (weight[neighbors] - weight[bases])
        np.testing.assert_allclose(weight_new[len(X) :], expected)
        assert np.isfinite(weight_new).all()
    with pytest.raises(ValueError, match="weight has 3 entries, but X has 240 rows"):
        clone(sampler).fit_resample(X, Y, sample_weight=[1, 2, 3])


@pytest.mark.parametrize("original_only", [True, False])
@pytest.mark.parametrize("categorical", [None, [4]])
def test_no_new_row_lies_between_two_groups(original_only: bool, categorical: Any) -> None:
    X, Y = table()
    X[:, 4] = X[:, 4] > 0
    groups = np.random.default_rng(2).integers(0, 12, len(X))
    sampler = MLSMOTE(original_only=original_only, categorical_features=categorical, random_state=0)
    X_new, Y_new, groups_new = sampler.fit_resample(X, Y, groups=groups)
    assert (groups[sampler.base_indices_] == groups[sampler.neighbor_indices_]).all()
    np.testing.assert_array_equal(groups_new[len(X) :], groups[sampler.base_indices_])
    is_alone = sampler.base_indices_ == sampler.neighbor_indices_
    if original_only:
        assert is_alone.any()
        np.testing.assert_array_equal(X_new[len(X) :][is_alone, :4], X[sampler.base_indices_[is_alone], :4])
        alone = [
            (Y[:, label] & (groups == groups[base])).sum() == 1
            for base, label in zip(sampler.base_indices_, sampler.made_for_, strict=True)
        ]
        assert alone == is_alone.tolist()
        np.testing.assert_array_equal(Y_new[len(X) :][is_alone], Y[sampler.base_indices_[is_alone]])
    with pytest.raises(TypeError, match="With groups, k_neighbors must be a number"):
        MLSMOTE(NearestNeighbors(n_neighbors=6)).fit_resample(X, Y, groups=groups)


# ------------------------------------------------------------------------------------------ scikit-learn's world


def test_a_search_of_ones_own() -> None:
    X, Y = table()
    for step in ("column", "row"):
        expected = MLSMOTE(5, step=step, random_state=0).fit_resample(X, Y)
        got = MLSMOTE(NearestNeighbors(n_neighbors=6), step=step, random_state=0).fit_resample(X, Y)
        for one, other in zip(got, expected, strict=True):
            np.testing.assert_allclose(one, other)
    got = MLeNN(n_neighbors=NearestNeighbors(n_neighbors=4)).fit_resample(X, Y)[0]
    np.testing.assert_array_equal(got, MLeNN().fit_resample(X, Y)[0])


class _OneLabel:
    """scikit-learn's checks give one label per row: a column is made for each."""

    def _read_tables(self, X: Any, y: Any) -> Any:
        labels = None if y is None else np.asarray(y).reshape(len(y), -1)
        return super()._read_tables(X, labels if labels is None else (labels == np.unique(labels)).astype(int))  # type: ignore[misc]


for _name in ("LPROS", "LPRUS", "MLROS", "MLRUS", "MLSMOTE", "MLTL", "MLeNN", "REMEDIAL"):
    globals()[f"One{_name}"] = type(f"One{_name}", (_OneLabel, getattr(multilabel, _name)), {"__module__": __name__})


def checks() -> list[Any]:
    """Each sampler with each check of scikit-learn."""
    marked = []
    for sampler in {type(sampler): sampler for sampler in [*OVER[::-1], *UNDER]}.values():
        one: Any = globals()[f"One{type(sampler).__name__}"](**sampler.get_params())
        for _, check in estimator_checks_generator(one):
            name = check.func.__name__ if isinstance(check, functools.partial) else check.__name__
            if name != "check_mixin_order":  # the class above is none of scikit-learn's
                marked.append(pytest.param(one, check, id=f"{name_of_sampler(sampler)}-{name}"))
    return marked


@pytest.mark.parametrize(("sampler", "check"), checks())
@pytest.mark.filterwarnings("ignore:.*returns the table as it is")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")  # array API needs an environment variable
def test_scikit_learn_agrees(sampler: Any, check: Any) -> None:
    check(sampler)


@by_sampler
def test_a_sampler_says_what_it_is(sampler: Any) -> None:
    X, Y = table()
    assert is_sampler(sampler)
    assert not draws_recipe(sampler)  # for one label per row: what asks for that has no use for it
    tags = get_tags(sampler)
    assert tags.target_tags.multi_output
    assert not tags.target_tags.single_output
    fitted = clone(sampler).fit(X, Y)
    assert fitted.n_features_in_ == 5
    assert not hasattr(fitted, "recipe_")
    np.testing.assert_array_equal(fitted.irlbl_, Y.sum(axis=0).max() / Y.sum(axis=0))
    assert fitted.mean_ir_ == mean_ir(Y)
    frame = pd.DataFrame(X, columns=list("abcde"))
    assert clone(sampler).fit(frame, Y).feature_names_in_.tolist() == list("abcde")


@by_sampler
def test_pickled_and_cloned_samplers_give_the_same_rows(sampler: Any) -> None:
    X, Y = table()
    fitted = clone(sampler)
    expected = fitted.fit_resample(X, Y)
    for other in (pickle.loads(pickle.dumps(fitted)), clone(fitted), fitted):
        for got, want in zip(other.fit_resample(X, Y), expected, strict=True):
            np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("seed", [None, np.random.RandomState(0), np.random.default_rng(0)], ids=str)
def test_seeds_of_every_kind(seed: Any) -> None:
    X, Y = table()
    for sampler in (MLROS(), MLRUS(), LPROS(), LPRUS(), MLSMOTE()):
        first, second = (sampler.set_params(random_state=seed).fit_resample(X, Y)[0] for _ in range(2))
        assert not np.array_equal(first, second)


SCRIPT = """
import hashlib, numpy as np
from fastbal.multilabel import *
rng = np.random.default_rng(0)
Y = (rng.random((20_000, 12)) < np.geomspace(0.6, 0.05, 12)).astype(int)
X = rng.normal(size=(20_000, 8))
out = hashlib.sha256()
for sampler in (MLSMOTE(random_state=0), MLSMOTE(step="row", random_state=0), MLROS(random_state=0), MLTL()):
    for part in sampler.fit_resample(X, Y):
        out.update(np.ascontiguousarray(part).tobytes())
print(out.hexdigest())
"""


@pytest.mark.slow
def test_the_same_rows_at_one_thread_and_at_two() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "NUMBA_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in ("1", "2")
    }
    assert len(digests) == 1


@by_sampler
@pytest.mark.parametrize("model", [MultiOutputClassifier, ClassifierChain])
def test_in_a_pipeline_before_a_model_of_several_labels(sampler: Any, model: Any) -> None:
    X, Y = table()
    pipeline = make_pipeline(StandardScaler(), clone(sampler), model(LogisticRegression()))
    pipeline.fit(X, Y)
    scaled = StandardScaler().fit_transform(X)
    X_new, Y_new = clone(sampler).fit_resample(scaled, Y)
    expected = model(LogisticRegression()).fit(X_new, Y_new).predict(scaled)
    np.testing.assert_array_equal(pipeline.predict(X), expected)
    assert f1_score(Y, pipeline.predict(X), average="micro") > 0.4


def test_in_a_pipeline_with_weights_and_in_a_search() -> None:
    X, Y = table()
    pipeline = make_pipeline(MLSMOTE(random_state=0), MultiOutputClassifier(DecisionTreeClassifier(random_state=0)))
    pipeline.fit(X, Y, multioutputclassifier__sample_weight=np.linspace(1, 2, len(X)))
    search = GridSearchCV(pipeline, {"mlsmote": [MLROS(random_state=0), "passthrough"]}, cv=2, scoring="f1_macro")
    assert search.fit(X, Y).best_score_ > 0.2
    assert cross_val_score(pipeline, X, Y, cv=2, scoring="f1_macro").min() > 0.1
    trees = make_pipeline(MLROS(random_state=0), DecisionTreeClassifier(random_state=0))
    frame = pd.DataFrame(Y, columns=NAMES)
    np.testing.assert_array_equal(trees.fit(X, frame).predict(X), trees.fit(X, Y).predict(X))
