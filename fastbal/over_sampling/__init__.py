"""Samplers that add rows to the smaller classes."""

from __future__ import annotations

from fastbal.over_sampling._random import RandomOverSampler
from fastbal.over_sampling._smote import SMOTE

__all__ = ["SMOTE", "RandomOverSampler"]
