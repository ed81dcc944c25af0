"""Which remedy helps on your data, if any?"""

from fastbal.study._arms import ARMS, NOTHING, OWN, REFERENCE, Arm
from fastbal.study._compare import Progress, compare
from fastbal.study._comparison import Comparison
from fastbal.study._continuous import RegressionComparison, RegressionLine, RegressionRun, compare_regression
from fastbal.study._differences import Difference
from fastbal.study._models import MODELS
from fastbal.study._question import Question
from fastbal.study._results import Line, Predictions, Run
from fastbal.study._scores import SCORES, TUNABLE
from fastbal.study._table_classifier import TableClassifier

__all__ = [
    "ARMS",
    "MODELS",
    "NOTHING",
    "OWN",
    "REFERENCE",
    "SCORES",
    "TUNABLE",
    "Arm",
    "Comparison",
    "Difference",
    "Line",
    "Predictions",
    "Progress",
    "Question",
    "RegressionComparison",
    "RegressionLine",
    "RegressionRun",
    "Run",
    "TableClassifier",
    "compare",
    "compare_regression",
]
