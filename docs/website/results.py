"""The pages of results: plots of what benchmarks/results holds, losses in their own colour, and lists of all pages."""

from __future__ import annotations

import functools
import itertools
import json
import os
import re
import textwrap
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.measured import Point, Result
from benchmarks.race import IMBLEARN, OURS, SKLEARN, SKLEARNEX
from benchmarks.report import RACES
from docs.website.drawing import BLUE, GREEN, GREY, RED, draw_both, shown
from docs.website.pages import ROOT, relinked

MEASUREMENTS = ROOT / "benchmarks" / "results"

#: A place in a page of results that something measured goes to.
PLACE = re.compile(r"<!-- (plot|pages|missed): ?(.*?) -->")


class Measurements(NamedTuple):
    """What all files of results hold; a case measured twice is there twice."""

    results: list[Result]
    growth: list[Point]
    files: dict[str, Any]


def read() -> Measurements:
    """All measurements that are kept as numbers."""
    files = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(MEASUREMENTS.glob("*.json"))}
    reports = [file for file in files.values() if isinstance(file, dict) and "results" in file and "growth" in file]
    results = [Result(**entry) for file in reports for entry in file["results"]]
    growth = [Point(**entry) for file in reports for entry in file["growth"]]
    return Measurements(results, growth, files)


def write(folder: Path) -> None:
    """Draw the plots into the folder of results, and put them, and lists of pages, where pages want them."""
    measured = read()
    for name, draw in PLOTS.items():
        draw(measured, folder / "plots" / f"{name}.svg")
    for page in folder.parent.rglob("*.md"):
        text = page.read_text(encoding="utf-8")
        if PLACE.search(text):
            filled = PLACE.sub(functools.partial(_filled, page=page, plots=folder / "plots"), text)
            page.write_text(filled, encoding="utf-8")


def _filled(place: re.Match[str], page: Path, plots: Path) -> str:
    what, argument = place.groups()
    if what == "plot":
        name, _, alt = argument.partition(": ")
        return shown(os.path.relpath(plots / f"{name}.svg", page.parent), alt)
    if what == "missed":
        return _missed()
    dated = sorted(path.stem for path in page.parent.glob("[0-9]*.md"))
    titles = {stem: f"{_title(page.parent / f'{stem}.md')} ({stem[11:].replace('-', ' ')})" for stem in dated}
    links = [f"- [{title}]({stem}.md)" for stem, title in titles.items()]
    entries = [f"{title} <{stem}>" for stem, title in titles.items()]
    contents = ["```{toctree}", ":hidden:", ":caption: Measurements", "", *entries, "measuring", "```"]
    return "\n".join([*links, "", *contents])


def _title(page: Path) -> str:
    return page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")


