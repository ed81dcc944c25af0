"""Rows drawn of a class, each with its neighbours: what sums of rows are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastbal._core.draws import Stream
from fastbal._core.plan import Plan
from fastbal._core.recipe import Block, Recipe, Rows, join
from fastbal._core.target import Target
from fastbal._neighborhood import Neighborhood


def around_drawn(
    X: Any, target: Target, plan: Plan, heading: Neighborhood, stream: Stream
) -> tuple[Recipe, Rows, Rows]:
    """A recipe of rows drawn of each class; lists of a row and its neighbours, and which of them is each new row's.

    In a list, −1 follows the last where a row has not so many neighbours.
    """
    blocks, members, sources = [], [], []
    n_sources = 0
    for code, n_new in plan.items():
        rows = target.rows_of(code)
        drawn, source = np.unique(stream.integers(len(rows), n_new), return_inverse=True)
        neighbors = heading.among(X, rows)(drawn)
        neighbors[neighbors == drawn[:, None]] = -1  # who has none in the group
        found = np.where(neighbors < 0, -1, rows[neighbors])
        members.append(np.column_stack([rows[drawn], found]))
        sources.append(source + n_sources)
        n_sources += len(drawn)
        blocks.append(Block(code, rows[drawn[source]]))
    return join(blocks, n_rows=len(target.codes)), np.concatenate(members), np.concatenate(sources)
