"""Samplers that add rows to the smaller classes and then remove rows of doubtful class."""

from __future__ import annotations

from fastbal.combine._smote_enn import SMOTEENN
from fastbal.combine._smote_tomek import SMOTETomek

__all__ = ["SMOTEENN", "SMOTETomek"]
