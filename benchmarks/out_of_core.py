"""A table larger than what balancing it takes: written piece by piece, and what is done with it, in a process each.

`python -m benchmarks.out_of_core` measures one table of any size, step by step. See `--help`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

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
BALANCED, CLEANED = "SMOTE to 1 : 1", "EditedNearestNeighbours"
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
    BALANCED: "resample(source, 'y', SMOTE(random_state=0), out=out)",
    CLEANED: "resample(source, 'y', EditedNearestNeighbours(), out=out)",
}
_SCRIPT = """
import json, os, resource, sys, time
if {addresses}:
    resource.setrlimit(resource.RLIMIT_AS, ({addresses}, {addresses}))
from fastbal.outofcore import resample, _balance, _compact, _sinks
from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.under_sampling import EditedNearestNeighbours, RandomUnderSampler
import pyarrow.parquet as pq
if not {addresses}:
    import polars as pl
steps = {}

def timed(owner, name, step):
    work = getattr(owner, name)
    def clocked(*given, **named):
        start = time.process_time()
        answer = work(*given, **named)
        steps[step] = steps.get(step, 0) + time.process_time() - start
        return answer
    setattr(owner, name, clocked)

timed(_balance, "read_target_column", "labels")
timed(_balance, "gather", "gathering")
timed(_balance, "draw", "search")
timed(_sinks.ParquetSink, "copy", "the others")
timed(_compact.Compact, "new_rows", "new rows made")
timed(_sinks.ParquetSink, "_write_group", "rows written")

def held(name):
    for line in open("/proc/self/status"):
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024

def work(source, out):
{work}

small, source, out = sys.argv[1:]
work(small, out)  # what is compiled and loaded then is not counted
os.remove(out)
steps.clear()
open("/proc/self/clear_refs", "w").write("5")
before, wall, cpu = held("VmRSS"), time.perf_counter(), time.process_time()
work(source, out)
print(json.dumps(dict(
    cpu=time.process_time() - cpu, wall=time.perf_counter() - wall, peak=held("VmHWM") - before, steps=steps
)))
"""


def write(path: Path, n_rows: int, n_columns: int = COLUMNS, rare: float = RARE) -> None:
    """A table with structure: eight hidden dimensions and a little noise, all columns as 32-bit floats.

    A third of the columns are measured finely, a third in steps of 1/16, and a third counted.
    """
    rng = np.random.default_rng(0)
    mixing = 4 * rng.normal(size=(8, n_columns)).astype(np.float32)
    coarse, counted = slice(n_columns // 3, 2 * n_columns // 3), slice(2 * n_columns // 3, None)
    schema = pa.schema([*((f"x{j}", pa.float32()) for j in range(n_columns)), ("y", pa.int8())])
    with pq.ParquetWriter(path, schema, use_dictionary=False) as writer:
        for start in range(0, n_rows, GROUP_ROWS):
            n = min(GROUP_ROWS, n_rows - start)
            X = rng.standard_normal((n, 8), np.float32) @ mixing
            X += 0.1 * rng.standard_normal((n, n_columns), np.float32)
            X[:, coarse] = np.rint(X[:, coarse] * 16) / 16
            X[:, counted] = np.rint(np.abs(X[:, counted]))
            writer.write_table(pa.table([*X.T.copy(), (rng.random(n) < rare).astype(np.int8)], schema=schema))


def as_csv(path: Path) -> None:
    """The same beside it as CSV."""
    import polars as pl

    pl.scan_parquet(path).with_columns(pl.selectors.float().round(4)).sink_csv(path.with_suffix(".csv"))


def measure(name: str, small: Path, source: Path, out: Path, addresses: int = 0) -> dict[str, Any]:
    """CPU seconds and seconds of the process's threads, its highest memory less what it held before, and CPU by step.

    addresses: bytes that the process may address, 0 for any number.
    """
    kind = source.suffix[1:]
    lines = _WORK[name].replace("{kind}", kind).strip().splitlines()
    script = _SCRIPT.replace("{addresses}", str(addresses)).replace(
        "{work}", "\n".join(f"    {line}" for line in lines)
    )
    command = [sys.executable, "-c", script, str(small), str(source), str(out.with_suffix(source.suffix))]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    out.with_suffix(source.suffix).unlink()
    measured: dict[str, Any] = json.loads(printed)
    return measured


def main() -> None:
    """Measure one table and print what was found, a line of JSON each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.out_of_core", description=__doc__)
    parser.add_argument("who", nargs="*", default=[PYARROW, *OURS], help=f"of {', '.join(_WORK)}")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--columns", type=int, default=COLUMNS)
    parser.add_argument("--rare", type=float, default=RARE, help="share of the rare class")
    parser.add_argument("--addresses", type=int, default=0, help="bytes that a process may address, as by ulimit -v")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        small, large = Path(name, "small.parquet"), Path(name, "large.parquet")
        write(small, 20_000, options.columns, max(options.rare, 0.02))
        write(large, options.rows, options.columns, options.rare)
        for _ in range(options.rounds):
            for who in options.who:
                found = measure(who, small, large, Path(name, "out"), options.addresses)
                found["steps"] = {step: round(seconds, 2) for step, seconds in found["steps"].items()}
                print(json.dumps({"who": who, "file": large.stat().st_size, **found}), flush=True)


if __name__ == "__main__":
    main()
