"""Samplers that remove rows from the larger classes."""

from __future__ import annotations

from fastbal.under_sampling._random import RandomUnderSampler

__all__ = ["RandomUnderSampler"]
