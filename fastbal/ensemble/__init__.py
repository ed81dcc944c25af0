"""Classifiers that balance the classes for each of their members."""

from __future__ import annotations

from fastbal.ensemble._bagging import BalancedBaggingClassifier
from fastbal.ensemble._easy_ensemble import EasyEnsembleClassifier
from fastbal.ensemble._forest import BalancedRandomForestClassifier
from fastbal.ensemble._rus_boost import RUSBoostClassifier

__all__ = [
    "BalancedBaggingClassifier",
    "BalancedRandomForestClassifier",
    "EasyEnsembleClassifier",
    "RUSBoostClassifier",
]
