"""Which remedy helps on your data, if any?"""

from fastbal.study._arms import ARMS, OWN, REFERENCE, Arm
from fastbal.study._compare import compare
from fastbal.study._comparison import Comparison
from fastbal.study._differences import Difference
from fastbal.study._models import MODELS
from fastbal.study._results import Line, Predictions, Run
from fastbal.study._scores import SCORES, TUNABLE

__all__ = [
    "ARMS",
    "MODELS",
    "OWN",
    "REFERENCE",
    "SCORES",
    "TUNABLE",
    "Arm",
    "Comparison",
    "Difference",
    "Line",
    "Predictions",
    "Run",
    "compare",
]
