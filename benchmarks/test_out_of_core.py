"""Tables larger than memory: CPU seconds and peak memory, beside what only copies the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.cases import SMOKE

pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pytest.importorskip("polars", reason="polars is not installed")
if not Path("/proc/self/clear_refs").exists():
    pytest.skip("peak memory is read from /proc, which only Linux has", allow_module_level=True)

from benchmarks.out_of_core import BYTES, COLUMNS, OURS, POLARS, PYARROW, ROWS, as_csv, measure, write

ROUNDS = 1 if SMOKE else 2
CASES = (
    {"Parquet": [PYARROW, "SMOTE to 5 %"]}
    if SMOKE
    else {"Parquet": [BYTES, PYARROW, POLARS, *OURS], "CSV": [BYTES, POLARS, "SMOTE to 5 %"]}
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("tables")
    write(folder / "small.parquet", 4_000)
    write(folder / "large.parquet", ROWS)
    yield folder
    for path in folder.iterdir():
        path.unlink()


@pytest.mark.parametrize("kind", CASES)
def test_out_of_core(benchmark: Any, kind: str, folder: Path) -> None:
    small, large = folder / "small.parquet", folder / "large.parquet"
    if kind == "CSV":
        as_csv(small)
        as_csv(large)
        small, large = small.with_suffix(".csv"), large.with_suffix(".csv")
    found: dict[str, list[dict[str, float]]] = {name: [] for name in CASES[kind]}

    def rounds() -> None:
        for _ in range(ROUNDS):
            for name, measured in found.items():
                measured.append(measure(name, small, large, folder / "out"))

    benchmark.group = "out of core"
    benchmark.pedantic(rounds, rounds=1)
    benchmark.extra_info.update(
        {
            "case": f"{kind}, 1 % rare",
            "rows": ROWS,
            "columns": COLUMNS,
            "input_bytes": large.stat().st_size,
            "seconds": {name: [run["cpu"] for run in runs] for name, runs in found.items()},
            "peak_bytes": {name: int(max(run["peak"] for run in runs)) for name, runs in found.items()},
        }
    )
    if kind == "CSV":
        large.unlink()
