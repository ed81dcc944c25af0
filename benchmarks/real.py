"""Real tables, read from the folder of shared data beside the project; they are no part of it.

Each function gives the numeric columns as float64, and class 1 for the rows that a case is about.
"""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

FOLDER = Path(__file__).parents[2] / "shared" / "data"

Table = tuple[NDArray[np.float64], NDArray[np.int64]]


def _file(name: str) -> Path:
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"real data are not at hand: no shared/data/{name} beside the project")
    return path


def _zipped(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read(archive.namelist()[0])


def _table(frame: pl.DataFrame, target: str, one: Any, zero: Any) -> Table:
    """Numeric columns but the target, and the rows of the two classes only."""
    frame = frame.filter(pl.col(target).is_in([one, zero]))
    y = frame[target].eq(one).cast(pl.Int64).to_numpy()
    numbers = frame.drop(target).select(pl.selectors.numeric() | pl.selectors.boolean())
    return np.ascontiguousarray(numbers.cast(pl.Float64).to_numpy()), y


def adult(rare: int) -> Table:
    """Six numbers of a person; capital gains are mostly 0."""
    content = b"".join(_file(f"adult/adult-{part}.csv").read_bytes().strip() + b"\n" for part in ("train", "test"))
    frame = pl.read_csv(content.replace(b", ", b","), has_header=False)
    target = frame.columns[-1]
    return _table(frame.with_columns(pl.col(target).str.contains(">50K").cast(pl.Int64)), target, rare, 1 - rare)


def bank_marketing(rare: int) -> Table:
    """Seven numbers of a customer and of the calls."""
    with zipfile.ZipFile(_file("bank_marketing/bank-additional.zip")) as archive:
        content = archive.read("bank-additional/bank-full.csv")
    labels = ("no", "yes")
    return _table(pl.read_csv(content, separator=";"), "y", labels[rare], labels[1 - rare])


def insurance(rare: int) -> Table:
    """Ten columns, gender and age of the vehicle as codes."""
    frame = pl.read_csv(_file("insurance_crosssell_20pct/validation_splited.csv")).drop("id")
    codes = {"< 1 Year": 0, "1-2 Year": 1, "> 2 Years": 2}
    frame = frame.with_columns(
        pl.col("gender").eq("Male").cast(pl.Int64), pl.col("vehicle_age").replace_strict(codes, return_dtype=pl.Int64)
    )
    return _table(frame, "response", rare, 1 - rare)


def census(rare: int) -> Table:
    """Twelve numbers of a person, most of them 0 for most people."""
    parts = [pl.read_parquet(_file(f"census_income_kdd/{part}.parquet")) for part in ("train", "test")]
    frame = pl.concat(parts, how="vertical_relaxed").drop("unknown", "__index_level_0__", strict=False)
    frame = frame.with_columns(pl.col("income_50k").str.contains("50000+", literal=True).cast(pl.Int64))
    return _table(frame, "income_50k", rare, 1 - rare)


def brfss(rare: int) -> Table:
    """Twenty-one integer codes of a questionnaire: ties and duplicates everywhere."""
    content = _zipped(_file("brfss_diabetes_012/diabetes_012_health_indicators_BRFSS2015.csv.zip"))
    return _table(pl.read_csv(content), "Diabetes_012", float(rare), 2.0 - rare)


def kdd99(rare: str) -> Table:
    """Thirty-eight numbers of a network connection against the commonest attack; two thirds are duplicates."""
    content = gzip.decompress(_file("kdd99_10pct/kddcup.data_10_percent.gz").read_bytes())
    frame = pl.read_csv(content, has_header=False)
    return _table(frame, frame.columns[-1], rare, "smurf.")
