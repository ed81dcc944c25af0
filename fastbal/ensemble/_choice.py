"""Which rows a sampler takes, known from the labels alone: before any row is touched."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from fastbal._core.recipe import Rows, row_number_type
from fastbal._core.target import Target
from fastbal.over_sampling import RandomOverSampler
from fastbal.under_sampling import RandomUnderSampler


def reads_labels_only(sampler: Any) -> bool:
    """Whether the sampler copies rows at random; a subclass may do more than its parent."""
    return type(sampler) in (RandomUnderSampler, RandomOverSampler) and getattr(sampler, "shrinkage", None) is None


def choose_rows(sampler: Any, target: Target, n_columns: int) -> Rows:
    """The rows that such a sampler takes, by their number; leaves what `fit_resample` leaves."""
    recipe, _ = sampler._draw_within(np.empty((0, n_columns)), target)  # of the table, only its width is asked
    if recipe.kept is not None:
        # The sampler lives as long as its ensemble: half the memory.
        kept = recipe.kept.astype(row_number_type(recipe.n_rows))
        sampler.recipe_ = dataclasses.replace(recipe, kept=kept)
    rows: Rows = sampler.sample_indices_
    return rows
