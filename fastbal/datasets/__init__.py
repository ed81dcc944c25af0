"""Imbalanced tables: made from balanced ones, or fetched."""
