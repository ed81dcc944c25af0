"""Classifiers that balance the classes for each of their members."""
