"""Files as people have them, one row each: all end in the right table, or in the right sentence."""

from __future__ import annotations

import contextlib
import gzip
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pytest
import zstandard

from fastbal._columns.kinds import Stated
from fastbal.cli import columns, doubts, errors, reading
from fastbal.cli.table import choose_target
from tests import cases

N = 60
RNG = np.random.default_rng(0)
PRICE = [round(1000 + 137.25 * i, 2) for i in RNG.permutation(N).tolist()]
COUNT = [int(i) for i in RNG.integers(0, 9, N)]
TOWN = [["Köln", "Málaga", "Århus"][i % 3] for i in range(N)]
Y = [["no", "no", "no", "yes"][i % 4] for i in range(N)]
BASE = pl.DataFrame({"price": PRICE, "count": COUNT, "town": TOWN, "y": Y})

#: What all files hold, if nothing else is said.
KINDS = {"price": "number", "count": "whole number", "town": "category"}


class File(NamedTuple):
    """A file, how it is read, and what must come of it."""

    name: str
    content: bytes | Callable[[Path], Any]
    kinds: dict[str, str] | str = KINDS  # or a sentence
    said: str = ""
    options: reading.Options = reading.Options()


def text(
    separator: str = ",",
    end: str = "\n",
    price: Callable[[float], str] = str,
    count: Callable[[int], str] = str,
    names: str = "price,count,town,y",
    more: tuple[str, list[Any]] | None = None,
    first: bool = False,
) -> str:
    """The table as text."""
    columns = [[price(p) for p in PRICE], [count(c) for c in COUNT], TOWN, Y]
    header = names.replace(",", separator)
    if more is not None:
        columns.insert(0 if first else 3, [str(cell) for cell in more[1]])
        parts = header.split(separator)
        parts.insert(0 if first else 3, more[0])
        header = separator.join(parts)
    return end.join([header, *(separator.join(row) for row in zip(*columns, strict=True))]) + end


def number(places: int = 2, group: str = "", decimal: str = ".", before: str = "", after: str = "") -> Any:
    def write(price: float) -> str:
        digits = f"{price:,.{places}f}".replace(",", "\0").replace(".", decimal).replace("\0", group)
        return before + digits + after

    return write


def quoted(write: Any) -> Any:
    return lambda price: f'"{write(price)}"'


def zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("__MACOSX/._x.csv", b"junk")
        for name in names:
            archive.writestr(name, text())
    return packed.getvalue()


def parquet_folder(path: Path) -> None:
    path.mkdir()
    BASE[:20].write_parquet(path / "part-0.parquet")
    BASE[20:].write_parquet(path / "part-1.parquet")


def with_stated(**stated: Any) -> reading.Options:
    return reading.Options(stated=Stated(**stated))


def more(name: str, cells: list[Any], kind: str, said: str = "", first: bool = False, **options: Any) -> Any:
    """A file with one column more, and what it must be taken for."""
    content = text(more=(name, cells), first=first).encode()
    return content, {**KINDS, name: kind}, said, reading.Options(**options)


