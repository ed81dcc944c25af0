"""Scores that a rare class shows up in."""
