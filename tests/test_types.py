"""What type checkers are told is what is checked when a program runs."""

from __future__ import annotations

import inspect
import re
from typing import Any, Literal, get_args, get_type_hints

import pytest
from sklearn.utils._param_validation import StrOptions

from fastbal import combine, multilabel, over_sampling, regression, under_sampling
from fastbal._core import plan

CLASSES = [
    getattr(module, name)
    for module in (combine, multilabel, over_sampling, regression, under_sampling)
    for name in module.__all__
    if inspect.isclass(getattr(module, name)) and hasattr(getattr(module, name), "_parameter_constraints")
]


def literals(annotation: Any) -> set[str]:
    """The names in an annotation, those in unions included."""
    if getattr(annotation, "__origin__", None) is Literal:
        return {value for value in get_args(annotation) if isinstance(value, str)}
    return set().union(*map(literals, get_args(annotation)))


def test_names_in_annotations_are_found() -> None:
    assert literals(Literal["a", "b"] | None) == {"a", "b"}
    assert literals(str) == set()


@pytest.mark.parametrize("estimator", CLASSES)
def test_names_that_a_parameter_takes_are_those_that_type_checkers_know(estimator: Any) -> None:
    hints = get_type_hints(estimator.__init__)
    for parameter, constraints in estimator._parameter_constraints.items():
        options = [one.options for one in constraints if isinstance(one, StrOptions)]
        if options and (known := literals(hints.get(parameter))):
            assert known == set().union(*options), parameter
        elif options:
            assert hints[parameter] is Any, f"{parameter}: a name of few is no str"


def test_names_of_strategies_are_those_that_type_checkers_know() -> None:
    assert set(get_args(plan.StrategyName)) == {"auto", *plan._CLASSES_NAMED}


def test_samplers_say_what_their_strategy_may_be() -> None:
    for estimator in CLASSES:
        if estimator.__module__.startswith(("fastbal.over_sampling", "fastbal.under_sampling")):
            assert get_type_hints(estimator.__init__)["sampling_strategy"] == plan.Strategy, estimator


def test_the_file_of_uses_expects_errors() -> None:
    """Each line that is wrong on purpose says so; a checker that finds nothing there fails on the needless comment."""
    from pathlib import Path

    text = (Path(__file__).parent / "typed_uses.py").read_text(encoding="utf-8")
    assert len(re.findall(r"# type: ignore\[arg-type\]", text)) == 4
    assert "reportUnnecessaryTypeIgnoreComment=true" in text
