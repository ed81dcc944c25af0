"""Samplers that add rows to the smaller classes."""

from __future__ import annotations

from fastbal.over_sampling._adasyn import ADASYN
from fastbal.over_sampling._borderline import BorderlineSMOTE
from fastbal.over_sampling._geometric import GeometricSMOTE
from fastbal.over_sampling._kmeans import KMeansSMOTE
from fastbal.over_sampling._loras import LoRAS
from fastbal.over_sampling._mgs import MGS
from fastbal.over_sampling._mixed import SMOTENC
from fastbal.over_sampling._mwmote import MWMOTE
from fastbal.over_sampling._nominal import SMOTEN
from fastbal.over_sampling._polynom_fit import PolynomFitSMOTE
from fastbal.over_sampling._prowsyn import ProWSyn
from fastbal.over_sampling._random import RandomOverSampler
from fastbal.over_sampling._rose import ROSE
from fastbal.over_sampling._safe_level import SafeLevelSMOTE
from fastbal.over_sampling._simplicial import SimplicialSMOTE
from fastbal.over_sampling._smote import SMOTE
from fastbal.over_sampling._svm import SVMSMOTE

__all__ = [
    "ADASYN",
    "MGS",
    "MWMOTE",
    "ROSE",
    "SMOTE",
    "SMOTEN",
    "SMOTENC",
    "SVMSMOTE",
    "BorderlineSMOTE",
    "GeometricSMOTE",
    "KMeansSMOTE",
    "LoRAS",
    "PolynomFitSMOTE",
    "ProWSyn",
    "RandomOverSampler",
    "SafeLevelSMOTE",
    "SimplicialSMOTE",
]
