"""Tables as they come, errors before the work, files whole or untouched, memory as promised."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest
from sklearn.base import clone

import fastbal
from fastbal._core.memory import as_bytes
from fastbal.combine import Balance
from fastbal.outofcore import _sinks, resample, resample_dataset
from fastbal.over_sampling import SMOTE, SMOTENC, SVMSMOTE, BorderlineSMOTE, RandomOverSampler
from fastbal.under_sampling import (
    CondensedNearestNeighbour,
    NearMiss,
    RandomUnderSampler,
    TomekLinks,
)


def table(n: int = 1_500) -> pa.Table:
    rng = np.random.default_rng(0)
    columns = {f"x{j}": rng.normal(size=n).astype(np.float32) for j in range(3)}
    return pa.table({**columns, "y": (rng.random(n) < 0.1).astype(np.int8)})


def assert_as_in_memory(source: Any, whole: pa.Table, sampler: Any, **options: Any) -> pa.Table:
    """The rows are those of `fit_resample`; returns them."""
    X, y = clone(sampler).fit_resample(whole.drop_columns(["y"]), whole["y"])
    got = resample(source, "y", clone(sampler), **options).read_all()
    expected = X.append_column("y", y).select(whole.column_names)
    assert got.schema.names == expected.schema.names
    for name in got.column_names:
        assert got[name].to_pylist() == expected[name].to_pylist(), name
    return got


# ------------------------------------------------------------------------------------------------ tables as they come


def write_groups(path: Path, groups: list[pa.Table]) -> None:
    with pq.ParquetWriter(path, groups[0].schema) as writer:
        for group in groups:
            writer.write_table(group, row_group_size=max(1, len(group)))


@pytest.mark.parametrize("sampler", [SMOTE(random_state=0), RandomOverSampler(random_state=0), RandomUnderSampler()])
def test_row_groups_without_rare_rows_and_without_rows(sampler: Any, tmp_path: Path) -> None:
    sampler = clone(sampler).set_params(random_state=1)
    whole = table().sort_by("y")
    empty = whole.slice(0, 0)
    groups = [empty, whole.slice(0, 700), empty, whole.slice(700, 1), whole.slice(701), empty]
    write_groups(tmp_path / "in.parquet", groups)
    assert pq.read_metadata(tmp_path / "in.parquet").num_row_groups == 6
    assert_as_in_memory(tmp_path / "in.parquet", whole, sampler)
    done = resample(tmp_path / "in.parquet", "y", clone(sampler), out=tmp_path / "out.parquet")
    assert len(pq.read_table(done.out)) == sum(done.after.values())


LABELS: dict[str, Any] = {
    "bool": lambda y: y == 1,
    "int8": lambda y: y.astype(np.int8),
    "uint64": lambda y: y.astype(np.uint64) + 2**63,
    "float32, whole numbers": lambda y: y.astype(np.float32),
    "text": lambda y: pa.array(np.where(y == 1, "ja", "nein")),
    "large text": lambda y: pa.array(np.where(y == 1, "ja", "nein"), pa.large_string()),
    "dictionary": lambda y: pa.array(np.where(y == 1, "ja", "nein")).dictionary_encode(),
    "dictionary of int8": lambda y: (
        pa.array(np.where(y == 1, "ja", "nein")).dictionary_encode().cast(pa.dictionary(pa.int8(), pa.string()))
    ),
    "dates": lambda y: pa.array(y.astype(np.int32)).cast(pa.date32()),
    "times": lambda y: pa.array(y.astype(np.int64) * 10**10, pa.timestamp("us", tz="Europe/Berlin")),
}


@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.parametrize("sampler", [SMOTE(random_state=0), RandomUnderSampler(random_state=0)])
def test_labels_of_every_kind(kind: str, sampler: Any, tmp_path: Path) -> None:
    whole = table()
    y = pa.array(LABELS[kind](whole["y"].to_numpy()))
    whole = whole.set_column(3, "y", y)
    pq.write_table(whole, tmp_path / "in.parquet", row_group_size=400)
    got = assert_as_in_memory(tmp_path / "in.parquet", whole, sampler)
    assert got["y"].type == y.type
    done = resample(tmp_path / "in.parquet", "y", clone(sampler), out=tmp_path / "out.parquet")
    assert pq.read_table(done.out)["y"].to_pylist() == got["y"].to_pylist()


def test_files_of_a_folder_with_labels_of_other_widths(tmp_path: Path) -> None:
    whole = table()
    wide = whole.set_column(3, "y", whole["y"].cast(pa.int64()))
    (tmp_path / "in").mkdir()
    pq.write_table(whole.slice(0, 700), tmp_path / "in" / "a.parquet")
    pq.write_table(wide.slice(700), tmp_path / "in" / "b.parquet")
    assert_as_in_memory(tmp_path / "in", wide, SMOTE(random_state=0))
    done = resample(tmp_path / "in", "y", SMOTE(random_state=0), out=tmp_path / "out.parquet")
    got = pq.read_table(done.out)
    assert got.schema.field("y").type == pa.int64()
    assert got.slice(0, len(wide)).equals(wide)


def test_files_of_a_folder_with_dictionaries_of_their_own(tmp_path: Path) -> None:
    whole = table()
    towns = pa.array(np.random.default_rng(0).choice(["Aachen", "Bonn", "Celle", None], len(whole)))
    parts = [
        whole.slice(start, stop - start).append_column("town", towns[start:stop].dictionary_encode())
        for start, stop in ((0, 700), (700, 1_500))
    ]
    (tmp_path / "in").mkdir()
    for name, part in zip("ab", parts, strict=True):
        pq.write_table(part, tmp_path / "in" / f"{name}.parquet")
    sampler = SMOTENC("auto", random_state=0)
    assert_as_in_memory(tmp_path / "in", pa.concat_tables(parts).unify_dictionaries(), sampler)


def test_other_columns_are_taken_as_they_are(tmp_path: Path) -> None:
    """Nullable whole numbers, times, text, lists: copies and kept rows have them unchanged."""
    n = 1_500
    rng = np.random.default_rng(0)
    whole = table(n)
    whole = whole.append_column("id", pa.array([None if i % 5 == 0 else 2**60 + i for i in range(n)], pa.int64()))
    whole = whole.append_column("when", pa.array(rng.integers(0, 2**50, n), pa.timestamp("ns", tz="Europe/Berlin")))
    whole = whole.append_column("tags", pa.array([["a", None], [], None] * (n // 3)))
    pq.write_table(whole, tmp_path / "in.parquet", row_group_size=222)
    for sampler in (RandomOverSampler(random_state=0), RandomUnderSampler(random_state=0)):
        assert_as_in_memory(tmp_path / "in.parquet", whole, sampler)


def test_a_folder_becomes_a_folder_or_grows_by_a_file(tmp_path: Path) -> None:
    whole = table()
    source = tmp_path / "in"
    (source / "2024").mkdir(parents=True)
    pq.write_table(whole.slice(0, 500), source / "2024" / "a.parquet")
    pq.write_table(whole.slice(500), source / "b.parquet")
    (source / "_SUCCESS").touch()
    before = {path: path.read_bytes() for path in source.rglob("*.parquet")}
    X, y = SMOTE(random_state=0).fit_resample(whole.drop_columns(["y"]), whole["y"])

    done = resample(source, "y", SMOTE(random_state=0), out=tmp_path / "out")
    for path, data in before.items():
        assert (tmp_path / "out" / path.relative_to(source)).read_bytes() == data
    assert pa.dataset.dataset(tmp_path / "out").to_table().drop_columns(["y"]).equals(X)
    again = resample(source, "y", SMOTE(random_state=0), append=True)
    assert again.out == source / "b_new.parquet"
    assert {path: path.read_bytes() for path in before} == before
    for folder in (done.out, source):
        frame = pl.scan_parquet(folder / "**/*.parquet").collect()
        assert frame["y"].to_list() == y.to_pylist()
    under = resample(source, "y", RandomUnderSampler(random_state=0), out=tmp_path / "under")
    assert [path.name for path in under.out.iterdir()] == ["part-0.parquet"]


def test_the_public_names_are_one_function() -> None:
    assert fastbal.resample is resample_dataset is resample


# -------------------------------------------------------------------------------------------- errors before the work


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", ["rare", "common"])
def test_numbers_that_are_not_finite_are_refused_wherever_they_are(bad: float, row: str, tmp_path: Path) -> None:
    whole = table()
    values = whole["x1"].to_numpy().copy()
    values[np.flatnonzero(whole["y"].to_numpy() == (row == "rare"))[3]] = bad
    whole = whole.set_column(1, "x1", pa.array(values))
    pq.write_table(whole, tmp_path / "in.parquet", row_group_size=100)
    with pytest.raises(ValueError) as in_memory:
        SMOTE().fit_resample(whole.drop_columns(["y"]), whole["y"])
    with pytest.raises(ValueError) as out_of_core:
        resample(tmp_path / "in.parquet", "y", SMOTE(), out=tmp_path / "out.parquet")
    assert str(out_of_core.value) == str(in_memory.value)
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]


def test_missing_labels_are_counted(tmp_path: Path) -> None:
    whole = table()
    labels = [None if i % 500 == 7 else label for i, label in enumerate(whole["y"].to_pylist())]
    pq.write_table(whole.set_column(3, "y", pa.array(labels, pa.int8())), tmp_path / "in.parquet")
    with pytest.raises(ValueError, match="3 of 1500 labels are missing"):
        resample(tmp_path / "in.parquet", "y", SMOTE())


ERRORS: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "no such column": ({"target": "z"}, ValueError, "has no column 'z'. The columns are 'x0', 'x1', 'x2', 'y'"),
    "no sampler": ({"sampler": "smote"}, TypeError, "must be a sampler of fastbal's"),
    "a sampler of all rows": ({"sampler": CondensedNearestNeighbour()}, ValueError, "use TomekLinks; or"),
    "another": ({"sampler": SVMSMOTE()}, ValueError, "use .*SMOTE"),
    "a combination": ({"sampler": Balance()}, ValueError, "Balance adds rows and takes others away"),
    "a bad parameter": ({"sampler": SMOTE(k_neighbors=0)}, ValueError, "k_neighbors"),
    "too few rows": ({"sampler": SMOTE(k_neighbors=999)}, ValueError, "k_neighbors=999 needs at least 1000"),
    "no ending": ({"out": "out"}, ValueError, "the ending '' is not known. Known are .parquet"),
    "no folder": ({"out": "nowhere/out.parquet"}, FileNotFoundError, "there is no folder"),
    "nothing new": ({"sampler": RandomUnderSampler(), "new_only": True}, ValueError, "makes no new rows"),
    "append to a file": ({"append": True}, ValueError, "give a folder"),
    "itself": ({"out": "in.parquet"}, FileExistsError, "exists already"),
    "no memory": ({"memory": "1MB"}, MemoryError, r"takes about \d+ MB of memory.* 1 MB are allowed"),
    "no number": ({"memory": "much"}, ValueError, "memory must be a number of bytes or a text such as '4GB'"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pq.write_table(table(), "in.parquet")
    options, kind, message = ERRORS[case]
    arguments = {"target": "y", "sampler": SMOTE(), **options}
    with pytest.raises(kind, match=message):
        resample("in.parquet", arguments.pop("target"), arguments.pop("sampler"), **arguments)
    assert os.listdir() == ["in.parquet"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "is empty"),
        ("a.arrow", b"ARROW1 and so on", "truncated or no Arrow IPC file"),
        ("a.xlsx", b"PK", "ending '.xlsx' is not known"),
    ],
)
def test_files_that_are_no_tables(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        resample(tmp_path / name, "y", SMOTE())


def test_sources_that_are_no_tables(tmp_path: Path) -> None:
    np.save(tmp_path / "cube.npy", np.zeros((2, 2, 2)))
    with pytest.raises(ValueError, match="A table has rows and columns"):
        resample(tmp_path / "cube.npy", 0, SMOTE())
    with pytest.raises(TypeError, match=r"goes to sampler\.fit_resample"):
        resample(table(), "y", SMOTE())
    with pytest.raises(FileNotFoundError, match="there is no such file"):
        resample(tmp_path / "b.parquet", "y", SMOTE())
    with pytest.raises(ValueError, match="folder without a Parquet file"):
        resample(tmp_path, "y", SMOTE())
    (tmp_path / "y=1").mkdir()
    pq.write_table(table(), tmp_path / "y=1" / "a.parquet")
    with pytest.raises(ValueError, match="partitioning='hive'"):
        resample(tmp_path, "y", SMOTE())


def test_a_plan_that_gives_other_rows_each_time_is_refused() -> None:
    frame = pl.from_arrow(table())
    assert isinstance(frame, pl.DataFrame)
    calls: list[int] = []

    def fewer(batch: pl.DataFrame) -> pl.DataFrame:
        calls.append(1)
        return batch[: 1_500 - len(calls)]

    plan = frame.lazy().map_batches(fewer, schema=frame.schema, streamable=False)
    with pytest.raises(ValueError, match="the same rows in the same order each time"):
        resample(plan, "y", SMOTE()).read_all()


# ------------------------------------------------------------------------------------ files whole or never touched


@pytest.mark.parametrize("ending", [".parquet", ".arrow", ".csv"])
@pytest.mark.parametrize("sampler", [SMOTE(random_state=0), RandomUnderSampler(random_state=0)])
def test_a_full_disk_leaves_the_old_file(
    ending: str, sampler: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq.write_table(table(), tmp_path / "in.parquet")
    out = tmp_path / f"out{ending}"
    out.write_bytes(b"old")

    def full(_self: Any, _table: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(_sinks.SINKS[ending], "write", full)
        with pytest.raises(OSError, match="No space left"):
            resample(tmp_path / "in.parquet", "y", sampler, out=out, replace=True)
    assert out.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet", out.name]
    resample(tmp_path / "in.parquet", "y", sampler, out=out, replace=True)
    assert out.read_bytes() != b"old"


WRITER = """
import sys, time
from fastbal.outofcore import _sinks, resample
from fastbal.over_sampling import SMOTE
def slow(self, table):
    print("writing", flush=True)
    time.sleep(60)
