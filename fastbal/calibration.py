"""Probabilities for the classes as they are, from a model fitted on a balanced table."""