def _missed() -> str:
    """The targets that the README says are not reached, as they stand there."""
    found = re.search(r"Targets not reached yet:\n\n(.*?)\n\n", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    return relinked(found[1], "README.md")[0] if found else "None of those that are measured."


# ---------------------------------------------------------------------------------------------------------------- plots


def _against(results: list[Result]) -> dict[str, list[tuple[float, str]]]:
    """How many times as long the best known rivals take, and in which case, by race and rival."""
    found = {}
    for title, groups, rivals in RACES:
        raced = [one for one in results if one.group in groups]
        for rival in rivals:
            ratios = [(ratio, one.case) for one in raced if (ratio := one.ratio(rival)) is not None]
            if ratios and rival in (IMBLEARN, SKLEARN, SKLEARNEX):
                found[f"{title.split(':')[0]} ({rival.removesuffix(' float32')})"] = ratios
    return found


def draw_speed(measured: Measurements, path: Path) -> None:
    """A dot for each case; left of the line, fastbal is slower."""
    races = _against(measured.results)

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for place, cases in enumerate(races.values()):
            won = [ratio for ratio, _ in cases if ratio >= 1]
            lost = [ratio for ratio, _ in cases if ratio < 1]
            axes.plot(won, [place] * len(won), "o", color=BLUE, alpha=0.5, markersize=5)
            axes.plot(lost, [place] * len(lost), "D", color=RED, markersize=6)
        axes.axvline(1, color=GREY)
        axes.set(xscale="log", xlabel="times as long as fastbal (a dot for each case; red: fastbal is slower)")
        axes.set_yticks(range(len(races)), list(races))
        axes.set_xticks([0.5, 1, 2, 5, 10, 100, 1000], ["0.5", "1", "2", "5", "10", "100", "1,000"])
        axes.invert_yaxis()
        axes.grid(axis="x")

    draw_both(path, (9.5, 0.42 * len(races) + 1.1), draw)


def draw_lowest(measured: Measurements, path: Path) -> None:
    """The cases with the least to show for, losses first."""
    races = _against(measured.results)
    lowest = sorted((ratio, f"{case}, {race}") for race, cases in races.items() for ratio, case in cases)[:18]

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        colors = [RED if ratio < 1 else BLUE for ratio, _ in lowest]
        axes.barh(range(len(lowest)), [ratio for ratio, _ in lowest], color=colors)
        axes.set_yticks(range(len(lowest)), [name for _, name in lowest], fontsize=8)
        axes.axvline(1, color=GREY)
        axes.invert_yaxis()
        axes.set_xlabel("times as long as fastbal")

    draw_both(path, (9.5, 4.6), draw)


def draw_memory(measured: Measurements, path: Path) -> None:
    """Peak memory over input and output, by sampler."""
    peaks = [one for one in measured.results if one.group.startswith("memory") and one.group != "memory of batches"]
    peaks = sorted((one for one in peaks if OURS in one.peak_bytes), key=Result.peak_ratio)

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        axes.barh(range(len(peaks)), [one.peak_ratio() for one in peaks], color=BLUE, height=0.6, label=OURS)
        theirs = [(place, one.peak_ratio(IMBLEARN)) for place, one in enumerate(peaks) if IMBLEARN in one.peak_bytes]
        if theirs:
            axes.plot(*zip(*((ratio, place) for place, ratio in theirs), strict=True), "D", color=GREEN, label=IMBLEARN)
        axes.axvline(1, color=GREY)
        axes.set_yticks(range(len(peaks)), [one.case for one in peaks], fontsize=8)
        axes.set(xscale="log", xlabel="peak memory over input and output")
        axes.set_xticks([1, 1.5, 2, 3, 5, 10, 20], ["1", "1.5", "2", "3", "5", "10", "20"])
        axes.legend(loc="lower right")

    draw_both(path, (9.5, 0.24 * len(peaks) + 1.1), draw)


def draw_growth(measured: Measurements, path: Path) -> None:
    """Microseconds a row, by the number of rows."""
    cases = dict.fromkeys(one.case for one in measured.growth)
    curves = {case: [one for one in measured.growth if one.case == case] for case in cases}

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for points, marker in zip(curves.values(), itertools.cycle("os^vDP")):
            line = {"color": BLUE} if points[0].structured else {"color": RED, "linestyle": "--"}
            rows, cost = [one.rows for one in points], [one.microseconds_per_row for one in points]
            axes.plot(rows, cost, marker=marker, markersize=5, alpha=0.8, label=points[0].case, **line)
        axes.set(xscale="log", yscale="log", xlabel="rows searched", ylabel="µs a row, five neighbours")
        axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
        axes.set_title("solid: structured data; dashed: structureless")
        axes.grid(alpha=0.5)

    draw_both(path, (9.5, 4.6), draw)


def draw_pieces(measured: Measurements, path: Path) -> None:
    """CPU of balancing a file, over that of copying it with the library that reads it."""
    tables = next(file for name, file in measured.files.items() if name.endswith("out-of-core"))
    bars = []
    for title, entries in tables.items():
        copies = [name for name in ("pyarrow, read and write", "polars, scan and sink") if name in entries]
        if isinstance(entries, dict) and copies:
            copy = min(entries[copies[0]]["cpu_seconds"])
            kind = ", ".join(title.split(",")[0:1]) + f", {title.split(' x ')[0].split(', ', 1)[1]} rows"
            bars += [
                (min(entry["cpu_seconds"]) / copy, f"{name}  ({kind})")
                for name, entry in entries.items()
                if name.startswith(("SMOTE", "Random"))
            ]

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        axes.barh(range(len(bars)), [ratio for ratio, _ in bars], color=[RED if bar[0] > 1 else BLUE for bar in bars])
        axes.set_yticks(range(len(bars)), [name for _, name in bars], fontsize=8)
        axes.axvline(1, color=GREY)
        axes.invert_yaxis()
        axes.set_xlabel("CPU seconds over those of a copy (red: more than a copy)")

    draw_both(path, (9.5, 0.3 * len(bars) + 1), draw)


def draw_losses(measured: Measurements, path: Path) -> None:
    """How much higher the log-loss is after balancing, from the table of guide/probabilities.md."""
    page = (ROOT / "docs" / "guide" / "probabilities.md").read_text(encoding="utf-8")
    table = re.search(r"\| log-loss \|(.*?)\n\n", page, re.DOTALL) or [""]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table[0].split("\n") if line]
    names = [name.replace("bank marketing", "bank") for name in lines[0][1:]]
    remedies = {line[0]: [float(cell.strip("%")) for cell in line[1:]] for line in lines[3:]}

    def draw(figure: Any) -> None:
        for axes, (number, name) in zip(figure.subplots(1, len(names), sharey=True), enumerate(names), strict=True):
            values = [remedy[number] for remedy in remedies.values()]
            axes.barh(range(len(values)), values, color=[RED if value > 5 else BLUE for value in values])
            axes.set_yticks(range(len(values)), list(remedies), fontsize=8)
            axes.set_title(name.replace(", ", ",\n"), fontsize=8)
            axes.axvline(0, color=GREY)
            axes.invert_yaxis() if number == 0 else None
        figure.supxlabel("log-loss, % above that of the model by itself (red: more than 5 %)", fontsize=9)

    draw_both(path, (9.8, 3.4), draw)


