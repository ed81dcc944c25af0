"""The ensembles and the tables they are measured on, one line each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

from benchmarks import generated
from benchmarks.cases import Case


@dataclass(frozen=True)
class EnsembleCase:
    """An ensemble, by its name in both libraries, and a table."""

    model: str
    table: Case
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What a report calls it."""
        shown = {name: value for name, value in self.parameters.items() if name != "n_estimators"}
        words = "".join(f", {name}={value}" for name, value in shown.items())
        return f"{self.model}({self.parameters['n_estimators']}{words}), {self.table.name}"


def _table(rows: int, rare: int) -> Case:
    name = f"make_classification {rows // 1000}k x 20, {100 * rare // rows} % rare"
    return Case(name, rare, 20, False, rows - rare, generated.classification)


_LARGE = _table(1_000_000, 20_000)

#: Bags of a large table: 3x. All but a few rows are left out before any is read; what is left is the learner's time,
#: which is the same in both libraries. Few members: the ratio does not depend on their number.
BAGS = [
    EnsembleCase("BalancedBaggingClassifier", _LARGE, {"n_estimators": 3}),
    EnsembleCase("BalancedBaggingClassifier", _LARGE, {"n_estimators": 3, "estimator": GaussianNB()}),
    EnsembleCase(
        "BalancedBaggingClassifier", _LARGE, {"n_estimators": 3, "estimator": HistGradientBoostingClassifier()}
    ),
    EnsembleCase("EasyEnsembleClassifier", _LARGE, {"n_estimators": 2}),
    EnsembleCase("EasyEnsembleClassifier", _LARGE, {"n_estimators": 2, "estimator": LogisticRegression()}),
]

#: Forests: never slower.
FORESTS = [
    EnsembleCase("BalancedRandomForestClassifier", _table(100_000, 5_000), {"n_estimators": 100}),
    EnsembleCase("BalancedRandomForestClassifier", _table(100_000, 5_000), {"n_estimators": 100, "bootstrap": True}),
    EnsembleCase("BalancedRandomForestClassifier", _table(10_000, 500), {"n_estimators": 100}),
    EnsembleCase("BalancedRandomForestClassifier", _LARGE, {"n_estimators": 20}),
]

#: Boosting: never slower.
BOOSTING = [
    EnsembleCase(
        "RUSBoostClassifier",
        _table(100_000, 5_000),
        {"n_estimators": 50, "estimator": DecisionTreeClassifier(max_depth=3)},
    )
]

#: Rows chosen by hardness: imbalanced-learn has no such ensemble. Beside fits, each round predicts the common rows.
BY_HARDNESS = [
    EnsembleCase("SelfPacedEnsembleClassifier", _table(100_000, 5_000), {"n_estimators": 20}),
    EnsembleCase("SelfPacedEnsembleClassifier", _LARGE, {"n_estimators": 5}),
    EnsembleCase("SelfPacedEnsembleClassifier", _LARGE, {"n_estimators": 5, "estimator": GaussianNB()}),
    EnsembleCase("BalanceCascadeClassifier", _LARGE, {"n_estimators": 5, "estimator": GaussianNB()}),
]

#: Memory and pickle: half of theirs.
SIZES = [
    EnsembleCase("BalancedRandomForestClassifier", _table(100_000, 10_000), {"n_estimators": 100}),
    EnsembleCase("BalancedRandomForestClassifier", _table(100_000, 10_000), {"n_estimators": 100, "bootstrap": True}),
]
