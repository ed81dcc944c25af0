"""Weights, groups and other arrays: carried along by every sampler, and no new row between two groups."""

from __future__ import annotations

import warnings
from typing import Any

import imblearn.over_sampling
import imblearn.under_sampling
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.neighbors import NearestNeighbors

from fastbal import FunctionSampler
from fastbal._foreign import resample_with
from fastbal.combine import SMOTEENN, SMOTETomek
from fastbal.over_sampling import ADASYN, SMOTE, SMOTEN, SMOTENC, SVMSMOTE, BorderlineSMOTE, KMeansSMOTE
from fastbal.over_sampling import RandomOverSampler as RandomOver
from fastbal.over_sampling.base import BaseOverSampler
from fastbal.under_sampling import ClusterCentroids, RandomUnderSampler, TomekLinks
from tests import cases, reference

SAMPLERS = [
    *cases.SAMPLERS,
    BorderlineSMOTE(kind="borderline-2", random_state=0),
    SMOTE(missing="keep", random_state=0),
    SMOTENC([1, 4], random_state=0),
    SMOTEN(random_state=0),
    RandomOver(shrinkage=1.0, random_state=0),
    ClusterCentroids(voting="hard", random_state=0),
]
by_sampler = pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda sampler: type(sampler).__name__)

#: Those that make rows between two others.
FAMILY = [
    SMOTE(random_state=0),
    SMOTE(random_state=0, missing="keep"),
    BorderlineSMOTE(random_state=0),
    BorderlineSMOTE(random_state=0, kind="borderline-2"),
    SVMSMOTE(random_state=0),
    KMeansSMOTE(random_state=0, kmeans_estimator=2),
    ADASYN(random_state=0),
    SMOTENC([1, 4], random_state=0),
    SMOTEENN(random_state=0),
    SMOTETomek(random_state=0),
]
by_member = pytest.mark.parametrize("sampler", FAMILY, ids=lambda sampler: type(sampler).__name__)


def table(n: int = 300) -> tuple[Any, Any]:
    """Three classes; columns 1 and 4 serve as categories, too."""
    X, y = cases.multiclass(n)
    X[:, [1, 4]] = np.round(X[:, [1, 4]])
    return X, y


def some_groups(n: int = 300, n_groups: int = 30) -> Any:
    """Groups of one row up to many."""
    return np.sort(np.random.default_rng(1).geometric(1 / n_groups, n)) % n_groups


def weights(n: int = 300) -> Any:
    return np.random.default_rng(2).random(n)


# ---------------------------------------------------------------------------------------------------- carried along


@by_sampler
def test_rows_take_their_entries_along(sampler: Any) -> None:
    X, y = table()
    expected = clone(sampler).fit_resample(X, y)
    sampler = clone(sampler)
    places, w, names = np.arange(300), weights(), np.array([f"row {i}" for i in range(300)])
    *got, w_got, places_got, names_got = sampler.fit_resample(X, y, places=places, sample_weight=w, names=names)
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_array_equal(one, other)
    is_new = sampler.is_synthetic_
    np.testing.assert_array_equal(X[places_got[~is_new]], got[0][~is_new])
    np.testing.assert_array_equal(places_got[is_new], sampler.base_indices_)
    np.testing.assert_array_equal(y[places_got], got[1])
    np.testing.assert_array_equal(names_got, names[places_got])
    np.testing.assert_array_equal(w_got[~is_new], w[places_got[~is_new]])
    base, step = w[sampler.base_indices_], sampler.step_
    if sampler.recipe_.making is not None:  # on no segment between two rows
        np.testing.assert_array_equal(w_got[is_new], base)
    else:
        neighbor = w[sampler.neighbor_indices_]
        np.testing.assert_allclose(w_got[is_new], np.maximum(0, base + step * (neighbor - base)), rtol=1e-14)


