"""The rows of `fit_resample` in memory, bit for bit: every sampler, every source, every sink, every dtype."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest
from sklearn.base import clone

from fastbal.outofcore import resample
from fastbal.over_sampling import (
    MGS,
    ROSE,
    SMOTE,
    SMOTEN,
    SMOTENC,
    BorderlineSMOTE,
    GeometricSMOTE,
    LoRAS,
    PolynomFitSMOTE,
    RandomOverSampler,
    SimplicialSMOTE,
)
from fastbal.under_sampling import RandomUnderSampler, TomekLinks

N_ROWS = 3_000


def numbers(dtypes: list[Any] | None = None, n: int = N_ROWS, rare: float = 0.04) -> pa.Table:
    """Columns of numbers, the labels in the middle."""
    rng = np.random.default_rng(0)
    columns: dict[str, Any] = {}
    for j, dtype in enumerate(dtypes or [np.float32] * 4):
        values = rng.normal(50, 20, n)
        columns[f"x{j}"] = values > 50 if dtype is np.bool_ else values.astype(dtype)
        if j == 1:
            columns["y"] = (rng.random(n) < rare).astype(np.int64)
    return pa.table(columns)


def mixed(n: int = N_ROWS) -> pa.Table:
    """Numbers, text, categories and gaps in them, labels of text."""
    rng = np.random.default_rng(1)
    return pa.table(
        {
            "age": rng.integers(18, 90, n),
            "town": pa.array(rng.choice(["Aachen", "Bonn", "Köln", None], n)),
            "income": rng.normal(0, 1, n).astype(np.float32),
            "kind": pa.array(rng.choice(["a", "b", "c"], n)).dictionary_encode(),
            "y": pa.array(np.where(rng.random(n) < 0.05, "rare", "common")),
        }
    )


def nominal(n: int = N_ROWS) -> pa.Table:
    """Categories only, in columns of each kind."""
    return mixed(n).select(["town", "kind", "y"]).append_column("n", mixed(n)["age"].cast(pa.int32()))


def in_memory(table: Any, sampler: Any, target: str = "y") -> pa.Table:
    """What `fit_resample` makes of the table."""
    as_polars = isinstance(table, pl.DataFrame)
    X = table.drop(target) if as_polars else table.drop_columns([target])
    X_out, y_out = clone(sampler).fit_resample(X, table[target])
    if as_polars:
        return X_out.with_columns(y_out.alias(target)).select(table.columns).to_arrow()
    return X_out.append_column(target, y_out).select(table.column_names)


def assert_same(got: Any, expected: pa.Table) -> None:
    """Equal bit for bit; text may be of another width, and categories may be numbered in another way."""
    assert got.column_names == expected.column_names
    assert got.num_rows == expected.num_rows
    for name in expected.column_names:
        one, other = (_plain(table[name]) for table in (got, expected))
        assert one.type == other.type, name
        assert one.null_count == other.null_count
        if pa.types.is_floating(one.type):
            bits = np.dtype(f"u{one.type.bit_width // 8}")
            ones, others = (column.drop_null().to_numpy().view(bits) for column in (one, other))
            np.testing.assert_array_equal(ones, others, err_msg=name)
            np.testing.assert_array_equal(one.is_null().to_numpy(), other.is_null().to_numpy())
        else:
            assert one.to_pylist() == other.to_pylist(), name


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    is_text = pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type)
    return column.cast(pa.string()) if is_text else column


SAMPLERS = {
    "over": (RandomOverSampler(random_state=3), mixed),
    "over with noise": (RandomOverSampler(random_state=3, shrinkage=0.5), numbers),
    "under": (RandomUnderSampler(random_state=3), mixed),
    "under with replacement": (RandomUnderSampler(random_state=3, replacement=True), mixed),
    "smote": (SMOTE(random_state=3), numbers),
    "smote, a few": (SMOTE(random_state=3, sampling_strategy=0.1, k_neighbors=3), numbers),
    "smote, a generator": (SMOTE(random_state=np.random.default_rng(3)), numbers),
    "smotenc": (SMOTENC("auto", random_state=3), mixed),
    "smotenc, no numbers": (SMOTENC([0, 1, 2], random_state=3), nominal),
    "smoten": (SMOTEN(random_state=3), nominal),
}
#: New rows that are neither copies nor on segments.
MADE = {
    "rose": ROSE(random_state=3),
    "mgs": MGS(random_state=3),
    "loras": LoRAS(random_state=3),
    "simplicial": SimplicialSMOTE(random_state=3),
    "mgs, shrunk": MGS(random_state=3, n_neighbors=6, covariance="shrunk", center="row"),
    "polynom, star": PolynomFitSMOTE(random_state=3),
    "polynom, bus": PolynomFitSMOTE(random_state=3, topology="bus"),
    "polynom, mesh": PolynomFitSMOTE(random_state=3, topology="mesh"),
    "polynom, curves": PolynomFitSMOTE(random_state=3, topology="polynomial"),
    "geometric, minority": GeometricSMOTE(random_state=3, selection_strategy="minority"),
}


def write(table: pa.Table, kind: str, folder: Path) -> Any:
    """The table as a source of a kind."""
    path = folder / "table"
    if kind == "parquet":
        pq.write_table(table, path.with_suffix(".parquet"), row_group_size=700)
        return path.with_suffix(".parquet")
    if kind == "folder":
        for i, start in enumerate(range(0, table.num_rows, 1_300)):
            (path / "more").mkdir(parents=True, exist_ok=True)
            pq.write_table(table.slice(start, 1_300), path / ("more" if i == 1 else ".") / f"part-{i}.parquet")
        return path
    if kind == "arrow":
        with pa.ipc.new_file(path.with_suffix(".arrow"), table.schema) as file:
            file.write_table(table, max_chunksize=700)
        return path.with_suffix(".arrow")
    if kind == "dataset":
        pq.write_table(table, path.with_suffix(".parquet"), row_group_size=700)
        return pa.dataset.dataset(path.with_suffix(".parquet"))
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    if kind == "lazy":
        return frame.lazy()
    assert kind == "csv"
    frame.write_csv(path.with_suffix(".csv"))
    return path.with_suffix(".csv")


def read(source: Any) -> Any:
    """A source of a kind in memory."""
    if isinstance(source, pl.LazyFrame):
        return source.collect()
    if isinstance(source, pa.dataset.Dataset):
        return source.to_table()
    if source.suffix == ".csv":
        return pl.read_csv(source)
    if source.suffix == ".arrow":
        return pa.ipc.open_file(source).read_all()
    if source.is_dir():
        files = sorted(path.relative_to(source) for path in source.rglob("*.parquet"))
        return pa.concat_tables([pq.read_table(source / path) for path in files])
    return pq.read_table(source)


@pytest.mark.parametrize("kind", ["parquet", "folder", "arrow", "dataset", "lazy", "csv"])
@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_and_source(name: str, kind: str, tmp_path: Path) -> None:
    sampler, make = SAMPLERS[name]
    source = write(make(), kind, tmp_path)
    expected = in_memory(read(source), sampler)
    fitted = clone(sampler)
    assert_same(resample(source, "y", fitted).read_all(), expected)


DTYPES: dict[str, list[Any]] = {
    "float64": [np.float64] * 3,
    "float16 and bool": [np.float16, np.bool_, np.float16],
    "int8 and float32": [np.int8, np.float32, np.float32],
    "int64": [np.int64] * 3,
    "uint8 and bool": [np.uint8, np.bool_, np.uint16],
    "all": [np.float32, np.int32, np.float64, np.bool_, np.uint64, np.int16],
}


@pytest.mark.parametrize("dtypes", ["all", "float16 and bool", "int64"])
@pytest.mark.parametrize("name", MADE)
def test_new_rows_on_no_segment(name: str, dtypes: str, tmp_path: Path) -> None:
    whole = numbers(DTYPES[dtypes], n=600)
    source = write(whole, "parquet", tmp_path)
    here, there = clone(MADE[name]), clone(MADE[name])
    there.fit_resample(whole.drop_columns(["y"]), whole["y"])
    assert_same(resample(source, "y", here).read_all(), in_memory(whole, MADE[name]))
    for attribute in ("base_indices_", "neighbor_indices_", "step_"):
        np.testing.assert_array_equal(getattr(here, attribute), getattr(there, attribute))
    if name.split(",")[0] in ("mgs", "loras", "simplicial"):
        assert abs(here.parents_ - there.parents_).max() == 0


@pytest.mark.parametrize("dtypes", DTYPES)
@pytest.mark.parametrize("sampler", [SMOTE(random_state=0), RandomOverSampler(random_state=0, shrinkage=1.0)])
def test_every_dtype(dtypes: str, sampler: Any, tmp_path: Path) -> None:
    table = numbers(DTYPES[dtypes], n=900)
    got = resample(write(table, "parquet", tmp_path), "y", clone(sampler)).read_all()
    assert_same(got, in_memory(table, sampler))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16, ">f4"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("sampler", [SMOTE(random_state=0), RandomUnderSampler(random_state=0)])
def test_npy(dtype: Any, order: str, sampler: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    array = np.asarray(rng.normal(0, 40, (2_000, 5)), dtype, order=order)  # type: ignore[call-overload]
    array[:, 2] = rng.random(2_000) < 0.05
    np.save(tmp_path / "table.npy", array)
    X, y = clone(sampler).fit_resample(np.delete(array, 2, axis=1), array[:, 2])
    expected = np.insert(X, 2, y, axis=1)
    done = resample(tmp_path / "table.npy", 2, clone(sampler), out=tmp_path / "out.npy")
    got = np.load(done.out)
    assert got.dtype == expected.dtype.newbyteorder("=")
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("kind", ["parquet", "arrow", "csv"])
@pytest.mark.parametrize("sink", [".parquet", ".arrow", ".csv"])
@pytest.mark.parametrize("name", ["over", "under", "smotenc"])
def test_every_sink(name: str, kind: str, sink: str, tmp_path: Path) -> None:
    sampler, make = SAMPLERS[name]
    source = write(make(), kind, tmp_path)
    expected = in_memory(read(source), sampler)
    done = resample(source, "y", clone(sampler), out=tmp_path / f"out{sink}")
    got = read(done.out)
    if isinstance(got, pl.DataFrame):
        # CSV knows neither float32 nor categories.
        plain = pl.from_arrow(expected)
        assert isinstance(plain, pl.DataFrame)
        got = got.cast(dict(plain.schema)).to_arrow()  # type: ignore[arg-type]
        expected = plain.to_arrow()
    assert_same(got, expected)
    counts = dict(zip(*np.unique(expected["y"].to_pylist(), return_counts=True), strict=True))
    assert {str(label): n for label, n in done.after.items()} == {str(label): n for label, n in counts.items()}
    assert done.n_kept + done.n_new == expected.num_rows


def test_fitted_attributes_are_those_of_the_whole_table(tmp_path: Path) -> None:
    table = numbers()
    here, there = SMOTE(random_state=0), SMOTE(random_state=0)
    there.fit_resample(table.drop_columns(["y"]), table["y"])
    resample(write(table, "parquet", tmp_path), "y", here).read_all()
    np.testing.assert_array_equal(here.base_indices_, there.base_indices_)
    np.testing.assert_array_equal(here.neighbor_indices_, there.neighbor_indices_)
    np.testing.assert_array_equal(here.is_synthetic_, there.is_synthetic_)
    assert here.sampling_strategy_ == there.sampling_strategy_
    assert here.n_features_in_ == there.n_features_in_
    assert here.feature_names_in_.tolist() == there.feature_names_in_.tolist()


def test_new_rows_alone(tmp_path: Path) -> None:
    table = numbers()
    expected = in_memory(table, SMOTE(random_state=0)).slice(N_ROWS)
    source = write(table, "parquet", tmp_path)
    assert_same(resample(source, "y", SMOTE(random_state=0), new_only=True).read_all(), expected)
    done = resample(source, "y", SMOTE(random_state=0), new_only=True, out=tmp_path / "new.parquet")
    assert_same(pq.read_table(done.out), expected)


@pytest.mark.parametrize("where", ["rare", "common"])
@pytest.mark.parametrize("dtype", [pa.float32(), pa.int32()])
def test_gaps_kept_wherever_they_are(where: str, dtype: pa.DataType, tmp_path: Path) -> None:
    """A column of whole numbers with a gap is computed in float64, also if only rows that are not gathered have it."""
    table = numbers()
    is_rare = table["y"].to_numpy() == (where == "rare")
    gaps = np.flatnonzero(is_rare)[::7]
    values = np.round(table["x2"].to_numpy())
    mask = np.zeros(N_ROWS, bool)
    mask[gaps] = True
    table = table.set_column(3, "x2", pa.array(values, mask=mask).cast(dtype))
    sampler = SMOTE(random_state=0, missing="keep")
    got = resample(write(table, "parquet", tmp_path), "y", clone(sampler)).read_all()
    assert_same(got, in_memory(table, sampler))


def test_several_classes_grow(tmp_path: Path) -> None:
    table = numbers()
    labels = np.random.default_rng(5).choice(["a", "b", "c", "d"], N_ROWS, p=[0.6, 0.1, 0.28, 0.02])
    table = table.set_column(2, "y", pa.array(labels))
    for strategy in ("auto", "minority", {"b": 700, "d": 200}, lambda y: {"d": 99 + int((y == "a").sum() > 0)}):
        sampler = SMOTE(random_state=0, sampling_strategy=strategy)
        got = resample(write(table, "parquet", tmp_path), "y", clone(sampler)).read_all()
        assert_same(got, in_memory(table, sampler))


def with_elsewhere(kind: str, n: int = 600) -> pa.Table:
    """Two columns of floats and one in which only rows that are not gathered have a gap, a category, a large number."""
    rng = np.random.default_rng(8)
    is_rare = rng.random(n) < 0.1
    make, other, dtype = ELSEWHERE[kind]
    entries = [
        other if i % 5 == 0 and not is_rare[i] else make(int(code)) for i, code in enumerate(rng.integers(5, size=n))
    ]
    column = pa.array(entries, dtype if not pa.types.is_dictionary(dtype) else dtype.value_type).cast(dtype)
    floats = {f"x{j}": rng.normal(50, 20, n).astype(np.float32) for j in range(2)}
    return pa.table({**floats, "c": column, "y": is_rare})


def as_letter(code: int) -> str:
    return "bcdef"[code]


# Entries of rows by a code, what stands elsewhere, the type.
ELSEWHERE: dict[str, tuple[Any, Any, pa.DataType]] = {
    "gaps among int8": (int, None, pa.int8()),
    "gaps among int32": (int, None, pa.int32()),
    "gaps among booleans": (bool, None, pa.bool_()),
    "gaps among float32": (float, None, pa.float32()),
    "NaN among float32": (float, float("nan"), pa.float32()),
    "gaps among float64": (float, None, pa.float64()),
    "gaps among text": (as_letter, None, pa.string()),
    "gaps in a dictionary": (as_letter, None, pa.dictionary(pa.int8(), pa.string())),
    "gaps among dates": (int, None, pa.date32()),
    "gaps among decimals": (int, None, pa.decimal128(20, 2)),
    "a category of text": (as_letter, "a", pa.string()),
    "a category of a dictionary": (as_letter, "a", pa.dictionary(pa.int32(), pa.string())),
    "large int64": (int, 2**60 + 1, pa.int64()),
    "large uint64": (int, 2**63 + 5, pa.uint64()),
}
WHEREVER = [
    SMOTE(random_state=0),
    SMOTE(random_state=0, missing="keep"),
    SMOTENC(["c"], random_state=0),
    SMOTENC("auto", random_state=0, missing="keep"),
    SMOTENC([0, 1, 2], random_state=0),
    SMOTEN(random_state=0),
    RandomOverSampler(random_state=0),
    RandomOverSampler(random_state=0, shrinkage=1.0),
    RandomUnderSampler(random_state=0),
    BorderlineSMOTE(random_state=0),
    TomekLinks(),
]


@pytest.mark.parametrize("kind", ELSEWHERE)
def test_what_only_other_rows_have_changes_no_bit(kind: str, tmp_path: Path) -> None:
    """Types are computed in, and errors say, what the whole table has, not what the rows at hand have."""
    table = with_elsewhere(kind)
    source = write(table, "parquet", tmp_path)
    for sampler in WHEREVER:
        try:
            expected = in_memory(table, sampler)
        except ValueError as error:
            with pytest.raises(ValueError) as raised:
                resample(source, "y", clone(sampler))
            assert str(raised.value) == str(error)
        else:
            assert_same(resample(source, "y", clone(sampler)).read_all(), expected)
