"""Balanced batches as an endless generator: imbalanced-learn's function of this name; TensorFlow is not imported."""

from __future__ import annotations

from fastbal._streaming.chosen import balanced_batch_generator

__all__ = ["balanced_batch_generator"]