def test_the_order_is_weights_groups_others() -> None:
    X, y = table()
    got = RandomUnderSampler(random_state=0).fit_resample(
        X, y, b=np.full(300, "b"), groups=np.full(300, "g"), none=None, a=np.full(300, "a"), sample_weight=np.ones(300)
    )
    assert [np.unique(array).item() for array in got[2:]] == [1.0, "g", "b", "a"]
    assert len(RandomUnderSampler().fit_resample(X, y, sample_weight=None, groups=None)) == 2


CONTAINERS = {
    "array": lambda values: values,
    "list": lambda values: values.tolist(),
    "series": lambda values: pd.Series(values, name="w", index=range(50, 350)),
    "nullable": lambda values: pd.Series(values, name="w").convert_dtypes(),
    "Arrow": lambda values: pd.Series(values, name="w").convert_dtypes(dtype_backend="pyarrow"),
    "polars": lambda values: pl.Series("w", values),
    "pyarrow": pa.array,
    "chunked": lambda values: pa.chunked_array([values]),
}


@pytest.mark.parametrize("name", CONTAINERS)
@pytest.mark.parametrize("sampler", [SMOTE(random_state=0), SMOTEENN(random_state=0), RandomUnderSampler()])
def test_containers_come_back(name: str, sampler: Any) -> None:
    X, y = table()
    frame = pd.DataFrame(X, index=range(10, 310))
    for array, what in ((weights(), "sample_weight"), (some_groups(), "groups"), (some_groups().astype(str), "note")):
        sampler = clone(sampler).set_params(random_state=0)
        expected = sampler.fit_resample(X, y, **{what: array})[2]
        given = CONTAINERS[name](array)
        for table_in in (X, frame):
            X_got, _, got = sampler.fit_resample(table_in, y, **{what: given})
            assert type(got) is type(given)
            assert getattr(got, "dtype", None) == getattr(given, "dtype", None)
            assert getattr(got, "name", None) == getattr(given, "name", None)
            np.testing.assert_array_equal(np.asarray(got), expected)
            if isinstance(got, pd.Series):
                index = X_got.index if table_in is frame else pd.RangeIndex(len(expected))
                pd.testing.assert_index_equal(got.index, index)


def test_anything_with_an_entry_per_row_is_carried() -> None:
    X, y = table()
    arrays = {
        "dates": pd.date_range("2020-01-01", periods=300).to_numpy(),
        "stamps": pd.Series(pd.date_range("2020-01-01", periods=300, tz="UTC")),
        "embedding": np.arange(900.0).reshape(300, 3),
        "images": np.arange(300 * 8, dtype=np.uint8).reshape(300, 2, 2, 2),
        "counts": sparse.csr_array(np.eye(300)),
        "by_column": sparse.csc_matrix(np.eye(300)),
        "frame": pd.DataFrame({"a": np.arange(300), "b": list("xyz") * 100}),
        "polars_frame": pl.DataFrame({"a": np.arange(300), "b": list("xyz") * 100}),
        "tuples": [(i, "x") for i in range(300)],
        "mixed": [i if i % 2 else str(i) for i in range(300)],
        "gaps": pd.Series([None if i % 3 else i for i in range(300)], dtype="Int64"),
        "column": np.arange(300)[:, None],
    }
    sampler = SMOTETomek(random_state=0)
    _, _, *got = sampler.fit_resample(X, y, **arrays)
    rows = sampler.recipe_.source_rows()
    for (name, given_array), array in zip(arrays.items(), got, strict=True):
        assert type(array) is type(given_array), name
        if isinstance(array, np.ndarray):
            assert array.dtype == given_array.dtype
            np.testing.assert_array_equal(array, given_array[rows])
        elif sparse.issparse(array):
            np.testing.assert_array_equal(array.toarray(), given_array.toarray()[rows])
        elif isinstance(array, list):
            assert array == [given_array[row] for row in rows]
        elif isinstance(array, pl.DataFrame):
            assert array.equals(given_array[rows])
        elif isinstance(array, pd.Series):
            pd.testing.assert_series_equal(array, given_array.take(rows).reset_index(drop=True))
        else:
            pd.testing.assert_frame_equal(array, given_array.take(rows).reset_index(drop=True))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int64, np.uint8, np.bool_])
