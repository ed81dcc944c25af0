"""Random tables through every sampler of both libraries: the same rows, or a difference that the page names."""

from __future__ import annotations

import importlib
import re
import warnings
from collections import Counter
from typing import Any

import numpy as np
import pytest

from tests.our_ties import SVCWithoutNumbers, numbered, our_ties
from tests.random_tables import RandomTable, random_table
from tests.test_random_tables import SAMPLERS
from tests.under_sampling.test_condensed import condensed

imblearn = pytest.importorskip("imblearn")

THEIRS = {name for part in ("combine", "over_sampling", "under_sampling") for name in getattr(imblearn, part).__all__}
NAMES = [name for name in SAMPLERS if name.split(",")[0] in THEIRS]
#: What looks at the columns by more than searches, which would see the numbers of the rows; none of these searches for
#: some rows among others of which they are a part.
NOT_NUMBERED = (
    "RandomOverSampler",
    "KMeansSMOTE",
    "SMOTENC",
    "SMOTEN",
    "ClusterCentroids",
    "InstanceHardnessThreshold",
)
#: Both refuse, for one reason.
REFUSED_BY_BOTH = (
    "All support vectors are considered as noise",
    "No clusters found with sufficient samples of class",
)
#: What imbalanced-learn refuses and fastbal does not, each by sampler.
REFUSED_THERE = {
    "ADASYN": (
        "Not any neigbours belong to the majority class",
        "No samples will be generated with the provided ratio",
    ),
    "KMeansSMOTE": ("No clusters found with sufficient samples", "cannot convert float NaN to integer"),
    "SMOTENC": ("SMOTE-NC is not designed to work only with categorical features",),
}


def theirs(sampler: Any) -> Any:
    """The sampler of imbalanced-learn with the same parameters."""
    module = importlib.import_module(f"imblearn.{type(sampler).__module__.split('.')[1]}")
    parameters = {
        name: value for name, value in sampler.get_params(deep=False).items() if name not in ("missing", "reject")
    }
    if parameters.get("smote") is not None:
        parameters["smote"] = theirs(parameters["smote"])
    return getattr(module, type(sampler).__name__)(**parameters)


def answer(sampler: Any, table: RandomTable) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return sampler.fit_resample(table.X, table.y)
        except (ValueError, RuntimeError) as error:
            return str(error)


def answer_with_our_ties(name: str, sampler: Any, table: RandomTable) -> Any:
    """What imbalanced-learn's sampler answers if ties are decided as here."""
    are_numbered = name.split(",")[0] not in NOT_NUMBERED
    if not are_numbered:
        with our_ties(are_numbered=False):
            return answer(sampler, table)
    if name == "SVMSMOTE":
        sampler.set_params(svm_estimator=SVCWithoutNumbers(gamma="scale", random_state=0))
    with our_ties(are_numbered=True):
        found = answer(sampler, table._replace(X=numbered(table.X)))
    return found if isinstance(found, str) else (found[0][:, :-1], found[1])


def are_equal(got: Any, expected: Any) -> bool:
    """Row by row, bit by bit."""
    if isinstance(got, str) or isinstance(expected, str):
        return False
    return np.array_equal(got[0], expected[0]) and np.array_equal(got[1], expected[1])


def is_about_the_same(got: str, expected: str) -> bool:
    """Whether two refusals have one reason, and one class if both name theirs."""
    reason = next(
        (reason for reason in REFUSED_BY_BOTH if got.startswith(reason) and expected.startswith(reason)), None
    )
    if reason is None:
        return False
    label, label_there = (re.match(r" (\d+)", message[len(reason) :]) for message in (got, expected))
    return label_there is None or (label is not None and label[1] == label_there[1])


def are_refused_alike(name: str, table: RandomTable, other: Any, got: str, expected: str) -> bool:
    """Where something else stops theirs at an earlier class, it is asked for the class that stops ours."""
    if is_about_the_same(got, expected) or not expected.startswith(REFUSED_THERE.get(name, ("nothing",))):
        return is_about_the_same(got, expected)
    stopped = re.search(r"of class (\d+)\.", got)
    assert stopped
    other.set_params(sampling_strategy={int(stopped[1]): int(np.bincount(table.y).max())})
    return is_about_the_same(got, answer(other, table))


