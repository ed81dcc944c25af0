"""Tables whose rows have several labels each: how uneven the labels are, and samplers that make them less so."""

from __future__ import annotations

from fastbal.multilabel._cleaning import MLTL, MLeNN
from fastbal.multilabel._label_sets import LPROS, LPRUS
from fastbal.multilabel._measures import cvir, irlbl, mean_ir, scumble
from fastbal.multilabel._mlsmote import MLSMOTE
from fastbal.multilabel._random import MLROS, MLRUS
from fastbal.multilabel._remedial import REMEDIAL

__all__ = [
    "LPROS",
    "LPRUS",
    "MLROS",
    "MLRUS",
    "MLSMOTE",
    "MLTL",
    "REMEDIAL",
    "MLeNN",
    "cvir",
    "irlbl",
    "mean_ir",
    "scumble",
]
