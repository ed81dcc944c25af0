"""Spark: the rows of `fit_resample` in memory, made by the executors. Slow: a Java machine is started."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.base import clone

from fastbal.over_sampling import (
    ADASYN,
    MGS,
    ROSE,
    SMOTE,
    SMOTEN,
    SMOTENC,
    GeometricSMOTE,
    PolynomFitSMOTE,
    RandomOverSampler,
)
from fastbal.under_sampling import RandomUnderSampler

pytest.importorskip("pyspark")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas")]

ORDER = ["file_path", "row_index"]


@pytest.fixture(scope="module")
def spark() -> Any:
    from pyspark.sql import SparkSession

    for name in ("PYSPARK_PYTHON", "PYSPARK_DRIVER_PYTHON"):
        os.environ.setdefault(name, sys.executable)

    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "3",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.files.maxPartitionBytes": "20000",
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


def numbers(n: int = 1_200) -> pa.Table:
    """Columns of floats and whole numbers, labels of text in the middle."""
    rng = np.random.default_rng(0)
    labels = rng.choice(["c", "a", "b"], n, p=[0.8, 0.15, 0.05])
    columns: dict[str, Any] = {"x0": rng.normal(size=n).astype(np.float32), "y": labels, "x1": rng.normal(size=n)}
    return pa.table({**columns, "x2": rng.integers(0, 99, n)})


def mixed(n: int = 1_200) -> pa.Table:
    town = np.random.default_rng(1).choice(["Aachen", "Bonn"], n)
    return numbers(n).append_column("town", pa.array(town))


def in_files(table: pa.Table, folder: Path) -> str:
    for i, start in enumerate(range(0, len(table), 400)):
        pq.write_table(table.slice(start, 400), folder / f"part-{i}.parquet")
    return str(folder)


def read(spark: Any, folder: str) -> Any:
    return spark.read.parquet(folder).select("*", "_metadata.file_path", "_metadata.row_index")


SAMPLERS = {
    "smote": (SMOTE(random_state=0), numbers),
    "over": (RandomOverSampler(random_state=0), mixed),
    "over with noise": (RandomOverSampler(random_state=0, shrinkage=0.5), numbers),
    "smotenc": (SMOTENC("auto", random_state=0), mixed),
    "rose": (ROSE(random_state=0), numbers),
    "mgs": (MGS(random_state=0), numbers),
    "polynom": (PolynomFitSMOTE(random_state=0), numbers),
    "geometric": (GeometricSMOTE(random_state=0, selection_strategy="minority"), numbers),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_the_rows_are_those_in_memory(name: str, spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fastbal import spark as on_spark

    monkeypatch.setattr(on_spark, "PIECE_ROWS", 700)
    sampler, make = SAMPLERS[name]
    whole = make()
    table = read(spark, in_files(whole, tmp_path))
    fitted = clone(sampler)
    X, y = clone(sampler).fit_resample(whole.drop_columns(["y"]), whole["y"])
    expected = X.append_column("y", y).select(whole.column_names)[len(whole) :]
    got = on_spark.resample(table, "y", fitted, order_by=ORDER, new_only=True).toArrow().cast(expected.schema)
    names = whole.column_names
    # Rows that executors make come in the order in which these are done.
    got, expected = (table.sort_by([(column, "ascending") for column in names]) for table in (got, expected))
    for column in names:
        assert got[column].to_pylist() == expected[column].to_pylist()
    assert sum(fitted.sampling_strategy_.values()) == len(expected)


def test_the_rows_of_the_table_come_first(spark: Any, tmp_path: Path) -> None:
    from fastbal import spark as on_spark

    whole = numbers()
    balanced = on_spark.resample(read(spark, in_files(whole, tmp_path)), "y", SMOTE(random_state=0), order_by=ORDER)
    assert balanced.columns == whole.column_names
    counts = {row["y"]: row["count"] for row in balanced.groupBy("y").count().collect()}
    assert len(counts) == 3
    assert len(set(counts.values())) == 1


def test_what_is_refused(spark: Any, tmp_path: Path) -> None:
    from fastbal import spark as on_spark

    whole = numbers()
    table = read(spark, in_files(whole, tmp_path))
    for sampler in (RandomUnderSampler(), ADASYN(), SMOTEN(), SMOTE(missing="keep")):
        with pytest.raises(ValueError, match="Spark would have to number"):
            on_spark.resample(table, "y", sampler, order_by=ORDER)
    with pytest.raises(ValueError, match="no column 'z'"):
        on_spark.resample(table, "z", SMOTE(), order_by=ORDER)
    with pytest.raises(ValueError, match=r"k_neighbors=500 needs at least 501"):
        on_spark.resample(table, "y", SMOTE(k_neighbors=500), order_by=ORDER)
    x0 = whole["x0"].to_numpy().copy()
    x0[[3, 700]] = np.nan, np.inf
    (tmp_path / "gaps").mkdir()
    gaps = whole.set_column(0, "x0", pa.array(x0, from_pandas=False))
    with pytest.raises(ValueError, match=r"column 'x0' \(1 NaN, 1 inf\)"):
        on_spark.resample(read(spark, in_files(gaps, tmp_path / "gaps")), "y", SMOTE(), order_by="row_index")
    labels = whole["y"].to_pylist()
    labels[4] = None
    (tmp_path / "labels").mkdir()
    missing = whole.set_column(1, "y", pa.array(labels))
    with pytest.raises(ValueError, match="1 of 1200"):
        on_spark.resample(read(spark, in_files(missing, tmp_path / "labels")), "y", SMOTE(), order_by=ORDER)
    nothing = table.limit(0)
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        on_spark.resample(nothing, "y", SMOTE(), order_by=ORDER)
