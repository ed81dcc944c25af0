"""Classifiers that balance the classes for each of their members."""

from __future__ import annotations

from fastbal.ensemble._bagging import BalancedBaggingClassifier
from fastbal.ensemble._balance_cascade import BalanceCascadeClassifier
from fastbal.ensemble._easy_ensemble import EasyEnsembleClassifier
from fastbal.ensemble._forest import BalancedRandomForestClassifier
from fastbal.ensemble._rus_boost import RUSBoostClassifier
from fastbal.ensemble._self_paced import SelfPacedEnsembleClassifier

__all__ = [
    "BalanceCascadeClassifier",
    "BalancedBaggingClassifier",
    "BalancedRandomForestClassifier",
    "EasyEnsembleClassifier",
    "RUSBoostClassifier",
    "SelfPacedEnsembleClassifier",
]
