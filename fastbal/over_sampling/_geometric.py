"""New rows in a ball around a row, cut and squeezed towards another: Geometric SMOTE."""

from __future__ import annotations

import dataclasses
from numbers import Real
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from fastbal._core.draws import Draws
from fastbal._core.making import Ball
from fastbal._core.plan import Plan, Strategy, growing
from fastbal._core.recipe import Block, Recipe, Rows, join
from fastbal._core.segments import draw_segments
from fastbal._core.target import Target
from fastbal._core.threads import for_each_piece
from fastbal._neighborhood import Neighborhood, capped, parts_of, pool_of
from fastbal._sklearn import Interval, StrOptions
from fastbal.over_sampling._smote import BaseSMOTE
from fastbal.over_sampling.base import DenseMixin


class GeometricSMOTE(DenseMixin, BaseSMOTE):
    """Over-sample by making rows in a ball around rows of a class (Douzas and Bacao 2019).

    A row of the class is the centre, and another row lies on the surface: a neighbour in the class, the nearest row of
    another class, or the nearer of the two. The new row is drawn uniformly from the ball, of which parts may be cut off
    by a plane across the direction to the surface row, and which may be squeezed towards that direction.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows of each class; see `SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.
    k_neighbors : int, "auto" or object, default=5
        Neighbours in the class, one of which is drawn; see `SMOTE`.
    truncation_factor : float, default=1.0
        From -1 to 1: 1 leaves the half of the ball that is on the side of the surface row, -1 the other half, 0 all.
    deformation_factor : float, default=0.0
        From 0 to 1: 0 leaves the ball as it is, 1 makes a line of it.
    selection_strategy : {"combined", "minority", "majority"}, default="combined"
        Which row is on the surface: a neighbour in the class ("minority"), the nearest row of another class
        ("majority"), or whichever of them is nearer ("combined").

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Label to number of rows made.
    recipe_ : Recipe
        Which rows the output consists of.
    is_synthetic_ : ndarray of shape (n_rows_new,), bool
        Which rows of the output are new.
    base_indices_ : ndarray of shape (n_made,)
        For each new row: the row of the input it starts from.
    neighbor_indices_ : ndarray of shape (n_made,)
        For each new row: the row of the input it has on its ball's surface, of any class.
    step_ : ndarray of shape (n_made,), float64
        NaN: a new row is on no segment.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Notes
    -----
    Scale the columns first: the ball is as wide in each. In many columns nearly all of a ball is near its surface and
    across any direction, so new rows are noise of the length of the distance to the surface row. With truncation and
    deformation 1 new rows lie on the segment, but near to the centre: this is not SMOTE.

    With groups, ``selection_strategy="minority"`` is needed: the nearest row of another class may be of another group.

    References
    ----------
    Douzas, Bacao: Geometric SMOTE: a geometrically enhanced drop-in replacement for SMOTE. Information Sciences 501
    (2019), 118-135.

    Examples
    --------
    >>> from collections import Counter
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.over_sampling import GeometricSMOTE
    >>> X, y = make_classification(n_samples=1000, weights=[0.1, 0.9], flip_y=0, random_state=10)
    >>> sampler = GeometricSMOTE(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> sorted(Counter(y_resampled.tolist()).items())
    [(0, 900), (1, 900)]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseSMOTE._parameter_constraints,
        "truncation_factor": [Interval(Real, -1, 1, closed="both")],
        "deformation_factor": [Interval(Real, 0, 1, closed="both")],
        "selection_strategy": [StrOptions({"combined", "minority", "majority"})],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: Any = None,
        k_neighbors: Any = 5,
        truncation_factor: float = 1.0,
        deformation_factor: float = 0.0,
        selection_strategy: Literal["combined", "majority", "minority"] = "combined",
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy, random_state=random_state, k_neighbors=k_neighbors)
        self.truncation_factor = truncation_factor
        self.deformation_factor = deformation_factor
        self.selection_strategy = selection_strategy

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        wanted = growing(plan)
        if not wanted:
            return Recipe(n_rows=len(target.codes))
        if target.has_groups and self.selection_strategy != "minority":
            raise ValueError(
                f"With groups, selection_strategy must be 'minority', so that new rows are made of rows of one group. "
                f"Got {self.selection_strategy!r}, which looks at the nearest row of another class in any group."
            )
        heading = Neighborhood("k_neighbors", capped(self.k_neighbors, target, wanted), target.groups)
        if self.selection_strategy != "majority":
            heading.require_rows(target, list(wanted))
        stream = draws.stream()
        blocks, surfaces = [], []
        for code, n_new in wanted.items():
            rows = target.rows_of(code)
            if self.selection_strategy == "majority":
                base = rows[stream.integers(len(rows), n_new)]
                surface, _ = _nearest_foreign(X, target, code, base)
            else:
                segment = draw_segments(
                    rows, rows, code, n_new, k=heading.k, nearest=heading.among(X, rows), stream=stream
                )
                base, neighbor = segment.base, segment.neighbor
                assert neighbor is not None
                surface = neighbor
                if self.selection_strategy == "combined":
                    foreign, distance = _nearest_foreign(X, target, code, base)
                    surface = np.where(distance < _lengths(X, base, neighbor), foreign, neighbor)
            blocks.append(Block(code, base))
            surfaces.append(surface)
        recipe = join(blocks, n_rows=len(target.codes))
        ball = Ball(
            key=stream.key(),
            number=np.arange(recipe.n_new),
            neighbor=np.concatenate(surfaces),
            truncation=float(self.truncation_factor),
            deformation=float(self.deformation_factor),
        )
        return dataclasses.replace(recipe, making=ball)


def _nearest_foreign(X: Any, target: Target, code: int, base: Rows) -> tuple[Rows, NDArray[np.float64]]:
    """For each base the nearest row of another class, and how far it is."""
    foreign = np.flatnonzero(target.codes != code)
    drawn, place = np.unique(base, return_inverse=True)
    index = pool_of(X, foreign).index
    found = [index.neighbors_of(part, 1) for part in parts_of(X, drawn)]
    neighbor = np.concatenate([neighbors[:, 0] for neighbors, _ in found])
    distance = np.concatenate([distances[:, 0] for _, distances in found])
    return foreign[neighbor][place], distance[place]


def _lengths(X: Any, base: Rows, neighbor: Rows) -> NDArray[np.float64]:
    """From each base to its neighbour, also where squares would leave the range of floats."""
    distances = np.empty(len(base))

    def measure(start: int, stop: int) -> None:
        ends = X[neighbor[start:stop]].astype(np.float64)
        with np.errstate(over="ignore"):
            ends -= X[base[start:stop]]
        largest = np.abs(ends).max(axis=1)
        scale = np.where((largest > 0) & (largest < np.inf), largest, 1.0)
        ends /= scale[:, None]
        with np.errstate(over="ignore"):
            distances[start:stop] = np.sqrt(np.einsum("ij,ij->i", ends, ends)) * scale

    for_each_piece(measure, len(base), piece=1 << 12)
    return distances
