"""What differs from imbalanced-learn, by the estimator: rows of the tables of coming-from/imbalanced-learn.md."""

from __future__ import annotations

import functools
import importlib
import re
import warnings
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).parents[1] / "coming-from" / "imbalanced-learn.md"


class Difference(NamedTuple):
    """A row of a table: what is done there, what here, and why; and the heading it stands under."""

    heading: str
    theirs: str
    ours: str
    why: str


@functools.cache
def differences() -> list[Difference]:
    """All rows of the page's tables of three columns."""
    found, heading = [], ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 and cells[0] != "imbalanced-learn" and "---" not in cells[0]:
            found.append(Difference(heading, *cells))
    return found


#: What a table calls an estimator, where it is not its full name.
SHORT = {
    "BalancedRandomForestClassifier": "BalancedRandomForest|forest",
    "BalancedBaggingClassifier": "BalancedBagging",
    "EasyEnsembleClassifier": "EasyEnsemble",
    "RUSBoostClassifier": "RUSBoost",
    "EditedNearestNeighbours": "ENN",
}


def of_estimator(name: str) -> list[Difference]:
    """The rows that speak of an estimator.

    >>> [one.theirs[:7] for one in of_estimator("SVMSMOTE")][0]
    'SVMSMOT'
    """
    called = re.compile(rf"(?<!\w)({name}{'|' + SHORT[name] if name in SHORT else ''})(?!\w)")
    return [one for one in differences() if called.search(one.theirs) or called.search(one.ours)]


def is_in_imbalanced_learn(name: str) -> bool:
    """Whether imbalanced-learn has something under the same name.

    >>> is_in_imbalanced_learn("fastbal.over_sampling.SMOTE"), is_in_imbalanced_learn("fastbal.over_sampling.ROSE")
    (True, False)
    """
    module, _, attribute = name.replace("fastbal", "imblearn", 1).rpartition(".")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what importing TensorFlow warns of is not ours
        try:
            return hasattr(importlib.import_module(module), attribute)
        except ImportError:
            return False
