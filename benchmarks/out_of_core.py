"""A table larger than what balancing it takes: written piece by piece, and what is done with it, in a process each."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.cases import SMOKE

ROWS, COLUMNS, RARE = (20_000, 6, 0.05) if SMOKE else (10_000_000, 30, 0.01)
GROUP_ROWS = ROWS // 40

#: What is measured: of whom, and how, with paths `source` and `out`, and a folder of the small table to warm up with.
BYTES, PYARROW, POLARS = "copy of the bytes", "pyarrow, read and write", "polars, scan and sink"
OURS = {
    "SMOTE to 5 %": "SMOTE(random_state=0, sampling_strategy=0.05)",
    "RandomOverSampler to 5 %": "RandomOverSampler(random_state=0, sampling_strategy=0.05)",
    "RandomUnderSampler to 1 : 1": "RandomUnderSampler(random_state=0)",
}
_WORK = {
    BYTES: """
with open(source, "rb") as file, open(out, "wb") as copy:
    while os.copy_file_range(file.fileno(), copy.fileno(), 1 << 30):
        pass
""",
    PYARROW: """
file = pq.ParquetFile(source)
with pq.ParquetWriter(out, file.schema_arrow, use_dictionary=False) as writer:
    for group in range(file.num_row_groups):
        writer.write_table(file.read_row_group(group))
""",
    POLARS: "pl.scan_{kind}(source).sink_{kind}(out)",
    **{
        name: f"resample(source, 'y', {sampler.replace('0.05', '0.1' if SMOKE else '0.05')}, out=out)"
        for name, sampler in OURS.items()
    },
}
_SCRIPT = """
import json, os, resource, sys, time
import polars as pl
import pyarrow.parquet as pq
from fastbal.outofcore import resample
from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.under_sampling import RandomUnderSampler

def held(name):
    for line in open("/proc/self/status"):
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024

def work(source, out):
{work}

small, source, out = sys.argv[1:]
work(small, out)  # what is compiled and loaded then is not counted
os.remove(out)
open("/proc/self/clear_refs", "w").write("5")
before, wall, cpu = held("VmRSS"), time.perf_counter(), time.process_time()
work(source, out)
print(json.dumps(dict(
    cpu=time.process_time() - cpu, wall=time.perf_counter() - wall, peak=held("VmHWM") - before
)))
"""


def write(path: Path, n_rows: int) -> None:
    """A table with structure: eight hidden dimensions and a little noise, all columns as 32-bit floats.

    A third of the columns are measured finely, a third in steps of 1/16, and a third counted.
    """
    rng = np.random.default_rng(0)
    mixing = 4 * rng.normal(size=(8, COLUMNS)).astype(np.float32)
    coarse, counted = slice(COLUMNS // 3, 2 * COLUMNS // 3), slice(2 * COLUMNS // 3, None)
    schema = pa.schema([*((f"x{j}", pa.float32()) for j in range(COLUMNS)), ("y", pa.int8())])
    with pq.ParquetWriter(path, schema, use_dictionary=False) as writer:
        for start in range(0, n_rows, GROUP_ROWS):
            n = min(GROUP_ROWS, n_rows - start)
            X = rng.standard_normal((n, 8), np.float32) @ mixing
            X += 0.1 * rng.standard_normal((n, COLUMNS), np.float32)
            X[:, coarse] = np.rint(X[:, coarse] * 16) / 16
            X[:, counted] = np.rint(np.abs(X[:, counted]))
            writer.write_table(pa.table([*X.T.copy(), (rng.random(n) < RARE).astype(np.int8)], schema=schema))


def as_csv(path: Path) -> None:
    """The same beside it as CSV."""
    import polars as pl

    pl.scan_parquet(path).with_columns(pl.selectors.float().round(4)).sink_csv(path.with_suffix(".csv"))


def measure(name: str, small: Path, source: Path, out: Path) -> dict[str, float]:
    """CPU seconds and seconds of the process's threads, and its highest memory less what it held before."""
    kind = source.suffix[1:]
    lines = _WORK[name].replace("{kind}", kind).strip().splitlines()
    script = _SCRIPT.replace("{work}", "\n".join(f"    {line}" for line in lines))
    command = [sys.executable, "-c", script, str(small), str(source), str(out.with_suffix(source.suffix))]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    out.with_suffix(source.suffix).unlink()
    measured: dict[str, float] = json.loads(printed)
    return measured
