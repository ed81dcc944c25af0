"""How many members of an ensemble are fitted at a time."""

from __future__ import annotations

from typing import Any

import joblib
from sklearn.utils.parallel import Parallel

from fastbal._core.threads import max_threads


def parallel(n_jobs: int | None, *, grows_trees: bool, **options: Any) -> Parallel:
    """joblib's jobs. If `n_jobs` is None and the members are trees, all threads that may be used.

    Trees release Python's lock while they grow. Other learners may use threads themselves.

    Parameters
    ----------
    n_jobs : int or None
        The ensemble's parameter.
    grows_trees : bool
        Whether its members are scikit-learn's trees.
    **options : dict
        Further arguments of `Parallel`.

    Examples
    --------
    >>> parallel(1, grows_trees=True).n_jobs
    1
    """
    if n_jobs is None and grows_trees and joblib.effective_n_jobs(None) == 1:
        return Parallel(n_jobs=max_threads(), **{**options, "prefer": "threads"})
    return Parallel(n_jobs=n_jobs, **options)
