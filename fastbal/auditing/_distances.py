"""How near new rows are to real ones: too near, too far, or among those of another class."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from fastbal._core.neighbors import Index
from fastbal._core.recipe import Rows
from fastbal._core.threads import for_each_piece, one_blas_thread
from fastbal.auditing._both import Both, Entries

Floats = NDArray[np.float64]

# New rows, and real rows, whose nearest real ones are searched; of more, so many drawn at random: a share is then off
# by 0.006 at most, 19 times of 20.
MOST_SEARCHED = 30_000
# Neighbours whose distance is the radius of a real row's ball (Naeem et al. 2020).
_K = 5
# Pairs of a real and a new row whose distance the density is computed from, at most, and of how many new rows at least.
_MOST_PAIRS, _FEWEST = 100_000_000, 1_000
# Pairs measured at once, and the relative error of a squared distance that was computed from products.
_PIECE_PAIRS, _ROUNDING = 1 << 21, 1e-12


class Closeness(NamedTuple):
    """Of new rows, unless said otherwise.

    Attributes
    ----------
    rows : ndarray of shape (n_new,), int64
        Which ones: all, or some drawn at random.
    nearest : ndarray of shape (n_new,), int64
        The nearest real row, of any class.
    distance, ratio : ndarray of shape (n_new,)
        Its distance; and this over the distance of the next one, 1 where both are 0.
    between : ndarray of shape (n_real,)
        For the real rows of the classes with new rows: the distance of the nearest other real row, of any class.
    is_foreign : ndarray of shape (n_new,), bool
        Whether the nearest real row is of another class.
    foreign_between : float
        The share of which this is so among the real rows of the classes with new rows.
    """

    rows: Rows
    nearest: Rows
    distance: Floats
    ratio: Floats
    between: Floats
    is_foreign: NDArray[np.bool_]
    foreign_between: float


def closeness(both: Both, rng: np.random.Generator) -> Closeness:
    """Search the real rows for the nearest ones of new rows, and of themselves."""
    rows = _some(np.arange(len(both.new.label)), MOST_SEARCHED, rng)
    new_label, label = both.new.label[rows], both.real.label
    real, new = both.points(both.real, both.new.take(rows))
    index = Index(real)
    n_found = min(2, len(real))
    nearest, distance = index.neighbors_of(new, n_found)
    is_foreign = label[nearest[:, 0]] != new_label
    if n_found == 1:
        nothing = np.full(1, np.nan)
        return Closeness(rows, nearest[:, 0], distance[:, 0], np.full(len(new), np.nan), nothing, is_foreign, np.nan)
    ratio = np.divide(distance[:, 0], distance[:, 1], out=np.ones(len(new)), where=distance[:, 1] > 0)
    grown = np.sort(_some(np.concatenate([real_rows for real_rows, _ in both.grown()]), MOST_SEARCHED, rng))
    beside, between = index.neighbors_of_rows(grown, 1)
    foreign_between = float((label[beside[:, 0]] != label[grown]).mean())
    return Closeness(rows, nearest[:, 0], distance[:, 0], ratio, between[:, 0], is_foreign, foreign_between)


def _some(rows: Rows, most: int, rng: np.random.Generator) -> Rows:
    """All of them, or of more than so many some, drawn at random."""
    return rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))


def coverage_and_density(both: Both, rng: np.random.Generator) -> tuple[float, float, list[str]]:
    """The share of real rows with a new row of their class in their ball; and in how many balls a new row is, over k.

    A real row's ball is open and reaches to its k-th neighbour of the same class, k = 5 or as many as there are.

    Returns
    -------
    coverage, density : float
        Means over real and new rows of classes of at least two real rows; NaN if there are none.
    notes : list of str
        What was drawn at random.
    """
    real, new = both.points(both.real, both.new)
    covered = density = 0.0
    n_balls = n_measured = 0
    classes = [(real_rows, new_rows) for real_rows, new_rows in both.grown() if len(real_rows) > 1]
    if not classes:
        return np.nan, np.nan, []
    n_real, n_new = (sum(map(len, rows)) for rows in zip(*classes, strict=True))
    for real_rows, new_rows in classes:
        k = min(_K, len(real_rows) - 1)
        points = new[new_rows]
        balls = _some(np.arange(len(real_rows)), MOST_SEARCHED, rng)
        radius = Index(real[real_rows]).neighbors_of_rows(balls, k)[1][:, -1]
        centers = real[real_rows[balls]]
        share = len(real_rows) / n_real
        covered += share * float((Index(points).neighbors_of(centers, 1)[1][:, 0] < radius).mean())
        chosen = _some(np.arange(len(points)), max(_FEWEST, _MOST_PAIRS // len(balls)), rng)
        n_pairs = _n_pairs_within(points[chosen], centers, radius)
        density += n_pairs / (k * len(balls) * len(chosen)) * len(real_rows) * len(points) / n_new
        n_balls += len(balls)
        n_measured += len(chosen)
    notes = []
    if n_balls < n_real:
        notes.append(f"Coverage and density are of {n_balls:,} real rows, drawn at random.")
    if n_measured < n_new:
        notes.append(f"Density is the mean over {n_measured:,} new rows, drawn at random.")
    return covered, density, notes


def _n_pairs_within(points: Floats, centers: Floats, radius: Floats) -> int:
    """Pairs of a point and a centre that are nearer than the centre's radius.

    From products of matrices; what their rounding could turn is measured once more.
    """
    middle = centers.mean(axis=0)
    points, centers = points - middle, centers - middle
    squares, norms = np.square(radius), np.square(centers).sum(axis=1)
    found: list[int] = []

    def count(start: int, stop: int) -> None:
        piece = points[start:stop]
        lengths = np.square(piece).sum(axis=1)[:, None]
        away = lengths + norms - 2 * (piece @ centers.T) - squares
        doubt = _ROUNDING * (lengths + norms + squares)
        n = int((away < -doubt).sum())
        at, center = np.nonzero(abs(away) <= doubt)
        n += int((np.sqrt(np.square(piece[at] - centers[center]).sum(axis=1)) < radius[center]).sum())
        found.append(n)

    with one_blas_thread():
        for_each_piece(count, len(points), piece=1 + _PIECE_PAIRS // len(centers))
    return sum(found)


def membership_auc(both: Both, held_out: Entries) -> float:
    """How well nearness to a new row tells real rows that the new ones were made of from real ones held out.

    0.5 is not at all. Rows of the classes with new rows; NaN if none of them is held out.
    """
    real, new, others = both.points(both.real, both.new, held_out)
    distances: list[Floats] = [np.empty(0)]
    is_member: list[NDArray[np.bool_]] = [np.empty(0, bool)]
    for real_rows, new_rows in both.grown():
        outside = np.flatnonzero(held_out.label == both.new.label[new_rows[0]])
        index = Index(new[new_rows])
        for rows, is_inside in ((real[real_rows], True), (others[outside], False)):
            if len(rows):
                distances.append(index.neighbors_of(rows, 1)[1][:, 0])
                is_member.append(np.full(len(rows), is_inside))
    flags = np.concatenate(is_member)
    return np.nan if flags.all() else float(roc_auc_score(flags, -np.concatenate(distances)))
