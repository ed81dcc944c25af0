"""Nearest rows of a table, with scikit-learn's methods (stand-in for the engine's public face)."""

from __future__ import annotations

from sklearn.neighbors import NearestNeighbors

__all__ = ["NearestNeighbors"]
