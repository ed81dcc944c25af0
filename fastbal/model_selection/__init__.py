"""Folds and cut-offs for imbalanced classes."""
