"""From measurements to a dated page in benchmarks/results, and to the block in the README."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from benchmarks import growth
from benchmarks.measured import Measured, Result
from benchmarks.race import COPY, IMBLEARN, IN_MEMORY, ONE_THREAD, OURS, SKLEARN, SKLEARNEX, TAKE
from benchmarks.targets import geometric_mean, outcomes, ratios

BEGIN = "<!-- measurements: begin. Written by benchmarks/report.py from benchmarks/results; do not edit by hand. -->"
END = "<!-- measurements: end -->"

Rows = list[list[str]]

#: What does less than a sampler: told is how many times as long we take.
LESS = {COPY: "copy", TAKE: "take"}

#: Title, groups, rivals.
RACES: list[tuple[str, list[str], list[str]]] = [
    ("All-kNN, k = 5", ["neighbors"], [SKLEARNEX, SKLEARN]),
    ("SMOTE, classes made equal", ["smote"], [IMBLEARN]),
    ("SMOTE, few new rows: `sampling_strategy=0.12`, 30,000 rare rows of 330,000", ["smote, few new rows"], [IMBLEARN]),
    ("SMOTE of large float32 tables, one row in ten rare, made equal", ["smote, large float32 tables"], [IMBLEARN]),
    ("SMOTE of wide tables, classes made equal", ["smote, wide tables"], [IMBLEARN]),
    ("All-kNN of wide tables, k = 5", ["neighbors, wide tables"], [SKLEARNEX, SKLEARN]),
    ("SMOTE, tables of 1,000 rows", ["smote, 1,000 rows"], [IMBLEARN]),
    ("SMOTE, tables of 10,000 rows", ["smote, 10,000 rows"], [IMBLEARN]),
    (
        "Random over- and under-sampling",
        [
            "random, array",
            "random, mixed dataframe",
            "random, other",
            *(f"random, {size}" for size in ("1,000 rows", "10,000 rows")),
        ],
        [IMBLEARN, COPY, TAKE],
    ),
    (
        "The other samplers",
        [
            "cleaning",
            "combined",
            "near miss 1 and 3",
            "near miss 2",
            "condensed",
            "borderline and ADASYN",
            "with a model",
        ],
        [IMBLEARN],
    ),
    ("Several labels per row", ["MLSMOTE", "several labels"], []),
    ("Ensembles", ["bags", "balanced forest", "boosting"], [IMBLEARN]),
    ("Ensembles by hardness", ["by hardness"], []),
    ("Balanced batches: an epoch of batches alone", ["batches"], []),
    ("Balanced batches: an epoch of a network 30 → 16 → 1", ["training on batches"], [IN_MEMORY]),
]


def table(header: list[str], rows: Rows, *, n_words: int = 1) -> str:
    """A table of Markdown; the first columns hold words, the others numbers."""
    marks = ["---"] * n_words + ["--:"] * (len(header) - n_words)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [header, marks, *rows])


def seconds(value: float | None) -> str:
    """Three digits, in a unit that suits."""
    if value is None:
        return "-"
    return f"{value:.3g} s" if value >= 1 else f"{1000 * value:.3g} ms"


def times(value: float | None) -> str:
    """A ratio; what we lose is bold."""
    if value is None:
        return "-"
    text = f"{value:.0f}x" if value >= 100 else f"{value:.2g}x" if value >= 10 else f"{value:.2f}x"
    return text if value >= 1 else f"**{text}**"


def race_section(title: str, results: list[Result], rivals: list[str]) -> str:
    """Every case with the times of all and how many times as long each rival takes."""
    if not results:
        return ""
    rivals = [rival for rival in rivals if any(rival in r.seconds or rival in r.left_out for r in results)]
    header = ["case", "kind", "rows", "columns", OURS, "1 thread"]
    for rival in rivals:
        header += [rival, f"{OURS} / {LESS[rival]}" if rival in LESS else f"{rival} / {OURS}"]
    header.append("rounds")
    rows = []
    for r in results:
        cells = [r.case, r.kind, f"{r.rows:,}", str(r.columns), seconds(r.best()), seconds(r.best(ONE_THREAD))]
        for rival in rivals:
            ratio = r.ratio(rival)
            shown = f"{1 / ratio:.2f}x" if rival in LESS and ratio else times(ratio)
            cells += [r.left_out.get(rival) or seconds(r.best(rival)), shown]
        rows.append([*cells, "/".join(str(len(r.seconds.get(name, []))) for name in [OURS, *rivals])])
    text = [f"## {title}", "", table(header, rows, n_words=2), ""]
    if any(r.clock for r in results):
        text += ["CPU seconds on one thread, of everybody: others used the machine, too.", ""]
    for rival in rivals:
        found = ratios(results, rival)
        if found and rival not in LESS:
            slower = [case for case, ratio in found.items() if ratio < 1]
            kinds = {
                kind: [r.case for r in results if kind in r.kind.split(", ")]
                for kind in ("structured", "structureless")
            }
            parts = [
                f"{kind} {geometric_mean(found[case] for case in cases if case in found):.1f}x"
                for kind, cases in kinds.items()
                if any(case in found for case in cases)
            ]
            text.append(
                f"- {rival} takes {geometric_mean(found.values()):.1f}x as long, geometric mean of {len(found)} cases"
                + (f" ({', '.join(parts)})" if parts else "")
                + (f". {OURS} is slower in: {'; '.join(slower)}." if slower else "; never less.")
            )
    return "\n".join([*text, ""])


def first_use_section(results: list[Result]) -> str:
    if not results:
        return ""
    rows = [
        [r.case, ", ".join(f"{name} {seconds(r.best(name))}" for name in r.seconds), str(len(r.seconds[OURS]))]
        for r in results
    ]
    return "\n".join(
        ["## First use, in a new process", "", table(["what", "least time", "rounds"], rows, n_words=2), ""]
    )


def memory_section(title: str, results: list[Result]) -> str:
    if not results:
        return ""
    names = list(results[0].peak_bytes)
    rows = [
        [r.case, f"{r.rows:,} x {r.columns}", f"{r.input_bytes / 1e6:.0f} MB", f"{r.output_bytes / 1e6:.0f} MB"]
        + [f"{r.peak_ratio(name):.2f}" for name in names]
        for r in results
    ]
    header = ["case", "table", "input", "output", *(f"{name}: peak / (input + output)" for name in names)]
    note = (
        "Resident memory at its highest, less what the process held before except the input. "
        "One process for each line and library; one row in ten is rare."
    )
    return "\n".join([f"## {title}", "", table(header, rows), "", note, ""])


def size_section(results: list[Result]) -> str:
    if not results:
        return ""
    rows = [
        [r.case, *(f"{r.peak_bytes[name] / 1e6:.1f} MB" for name in (OURS, IMBLEARN)), f"{r.size_ratio(IMBLEARN):.2f}"]
        for r in results
    ]
    header = ["what", OURS, IMBLEARN, f"{OURS} / {IMBLEARN}"]
    note = "Resident memory at its highest while fitting, less what the process held before, the table included."
    return "\n".join(["## Size of a balanced forest", "", table(header, rows), "", note, ""])


def batches_section(results: list[Result]) -> str:
    if not results:
        return ""
    rows = [
        [r.case, f"{r.input_bytes / 1e6:.0f} MB", *(f"{r.peak_bytes[what] / 1e6:.1f} MB" for what in r.peak_bytes)]
        for r in results
    ]
    header = ["case", "input", *(f"in {what}" for what in results[0].peak_bytes)]
    note = "Resident memory at its highest, less what the process held before, the table included."
    return "\n".join(["## Memory of balanced batches", "", table(header, rows), "", note, ""])


def out_of_core_section(results: list[Result]) -> str:
    if not results:
        return ""
    rows = [
        [
            f"{r.case}, {r.rows:,} x {r.columns}, {r.input_bytes / 1e9:.2f} GB",
            what,
            f"{min(cpu):.2f} s",
            f"{min(cpu) / min(r.seconds[copy]):.2f}",
            f"{r.peak_bytes[what] / 1e6:.0f} MB",
        ]
        for r in results
        for copy in [next(name for name in r.seconds if "read and write" in name or "sink" in name)]
        for what, cpu in r.seconds.items()
    ]
    header = ["table", "what", "CPU", "/ a library's copy", "peak memory"]
    note = (
        "CPU seconds of all threads, the least of the rounds, each in a process of its own, compiled before; resident "
        "memory at its highest, less what the process held before. The copy is pyarrow's of a Parquet file, row group "
        "by row group, and polars' of a CSV file."
    )
    return "\n".join(["## Tables larger than memory", "", table(header, rows, n_words=2), "", note, ""])


def growth_section(measured: Measured) -> str:
    if not measured.growth:
        return ""
    sizes = sorted({point.rows for point in measured.growth})
    rows = []
    for case in dict.fromkeys(point.case for point in measured.growth):
        curve = {point.rows: point for point in measured.growth if point.case == case}
        first = next(iter(curve.values()))
        kind = "structured" if first.structured else "structureless"
        cost = [f"{curve[n].microseconds_per_row:.1f}" if n in curve else "-" for n in sizes]
        rows.append([case, kind, str(first.columns), *cost])
    header = ["case", "kind", "columns", *(f"{n:,}" for n in sizes)]
    note = (
        "On structureless data with many columns nothing can be left out, so the cost of a row grows with the rows: "
        "the whole is quadratic, here as anywhere. A size that would have taken more than a minute is left out (-)."
    )
    return "\n".join(
        ["## Growth: µs a row, all-kNN, by the number of rows", "", table(header, rows, n_words=2), "", note, ""]
    )


def targets_table(measured: Measured) -> str:
    """Asked against measured."""
    rows = [
        [o.what, o.asked, o.measured + (f" ({o.worst})" if o.worst else ""), "yes" if o.met else "**no**"]
        for o in outcomes(measured)
    ]
    return table(["what", "asked", "measured", "met"], rows, n_words=4)


def machine(measured: Measured) -> str:
    """Processor, cores, memory, system, versions."""
    of = measured.machine
    memory = f", {of['memory_bytes'] / 2**30:.0f} GB" if of["memory_bytes"] else ""
    versions = ", ".join(f"{name} {version}" for name, version in measured.versions.items())
    return f"{of['cpu']}, {of['cores']} cores{memory}, {of['system']}; {versions}."


def page(measured: Measured) -> str:
    """The whole report."""
    of_group: dict[str, set[str]] = {}
    for result in measured.results:
        of_group.setdefault(result.group, set()).add(f"{result.date}, commit {result.commit}")
    runs = dict.fromkeys(run for found in of_group.values() for run in sorted(found))
    missing = [f"- {name}: {reason}" for name, reason in measured.missing.items()]
    when = [f"- {run}: {'; '.join(name for name, found in of_group.items() if run in found)}" for run in runs]
    sections = [race_section(title, measured.groups(names), rivals) for title, names, rivals in RACES]
    sections += [
        first_use_section(measured.group("first use")),
        memory_section("Peak memory", measured.group("memory")),
        memory_section("Peak memory of the other samplers", measured.group("memory, other samplers")),
        size_section(measured.group("size of a forest")),
        batches_section(measured.group("memory of batches")),
    ]
    sections += [out_of_core_section(measured.group("out of core")), growth_section(measured)]
    return "\n".join(
        [
            f"# Measurements of {measured.date}",
            "",
            machine(measured),
            "",
            "Measured on:",
            "",
            *when,
            "",
            "Every time is the least of the rounds; all contenders take turns in one process.",
            "Rounds are listed in the order of the columns. How it is done: [README](../README.md).",
            "A ratio above 1 means that fastbal is faster; where it is slower, the ratio is bold.",
            "",
            "## Targets",
            "",
            targets_table(measured),
            "",
            *(["Not measured:", "", *missing, ""] if missing else []),
            *filter(None, sections),
        ]
    )


def block(measured: Measured, link: str) -> str:
    """What the README says: a line for each kind of work, the range, and what is lost."""
    rows, slower = [], []
    for title, names, rivals in RACES:
        results = measured.groups(names)
        for rival in rivals:
            found = ratios(results, rival)
            if not found or rival in LESS:
                continue
            values = list(found.values())
            spread = f"{times(min(values))} to {times(max(values))}"
            rows.append([title, rival, str(len(values)), times(geometric_mean(values)), spread])
            slower += [f"{case} ({rival}, {ratio:.2f}x)" for case, ratio in found.items() if ratio < 1]
    missed = [f"{o.what}: {o.asked} asked, {o.measured}" for o in outcomes(measured) if not o.met]
    text = [
        f"{measured.date}: {machine(measured)}",
        "",
        table(["work", "against", "cases", "faster, geometric mean", "range"], rows, n_words=2),
        "",
    ]
    text += ["Slower than the other in: " + "; ".join(slower) + ".", ""] if slower else []
    text += ["Targets not reached yet:", "", *(f"- {line}" for line in missed), ""] if missed else []
    return "\n".join(
        [
            *text,
            f"Every case, memory, first use and growth: [{link}]({link}). Measure it yourself: `python -m benchmarks`.",
        ]
    )


def write(measured: Measured, root: Path) -> Path:
    """Write page, data, curve and README below `root`; returns the page."""
    folder = root / "benchmarks" / "results"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{measured.date}-{measured.cpu}.md"
    path.write_text(page(measured))
    path.with_suffix(".json").write_text(measured.slim())
    if measured.growth and importlib.util.find_spec("matplotlib"):
        growth.draw(measured.growth, root / "docs" / "guide" / "growth.svg")
    readme = root / "README.md"
    text = readme.read_text()
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"README.md must hold the lines {BEGIN!r} and {END!r}.")
    filled = f"{BEGIN}\n{block(measured, path.relative_to(root).as_posix())}\n{END}"
    readme.write_text(pattern.sub(lambda _: filled, text))
    return path
