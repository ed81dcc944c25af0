"""Errors whose sentences name a setting, which others may call otherwise, and the page of the guide that explains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

_Error = TypeVar("_Error", bound=Exception)

#: Pages of the guide that explain errors, by what these are about. They are named by their titles in docs/guide.
GUIDE = {
    "columns": "Mixed columns and gaps",
    "groups": "Groups and time",
    "memory": "Tables larger than memory",
    "numbers": "How many rows?",
    "pipeline": "Resampling belongs in a pipeline",
    "probabilities": "Probabilities after resampling",
    "samplers": "Which sampler?",
}


def see(about: str) -> str:
    """Where the guide explains something, as the end of a sentence.

    >>> see("columns")
    ' See *Mixed columns and gaps* in the guide.'
    """
    return f" See *{GUIDE[about]}* in the guide."


@contextmanager
def explained(about: str) -> Iterator[None]:
    """Let the errors of a block, or of a function that this decorates, name the page of the guide that explains them.

    Examples
    --------
    >>> with explained("numbers"):
    ...     raise ValueError("There are too few rows.")
    Traceback (most recent call last):
    ValueError: There are too few rows. See *How many rows?* in the guide.
    """
    try:
        yield
    except (MemoryError, TypeError, ValueError) as error:
        if not str(error).endswith(" in the guide."):
            parts: tuple[str | Term, ...] = (*getattr(error, "parts", (str(error),)), see(about))
            error.args = (str(error) + see(about),)
            error.parts = parts  # type: ignore[union-attr]
        raise


class Term(NamedTuple):
    """Words in a sentence that stand for a setting.

    Attributes
    ----------
    setting : str
        What it is, for those who call it otherwise.
    text : str
        What it is called in Python.
    """

    setting: str
    text: str


STRATEGY = Term("sampling_strategy", "sampling_strategy")
QUOTED_STRATEGY = STRATEGY._replace(text="'sampling_strategy'")  # as imbalanced-learn's messages have it


def refusal(kind: type[_Error], *parts: str | Term) -> _Error:
    """An error that remembers which of its words are terms."""
    error = kind("".join(part.text if isinstance(part, Term) else part for part in parts))
    error.parts = parts  # type: ignore[attr-defined]
    return error


def in_words(error: BaseException, words: Mapping[str, str]) -> str:
    """An error's sentence, its terms replaced by other words for the same setting.

    Examples
    --------
    >>> error = refusal(ValueError, "Lower ", STRATEGY, ".")
    >>> str(error), in_words(error, {"sampling_strategy": "--strategy"})
    ('Lower sampling_strategy.', 'Lower --strategy.')
    """
    parts: tuple[str | Term, ...] = getattr(error, "parts", (str(error),))
    return "".join(words.get(part.setting, part.text) if isinstance(part, Term) else part for part in parts)
