"""New rows among other classes are drawn again."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._core.draws import Draws
from fastbal._core.plan import Plan
from fastbal._core.recipe import Recipe, Rows
from fastbal._core.rows import rows_as_floats, write_csr, write_rows
from fastbal._core.target import Target
from fastbal._neighborhood import Neighborhood, pool_of

# After so many rounds, a new row may have more neighbours of other classes than before, by so much.
_ROUNDS, _MORE = 20, 0.1


def without_foreign(
    X: Any,
    recipe: Recipe,
    target: Target,
    draw: Callable[[Plan, Draws], Recipe],
    judge: Neighborhood,
    limit: float,
    key: int,
    *,
    may_miss: bool,
) -> Recipe:
    """A recipe in which no new row has `limit` or more of its nearest rows in other classes; those are drawn again.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n_rows, n_columns)
        The table.
    recipe : Recipe
        New rows on segments, all rows of the table kept.
    target : Target
        The class of each row.
    draw : callable
        Draws new rows as the sampler does, as many of each class as a plan says.
    judge : Neighborhood
        How many nearest rows are looked at.
    limit : float
        The share of them that is too much, in (0, 1].
    key : int
        The random numbers.
    may_miss : bool
        Whether numbers may be missing.

    Returns
    -------
    Recipe
        The rows that were accepted are where they were; each of the others is replaced.
    """
    index = pool_of(X, may_miss=may_miss).index
    k = min(judge.k, len(target.codes))

    def is_foreign(part: Recipe) -> NDArray[np.bool_]:
        new = dataclasses.replace(part, kept=np.empty(0, np.int64))
        rows = write_csr(X, new) if sparse.issparse(X) else write_rows(X, new)
        neighbors, _ = index.neighbors_of(rows_as_floats(rows), k)
        share = (target.codes[neighbors] != part.label[:, None]).mean(axis=1)
        too_many: NDArray[np.bool_] = share >= limit
        return too_many

    source = np.random.default_rng(key)
    open_places = np.flatnonzero(is_foreign(recipe))
    share_accepted = 1 - len(open_places) / recipe.n_new
    rounds = 0
    while len(open_places):
        rounds += 1
        if rounds > _ROUNDS:
            rounds, limit = 1, limit + _MORE
            warnings.warn(
                f"Of {recipe.n_new} new rows {len(open_places)} lie among other classes wherever they are drawn, after "
                f"{_ROUNDS} rounds. reject is {limit:.3g} for them from here on.",
                stacklevel=6,
            )
        codes = recipe.label[open_places]
        more = 1.2 / max(share_accepted, 0.05)
        plan = {int(code): int(more * n) + 1 for code, n in zip(*np.unique(codes, return_counts=True), strict=True)}
        part = draw(plan, Draws(source))
        accepted = np.flatnonzero(~is_foreign(part))
        share_accepted = len(accepted) / part.n_new
        places, chosen = _matched(codes, part.label[accepted])
        recipe = _replaced(recipe, open_places[places], part, accepted[chosen])
        open_places = np.delete(open_places, places)
    return recipe


def _matched(wanted: Rows, found: Rows) -> tuple[Rows, Rows]:
    """Positions of wanted classes and of found ones, so that each of one has the same class as that of the other."""
    places, chosen = [], []
    for code in np.unique(wanted):
        at, there = np.flatnonzero(wanted == code), np.flatnonzero(found == code)
        n = min(len(at), len(there))
        places.append(at[:n])
        chosen.append(there[:n])
    return np.concatenate(places), np.concatenate(chosen)


def _replaced(recipe: Recipe, places: Rows, part: Recipe, chosen: Rows) -> Recipe:
    """A recipe with some of its new rows replaced by those of another."""
    fields = {}
    for name in ("base", "neighbor", "step"):
        entries = getattr(recipe, name).copy()
        entries[places] = getattr(part, name)[chosen]
        fields[name] = entries
    return dataclasses.replace(recipe, **fields)
