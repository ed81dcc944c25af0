"""Scores that a rare class shows up in."""

from __future__ import annotations

from fastbal.metrics._absolute_error import macro_averaged_mean_absolute_error
from fastbal.metrics._geometric_mean import geometric_mean_score
from fastbal.metrics._index_balanced_accuracy import make_index_balanced_accuracy
from fastbal.metrics._report import classification_report_imbalanced
from fastbal.metrics._sensitivity import sensitivity_score, sensitivity_specificity_support, specificity_score

__all__ = [
    "classification_report_imbalanced",
    "geometric_mean_score",
    "macro_averaged_mean_absolute_error",
    "make_index_balanced_accuracy",
    "sensitivity_score",
    "sensitivity_specificity_support",
    "specificity_score",
]