IDS = [10_000_000 + int(i) for i in RNG.choice(80_000_000, N, replace=False)]
DAYS = [f"{1 + i % 28:02}.{1 + i % 12:02}.2023" for i in range(N)]
FILES = [
    File("plain.csv", text().encode()),
    File("tabs.tsv", text("\t").encode()),
    File("tabs.csv", text("\t").encode()),
    File("bars.csv", text("|").encode()),
    File("windows.csv", text(";", "\r\n").encode()),
    File("blanks.csv", text(", ").encode(), {}),
    File("decimal commas.csv", text(";", price=number(decimal=",")).encode(), said="'price': .* decimal comma"),
    File("quoted commas.csv", text(price=quoted(number(decimal=","))).encode(), said="'price': .* decimal comma"),
    File("thousands.csv", text(price=quoted(number(group=","))).encode(), said="thousands by ','"),
    File("german.csv", text(";", price=number(group=".", decimal=",")).encode(), said="thousands by '.'"),
    File("swiss.csv", text(price=number(group="'")).encode(), said='thousands by "\'"'),
    File("french.csv", text(";", price=number(group="\u202f", decimal=",")).encode(), said="thousands by '\\\\u202f'"),
    File("dollars.csv", text(price=quoted(number(group=",", before="$"))).encode(), said="with \\$"),
    File("euros.csv", text(";", price=number(decimal=",", after=" €")).encode(), said="with €"),
    File("percent.csv", text(price=number(after=" %")).encode(), said="with %"),
    File(
        "question marks.csv", text(count=lambda c: str(c) if c else "?").encode(), said="'count': missing where there"
    ),
    File("n_a.csv", text(count=lambda c: str(c) if c else "n/a").encode(), said="'count': missing where there are"),
    File(
        "excel.csv", text(count=lambda c: str(c) if c else "#DIV/0!").encode(), said="'count': missing where there are"
    ),
    File(
        "gap by its name.csv",
        text(count=lambda c: str(c) if c else "gone").encode(),
        options=with_stated(gaps=("gone",)),
    ),
    File(
        "nearly numbers.csv",
        text(count=lambda c: str(c) if c > 1 else "few").encode(),
        {**KINDS, "count": "category"},
        said="'count': nearly numbers: all but \\d+ cells, such as 'few'; taken as categories, --numeric takes",
    ),
    File(
        "nearly numbers, forced.csv",
        text(count=lambda c: str(c) if c > 1 else "few").encode(),
        options=with_stated(numeric=frozenset(["count"])),
        said="'count': missing where there are .* that are none",
    ),
    File(
        "either way.csv",
        text(price=lambda p: quoted(number(3, decimal=","))(p / 10)).encode(),
        said="'price': as in .* --decimal ',' reads it the other way",
        kinds={**KINDS, "price": "whole number"},
    ),
    File(
        "stated.csv",
        text(price=lambda p: quoted(number(3, decimal=","))(p / 10)).encode(),
        options=with_stated(decimal=","),
    ),
    File("other separator in the header.csv", text(names='"price, net",count,town,y').encode(), {}),
    File("unquoted.csv", text(";", price=number(decimal=","), names="price,count,town,y").encode()),
    File("utf16.csv", text(";").encode("utf-16")),
    File("utf16 unmarked.csv", text(";").encode("utf-16-le"), said="read as UTF-16-LE, by the zeros in it"),
    File("utf16 big.csv", text(";").encode("utf-16-be"), said="read as UTF-16-BE"),
    File("utf32.csv", text().encode("utf-32")),
    File("bom.csv", text(";").encode("utf-8-sig")),
    File("latin1.csv", text(";").encode("latin-1"), said="it is not UTF-8: read as cp1252, as in '.*K.ln"),
    File(
        "code page.csv",
        text(";", price=number(decimal=",", after=" €")).encode("cp1252"),
        said="read as cp1252, as in '.* €",
    ),
    File("stated code page.csv", text().encode("cp850"), options=reading.Options(encoding="cp850")),
    File("packed.csv.gz", gzip.compress(text().encode())),
    File("packed.csv.zst", zstandard.ZstdCompressor().compress(text().encode())),
    File("packed.zip", zipped("table.csv")),
    File("packed.csv.zip", zipped("table.csv")),
    File("two.zip", zipped("a.csv", "b/c.csv"), "two.zip holds 2 files: 'a.csv', 'b/c.csv'. Name one of them, for exa"),
    File("two.zip/b/c.csv", zipped("a.csv", "b/c.csv")),
    File("cut.csv.gz", gzip.compress(text().encode())[:-30], "cut.csv.gz cannot be unpacked: .* Copy or pack it again"),
    File("packed without a word.csv", gzip.compress(text().encode()), said="it is packed as .gz files are"),
    File("packed utf16.csv.gz", gzip.compress(text().encode("utf-16"))),
    File("a.feather", lambda path: BASE.write_ipc(path)),
    File("a.arrow", lambda path: BASE.write_ipc(path)),
    File("cut.feather", b"ARROW1\0\0junk", "cut.feather (is truncated or no Arrow IPC|cannot be read)"),
    File("a.jsonl", lambda path: BASE.write_ndjson(path)),
    File("parts", parquet_folder),
    File("parquet.csv", lambda path: BASE.write_parquet(path), said="it holds Parquet, whatever its name says"),
    File(
        "index.parquet",
        lambda path: BASE.to_pandas().set_index(pd.Index([i * 3 % 61 for i in range(N)])).to_parquet(path),
        {**KINDS, "__index_level_0__": "names of rows"},
        said="'__index_level_0__' is left out: the row names of a pandas table",
    ),
    File(
        "named index.parquet",
        lambda path: BASE.to_pandas().set_index(pd.Index([i % 7 for i in range(N)], name="when")).to_parquet(path),
        {**KINDS, "when": "names of rows"},
    ),
    File("unnamed.csv", *more("", [i % 9 for i in range(N)], "names of rows", "the first column, without a", True)),
    File("unnamed0.csv", *more("Unnamed: 0", [*range(N)], "names of rows", "row names of a pandas", True)),
    File("row numbers.csv", *more("line", [*range(1, N + 1)], "identifier", "'line' is left out: it numbers the rows")),
    File("rows left.csv", *more("line", [i * i for i in range(N)], "identifier", "a whole number of its own")),
    File("customers.csv", *more("customer_id", IDS, "identifier", "by its name it is an identifier")),
    File("accounts.csv", *more("account", IDS, "identifier", "each row has a whole number of its own")),
    File("names.csv", *more("card", [f"C-{i}" for i in IDS], "identifier", "each row has a value of its own")),
    File("incomes.csv", *more("income", [20_000 + 17 * (i * 7919 % 9973) for i in range(N)], "whole number")),
    File("forced.csv", *more("customer_id", IDS, "whole number", stated=Stated(numeric=frozenset(["customer_id"])))),
    File(
        "a word.csv",
        *more("code", [i % 9 for i in range(N)], "category", stated=Stated(categorical=frozenset(["code"]))),
    ),
    File(
        "a name.csv",
        *more("code", [i % 9 for i in range(N)], "identifier", stated=Stated(identifiers=frozenset(["code"]))),
    ),
    File("dropped.csv", text(more=("junk", IDS)).encode(), options=reading.Options(drop=("junk",))),
    File(
        "not there.csv",
        text().encode(),
        "--drop: there is no column 'twon'. Did you mean 'town'?",
        "",
        reading.Options(drop=("twon",)),
    ),
    File("too long.csv", *more("long", [10**20 + 37 * i * i * i for i in COUNT], "whole number")),
    File("far too long.csv", *more("long", [10**45 + i for i in range(N)], "identifier")),
    File("near the end.csv", *more("big", [(1 << 63) - 1 - i for i in COUNT], "whole number")),
    File("codes.csv", *more("zip", [f"0{i % 9}501" for i in range(N)], "category", "leading zeros as in")),
    File("german days.csv", *more("day", DAYS, "date", "dates as %d.%m.%Y")),
    File("iso days.csv", *more("day", [f"2023-01-{1 + i % 28:02}" for i in range(N)], "date")),
    File(
        "either days.csv",
        *more("day", [f"{1 + i % 12}/{1 + i % 11}/2023" for i in range(N)], "date", "could be the other"),
    ),
    File(
        "zones.csv",
        *more("at", [f"2023-01-{1 + i % 28:02}T10:00:00+02:00" for i in range(N)], "date", "T%H:%M:%S+02:00"),
    ),
    File("quotes.csv", text(names='"price ""net""",count,town,y').encode(), {}),
    File("colons.csv", text(":").encode(), "colons.csv has one column, but ':' in each line"),
    File("headless.csv", text().partition("\n")[2].encode(), "the first line looks like data, .* give --no-header"),
    File(
        "headless, said.csv",
        text().partition("\n")[2].encode(),
        {"column_1": "number", "column_2": "whole number", "column_3": "category"},
        options=reading.Options(has_header=False),
    ),
    File("empty.csv", b"", "empty.csv is empty"),
    File("twice.csv", text(names="price,count,price,y").encode(), "'price' stands there twice"),
    File("cut.csv", text().encode()[:-9], "cut.csv is truncated"),
    File("table.xlsx", b"PK", "the ending '.xlsx' is not known"),
]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[File], Path]:
    monkeypatch.chdir(tmp_path)

    def written(file: File) -> Path:
        path = Path("two.zip" if file.name.startswith("two.zip") else file.name)
        file.content(path) if callable(file.content) else path.write_bytes(file.content)
        return Path(file.name)

    return written