def is_close(got: Any, expected: Any, X: Any) -> bool:
    """But for the last digits, measured by the columns."""
    if got.shape != expected.shape:
        return False
    size = np.abs(X).max(axis=0) + np.finfo(np.float64).tiny
    return bool(np.abs((got - expected) / size).max(initial=0) < (1e-5 if X.dtype == np.float32 else 1e-10))


def cause_of(name: str, table: RandomTable, ours: Any, other: Any, got: Any, expected: Any) -> str:
    """Why the two differ, ties apart, each cause by what it says; "" if none does."""
    if isinstance(got, str):
        is_refused = isinstance(expected, str) and are_refused_alike(name, table, other, got, expected)
        return "refused by both" if is_refused else ""
    if isinstance(expected, str):
        return "refused there" if expected.startswith(REFUSED_THERE.get(name, ("nothing",))) else ""
    rows, rows_there = ({label: Z[z == label] for label in set(table.y.tolist())} for Z, z in (got, expected))
    differing = [label for label in rows if not is_close(rows[label], rows_there[label], table.X)]
    if not differing:
        return "last digits"
    n_asked = {label: n + ours.sampling_strategy_.get(label, 0) for label, n in Counter(table.y.tolist()).items()}
    is_short = [len(rows[label]) == n_asked[label] != len(rows_there[label]) for label in differing]
    if name.startswith(("ADASYN", "SVMSMOTE", "KMeansSMOTE")) and all(is_short):
        return "the number asked for"
    if name.startswith("BorderlineSMOTE") and all(is_short):
        return "" if any(label in ours.in_danger_indices for label in differing) else "none in danger"
    if name == "CondensedNearestNeighbour":
        X = table.X.astype(np.float64)
        found, found_there = (condensed(X, table.y, 0, 1, 1, skips_by_accident=skips) for skips in (False, True))
        is_so = ours.sample_indices_.tolist() == found and other.sample_indices_.tolist() == found_there
        return "positions looked up among row numbers" if is_so else ""
    if name.startswith("ClusterCentroids"):
        causes = {
            cause_of_centres(name, table.X[table.y == label], rows[label], rows_there[label]) for label in differing
        }
        return "" if "" in causes else ", ".join(sorted(causes))
    return ""


def cause_of_centres(name: str, X: Any, rows: Any, rows_there: Any) -> str:
    """Why other rows stand for the clusters of a class."""
    if len(np.unique(X, axis=0)) < len(rows):
        is_among_them = (rows >= X.min(axis=0) - 1e-9).all() and (rows <= X.max(axis=0) + 1e-9).all()
        return "fewer different rows than centres" if is_among_them else ""
    chosen: dict[Any, int] = {}
    for i, row in enumerate(rows_there.tolist()):
        chosen.setdefault((*row,), i)
    first = sorted(chosen.values())
    is_twice = "hard" in name and len(first) < len(rows) and np.array_equal(rows[first], rows_there[first])
    return "a row chosen twice" if is_twice else ""


def check_parity(seed: int, name: str) -> str:
    """Raise an error if a difference has no cause; the cause."""
    table = random_table(seed, ("f8", "f8", "f4"), tame=True)
    ours, other = SAMPLERS[name](table.k), theirs(SAMPLERS[name](table.k))
    got = answer(ours, table)
    if are_equal(got, answer(other, table)):
        return "equal"
    expected = answer_with_our_ties(name, other, table)
    if are_equal(got, expected):
        return "ties"
    cause = cause_of(name, table, ours, other, got, expected)
    assert cause
    return cause


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", NAMES)
def test_the_same_rows_or_a_named_difference(name: str, seed: int) -> None:
    check_parity(seed, name)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, 26))
@pytest.mark.parametrize("name", NAMES)
def test_more_tables_have_the_same_rows_or_a_named_difference(name: str, seed: int) -> None:
    check_parity(seed, name)