def test_weights_are_floats_in_the_callers_precision(dtype: Any) -> None:
    X, y = table()
    w = (10 * weights()).astype(dtype)
    for sampler in (SMOTE(random_state=0), RandomUnderSampler(random_state=0)):
        got = sampler.fit_resample(X, y, sample_weight=w)[2]
        assert got.dtype == (dtype if np.dtype(dtype).kind == "f" else np.float64)
        series = pd.Series(w, name="w")
        pd.testing.assert_series_equal(sampler.fit_resample(X, y, sample_weight=series)[2], pd.Series(got, name="w"))
        frame = sampler.fit_resample(X, y, sample_weight=series.to_frame())[2]
        pd.testing.assert_frame_equal(frame, pd.DataFrame({"w": got}))


def test_weights_beyond_a_support_vector_are_not_negative() -> None:
    X, y = table()
    w = np.where(np.arange(300) % 2, 0.0, 9.0)
    sampler = SVMSMOTE(random_state=0)
    got = sampler.fit_resample(X, y, sample_weight=w)[2]
    start, end = w[sampler.base_indices_], w[sampler.neighbor_indices_]
    assert (start + sampler.step_ * (end - start)).min() < 0
    assert got.min() == 0.0


# ------------------------------------------------------------------------------------------------------------ groups


@by_sampler
def test_one_group_is_as_none(sampler: Any) -> None:
    X, y = table()
    expected = clone(sampler).fit_resample(X, y)
    *got, groups = clone(sampler).fit_resample(X, y, groups=["a"] * 300)
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_array_equal(one, other)
    assert groups == ["a"] * len(got[1])


@by_member
@pytest.mark.parametrize("kind", ["dense", "sparse", "float32"])
def test_no_new_row_lies_between_groups(sampler: Any, kind: str) -> None:
    X, y = table(600)
    groups = some_groups(600)
    X_in = {"dense": X, "sparse": sparse.csr_array(X), "float32": X.astype(np.float32)}[kind]
    if getattr(sampler, "missing", None) == "keep" and kind == "dense":
        X_in = np.where(np.random.default_rng(0).random(X.shape) < 0.1, np.nan, X)
    sampler = clone(sampler)
    _, y_got, groups_got = sampler.fit_resample(X_in, y, groups=groups)
    base, neighbor = sampler.base_indices_, sampler.neighbor_indices_
    np.testing.assert_array_equal(groups[base], groups[neighbor])
    np.testing.assert_array_equal(groups_got[sampler.is_synthetic_], groups[base])
    np.testing.assert_array_equal(sampler.step_[base == neighbor], 0.0)
    assert (base != neighbor).any()
    again = clone(sampler).fit_resample(X_in, y, groups=groups)
    np.testing.assert_array_equal(again[1], y_got)


@pytest.mark.parametrize("k", [1, 5])
def test_smote_in_groups(k: int) -> None:
    X, y = table()
    groups = some_groups()
    sampler = SMOTE(random_state=3, k_neighbors=k)
    sampler.fit_resample(X, y, groups=groups)
    expected = []
    for label, n_new in sampler.sampling_strategy_.items():
        rows = np.flatnonzero(y == label)
        expected += reference.segments_in_groups(rows, rows, X, groups, n_new, k, np.random.RandomState(3))
    assert_segments(sampler, expected)


@pytest.mark.parametrize("kind", ["borderline-1", "borderline-2"])
def test_borderline_smote_in_groups(kind: str) -> None:
    X, y = table()
    groups = some_groups()
    sampler = BorderlineSMOTE(random_state=3, kind=kind)
    sampler.fit_resample(X, y)
    dangers = sampler.in_danger_indices
    sampler.fit_resample(X, y, groups=groups)
    expected = []
    for label, n_new in sampler.sampling_strategy_.items():
        np.testing.assert_array_equal(sampler.in_danger_indices[label], dangers[label])  # over all rows, as ever
        pool = np.flatnonzero(y == label) if kind == "borderline-1" else np.arange(300)
        random = np.random.RandomState(3)
        expected += reference.segments_in_groups(dangers[label], pool, X, groups, n_new, 5, random)
    if kind == "borderline-1":
        assert_segments(sampler, expected)
    else:  # steps to other classes are shorter
        np.testing.assert_array_equal(sampler.base_indices_, [base for base, _, _ in expected])
        np.testing.assert_array_equal(sampler.neighbor_indices_, [neighbor for _, neighbor, _ in expected])
        assert (y[sampler.base_indices_] != y[sampler.neighbor_indices_]).any()


