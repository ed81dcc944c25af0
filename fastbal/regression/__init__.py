"""Imbalanced regression: continuous targets of which some values matter more, and are rare."""

from __future__ import annotations

from fastbal._core.bins import Bin
from fastbal.regression._density_weights import density_weights
from fastbal.regression._noise import GaussianNoiseSampler
from fastbal.regression._plot import plot_relevance
from fastbal.regression._random import WERCS, RelevanceOverSampler, RelevanceUnderSampler
from fastbal.regression._relevance import Relevance
from fastbal.regression._scores import (
    relevance_weighted_absolute_error,
    relevance_weighted_squared_error,
    ser_curve,
    sera,
)
from fastbal.regression._smogn import SMOGN
from fastbal.regression._smoter import SMOTER

__all__ = [
    "SMOGN",
    "SMOTER",
    "WERCS",
    "Bin",
    "GaussianNoiseSampler",
    "Relevance",
    "RelevanceOverSampler",
    "RelevanceUnderSampler",
    "density_weights",
    "plot_relevance",
    "relevance_weighted_absolute_error",
    "relevance_weighted_squared_error",
    "ser_curve",
    "sera",
]
