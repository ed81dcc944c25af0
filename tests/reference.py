"""Slow, obvious versions of what fastbal computes; NumPy only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def interpolate(X: Array, base: Array, neighbor: Array, step: Array) -> Array:
    """``X[base] + step * (X[neighbor] - X[base])``, entry by entry, in the dtype of X."""
    out = np.empty((len(base), X.shape[1]), X.dtype)
    for i in range(len(base)):
        for j in range(X.shape[1]):
            out[i, j] = between(X[base[i], j], X[neighbor[i], j], float(step[i]))
    return out


def between(start: Any, end: Any, step: float) -> Any:
    """A point between two numbers, of their type."""
    dtype = start.dtype
    if dtype.kind == "f":
        difference = dtype.type(end - start)
        return dtype.type(np.float64(start) + step * np.float64(difference))
    value = float(start) + step * (float(end) - float(start))
    if dtype.kind == "b":
        return np.rint(value) > 0
    limits = np.iinfo(dtype)
    if max(abs(int(start)), abs(int(end))) >= 2**53 and abs(int(end) - int(start)) < 2**61:  # floats have gaps there
        return dtype.type(min(max(int(start) + round(step * (int(end) - int(start))), limits.min), limits.max))
    if 0 <= step <= 1:
        value = min(max(np.rint(value), min(int(start), int(end))), max(int(start), int(end)))
    return dtype.type(min(max(int(np.rint(value)), limits.min), limits.max))


def neighbors(X: Array, k: int) -> Array:
    """Row numbers of the k nearest other rows of each row, by (distance, row number)."""
    X = X.astype(np.float64)
    found = []
    for i in range(len(X)):
        sqdist = ((X - X[i]) ** 2).sum(axis=1)
        order = sorted((d, j) for j, d in enumerate(sqdist) if j != i)
        found.append([j for _, j in order[:k]])
    return np.array(found)


def smote(X: Array, y: Array, seed: int, k: int) -> tuple[Array, Array]:
    """SMOTE of every class up to the largest, for an int seed; X of floats."""
    labels, counts = np.unique(y, return_counts=True)
    X_parts, y_parts = [X], [y]
    for label, count in zip(labels, counts, strict=True):
        rows = np.flatnonzero(y == label)
        n_new = counts.max() - count
        random = np.random.RandomState(seed)
        nearest = neighbors(X[rows], k) if n_new else None
        pairs = random.randint(0, len(rows) * k, size=n_new)
        steps = random.uniform(size=n_new)
        for pair, step in zip(pairs, steps, strict=True):
            base, rank = divmod(pair, k)
            X_parts.append(interpolate(X[rows], [base], [nearest[base, rank]], [step]))
            y_parts.append([label])
    return np.vstack(X_parts), np.concatenate(y_parts)


def smallest_class(y: Array) -> int:
    """The class with the fewest rows; of several, the one that occurs first."""
    labels = y.tolist()
    return int(min(dict.fromkeys(labels), key=labels.count))


def edited(X: Array, y: Array, k: int, kind: str, targeted: Any) -> Array:
    """Row numbers that editing keeps, ascending: rows of other classes, and those their neighbours agree with."""
    kept = []
    for i, found in enumerate(neighbors(X, k)):
        labels = y[found].tolist()
        votes = sorted(set(labels), key=lambda label: (-labels.count(label), label))
        agreed = set(labels) == {y[i]} if kind == "all" else votes[0] == y[i]
        if y[i] not in targeted or agreed:
            kept.append(i)
    return np.array(kept, np.int64)


def tomek_links(X: Array, y: Array) -> list[tuple[int, int]]:
    """The pairs of rows of different classes, each the nearest row of the other."""
    nearest = neighbors(X, 1)[:, 0]
    return [(i, int(j)) for i, j in enumerate(nearest) if nearest[j] == i and y[i] != y[j] and i < j]


def class_scores(y_true: Array, y_pred: Array, label: Any, weights: Array) -> tuple[float, float, float]:
    """Sensitivity, specificity and weight of a class, row by row; 0 / 0 is 0."""
    found = support = left_alone = others = 0.0
    for true, pred, weight in zip(y_true, y_pred, weights, strict=True):
        if true == label:
            support += weight
            found += weight * (pred == label)
        else:
            others += weight
            left_alone += weight * (pred != label)
    return found / support if support else 0.0, left_alone / others if others else 0.0, support


def macro_absolute_error(y_true: Array, y_pred: Array, weights: Array) -> float:
    """The mean absolute error of each class that is there, averaged."""
    errors = []
    for label in sorted(set(y_true.tolist())):
        error = total = 0.0
        for true, pred, weight in zip(y_true.tolist(), y_pred.tolist(), weights, strict=True):
            if true == label:
                error += weight * abs(true - pred)
                total += weight
        if total:
            errors.append(error / total)
    return sum(errors) / len(errors)


def value_difference(X: Array, y: Array, a: Array, b: Array, k: int, r: int) -> float:
    """The value difference metric between two rows, given the rows and labels it is learnt from."""
    distance = 0.0
    for j in range(X.shape[1]):
        total = 0.0
        for label in np.unique(y):
            share_a, share_b = (float(np.mean(y[X[:, j] == category] == label)) for category in (a[j], b[j]))
            total += abs(share_a - share_b) ** k
        distance += (total ** (1 / k)) ** r
    return distance


def neighbors_in_groups(sqdists: Array, groups: Array, k: int) -> list[list[int]]:
    """Row numbers of up to k nearest other rows of the same group, by (distance, row number); itself if there is none.

    sqdists (n, n): the distance of every two rows.
    """
    lists = []
    for i in range(len(groups)):
        order = sorted((sqdists[i, j], j) for j in range(len(groups)) if j != i and groups[j] == groups[i])
        lists.append([j for _, j in order[:k]] or [i])
    return lists


def plain_sqdists(X: Array) -> Array:
    """The squared distance of every two rows."""
    X = X.astype(np.float64)
    return np.array([[((x - other) ** 2).sum() for other in X] for x in X])


def segments_in_groups(
    bases: Array, pool: Array, X: Array, groups: Array, n_new: int, k: int, random: Any
) -> list[tuple[int, int, float]]:
    """SMOTE's draws for one class: (base, neighbour, step) of each new row, all of one group; row numbers of the table.

    New rows start at `bases` and head for rows of `pool`, which includes them.
    """
    found = neighbors_in_groups(plain_sqdists(X[pool]), groups[pool], k)
    lists = {row: [pool[j] for j in found[i]] for i, row in enumerate(pool)}
    pairs = random.randint(0, len(bases) * k, size=n_new)
    steps = random.uniform(size=n_new)
    drawn = []
    for pair, step in zip(pairs, steps, strict=True):
        base, rank = bases[pair // k], pair % k
        if len(lists[base]) < k:
            rank = None
        drawn.append([base, rank, step])
    for row in drawn:  # after all others, so that these are what they are without groups
        if row[1] is None:
            row[1] = int(random.uniform() * len(lists[row[0]]))
    return [
        (int(base), int(lists[base][rank]), 0.0 if lists[base][rank] == base else float(step))
        for base, rank, step in drawn
    ]


def nearest_in_leaves(
    X: np.ndarray, Y: np.ndarray, leaves: list[np.ndarray], budget: int, k: int, *, own: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest rows and their squared distances, among those of the `budget` leaves with the nearest means."""
    X, Y = X.astype(np.float64), Y.astype(np.float64)
    means = np.array([X[rows].mean(axis=0) for rows in leaves])
    neighbors, sqdists = np.empty((len(Y), k), np.int64), np.empty((len(Y), k))
    for i, y in enumerate(Y):
        chosen = np.argsort(np.square(means - y).sum(axis=1), kind="stable")[:budget]
        rows = np.sort(np.concatenate([leaves[leaf] for leaf in chosen]))
        rows = rows[rows != i] if own else rows
        away = np.square(X[rows] - y).sum(axis=1)
        nearest = np.argsort(away, kind="stable")[:k]
        neighbors[i], sqdists[i] = rows[nearest], away[nearest]
    return neighbors, sqdists