def draw_chart(measured: Measurements, path: Path) -> None:
    """The questions of guide/which-sampler.md, from the top down, and where each leads to."""
    page = (ROOT / "docs" / "guide" / "which-sampler.md").read_text(encoding="utf-8")
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)|`([^`]*)`", lambda found: found[1] or found[2], page).replace("`", "")
    steps = re.findall(r"^\| (\d+)\. (.*?) \| (.*?) \|$", plain, re.MULTILINE)

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        axes.set(xlim=(0, 10), ylim=(-len(steps) + 0.4, 0.6))
        axes.axis("off")
        for place, (number, question, answer) in enumerate(steps):
            shown = textwrap.fill(question.removesuffix(" If not,"), 44)
            box = {"boxstyle": "round,pad=0.35", "fc": "none", "ec": BLUE}
            axes.text(0.1, -place, f"{number}. {shown}", va="center", fontsize=8.5, bbox=box)
            axes.annotate("", (5.3, -place), (4.5, -place), arrowprops={"arrowstyle": "->", "color": RED})
            axes.text(5.4, -place, textwrap.fill(answer, 46), va="center", fontsize=8.5)
            if place:
                axes.annotate(
                    "", (0.5, -place + 0.36), (0.5, -place + 0.64), arrowprops={"arrowstyle": "->", "color": GREY}
                )

    draw_both(path, (7.4, 0.55 * len(steps) + 0.3), draw)


PLOTS = {
    "chart": draw_chart,
    "speed": draw_speed,
    "lowest": draw_lowest,
    "memory": draw_memory,
    "growth": draw_growth,
    "pieces": draw_pieces,
    "losses": draw_losses,
}
