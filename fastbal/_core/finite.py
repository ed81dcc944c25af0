"""Find the values that no distance can be computed from: NaN and infinity."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastbal._core.threads import for_each_piece

_PIECE = 1 << 17


def count_not_finite(X: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """NaN and infinities per column, or None if there are none: one pass in parallel, a second only to count.

    Examples
    --------
    >>> import numpy as np
    >>> count_not_finite(np.array([[1.0, 2.0], [np.nan, -np.inf]]))
    (array([1, 0]), array([0, 1]))
    >>> count_not_finite(np.array([[1.0, 2.0]])) is None
    True
    """
    if X.dtype.kind != "f" or X.size == 0:
        return None
    table = X if X.ndim == 2 else X[:, None]
    # Along memory: an array stored by columns is checked by columns.
    view = table.T if table.flags.f_contiguous and not table.flags.c_contiguous else table
    if view.flags.c_contiguous:
        view = view.reshape(-1)
    piece = max(1, _PIECE // (view.size // len(view)))
    bad: list[int] = []  # appending is safe from several threads

    def look(start: int, stop: int) -> None:
        if not np.isfinite(view[start:stop]).all():
            bad.append(start)

    for_each_piece(look, len(view), piece=piece)
    if not bad:
        return None
    columns = [table[:, j] for j in range(table.shape[1])]
    n_nan = np.array([np.count_nonzero(np.isnan(column)) for column in columns])
    n_inf = np.array([np.count_nonzero(np.isinf(column)) for column in columns])
    return n_nan, n_inf


def describe_not_finite(n_nan: ArrayLike, n_inf: ArrayLike, columns: list[str]) -> str:
    """The beginning of a sentence on NaN and infinity: how many stand in which of the columns.

    Examples
    --------
    >>> describe_not_finite([2, 0], [0, 1], ["'age'", "'pay'"])
    "Input X contains NaN and infinity or a value too large (inf): column 'age' (2 NaN), column 'pay' (1 inf)"
    """
    counts = {"NaN": np.asarray(n_nan), "inf": np.asarray(n_inf)}
    kinds = {"NaN": "NaN", "inf": "infinity or a value too large (inf)"}
    details = []
    for j, column in enumerate(columns):
        found = [f"{n[j]} {kind}" for kind, n in counts.items() if n[j]]
        if found:
            details.append(f"column {column} ({', '.join(found)})")
    more = f" and {len(details) - 10} more columns" if len(details) > 10 else ""
    found_kinds = " and ".join(kinds[kind] for kind, n in counts.items() if n.any())
    return f"Input X contains {found_kinds}: {', '.join(details[:10])}{more}"
