"""Measure and report: python -m benchmarks [parts]. The performance gate: python -m benchmarks gate.

Whether the advice of `fastbal compare` is right: python -m benchmarks advice."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PARTS = [
    "neighbors",
    "over_sampling",
    "random",
    "samplers",
    "multilabel",
    "ensembles",
    "batches",
    "first_use",
    "memory",
    "out_of_core",
    "growth",
]


def measure(parts: list[str], folder: Path, words: str) -> bool:
    """Measure in a process of its own; tells whether all went well. What was measured before stays until then."""
    name = "-".join([parts[0], *re.findall(r"\w+", words)])
    unfinished, finished = folder / f"{name}.unfinished", folder / f"{name}.json"
    unfinished.unlink(missing_ok=True)
    if parts == ["growth"]:
        command = ["-m", "benchmarks.growth", str(unfinished)]
    else:
        tests = [str(ROOT / "benchmarks" / f"test_{part}.py") for part in parts]
        command = ["-m", "pytest", "-q", *tests, f"--benchmark-json={unfinished}", "-k", words]
        command += ["--benchmark-columns=min,rounds", "-p", "no:cacheprovider", "-W", "default"]
    code = subprocess.run([sys.executable, *command], cwd=ROOT, check=False).returncode
    if unfinished.exists() and unfinished.stat().st_size:
        unfinished.replace(finished)
    return code == 0


def main() -> int:
    """Run what the command line asks for."""
    if sys.argv[1:2] == ["advice"]:
        from benchmarks import advice

        return advice.main()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", help=f"what to measure: {', '.join(PARTS)}, report or gate; by default all but the gate"
    )
    parser.add_argument(
        "-k", metavar="WORDS", default="", help="only the cases whose names hold these words, as in pytest"
    )
    parser.add_argument("--store", action="store_true", help="with gate: store the ratios instead of judging them")
    parser.add_argument("--busy", action="store_true", help="compare CPU seconds on one thread: others compute, too")
    parser.add_argument("--smoke", metavar="FOLDER", type=Path, help="tiny sizes; everything is written to FOLDER")
    options = parser.parse_args()
    if options.parts == ["gate"]:
        from benchmarks import gate

        return gate.main(options.store)
    unknown = set(options.parts) - {*PARTS, "report"}
    if unknown:
        parser.error(f"unknown parts: {', '.join(sorted(unknown))}. There are {', '.join(PARTS)} and report.")
    if options.busy:
        os.environ["FASTBAL_BENCH_BUSY"] = "1"
    root, folder = ROOT, ROOT / ".benchmarks" / "parts"
    if options.smoke:
        os.environ["FASTBAL_BENCH_SMOKE"] = "1"
        root, folder = options.smoke, options.smoke / "parts"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "README.md", root / "README.md")
    folder.mkdir(parents=True, exist_ok=True)
    runs = [[part] for part in options.parts or PARTS if part != "report"]
    if options.smoke and not options.parts:
        runs = [PARTS[:-1], PARTS[-1:]]  # few processes
    failed = [" ".join(parts) for parts in runs if not measure(parts, folder, options.k)]
    from benchmarks import measured, report

    print(f"Written: {report.write(measured.read(folder), root)}")
    if failed:
        print(f"Failed, at least in part: {', '.join(failed)}.", file=sys.stderr)
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