def test_adasyn_in_groups() -> None:
    X, y = table()
    groups = some_groups()
    sampler = ADASYN(random_state=3)
    sampler.fit_resample(X, y)
    bases, steps = sampler.base_indices_, sampler.step_
    sampler.fit_resample(X, y, groups=groups)
    np.testing.assert_array_equal(sampler.base_indices_, bases)  # hardness is counted over all rows
    is_copy = sampler.base_indices_ == sampler.neighbor_indices_
    np.testing.assert_array_equal(sampler.step_, np.where(is_copy, 0.0, steps))
    assert_among_the_nearest(sampler, reference.plain_sqdists(X), y, groups, 5)


def test_smotenc_in_groups() -> None:
    X, y = table()
    groups = some_groups()
    sampler = SMOTENC([1, 4], random_state=3)
    got, labels, _ = sampler.fit_resample(X, y, groups=groups)
    numbers = reference.plain_sqdists(X[:, [0, 2, 3, 5]])
    differ = sum((X[:, j][:, None] != X[:, j][None, :]) for j in (1, 4))
    lists: dict[int, list[int]] = {}
    for label in sampler.sampling_strategy_:
        penalty = sampler.median_std_[label] ** 2
        found = assert_among_the_nearest(sampler, numbers + penalty * differ, y, groups, 5, only=label)
        lists |= {int(row): found[row] for row in np.flatnonzero(y == label)}
    for row, base in zip(got[sampler.is_synthetic_], sampler.base_indices_, strict=True):
        for j in (1, 4):
            votes = X[lists[base], j].tolist()
            assert votes.count(row[j]) == max(votes.count(vote) for vote in votes)
    assert len(labels) == len(got)


def test_smoten_in_groups() -> None:
    X = np.array([["a"], ["a"], ["b"], ["b"], ["c"], ["d"], ["d"], ["d"], ["d"], ["d"], ["d"], ["d"]], dtype=object)
    y = np.repeat([0, 1], [5, 7])
    groups = np.array([0, 1, 0, 0, 2, *range(7)])
    sampler = SMOTEN(random_state=0, k_neighbors=2)
    got, _, _ = sampler.fit_resample(X, y, groups=groups)
    for value, base in zip(got[12:, 0], sampler.base_indices_, strict=True):
        assert value == {0: "b", 1: "a", 2: "b", 3: "b", 4: "c"}[base]  # whoever is alone votes for himself


def assert_segments(sampler: Any, expected: Any) -> None:
    got = zip(sampler.base_indices_.tolist(), sampler.neighbor_indices_.tolist(), sampler.step_.tolist(), strict=True)
    assert list(got) == expected
    lengths = {base == neighbor for base, neighbor, _ in expected}
    assert lengths == {True, False}  # rows alone in their group were among them


def assert_among_the_nearest(sampler: Any, sqdists: Any, y: Any, groups: Any, k: int, only: Any = None) -> Any:
    """Each new row heads for one of the k nearest in its class and group; returns these, row by row."""
    found = reference.neighbors_in_groups(sqdists, [*zip(y.tolist(), groups.tolist(), strict=True)], k)
    headed_for: dict[int, set[int]] = {}
    for base, neighbor in zip(sampler.base_indices_.tolist(), sampler.neighbor_indices_.tolist(), strict=True):
        if only is None or y[base] == only:
            assert neighbor in found[base]
            headed_for.setdefault(base, set()).add(neighbor)
    assert any(len(neighbors) > 1 for neighbors in headed_for.values())
    return found


