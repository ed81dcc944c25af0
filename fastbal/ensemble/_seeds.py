"""A random state for each member of an ensemble, in the order in which imbalanced-learn hands them out."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

_HIGH = np.iinfo(np.int32).max


def set_random_states(estimator: Any, stream: np.random.RandomState) -> None:
    """Give every `random_state` among the parameters of an estimator a number, by the order of their names."""
    names = sorted(name for name in estimator.get_params() if f"__{name}".endswith("__random_state"))
    if names:
        estimator.set_params(**{name: stream.randint(_HIGH) for name in names})


def seeds_of_new_members(ensemble: Any, per_member: int = 1) -> NDArray[np.int64]:
    """Seeds of the members still to be fitted: the same with a warm start as with a cold one.

    Returns
    -------
    ndarray of shape (n_new, per_member), int64
    """
    n_fitted, n_wanted = len(ensemble.estimators_), ensemble.n_estimators
    if n_wanted < n_fitted:
        raise ValueError(
            f"n_estimators={n_wanted} must be larger or equal to len(estimators_)={n_fitted} when warm_start==True: "
            "a warm start adds members, and takes none away. Raise n_estimators, or set warm_start=False."
        )
    if n_wanted == n_fitted:
        warnings.warn(
            "Warm-start fitting without increasing n_estimators does not fit new members.", UserWarning, stacklevel=3
        )
    seeds: NDArray[np.int64] = check_random_state(ensemble.random_state).randint(_HIGH, size=(n_wanted, per_member))
    return seeds[n_fitted:]
