"""The same rules as in fastbal.regression, written slowly: one value, one pair, one row after the other."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def fivenum(y: Floats) -> tuple[float, float, float]:
    """R's fivenum, without minimum and maximum."""
    x, n = sorted(y.tolist()), len(y)
    n4 = math.floor((n + 3) / 2) / 2

    def at(position: float) -> float:
        return 0.5 * (x[math.floor(position) - 1] + x[math.ceil(position) - 1])

    return at(n4), at((n + 1) / 2), at(n + 1 - n4)


def extremes(y: Floats, coef: float) -> list[tuple[float, float]]:
    """Control points of a box plot, both ends: (value, relevance)."""
    low, median, high = fivenum(y)
    inside = [v for v in y.tolist() if low - coef * (high - low) <= v <= high + coef * (high - low)]
    has_low, has_high = min(y) < min(inside), max(y) > max(inside)
    first = (min(inside), 1.0) if has_low else (min(y), 0.0)
    last = (max(inside), 1.0) if has_high else (max(y), 0.0)
    points = [(median, 0.0)]
    return ([first] if first[0] < median else []) + points + ([last] if last[0] > median else [])


def medcouple(y: Floats) -> float:
    """The median of all pairs' kernels, one pair after the other."""
    middle = float(np.median(y))
    above = [v - middle for v in y.tolist() if v > middle]
    below = [middle - v for v in y.tolist() if v < middle]
    k = sum(v == middle for v in y.tolist())
    pairs = [(a - b) / (a + b) for a in above for b in below]
    pairs += [1.0] * (len(above) * k) + [-1.0] * (len(below) * k)
    pairs += [float(np.sign(k - 1 - i - j)) for i in range(k) for j in range(k)]
    return float(np.median(pairs))


def monotone(points: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Fritsch and Carlson's correction of slopes, interval by interval."""
    value, relevance, slope = (list(column) for column in zip(*points, strict=True))
    for k in range(1, len(value) - 1):
        if np.sign(relevance[k + 1] - relevance[k]) != np.sign(relevance[k] - relevance[k - 1]):
            slope[k] = 0.0
    for k in range(len(value) - 1):
        secant = (relevance[k + 1] - relevance[k]) / (value[k + 1] - value[k])
        if secant == 0:
            slope[k] = slope[k + 1] = 0.0
            continue
        if slope[k] / secant < 0:
            slope[k] = -slope[k]
        if slope[k + 1] / secant < 0:
            slope[k + 1] = -slope[k + 1]
        a, b = slope[k] / secant, slope[k + 1] / secant
        if 2 * a + b > 3 and a + 2 * b > 3 and a * (2 * a + b - 3 + a + 2 * b - 3) < (2 * a + b - 3) ** 2:
            shrink = 3 / math.sqrt(a * a + b * b)
            slope[k], slope[k + 1] = shrink * a * secant, shrink * b * secant
    return list(zip(value, relevance, slope, strict=True))


def bins_of(y: Floats, relevance: Floats, threshold: float) -> list[tuple[bool, list[int]]]:
    """Runs of rare and other rows in the sorted target: (is_rare, row numbers ascending by y)."""
    runs: list[tuple[bool, list[int]]] = []
    for row in sorted(range(len(y)), key=lambda row: (y[row], row)):
        is_rare = bool(relevance[row] >= threshold)
        if runs and runs[-1][0] == is_rare:
            runs[-1][1].append(row)
        else:
            runs.append((is_rare, [row]))
    return runs


def distances(numbers: Floats, nominal: Any = None) -> Floats:
    """All distances of rows: Euclidean, and 1 in the square for each category that differs."""
    n = len(numbers)
    out = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            square = sum((a - b) ** 2 for a, b in zip(numbers[i].tolist(), numbers[j].tolist(), strict=True))
            if nominal is not None:
                square += sum(a != b for a, b in zip(nominal[i], nominal[j], strict=True))
            out[i, j] = math.sqrt(square)
    return out


def half_medians(apart: Floats) -> Floats:
    """M of SMOGN: half the median distance of each row to the others."""
    return np.array([np.median(np.delete(apart[i], i)) / 2 for i in range(len(apart))])


def in_ranges(numbers: Floats) -> Floats:
    """Columns in units of their range."""
    width = numbers.max(axis=0) - numbers.min(axis=0)
    return (numbers - numbers.min(axis=0)) / np.where(width > 0, width, 1.0)


def smoothed_weights(y: list[int], kernel: list[float], power: float) -> Floats:
    """Label distribution smoothing on whole numbers, one bin after the other."""
    low, high = min(y), max(y)
    counts = [y.count(v) for v in range(low, high + 1)]
    half = len(kernel) // 2
    density = []
    for i in range(len(counts)):
        near = [(counts[i + d], kernel[half + d]) for d in range(-half, half + 1) if 0 <= i + d < len(counts)]
        density.append(sum(c * w for c, w in near) / sum(w for _, w in near))
    weights = np.array([density[v - low] ** -power for v in y])
    return weights / weights.mean()