def test_each_neighbor_of_a_small_group_is_as_likely_as_any_other() -> None:
    X = np.array([[0.0], [1.0], [2.0], [5.0], [6.0], [9.0], *([[99.0]] * 6000)])
    y, groups = np.repeat([0, 1], [6, 6000]), np.array([0, 0, 0, 0, 1, 1, *([0] * 6000)])
    sampler = SMOTE(random_state=0, k_neighbors=5)
    sampler.fit_resample(X, y, groups=groups)
    base, neighbor = sampler.base_indices_, sampler.neighbor_indices_
    for row, others in ((0, 3), (3, 3), (4, 1)):
        shares = np.unique(neighbor[base == row], return_counts=True)[1] / np.count_nonzero(base == row)
        np.testing.assert_allclose(shares, np.full(others, 1 / others), atol=0.05)


def test_many_groups_and_large_ones() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60_000, 3)), np.repeat([0, 1], [25_000, 35_000])
    groups = rng.permutation(np.concatenate([np.arange(10_000), rng.integers(0, 10_000, 49_000), np.full(1000, -1)]))
    sampler = SMOTE(random_state=0)
    sampler.fit_resample(X, y, groups=groups)
    base, neighbor = sampler.base_indices_, sampler.neighbor_indices_
    np.testing.assert_array_equal(groups[base], groups[neighbor])
    np.testing.assert_array_equal(y[neighbor], 0)
    is_large = np.flatnonzero(groups[base] == -1)
    for i in [*range(100), *is_large[:100]]:
        others = np.flatnonzero((groups == groups[base[i]]) & (y == 0) & (np.arange(60_000) != base[i]))
        sqdists = ((X[others] - X[base[i]]) ** 2).sum(axis=1)
        assert neighbor[i] in (others[np.argsort(sqdists)[:5]] if len(others) else [base[i]])


@st.composite
def grouped_tables(draw: st.DrawFn) -> Any:
    """Two or three classes of 3 to 12 rows, in groups of any size."""
    counts = draw(st.lists(st.integers(3, 12), min_size=2, max_size=3))
    y = np.array(draw(st.permutations(np.repeat(np.arange(len(counts)), counts).tolist())))
    n = len(y)
    X = np.array(draw(st.lists(st.sampled_from([0.0, 1.0, -2.5, 7.0]), min_size=2 * n, max_size=2 * n))).reshape(n, 2)
    groups = np.array(draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)))
    w = np.array(draw(st.lists(st.floats(0, 1e6), min_size=n, max_size=n)))
    return X, y, groups, w


small_samplers = st.sampled_from(
    [
        SMOTE(k_neighbors=2),
        SMOTE(k_neighbors=2, missing="keep"),
        BorderlineSMOTE(k_neighbors=2, m_neighbors=3),
        BorderlineSMOTE(k_neighbors=2, m_neighbors=3, kind="borderline-2"),
        KMeansSMOTE(k_neighbors=2, kmeans_estimator=1),
        ADASYN(n_neighbors=2),
        SMOTENC([1], k_neighbors=2),
        SMOTEN(k_neighbors=2),
        RandomOver(),
        SMOTETomek(smote=SMOTE(k_neighbors=2, random_state=0)),
    ]
)


