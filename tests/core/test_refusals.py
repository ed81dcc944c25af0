"""Errors that remember which of their words are terms."""

from __future__ import annotations

import pickle
import re

import numpy as np
import pytest

from fastbal._core.plan import make_plan
from fastbal._core.refusals import STRATEGY, in_words, refusal
from fastbal._core.target import encode
from fastbal.cli.errors import OPTIONS


def test_without_terms_the_sentence_is_the_errors() -> None:
    assert in_words(ValueError("Nothing to replace in sampling_strategy."), OPTIONS) == (
        "Nothing to replace in sampling_strategy."
    )


def test_a_value_that_looks_like_a_term_stays() -> None:
    error = refusal(ValueError, STRATEGY, " has no class 'sampling_strategy'.")
    assert in_words(error, OPTIONS) == "--strategy has no class 'sampling_strategy'."


def test_terms_survive_another_process() -> None:
    error = pickle.loads(pickle.dumps(refusal(ValueError, "Lower ", STRATEGY, ".")))
    assert type(error) is ValueError
    assert str(error) == "Lower sampling_strategy."
    assert in_words(error, OPTIONS) == "Lower --strategy."


@pytest.mark.parametrize(
    ("strategy", "kind"),
    [
        ("autor", "over-sampling"),
        ("majority", "over-sampling"),
        ("minority", "under-sampling"),
        (1.5, "over-sampling"),
        ({"a": 2.5}, "over-sampling"),
        ({"a": -1}, "over-sampling"),
        ({"a": 1}, "clean-sampling"),
        (["a"], "over-sampling"),
        (object(), "over-sampling"),
    ],
)
def test_each_error_about_the_strategy_says_the_option(strategy: object, kind: str) -> None:
    with pytest.raises(ValueError, match="sampling_strategy") as raised:
        make_plan(strategy, encode(np.array(["a", "b", "b"])), kind)
    said = in_words(raised.value, OPTIONS)
    assert "--strategy" in said
    assert not re.search("sampling_strategy", said)
