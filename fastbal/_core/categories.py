"""Categories as small numbers, in the order of their sorted values; missing ones are a category too."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int32]


def encode_categories(values: NDArray[Any]) -> tuple[Codes, list[Any]]:
    """Number the categories of a column.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
        Numbers, strings or objects that can be hashed; None and NaN are categories, after all others.

    Returns
    -------
    codes : ndarray of shape (n_rows,), int32
    categories : list
        The categories, sorted; those that cannot be compared with each other by the name of their type first.

    Examples
    --------
    >>> import numpy as np
    >>> encode_categories(np.array(["red", None, "blue", "red"], dtype=object))
    (array([1, 2, 0, 1], dtype=int32), ['blue', 'red', None])
    """
    if values.dtype.kind != "O":
        known_values, codes = np.unique(values, return_inverse=True)
        return codes.astype(np.int32), known_values.tolist()
    entries = values.tolist()
    try:
        distinct = list(dict.fromkeys(entries))
    except TypeError as error:
        raise TypeError(f"A categorical column holds values that cannot be categories: {error}.") from None
    known = sort_categories([entry for entry in distinct if not is_missing(entry)])
    code_of = {entry: code for code, entry in enumerate(known)}
    missing = [entry for entry in distinct if is_missing(entry)]
    for entry in sorted(missing, key=lambda entry: entry is not None):  # None, then NaN of every kind
        code_of[entry] = len(known) if entry is None else len(known) + (None in code_of)
    categories = known + [None] * (None in code_of) + [np.nan] * any(entry is not None for entry in missing)
    return np.fromiter((code_of[entry] for entry in entries), np.int32, len(entries)), categories


def sort_categories(categories: list[Any]) -> list[Any]:
    """Categories in ascending order."""
    try:
        return sorted(categories)
    except TypeError:
        return sorted(categories, key=lambda category: (type(category).__name__, str(category)))


def is_missing(entry: Any) -> bool:
    """Whether an entry stands for nothing: None, NaN, NaT, pandas' NA."""
    if entry is None or type(entry).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(entry, (float, np.floating)) and bool(entry != entry)
