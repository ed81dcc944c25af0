"""Algorithms on arrays: no parameters, no containers, no scikit-learn."""
