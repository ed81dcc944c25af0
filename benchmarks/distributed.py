"""Dask: SMOTE of a folder of Parquet files beside Dask's own copy of it, on worker processes. See `--help`.

CPU seconds are those of all workers and of the process that asks; both are done in turn on one cluster, after a small
table that loads and compiles. The rows written are compared with those of `fit_resample` in memory.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dask.dataframe as dd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from distributed import Client, LocalCluster
from sklearn.base import clone

import fastbal
from benchmarks import out_of_core
from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.under_sampling import RandomUnderSampler

#: What is measured, Dask's copy first; where it says so, the workers keep the table from reading to writing.
KEPT = ", table kept by the workers"
ONCE = ", read once"
SAMPLERS = {
    "read and write": None,
    "SMOTE to 5 %": SMOTE(random_state=0, sampling_strategy=0.05),
    f"SMOTE to 5 %{ONCE}": SMOTE(random_state=0, sampling_strategy=0.05),
    f"SMOTE to 5 %{KEPT}": SMOTE(random_state=0, sampling_strategy=0.05),
    "RandomOverSampler to 5 %": RandomOverSampler(random_state=0, sampling_strategy=0.05),
    f"RandomOverSampler to 5 %{ONCE}": RandomOverSampler(random_state=0, sampling_strategy=0.05),
    "RandomUnderSampler to 1 : 1": RandomUnderSampler(random_state=0),
}


def write(folder: Path, n_rows: int, n_files: int) -> Path:
    """The table of `benchmarks.out_of_core` in files of equal length."""
    folder.mkdir()
    whole = folder.with_suffix(".parquet")
    out_of_core.write(whole, n_rows)
    size = -(-n_rows // n_files)
    for i, batch in enumerate(pq.ParquetFile(whole).iter_batches(batch_size=size)):
        pq.write_table(pa.Table.from_batches([batch]), folder / f"part.{i:04}.parquet", use_dictionary=False)
    whole.unlink()
    return folder


def balance(source: Path, out: Path, sampler: Any, *, kept: bool = False, read_once: bool = False) -> None:
    """What is measured; without a sampler, what it is compared with."""
    table = dd.read_parquet(source)
    table = table.persist() if kept else table
    if sampler is not None:
        table = fastbal.resample(table, "y", clone(sampler), read_once=read_once)
    table.to_parquet(out, write_index=False, use_dictionary=False)


def read(folder: Path) -> pd.DataFrame:
    """A folder that Dask has written, in the order of its partitions."""
    files = sorted(folder.glob("*.parquet"), key=lambda path: int(path.name.split(".")[1]))
    return pd.concat([pd.read_parquet(path) for path in files], ignore_index=True)


def is_as_in_memory(source: Path, out: Path, sampler: Any) -> bool:
    """Whether the rows written are those of `fit_resample`; those that are chosen stand in the table's order."""
    table, got = read(source), read(out)
    sampler = clone(sampler)
    X, y = sampler.fit_resample(table.drop(columns="y"), table["y"])
    expected = X.assign(y=y)
    if not sampler.recipe_.n_new:
        expected = expected.sort_index()
    return got.equals(expected[got.columns].reset_index(drop=True))


@contextmanager
def cluster(n_workers: int, n_threads: int) -> Iterator[Callable[[], float]]:
    """Worker processes; gives a clock of all their CPU seconds and those of this process."""
    with (
        LocalCluster(n_workers=n_workers, threads_per_worker=n_threads, dashboard_address=None) as workers,
        Client(workers) as client,
    ):
        yield lambda: time.process_time() + sum(client.run(time.process_time).values())


def main() -> None:
    """Measure and print a table in Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.distributed", description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1, help="of each worker")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, cluster(options.workers, options.threads) as cpu:
        folder = Path(name)
        small, source = write(folder / "small", 20_000, 2), write(folder / "large", options.rows, options.files)
        found: dict[str, list[tuple[float, float]]] = {who: [] for who in SAMPLERS}
        same = {}
        for sampler in SAMPLERS.values():
            balance(small, folder / "out", sampler)
            shutil.rmtree(folder / "out")
        for i in range(options.rounds):
            for who, sampler in SAMPLERS.items():
                start = cpu(), time.perf_counter()
                balance(source, folder / "out", sampler, kept=who.endswith(KEPT), read_once=who.endswith(ONCE))
                found[who].append((cpu() - start[0], time.perf_counter() - start[1]))
                if i == 0 and sampler is not None:
                    same[who] = is_as_in_memory(source, folder / "out", sampler)
                shutil.rmtree(folder / "out")
        gigabytes = sum(path.stat().st_size for path in source.iterdir()) / 1e9
    print(
        f"{options.rows:,} x {out_of_core.COLUMNS} float32 in {options.files} files, {gigabytes:.2f} GB, on "
        f"{options.workers} workers of {options.threads} thread(s)\n\n"
        "| | CPU s | / copy | wall s | / copy | rows as in memory |\n|---|--:|--:|--:|--:|---|"
    )
    copy = [min(times) for times in zip(*found["read and write"], strict=True)]
    for who, runs in found.items():
        best = [min(times) for times in zip(*runs, strict=True)]
        cells = [f"{seconds:.1f} | {seconds / of_copy:.2f}" for seconds, of_copy in zip(best, copy, strict=True)]
        print(f"| {who} | {' | '.join(cells)} | {same.get(who, '')} |")


if __name__ == "__main__":
    main()
