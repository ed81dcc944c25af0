"""Samplers that add rows to some classes and take rows away, of doubtful class or of larger ones."""

from __future__ import annotations

from fastbal.combine._balance import Balance
from fastbal.combine._smote_enn import SMOTEENN
from fastbal.combine._smote_tomek import SMOTETomek

__all__ = ["SMOTEENN", "Balance", "SMOTETomek"]