def looked_at(path: Path, options: reading.Options) -> tuple[columns.Looked, pl.DataFrame, list[str]]:
    with reading.source_at(path, options) as source:
        cells = reading.read(source, pl.LazyFrame.collect, options=options)
        target = choose_target(cells.columns, None).name
        looked = columns.look_at(cells.lazy(), target, options.stated, columns.index_names(source)[0])
        said = [*source.notes, *columns.departures_of(looked), *columns.doubts_of(looked)]
    return looked, columns.features_of(cells, looked), said


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_ends_in_the_right_table_or_the_right_sentence(file: File, write: Any) -> None:
    path = write(file)
    if isinstance(file.kinds, str):
        with pytest.raises(errors.CliError) as refused:
            looked_at(path, file.options)
        assert_said(file.kinds, [str(refused.value)])
        return
    looked, features, said = looked_at(path, file.options)
    if file.kinds:
        assert {column.name: column.kind for column in looked.columns} == file.kinds
    assert_said(file.said, said)
    price = features.to_series(0) if features.columns[0] != "" else features.to_series(1)
    if "price" in features.columns:
        price = features["price"]
    factor = {"either way.csv": 100, "stated.csv": 0.1}.get(file.name, 1)
    np.testing.assert_allclose(price.to_numpy(), np.array(PRICE) * factor)
    if looked.columns[1].kind == "whole number" and features.columns[1] == "count":
        is_there = features["count"].is_not_null().to_numpy()
        assert is_there.sum() >= N / 2
        np.testing.assert_array_equal(features["count"].drop_nulls().to_numpy(), np.array(COUNT)[is_there])
    if "town" in features.columns:
        assert features["town"].cast(pl.String).str.strip_chars().to_list() == TOWN


