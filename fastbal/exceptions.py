"""Errors and warnings with a name of their own."""

from __future__ import annotations

from typing import Any


def raise_isinstance_error(variable_name: str, possible_type: list[type], variable: Any) -> None:
    """Raise the error for an argument of the wrong type.

    Parameters
    ----------
    variable_name : str
        Name of the argument.
    possible_type : list of type
        What it may be.
    variable : object
        What was given.

    Raises
    ------
    ValueError
        Always.

    Examples
    --------
    >>> raise_isinstance_error("k", [int], "five")
    Traceback (most recent call last):
    ValueError: k has to be one of [<class 'int'>]. Got <class 'str'> instead.
    """
    raise ValueError(f"{variable_name} has to be one of {possible_type}. Got {type(variable)} instead.")
