"""Sentences that many docstrings share, written once."""

from __future__ import annotations

from typing import TypeVar

Documented = TypeVar("Documented")


class Substitution:
    """Fill in the blanks of a docstring, as a decorator.

    Parameters
    ----------
    *args : str
        What `{0}`, `{1}` and so on stand for.
    **kwargs : str
        What `{name}` stands for.

    Examples
    --------
    >>> from fastbal.utils import Substitution
    >>> @Substitution(seed="an int, for the same rows again")
    ... def sampler(random_state):
    ...     '''Sample. random_state: {seed}.'''
    >>> sampler.__doc__
    'Sample. random_state: an int, for the same rows again.'
    """

    def __init__(self, *args: str, **kwargs: str) -> None:
        self.args = args
        self.kwargs = kwargs

    def __call__(self, obj: Documented) -> Documented:
        """The same function or class, its docstring filled in."""
        if obj.__doc__:
            obj.__doc__ = obj.__doc__.format(*self.args, **self.kwargs)
        return obj
