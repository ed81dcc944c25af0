"""Samplers that add rows to the smaller classes."""

from __future__ import annotations

from fastbal.over_sampling._adasyn import ADASYN
from fastbal.over_sampling._borderline import BorderlineSMOTE
from fastbal.over_sampling._kmeans import KMeansSMOTE
from fastbal.over_sampling._mixed import SMOTENC
from fastbal.over_sampling._nominal import SMOTEN
from fastbal.over_sampling._random import RandomOverSampler
from fastbal.over_sampling._smote import SMOTE
from fastbal.over_sampling._svm import SVMSMOTE

__all__ = [
    "ADASYN",
    "SMOTE",
    "SMOTEN",
    "SMOTENC",
    "SVMSMOTE",
    "BorderlineSMOTE",
    "KMeansSMOTE",
    "RandomOverSampler",
]
