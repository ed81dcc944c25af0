"""Folds and cut-offs for imbalanced classes."""

from __future__ import annotations

from fastbal.model_selection._confusion_metrics import (
    ConfusionMetric,
    FBeta,
    Gain,
    PrecisionAtRecall,
    RecallAtPrecision,
)
from fastbal.model_selection._instance_hardness import InstanceHardnessCV
from fastbal.model_selection._threshold import ThresholdClassifier
from fastbal.model_selection._tuned_threshold import TunedThresholdClassifier

__all__ = [
    "ConfusionMetric",
    "FBeta",
    "Gain",
    "InstanceHardnessCV",
    "PrecisionAtRecall",
    "RecallAtPrecision",
    "ThresholdClassifier",
    "TunedThresholdClassifier",
]