def assert_said(pattern: str, said: list[str]) -> None:
    plain = re.escape(pattern) if "\\" not in pattern and ".*" not in pattern and "|" not in pattern else pattern
    assert re.search(plain, "\n".join(said)), said


def test_at_least_forty_files_are_tried() -> None:
    assert len({file.name for file in FILES}) == len(FILES) >= 40


REAL = {
    "telco_churn/Telco-Customer-Churn.csv": ({"customerID": "identifier"}, {"number": 2, "category": 15}),
    "bank_marketing/bank-additional.zip": "holds 4 files: .* Name one of them, for example ",
    "bank_marketing/bank-additional.zip/bank-additional/bank-full.csv": ({}, {"whole number": 7, "category": 9}),
    "adult/adult-train.csv": "the first line looks like data, with '39'",
    "insurance_crosssell_20pct/validation_splited.csv": ({"id": "identifier"}, {"category": 2}),
    "brfss_diabetes_012/diabetes_012_health_indicators_BRFSS2015.csv.zip": ({}, {"number": 21}),
    "creditcard_492of1722/creditcard_sample.csv": ({"": "names of rows"}, {"number": 30}),
    "creditcard_head7973/creditcard.parquet": ({}, {"number": 29, "whole number": 1}),
    "kdd99_10pct/kddcup.data_10_percent.gz": "the first line looks like data",
    "census_income_kdd/train.parquet": ({"__index_level_0__": "names of rows"}, {"category": 28}),
    "credit_default_taiwan_15k/credit_default_uci.csv": ({"ID": "identifier"}, {}),
}


