"""What was measured: read from pytest-benchmark's files, and kept in a form small enough for the repository."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.race import OURS


@dataclass
class Result:
    """One case: the seconds of every round of everybody who took part."""

    group: str
    case: str
    date: str
    commit: str
    rows: int = 0
    columns: int = 0
    kind: str = ""
    clock: str = ""  #: "CPU" where CPU seconds on one thread were measured instead of seconds
    seconds: dict[str, list[float]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)  #: who did not take part, and why
    input_bytes: int = 0
    output_bytes: int = 0
    peak_bytes: dict[str, int] = field(default_factory=dict)

    def best(self, name: str = OURS) -> float | None:
        """Least seconds, or None for who did not take part."""
        rounds = self.seconds.get(name)
        return min(rounds) if rounds else None

    def ratio(self, rival: str) -> float | None:
        """How many times as long the rival takes: above 1, fastbal is faster."""
        ours, theirs = self.best(), self.best(rival)
        return None if ours is None or theirs is None else theirs / ours

    def peak_ratio(self, name: str = OURS) -> float:
        """Peak memory over input + output."""
        return self.peak_bytes[name] / (self.input_bytes + self.output_bytes)

    def size_ratio(self, rival: str) -> float:
        """Bytes of fastbal over those of the rival."""
        return self.peak_bytes[OURS] / self.peak_bytes[rival]


@dataclass
class Point:
    """All-kNN of a number of rows."""

    case: str
    structured: bool
    columns: int
    rows: int
    seconds: list[float]
    date: str

    @property
    def microseconds_per_row(self) -> float:
        return min(self.seconds) / self.rows * 1e6


@dataclass
class Measured:
    """Everything in one report."""

    machine: dict[str, Any]
    versions: dict[str, str]
    results: list[Result]
    growth: list[Point]
    missing: dict[str, str]  #: what failed or was skipped, and why

    def group(self, name: str) -> list[Result]:
        """Results of one group, in the order of the table of cases."""
        return [result for result in self.results if result.group == name]

    def groups(self, names: list[str]) -> list[Result]:
        """Results of several groups."""
        return [result for name in names for result in self.group(name)]

    @property
    def date(self) -> str:
        """Day of the latest measurement."""
        return max([result.date for result in self.results] + [point.date for point in self.growth])

    @property
    def cpu(self) -> str:
        """Name of the processor, fit for a file name."""
        return re.sub(r"[^a-z0-9]+", "-", re.sub(r"\((R|TM)\)", "", self.machine["cpu"]).lower()).strip("-")

    def slim(self) -> str:
        """As JSON: times to the microsecond, empty fields left out."""
        kept = {
            "machine": self.machine,
            "versions": self.versions,
            "results": [_without_empty(asdict(result)) for result in self.results],
            "missing": self.missing,
            "growth": [_without_empty(asdict(point)) for point in self.growth],
        }
        text = json.dumps(_rounded(kept), indent=1, ensure_ascii=False)
        for innermost in (r"\[\s[^\[\]{}]*\]", r"\{\s[^{}]{,250}\}"):  # on one line
            text = re.sub(
                innermost, lambda found: re.sub(r"(?<=[\[{])\s+|\s+(?=[\]}])|(?<=,)\s+", _space, found[0]), text
            )
        return text + "\n"


def read(folder: Path) -> Measured:
    """All files of a folder; of a case measured twice, the later."""
    files = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    runs = sorted((file for file in files if "benchmarks" in file), key=lambda run: str(run["datetime"]))
    if not runs:
        raise FileNotFoundError(f"{folder} holds no measurements. Run `python -m benchmarks` first.")
    latest: dict[str, Result] = {}
    missing: dict[str, str] = {}
    for run in runs:
        for name, reason in run.get("missing", {}).items():
            latest.pop(name, None)
            missing[name] = reason
        for entry in run["benchmarks"]:
            missing.pop(entry["name"], None)
            latest[entry["name"]] = Result(
                group=entry["group"],
                date=run["datetime"][:10],
                commit=run["commit_info"]["id"][:10] + (" and changes" if run["commit_info"]["dirty"] else ""),
                **{name: value for name, value in entry["extra_info"].items() if name in Result.__annotations__},
            )
    info = runs[-1]["machine_info"]
    return Measured(
        machine={
            "cpu": info["cpu"]["brand_raw"],
            "cores": info["cores"],
            "memory_bytes": info["memory_bytes"],
            "system": f"{info['system']} {info['release'].split('-')[0]}",
        },
        versions=info["versions"],
        results=list(latest.values()),
        missing=missing,
        growth=[Point(**point) for file in files if "growth" in file for point in file["growth"]],
    )


def _space(found: re.Match[str]) -> str:
    return " " if found.string[found.start() - 1] == "," else ""


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", 0, {}, []) or name == "structured"}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list) else value
