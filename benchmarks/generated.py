"""Tables made by rule: the same seed, the same rows, on every machine."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import make_classification

Matrix = NDArray[np.float64]

#: Makes a number of rows with a number of columns.
Generator = Callable[[int, int, np.random.Generator], Matrix]


def two_classes(make: Generator) -> Callable[[int, int, int], tuple[Matrix, NDArray[np.int64]]]:
    """Both classes from one distribution, in random order: what SMOTE does depends on the rows of class 1 alone."""

    def table(n_ones: int, n_zeros: int, columns: int) -> tuple[Matrix, NDArray[np.int64]]:
        rng = np.random.default_rng(0)
        X = np.ascontiguousarray(make(n_ones + n_zeros, columns, rng), dtype=np.float64)
        return X, rng.permutation(np.repeat(np.array([1, 0]), [n_ones, n_zeros]))

    return table


def classification(n_ones: int, n_zeros: int, columns: int) -> tuple[Matrix, NDArray[np.int64]]:
    """scikit-learn's make_classification: half of the columns informative, a quarter redundant, the rest noise."""
    n = n_ones + n_zeros
    X, y = make_classification(
        n,
        columns,
        n_informative=columns // 2,
        n_redundant=columns // 4,
        weights=[n_zeros / n],
        flip_y=0,
        random_state=0,
    )
    return X, y.astype(np.int64)


def gaussian(n: int, columns: int, rng: np.random.Generator) -> Matrix:
    """Independent normal columns."""
    return rng.standard_normal((n, columns))


def uniform(n: int, columns: int, rng: np.random.Generator) -> Matrix:
    """Independent uniform columns."""
    return rng.random((n, columns))


def rank_5(n: int, columns: int, rng: np.random.Generator) -> Matrix:
    """Five factors, hardly any noise."""
    weights = rng.standard_normal((5, columns))
    return rng.standard_normal((n, 5)) @ weights + 0.01 * rng.standard_normal((n, columns))


def correlated(n: int, columns: int, rng: np.random.Generator) -> Matrix:
    """Few factors of falling weight, unscaled columns, some noise."""
    n_factors = 3 + columns // 20
    weights = rng.standard_normal((n_factors, columns)) / np.arange(1, n_factors + 1)[:, None]
    scale = np.exp(rng.normal(2, 1.5, columns))
    return (rng.standard_normal((n, n_factors)) @ weights + 0.1 * rng.standard_normal((n, columns))) * scale


def sentinel(n: int, columns: int, rng: np.random.Generator) -> Matrix:
    """Mostly zeros and counts, some amounts, and one column where −999999 stands for "unknown"."""
    X = rng.poisson(np.exp(rng.normal(-2, 1.5, columns)), (n, columns)).astype(np.float64)
    X[:, ::10] *= rng.lognormal(4, 2, (n, len(range(0, columns, 10)))).round(2)
    X[:, 1] = np.where(rng.random(n) < 0.02, -999_999, rng.integers(2, 30, n))
    return X


def heavy_tailed(n: int, columns: int, rng: np.random.Generator) -> Matrix:
    """Incomes, sales and counts: logarithms are normal and correlated, scales differ a millionfold."""
    weights, scale = rng.standard_normal((4, columns)), 10.0 ** rng.uniform(-3, 3, columns)
    return np.exp(rng.standard_normal((n, 4)) @ weights + 0.3 * rng.standard_normal((n, columns))) * scale


def credit_card(n: int, columns: int, rng: np.random.Generator) -> Matrix:
    """Principal components of falling variance, heavy tails by row, two decimals, and an amount."""
    X = rng.standard_normal((n, columns)) * np.linspace(2, 0.3, columns)
    X *= np.sqrt(3 / rng.chisquare(3, (n, 1)))
    X[:, -1] = rng.lognormal(3, 1.5, n)
    return X.round(2)


def rounded_colours(n: int, columns: int, rng: np.random.Generator) -> Matrix:
    """Brightness and a tint, each from 0 to 255: many duplicates and ties."""
    brightness = rng.uniform(30, 220, (n, 1))
    return np.clip(brightness * np.linspace(0.7, 1.1, columns) + rng.normal(0, 9, (n, columns)), 0, 255).round()


def duplicates(n: int, columns: int, rng: np.random.Generator) -> Matrix:
    """Each row about three times."""
    return correlated(n // 3 + 1, columns, rng)[rng.integers(0, n // 3 + 1, n)]


def clusters(n: int, columns: int, rng: np.random.Generator) -> Matrix:
    """Fifty clusters of their own width and orientation."""
    of_row = rng.integers(0, 50, n)
    X = rng.standard_normal((n, columns))
    for cluster in range(50):
        shape = rng.standard_normal((columns, columns)) * rng.lognormal(-2, 0.7, columns)
        X[of_row == cluster] = X[of_row == cluster] @ shape + rng.normal(0, 5, columns)
    return X


def walks(n: int, columns: int, rng: np.random.Generator) -> Matrix:
    """A time series in each row."""
    return np.cumsum(rng.standard_normal((n, columns)), axis=1)


def embeddings(n: int, columns: int, rng: np.random.Generator) -> Matrix:
    """What a network makes of texts: topics in thirty dimensions, a little of all others, length one."""
    topics = 2 * rng.standard_normal((40, 30))
    inner = topics[rng.integers(0, 40, n)] + rng.standard_normal((n, 30))
    X = inner @ rng.standard_normal((30, columns)) + 0.5 * rng.standard_normal((n, columns))
    return X / np.linalg.norm(X, axis=1, keepdims=True)


def genes(n: int, columns: int, rng: np.random.Generator) -> Matrix:
    """Logarithms of counts: each gene of its own strength, few programmes that genes share, many zeros."""
    rate = rng.normal(0, 2, columns) + 0.5 * rng.standard_normal((n, 8)) @ rng.standard_normal((8, columns))
    return np.log1p(rng.poisson(np.exp(np.minimum(rate, 12))))


def pixels(n: int, columns: int, rng: np.random.Generator) -> Matrix:
    """Grey pictures of three soft strokes on black, whole numbers from 0 to 255."""
    side = math.isqrt(columns)
    at = np.stack(np.divmod(np.arange(columns), side)) / side
    X = np.zeros((n, columns))
    for _ in range(3):
        centre, width = rng.normal(0.5, 0.15, (n, 2, 1)), rng.uniform(0.05, 0.2, (n, 2, 1))
        X += np.exp(-np.square((at - centre) / width).sum(axis=1))
    return np.where(X < 0.05, 0, np.clip(255 * X, 0, 255).round())


def insurance(n: int, columns: int, rng: np.random.Generator) -> Matrix:
    """Customers of an insurer: flags, codes, ages, a premium and a number of days, as they stand in the file."""
    table = [
        rng.integers(0, 2, n),
        np.clip(rng.normal(40, 15, n).round(), 20, 85),
        rng.random(n) < 0.998,
        rng.integers(0, 53, n),
        rng.random(n) < 0.5,
        rng.integers(0, 3, n),
        rng.random(n) < 0.5,
        np.where(rng.random(n) < 0.17, 2630, rng.lognormal(10.3, 0.35, n).round()),
        rng.choice([26, 124, 152, 160], n, p=[0.25, 0.25, 0.4, 0.1]),
        rng.integers(10, 300, n),
    ]
    return np.column_stack(table[:columns]).astype(np.float64)
