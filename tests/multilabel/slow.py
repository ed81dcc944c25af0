"""Slow, obvious versions of the rules for several labels; NumPy only, row by row, from the same random numbers."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def ratio(Y: Any, label: int) -> float:
    counts = [sum(int(row[j]) for row in Y) for j in range(len(Y[0]))]
    return max(counts) / counts[label] if counts[label] else math.nan


def mean_ratio(Y: Any) -> float:
    ratios = [ratio(Y, label) for label in range(len(Y[0]))]
    return float(np.mean([one for one in ratios if one == one]))


def minority(Y: Any) -> list[int]:
    return [label for label in range(len(Y[0])) if ratio(Y, label) > mean_ratio(Y)]


def mlros(Y: Array, percent: float, seed: int) -> tuple[list[int], list[int]]:
    """The rows cloned, and for which label."""
    limit, stop = mean_ratio(Y), math.floor(len(Y) * percent / 100)
    draws = iter(np.random.RandomState(seed).random_sample(stop))
    bags = {label: np.flatnonzero(Y[:, label]) for label in minority(Y)}
    grown, base, made_for = Y.tolist(), [], []
    while bags:
        for label in list(bags):
            if len(base) == stop:
                return base, made_for
            row = int(bags[label][int(next(draws) * len(bags[label]))])
            base.append(row)
            made_for.append(label)
            grown.append(Y[row].tolist())
            if ratio(grown, label) <= limit:
                del bags[label]
    return base, made_for


def label_sets(Y: Array) -> dict[tuple[int, ...], list[int]]:
    """Rows of each label set."""
    rows = defaultdict(list)
    for i, row in enumerate(Y.tolist()):
        rows[tuple(row)].append(i)
    return dict(rows)


def shares(Y: Array, percent: float, *, over: bool) -> dict[tuple[int, ...], int]:
    """How many rows each label set gets or loses: one at a time, each in turn, as long as there is room."""
    sets = label_sets(Y)
    mean = len(Y) / len(sets)
    room = {
        one: max(math.floor(mean - len(rows)) if over else math.floor(len(rows) - mean), 0)
        for one, rows in sets.items()
    }
    given = dict.fromkeys(sets, 0)
    left = math.floor(len(Y) * percent / 100)
    while left and any(given[one] < room[one] for one in sets):
        for one in sorted(sets, key=lambda one: -room[one]):
            if left and given[one] < room[one]:
                given[one] += 1
                left -= 1
    return given


def scumbles(Y: Array) -> list[float]:
    ratios = [ratio(Y, label) for label in range(Y.shape[1])]
    values = []
    for row in Y:
        present = [ratios[label] for label in np.flatnonzero(row)]
        values.append(
            1 - math.exp(sum(map(math.log, present)) / len(present)) / (sum(present) / len(present)) if present else 0.0
        )
    return values


def remedial(Y: Array) -> tuple[list[int], list[list[int]]]:
    """The rows that are split, and the labels of all rows afterwards."""
    values, rare = scumbles(Y), minority(Y)
    mean = sum(values) / len(values)
    out, clones, rows = Y.tolist(), [], []
    for i, row in enumerate(Y):
        present = set(np.flatnonzero(row).tolist())
        if values[i] > mean + 1e-12 and present & set(rare) and present - set(rare):
            out[i] = [int(label in present - set(rare)) for label in range(Y.shape[1])]
            clones.append([int(label in present & set(rare)) for label in range(Y.shape[1])])
            rows.append(i)
    return rows, out + clones


def nearest(X: Array, row: int, among: Any, k: int) -> list[int]:
    """The k nearest others, by (distance, order in `among`)."""
    others = [(float(((X[row] - X[other]) ** 2).sum()), place) for place, other in enumerate(among) if other != row]
    return [among[place] for _, place in sorted(others)[:k]]


def cleaned(X: Array, Y: Array, k: int, threshold: float) -> list[int]:
    """The rows that MLeNN keeps."""
    rare, kept = set(minority(Y)), []
    for i in range(len(X)):
        mine = set(np.flatnonzero(Y[i]).tolist())
        n_other = 0
        for other in nearest(X, i, list(range(len(X))), k):
            theirs = set(np.flatnonzero(Y[other]).tolist())
            size = len(mine) + len(theirs)
            n_other += size > 0 and len(mine ^ theirs) / size > threshold
        if mine & rare or n_other < k / 2:
            kept.append(i)
    return kept


def mlsmote(
    X: Array,
    Y: Array,
    seed: int,
    *,
    k: int = 5,
    rule: str = "ranking",
    step: str = "column",
    original_only: bool = True,
) -> tuple[Array, Array, list[int]]:
    """All rows and labels afterwards, and for which label each new row was made."""
    stream = np.random.RandomState(seed)
    limit = mean_ratio(Y)
    rows, labels, made_for = [*X], [*Y], []
    for label in range(Y.shape[1]):
        if not ratio(labels, label) > limit:
            continue
        n = len(Y) if original_only else len(rows)
        bag = [i for i in range(n) if labels[i][label]]
        k_bag = min(k, len(bag) - 1)
        rank = stream.randint(0, max(k_bag, 1), len(bag))
        steps = stream.random_sample((len(bag), X.shape[1]) if step == "column" else len(bag))
        table, made = np.array(rows), []
        for place, i in enumerate(bag):
            near = nearest(table, i, bag, k_bag)
            reference = near[rank[place]] if near else i
            votes = np.sum([labels[j] for j in [i, *near]], axis=0)
            n_voters = len(near) + 1
            wins = {"ranking": votes > n_voters / 2, "union": votes > 0, "intersection": votes == n_voters}[rule]
            made.append((table[i] + steps[place] * (table[reference] - table[i]), wins.astype(Y.dtype)))
        rows += [row for row, _ in made]
        labels += [one for _, one in made]
        made_for += [label] * len(made)
    return np.array(rows), np.array(labels), made_for
