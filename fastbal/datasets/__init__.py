"""Imbalanced tables: made from balanced ones, or fetched."""

from __future__ import annotations

from fastbal.datasets._imbalance import make_imbalance
from fastbal.datasets._zenodo import fetch_datasets

__all__ = ["fetch_datasets", "make_imbalance"]
