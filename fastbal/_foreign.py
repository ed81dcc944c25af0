"""Samplers from elsewhere, imbalanced-learn's or a user's own: what they take, and which rows they say they choose."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from fastbal._containers.beside import ExtraArrays, given_arrays
from fastbal._core.recipe import NewRows, Recipe, Rows
from fastbal._sklearn import count_entries


class CannotFollowError(TypeError):
    """A sampler does not tell where its rows come from, so nothing can be resampled along.

    Parameters
    ----------
    sampler : object
        The one.
    names : iterable of str
        What was to be resampled along.
    """

    def __init__(self, sampler: Any, names: Iterable[str]) -> None:
        self.sampler, names = sampler, list(names)
        super().__init__(
            f"{type(sampler).__name__} cannot resample {', '.join(names)} along with X and y: it does not say in "
            f"sample_indices_ which row of X each row of its output is. Use a sampler of fastbal's, or leave "
            f"{'them' if len(names) > 1 else 'it'} out."
        )


def resample_with(
    sampler: Any, X: Any, y: Any, arrays: Mapping[str, Any], arguments: Mapping[str, Any] | None = None
) -> tuple[Any, Any, dict[str, Any]]:
    """Resample by any sampler, one of imbalanced-learn's included.

    Parameters
    ----------
    sampler : object with `fit_resample`
        One that takes arrays, as fastbal's do, carries them along itself; for others it is done by their
        `sample_indices_`.
    X, y : table and labels
        As those of the sampler.
    arrays : mapping of name to array-like of shape (n_rows, ...)
        What is to be resampled along.
    arguments : mapping of name to value, default=None
        Further arguments of the sampler's `fit_resample`.

    Returns
    -------
    X_resampled, y_resampled
        As the sampler has returned them; what some return besides, such as the rows chosen, is left out.
    resampled : dict of name to array-like of shape (n_rows_new, ...)
        The arrays.

    Raises
    ------
    CannotFollowError
        If the sampler cannot resample more than X and y.
    TypeError
        If the sampler takes arrays, and returns fewer than it was given.
    """
    given, handed_back = dict(arguments or {}), dict[str, Any]()
    if takes_arrays(sampler):
        given |= arrays
        given = given_arrays(given.pop("sample_weight", None), given.pop("groups", None), given)
        _, handed_back = named_by(getattr(sampler, "_fit_resample", None), given)
    followers = {name: array for name, array in arrays.items() if name not in handed_back}
    extra = ExtraArrays(followers, count_entries(y) or 0, type(sampler).__name__)
    X, y, *more = sampler.fit_resample(X, y, **given)
    if len(more) < len(handed_back):
        raise TypeError(
            f"{type(sampler).__name__}.fit_resample was given {', '.join(handed_back)} and must return X, y and each "
            f"of them resampled, in this order, but it has returned {len(more)} of {len(handed_back)}."
        )
    resampled = dict(zip(handed_back, more[len(more) - len(handed_back) :], strict=True))
    resampled |= zip(followers, follow(sampler, extra, count_entries(y), X), strict=True)
    return X, y, {name: resampled[name] for name in arrays}


def takes_arrays(sampler: Any) -> bool:
    """Whether `fit_resample` takes ``sample_weight`` and any other arrays, and returns them resampled."""
    parameters = inspect.signature(sampler.fit_resample).parameters
    return "sample_weight" in parameters and any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def named_by(function: Any, arrays: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arrays that a function names as its parameters, and the others."""
    parameters = inspect.signature(function).parameters.values() if function is not None else ()
    names = {p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)}
    named = {name: array for name, array in arrays.items() if name in names}
    return named, {name: array for name, array in arrays.items() if name not in names}


def chosen_by(sampler: Any, n_rows_new: int | None) -> Rows | None:
    """The row of the input that each row of a sampler's output is, if the sampler says so."""
    rows = getattr(sampler, "sample_indices_", None)
    return None if rows is None or len(rows) != n_rows_new else np.asarray(rows)


def follow(sampler: Any, extra: ExtraArrays, n_rows_new: int | None, X_out: Any) -> list[Any]:
    """Arrays resampled by the rows that a sampler says it has chosen, to stand beside its output `X_out`."""
    if not extra.columns:
        return []
    rows = chosen_by(sampler, n_rows_new)
    if rows is None:
        raise CannotFollowError(sampler, extra.columns)
    return extra.write(Recipe(n_rows=extra.n_rows, kept=rows), NewRows(), X_out)
