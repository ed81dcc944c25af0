"""Row groups that stay are copied as bytes, and everything said about them survives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fastbal.outofcore import resample
from fastbal.outofcore._footers import footer_of
from fastbal.outofcore._thrift import BINARY, I32, I64, Reader, Struct, written
from fastbal.over_sampling import SMOTE, RandomOverSampler

duckdb = pytest.importorskip("duckdb")


def table(n: int = 2_000) -> pa.Table:
    """Columns of many kinds; the last third of the rows has no rare one."""
    rng = np.random.default_rng(0)
    is_rare = rng.random(n) < 0.06
    is_rare[2 * n // 3 :] = False
    return pa.table(
        {
            "x": rng.normal(size=n).astype(np.float32),
            "n": pa.array([None if i % 7 == 0 else int(i) for i in rng.integers(0, 100, n)], pa.int32()),
            "when": pa.array(rng.integers(0, 10**9, n), pa.timestamp("ms", tz="UTC")),
            "town": pa.array(rng.choice(["Aachen", "Bonn", None], n)).dictionary_encode(),
            "list": pa.array([[1, 2], None, []] * (n // 3) + [[3]] * (n % 3), pa.list_(pa.int64())),
            "price": pa.array(rng.integers(0, 10**6, n)).cast(pa.decimal128(20, 0)),
            "y": is_rare,
        }
    )


OPTIONS: dict[str, dict[str, Any]] = {
    "snappy": {},
    "zstd, page index": {"compression": "zstd", "write_page_index": True, "data_page_size": 1_000},
    "no dictionaries": {"use_dictionary": False, "compression": "none"},
    "no statistics": {"write_statistics": False},
    "each column by another codec": {"compression": {"x": "gzip", "n": "zstd", "y": "none"}},
    "version 1, data pages 2": {"version": "1.0", "data_page_version": "2.0"},
}


@pytest.mark.parametrize("options", OPTIONS)
def test_what_is_copied_is_as_it_was(options: str, tmp_path: Path) -> None:
    source, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    before = table().replace_schema_metadata({"author": "somebody", "unit": "ärger"})
    pq.write_table(before, source, row_group_size=300, **OPTIONS[options])
    done = resample(source, "y", RandomOverSampler(random_state=0), out=out)
    assert done.n_new > 1_000

    old, new = pq.read_metadata(source), pq.read_metadata(out)
    assert new.num_rows == done.n_kept + done.n_new
    assert new.num_row_groups > old.num_row_groups
    assert pq.read_schema(out).equals(pq.read_schema(source), check_metadata=True)
    for i in range(old.num_row_groups):
        for j in range(old.num_columns):
            assert described(new.row_group(i).column(j)) == described(old.row_group(i).column(j))
    for j in range(old.num_columns):  # new rows are written in the same way
        for name in ("compression", "is_stats_set", "has_offset_index", "has_dictionary_page"):
            assert getattr(new.row_group(old.num_row_groups).column(j), name) == getattr(
                old.row_group(0).column(j), name
            )
    start = footer_of(source)[1]
    assert out.read_bytes()[:start] == source.read_bytes()[:start]


def described(column: Any) -> dict[str, Any]:
    """All that a footer says of a column chunk."""
    facts: dict[str, Any] = column.to_dict()
    return facts


@pytest.mark.parametrize("options", OPTIONS)
def test_both_halves_are_read_by_all_readers(options: str, tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out.parquet"
    folder.mkdir()
    before = table()
    pq.write_table(before.slice(0, 900), folder / "a.parquet", row_group_size=200, **OPTIONS[options])
    pq.write_table(before.slice(900), folder / "b.parquet", row_group_size=500, **OPTIONS[options])
    sampler = RandomOverSampler(random_state=0)
    resample(folder, "y", sampler, out=out)
    expected = pa.concat_tables([before, before.take(pa.array(sampler.base_indices_))]).cast(before.schema)
    got = pq.read_table(out)
    assert got.column_names == before.column_names
    for name in before.column_names:
        assert got[name].to_pylist() == expected[name].to_pylist()
    # Rows looked for are found by statistics and page indexes, in the part that was moved and in the new one.
    value = expected["price"][1_200].as_py()
    frame = pl.from_arrow(expected)
    assert isinstance(frame, pl.DataFrame)
    wanted = frame.filter(pl.col("price") == value)
    assert pl.scan_parquet(out).filter(pl.col("price") == value).collect().equals(wanted)
    assert len(pq.read_table(out, filters=[("price", "=", value)])) == len(wanted)
    found = duckdb.sql(f"select count(*), sum(n) from '{out}' where price = {value}").fetchall()
    assert found == [(len(wanted), wanted["n"].sum() if wanted["n"].null_count() < len(wanted) else None)]
    sums = duckdb.sql(f"select sum(n), count(town), sum(len(list)) from '{out}'").fetchall()
    assert sums == [(frame["n"].sum(), frame["town"].count(), frame["list"].list.len().sum())]


def test_bloom_filters_survive(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = pa.table({"code": rng.integers(0, 10**6, 4_000) * 2, "y": np.arange(4_000) % 40 == 0})  # noqa: F841
    folder, out = tmp_path / "in", tmp_path / "out.parquet"
    folder.mkdir()
    for name, part in {"a": "y", "b": "not y"}.items():
        duckdb.sql(
            f"copy (select code % 100 as code, y from rows where {part} or code % 3 = 0) to '{folder / name}.parquet'"
            " (row_group_size 2048)"
        )
    resample(folder, "y", SMOTE(random_state=0), out=out)
    before, after = ([*bloom_filters(path)] for path in (folder / "b.parquet", out))
    assert before
    assert after[-len(before) :] == before
    probe = f"select bloom_filter_excludes from parquet_bloom_probe('{out}', 'code', 1)"
    assert all(excluded for (excluded,) in duckdb.sql(probe).fetchall()[:2])


def bloom_filters(path: Path) -> Any:
    """The bytes of each Bloom filter, found by what the footer says."""
    data = path.read_bytes()
    for group in footer_of(path)[0].items_of(4):
        for chunk in group.items_of(1):
            meta = chunk.value(3)
            if meta.value(14):
                yield data[meta.value(14) : meta.value(14) + meta.value(15)]


def test_what_pandas_says_of_its_index_does_no_harm(tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    frame = table().select(["x", "y"]).to_pandas()
    frame.to_parquet(tmp_path / "in.parquet")
    done = resample(tmp_path / "in.parquet", "y", SMOTE(random_state=0), out=tmp_path / "out.parquet")
    got = pd.read_parquet(done.out)
    assert got.index.tolist() == list(range(done.n_kept + done.n_new))
    pd.testing.assert_frame_equal(got[: len(frame)], frame, check_index_type=False)


def test_an_index_of_pandas_is_refused(tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    frame = table().select(["x", "y"]).to_pandas()
    frame.index = pd.Index(frame.index.to_numpy()[::-1])
    frame.rename_axis("row").to_parquet(tmp_path / "in.parquet")
    with pytest.raises(ValueError, match="'row', in which pandas keeps the index"):
        resample(tmp_path / "in.parquet", "y", SMOTE())


@pytest.mark.parametrize("plain_footer", [True, False])
def test_encrypted_files_are_refused(plain_footer: bool, tmp_path: Path) -> None:
    pe = pytest.importorskip("pyarrow.parquet.encryption")
    path = tmp_path / "secret.parquet"

    class Keys(pe.KmsClient):  # type: ignore[misc]
        def __init__(self, _config: Any) -> None:
            pe.KmsClient.__init__(self)

        def wrap_key(self, key: bytes, _name: str) -> bytes:
            return key.hex().encode()

        def unwrap_key(self, key: bytes, _name: str) -> bytes:
            return bytes.fromhex(key.decode())

    settings = pe.EncryptionConfiguration(
        footer_key="footer", column_keys={"column": ["x"]}, plaintext_footer=plain_footer
    )
    properties = pe.CryptoFactory(Keys).file_encryption_properties(pe.KmsConnectionConfig(), settings)
    pq.write_table(table().select(["x", "y"]), path, encryption_properties=properties)
    with pytest.raises(ValueError, match="is encrypted"):
        resample(path, "y", SMOTE(), out=tmp_path / "out.parquet")
    assert [file.name for file in tmp_path.iterdir()] == ["secret.parquet"]


@pytest.mark.parametrize("kept", [0, 3, 11, 100, -1, -9])
def test_files_cut_off_are_refused(kept: int, tmp_path: Path) -> None:
    pq.write_table(table(), tmp_path / "in.parquet")
    data = (tmp_path / "in.parquet").read_bytes()
    (tmp_path / "in.parquet").write_bytes(data[:kept])
    with pytest.raises(ValueError, match=r"in\.parquet is truncated or no Parquet file"):
        resample(tmp_path / "in.parquet", "y", SMOTE())


def test_thrift_is_written_as_it_was_read(tmp_path: Path) -> None:
    for options in OPTIONS.values():
        pq.write_table(table(), tmp_path / "in.parquet", row_group_size=100, **options)
        data = (tmp_path / "in.parquet").read_bytes()
        length = int.from_bytes(data[-8:-4], "little")
        assert written(footer_of(tmp_path / "in.parquet")[0]) == data[-8 - length : -8]


@pytest.mark.parametrize("number", [0, 1, -1, 63, -64, 64, 2**31, -(2**63), 2**63 - 1])
def test_thrift_numbers_of_any_size(number: int) -> None:
    fields = Struct({1: (I64, number), 2: (I32, 5), 40: (BINARY, b"a" * 300), 41: (1, True), 42: (2, False)})
    assert Reader(written(fields)).struct() == fields


def test_a_footer_of_nonsense_is_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for length in [1, 2, 5, 50] * 20:
        nonsense = rng.bytes(length) + length.to_bytes(4, "little") + b"PAR1"
        (tmp_path / "in.parquet").write_bytes(b"PAR1" + nonsense)
        with pytest.raises(ValueError, match=r"in\.parquet is truncated or no Parquet file"):
            resample(tmp_path / "in.parquet", "y", SMOTE())