_sinks.ParquetSink.write = slow
resample(sys.argv[1], "y", SMOTE(random_state=0), out=sys.argv[2], replace=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_run_leaves_the_old_file_and_the_next_one_starts_clean(number: int, tmp_path: Path) -> None:
    source, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pq.write_table(table(), source)
    out.write_bytes(b"old")
    with subprocess.Popen([sys.executable, "-c", WRITER, str(source), str(out)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        process.send_signal(number)
        assert process.wait(20) != 0
    assert out.read_bytes() == b"old"
    for leftover in tmp_path.glob(".*"):
        os.utime(leftover, (0, 0))  # young ones might belong to a run that has just begun
    done = resample(source, "y", SMOTE(random_state=0), out=out, replace=True)
    assert len(pq.read_table(out)) == sum(done.after.values())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet", "out.parquet"]


# ---------------------------------------------------------------------------------------------- memory as promised


def test_amounts_of_memory() -> None:
    assert as_bytes("4GB") == as_bytes("4 gb") == as_bytes("4000 MiB") == as_bytes(4 * 10**9) == 4 * 10**9
    for wrong in ("", "GB", "-1GB", -5, 0, True, [1]):
        with pytest.raises(ValueError, match="memory must be a number of bytes"):
            as_bytes(wrong)


HELD = """
import re, sys
import numpy, pyarrow.parquet, pyarrow.dataset, polars
from fastbal.outofcore import resample
from fastbal.over_sampling import SMOTE, BorderlineSMOTE, RandomOverSampler
from fastbal.under_sampling import NearMiss, RandomUnderSampler, TomekLinks
from fastbal.neighbors import NearestNeighbors
NearestNeighbors(n_neighbors=5).fit(numpy.eye(300)).kneighbors()  # the compiler is no part of the promise
held = lambda what: int(re.search(what + r":\\s+(\\d+) kB", open("/proc/self/status").read())[1]) * 1000
open("/proc/self/clear_refs", "w").write("5")
before = held("VmRSS")
source = eval(sys.argv[1]) if "(" in sys.argv[1] else sys.argv[1]
resample(source, "y", eval(sys.argv[3]), out=sys.argv[2], memory=int(sys.argv[4]))
print(held("VmHWM") - before)
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of 400 MB, 1 % of it rare."""
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("large") / "in.parquet"
    fields = [*((f"x{j}", pa.float32()) for j in range(32)), ("y", pa.int8())]
    mixing = rng.normal(size=(4, 32)).astype(np.float32)
    with pq.ParquetWriter(path, pa.schema(fields), use_dictionary=False, compression="none") as writer:
        for _ in range(10):
            X = rng.normal(size=(300_000, 4)).astype(np.float32) @ mixing
            y = (rng.random(len(X)) < 0.01).astype(np.int8)
            writer.write_table(pa.table([*X.T.copy(), y], schema=writer.schema), row_group_size=100_000)
    return path


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peak memory is read from /proc")
@pytest.mark.parametrize(
    "sampler",
    [
        SMOTE(random_state=0, sampling_strategy=0.1),
        SMOTE(random_state=0),
        RandomOverSampler(random_state=0),
        RandomUnderSampler(random_state=0),
        RandomUnderSampler(random_state=0, sampling_strategy=0.1),
        RandomUnderSampler(random_state=0, sampling_strategy={0: 2_000_000}),
        BorderlineSMOTE(random_state=0, sampling_strategy=0.1),
        TomekLinks(),
        NearMiss(),
    ],
    ids=repr,
)
def test_memory_stays_below_what_is_said(sampler: Any, large: Path, tmp_path: Path) -> None:
    """What the refusal names is enough."""
    assert_promise_is_kept(str(large), sampler, tmp_path / "out.parquet")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peak memory is read from /proc")
@pytest.mark.parametrize("kind", ["csv", "arrow", "polars.scan_parquet", "pyarrow.dataset.dataset"])
def test_memory_stays_below_what_is_said_wherever_the_table_lies(kind: str, large: Path, tmp_path: Path) -> None:
    source, out = f"{kind}({str(large)!r})", tmp_path / "out.parquet"
    if "." not in kind:
        source, out = str(tmp_path / f"in.{kind}"), tmp_path / f"out.{kind}"
        getattr(pl.scan_parquet(large), {"csv": "sink_csv", "arrow": "sink_ipc"}[kind])(source)
    assert_promise_is_kept(source, SMOTE(random_state=0, sampling_strategy=0.1), out)


def assert_promise_is_kept(source: str, sampler: Any, out: Path) -> None:
    """What the refusal names is enough."""
    with pytest.raises(MemoryError, match="This takes about") as refused:
        resample(eval(source, {"polars": pl, "pyarrow": pa}) if "(" in source else source, "y", sampler, memory=1)
    promised = int(str(refused.value).split(" MB")[0].split()[-1].replace(",", "")) * 10**6
    arguments = [source, str(out), repr(sampler), str(promised + 10**6)]
    done = subprocess.run([sys.executable, "-c", HELD, *arguments], check=True, capture_output=True, text=True)
    used = int(done.stdout)
    print(f"{source}, {sampler}: {used / 1e6:.0f} MB of {promised / 1e6:.0f} MB")
    assert 10**6 < used <= promised


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["over_sampling.SMOTE", "under_sampling.RandomUnderSampler"])
def test_two_gigabytes_of_addresses_are_enough(sampler: str, tmp_path: Path) -> None:
    """Where libraries would set more aside than the process may address (`ulimit -v`)."""
    resource = pytest.importorskip("resource")
    rng = np.random.default_rng(0)
    columns = {f"x{j}": rng.normal(size=300_000).astype(np.float32) for j in range(20)}
    table = pa.table({**columns, "y": rng.random(300_000) < 0.02})
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=50_000)
    module, name = sampler.split(".")
    lines = (
        f"from fastbal.{module} import {name} as sampler; from fastbal.outofcore import resample; import sys; "
        "resample(sys.argv[1], 'y', sampler(random_state=0), out=sys.argv[2])"
    )
    paths = [str(tmp_path / "in.parquet"), str(tmp_path / "out.parquet")]
    limit = 2 * 10**9
    narrow = {key: value for key, value in os.environ.items() if not key.startswith("ARROW_")}
    subprocess.run(
        [sys.executable, "-c", lines, *paths],
        check=True,
        env=narrow,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )
    assert pq.read_metadata(paths[1]).num_rows > 0
    here = resample(paths[0], "y", getattr(getattr(fastbal, module), name)(random_state=0))
    assert pq.read_table(paths[1]).equals(here.read_all())