@pytest.mark.slow
@settings(max_examples=150)
@given(grouped_tables(), small_samplers, st.integers(0, 2**32 - 1))
def test_any_table_in_any_groups(data: Any, sampler: Any, seed: int) -> None:
    X, y, groups, w = data
    sampler = clone(sampler).set_params(random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # no row in danger
        X_got, y_got, w_got, groups_got = sampler.fit_resample(X, y, sample_weight=w, groups=groups)
    assert len(X_got) == len(y_got) == len(w_got) == len(groups_got)
    base, neighbor, step, is_new = (
        sampler.base_indices_, sampler.neighbor_indices_, sampler.step_, sampler.is_synthetic_
    )  # fmt: skip
    np.testing.assert_array_equal(groups[base], groups[neighbor])
    np.testing.assert_array_equal(groups_got[is_new], groups[base])
    np.testing.assert_allclose(w_got[is_new], w[base] + step * (w[neighbor] - w[base]), rtol=1e-12)
    assert not step[base == neighbor].any()
    for i, j in zip(base, neighbor, strict=True):
        is_other = (y == y[i]) & (groups == groups[i]) & (np.arange(len(y)) != i)
        if type(sampler).__name__ in ("SMOTE", "SMOTENC", "ADASYN"):
            assert (i == j) == (not is_other.any())


# --------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("arrays", "error", "message"),
    [
        ({"sample_weight": np.ones(299)}, ValueError, "sample_weight has 299 entries, but X has 300 rows"),
        ({"groups": np.ones(301)}, ValueError, "groups has 301 entries, but X has 300 rows"),
        ({"ids": pd.Series([1])}, ValueError, "ids has 1 entries, but X has 300 rows"),
        (
            {"sample_weight": [1.0] * 299 + [-2]},
            ValueError,
            r"but 1 of 300 are not: that of row 299 is -2",
        ),
        ({"sample_weight": [np.nan] + [1] * 299}, ValueError, "that of row 0 is nan"),
        ({"sample_weight": [None] + [1] * 299}, ValueError, "that of row 0 is nan"),
        ({"sample_weight": [np.inf] + [1] * 299}, ValueError, "that of row 0 is inf"),
        ({"sample_weight": ["much"] * 300}, TypeError, "sample_weight must be numbers"),
        ({"sample_weight": np.ones((300, 1))}, ValueError, r"of shape \(n_rows,\), but its shape is \(300, 1\)"),
        ({"sample_weight": 2.0}, TypeError, r"got sample_weight=2.0. Parameters of SMOTE are given when it is made"),
        ({"k_neighbors": 3}, TypeError, r"SMOTE.fit_resample takes X, y and arrays .* but got k_neighbors=3"),
        ({"verbose": np.int64(3)}, TypeError, "but got verbose="),
        ({"verbose": {3}}, TypeError, r"but got verbose=\{3\}"),
        ({"metric": "cosine"}, TypeError, "but got metric='cosine'"),
        ({"groups": [1.0, np.nan] + [1.0] * 298}, ValueError, "1 of 300 entries are missing, the first in row 1"),
        ({"groups": ["a", None] + ["b"] * 298}, ValueError, "1 of 300 entries are missing, the first in row 1"),
        ({"groups": pd.Series(["a", None] + ["b"] * 298)}, ValueError, "1 of 300 entries are missing"),
        ({"groups": pl.Series([1, None] + [2] * 298)}, ValueError, "1 of 300 entries are missing"),
        ({"groups": [[1]] * 300}, TypeError, "groups must be numbers, text"),
        ({"ids": np.ma.masked_equal(np.arange(300), 3)}, TypeError, "ids is a masked array"),
    ],
)
def test_what_is_wrong_is_said_before_any_work(arrays: Any, error: Any, message: str) -> None:
    sampler = SMOTE(random_state=0)
    with pytest.raises(error, match=message):
        sampler.fit_resample(*table(), **arrays)
    assert not hasattr(sampler, "recipe_")


@pytest.mark.parametrize("sampler", [sampler for sampler in FAMILY if hasattr(sampler, "k_neighbors")])
def test_a_search_of_the_users_knows_no_groups(sampler: Any) -> None:
    sampler = clone(sampler).set_params(k_neighbors=NearestNeighbors(n_neighbors=6))
    with pytest.raises(TypeError, match=r"With groups, k_neighbors must be a number .* Give k_neighbors=5"):
        sampler.fit_resample(*table(), groups=some_groups())