@pytest.mark.parametrize("name", cases.rest_slow([*REAL], 3))
def test_real_files(name: str, shared_data: Path) -> None:
    expected = REAL[name]
    path = shared_data / name
    if isinstance(expected, str):
        with pytest.raises(errors.CliError) as refused:
            looked_at(path, reading.Options())
        assert_said(expected, [str(refused.value)])
        if "first line" in expected and "adult" in name:  # the advice leads to the goal
            looked, _, _ = looked_at(path, reading.Options(has_header=False))
            assert len(looked.columns) == 14
            assert not looked.beside
        return
    looked, features, _ = looked_at(path, reading.Options())
    assert {column.name: column.kind for column in looked.beside.values()} == expected[0]
    for kind, n in expected[1].items():
        assert len(looked.of_kinds(kind)) == n, looked.of_kinds(kind)
    assert features.width == len(looked.columns) - len(looked.beside)


def test_what_alone_tells_the_answer(write: Any) -> None:
    leaks = {
        "high": [50 + i if y == "yes" else i % 50 for i, y in enumerate(Y)],
        "gap": ["" if y == "yes" else i % 7 for i, y in enumerate(Y)],
        "code": [{"yes": 3, "no": 1 + 4 * (i % 2)}[y] for i, y in enumerate(Y)],
        "word": [f"{y} {i % 2}" for i, y in enumerate(Y)],
        "noise": [i * 7 % 11 for i in range(N)],
    }
    for name, cells in leaks.items():
        path = write(File("in.csv", text(more=(name, cells)).encode()))
        with reading.source_at(path) as source:
            table = reading.read(source, pl.LazyFrame.collect)
            looked = columns.look_at(table.lazy(), "y", Stated(), {})
        found = doubts.tell_tales(table, "y", looked)
        assert [*found] == ([] if name == "noise" else [name])
        assert bool(found) == any("alone tells the answer" in line for line in doubts.doubts_about(table, "y", looked))


def test_rows_that_are_there_twice_and_dates(write: Any) -> None:
    line, _, rows = text(more=("day", DAYS)).partition("\n")
    path = write(File("in.csv", (f"{line}\n" + rows * 2).encode()))
    with reading.source_at(path) as source:
        table = reading.read(source, pl.LazyFrame.collect)
        looked = columns.look_at(table.lazy(), "y", Stated(), {})
    said = doubts.doubts_about(table, "y", looked)
    assert said[0].startswith("120 of 120 rows (100%) occur more than once: random folds learn from a row and test on")
    assert said[1].startswith("'day' holds dates: random folds learn from rows that are later than those they test on")


def test_pandas_reads_its_own_table_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.test_cli import run

    monkeypatch.chdir(tmp_path)
    for index in (
        pd.RangeIndex(N),
        pd.Index([f"c{i}" for i in range(N)], name="customer"),
        pd.Index([i * 3 % 61 for i in range(N)]),
    ):
        given = BASE.to_pandas().drop(columns="town").set_index(index)
        given.to_parquet("in.parquet")
        result = run("resample", "in.parquet", "--seed", 0, "-o", "out.parquet", "--force")
        assert result.exit_code == 0, result.output
        got = pd.read_parquet("out.parquet")
        assert got.columns.tolist() == given.columns.tolist()
        assert got.index.name == index.name
        assert len(got) == 90
        assert [*got.index[:N]] == [*index]
        if not isinstance(index, pd.RangeIndex):
            assert got.index[N:].isna().all()


def test_scratch_files_go_away(write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    path = write(next(file for file in FILES if file.name == "packed utf16.csv.gz"))
    with reading.source_at(path) as source:
        assert source.path.is_relative_to(scratch)
    with contextlib.suppress(errors.CliError), reading.source_at(path, reading.Options(encoding="utf-8")):
        raise AssertionError
    assert not list(scratch.iterdir())