def test_a_mean_of_rows_has_a_mean_weight_and_nothing_else() -> None:
    X, y = cases.binary()
    w = weights()
    sampler = ClusterCentroids(random_state=0)
    _, y_got, w_got = sampler.fit_resample(X, y, sample_weight=w)
    rare = int(np.argmin(np.bincount(y)))
    n_rare = int(np.bincount(y)[rare])
    rows = np.flatnonzero(y != rare)
    clusters = KMeans(n_rare, random_state=0).fit_predict(X[rows])
    expected = [w[rows[clusters == cluster]].mean() for cluster in range(n_rare)]
    np.testing.assert_allclose(w_got[y_got != rare], expected)
    np.testing.assert_array_equal(w_got[y_got == rare], w[y == rare])
    message = "ClusterCentroids makes means of rows here, which have no groups, ids .* voting='hard'"
    with pytest.raises(ValueError, match=message):
        sampler.fit_resample(X, y, groups=some_groups(), ids=np.arange(300), sample_weight=w)
    *_, ids = sampler.set_params(voting="hard").fit_resample(X, y, groups=some_groups(), ids=np.arange(300))
    np.testing.assert_array_equal(y[ids], y_got)


# ------------------------------------------------------------------------------------------- samplers from elsewhere


class OfAUser(BaseOverSampler):
    """As samplers are written for imbalanced-learn."""

    def __init__(self, sampling_strategy: Any = "auto", random_state: Any = None, says: bool = True) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.random_state = random_state
        self.says = says

    def _fit_resample(self, X: Any, y: Any, costs: Any = None, **params: Any) -> Any:
        self.costs_seen_ = costs
        if self.says:
            self.sample_indices_ = np.arange(0, len(y), 2)
        return X[::2], y[::2]


def test_samplers_of_users_are_followed_by_their_sample_indices() -> None:
    X, y = table()
    sampler = OfAUser()
    costs = np.arange(300)
    _, _, w_got, ids = sampler.fit_resample(X, y, sample_weight=weights(), ids=list(range(300)), costs=costs)
    np.testing.assert_array_equal(w_got, weights()[::2])
    assert ids == list(range(0, 300, 2))
    assert sampler.costs_seen_ is costs  # it names them, so they are its own affair
    with pytest.raises(TypeError, match=r"OfAUser cannot resample groups, ids along with X and y: .*sample_indices_"):
        OfAUser(says=False).fit_resample(X, y, groups=some_groups(), ids=list(range(300)))
    assert len(OfAUser(says=False).fit_resample(X, y)) == 2


def test_a_function_takes_no_more_than_a_table() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'groups'"):
        FunctionSampler().fit_resample(*table(), groups=some_groups())


def test_any_sampler_can_be_asked() -> None:
    X, y = table()
    arrays = {"sample_weight": weights(), "ids": np.arange(300)}
    expected = RandomUnderSampler(random_state=0).fit_resample(X, y, **arrays)
    for sampler in (RandomUnderSampler, imblearn.under_sampling.RandomUnderSampler):
        X_got, y_got, along = resample_with(sampler(random_state=0), X, y, arrays)
        assert list(along) == list(arrays)
        for one, other in zip((X_got, y_got, *along.values()), expected, strict=True):
            np.testing.assert_array_equal(one, other)
    theirs = imblearn.over_sampling.SMOTE(random_state=0)
    assert resample_with(theirs, X, y, {})[2] == {}
    with pytest.raises(TypeError, match="SMOTE cannot resample sample_weight, ids along with X and y"):
        resample_with(theirs, X, y, arrays)


def test_combinations_of_samplers_from_elsewhere() -> None:
    X, y = table()
    sampler = SMOTETomek(smote=imblearn.over_sampling.RandomOverSampler(random_state=0), tomek=TomekLinks())
    X_got, y_got, groups, ids = sampler.fit_resample(X, y, ids=np.arange(300), groups=some_groups())
    np.testing.assert_array_equal(X[ids], X_got)
    np.testing.assert_array_equal(y[ids], y_got)
    np.testing.assert_array_equal(groups, some_groups()[ids])


def test_weights_and_groups_can_be_requested() -> None:
    with sklearn.config_context(enable_metadata_routing=True):
        for sampler in (SMOTE(), SMOTEENN(), ClusterCentroids()):
            sampler.set_fit_resample_request(sample_weight=True, groups=True)
            assert sampler.get_metadata_routing().fit_resample.requests == {"groups": True, "sample_weight": True}


def test_fit_ignores_them() -> None:
    assert isinstance(SMOTE().fit(*table(), sample_weight="whatever"), SMOTE)
