"""What under-samplers share: how many rows, or which classes, may be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any, ClassVar

from fastbal._core.plan import CLEAN, UNDER
from fastbal.base import BaseSampler

__all__ = ["BaseCleaningSampler", "BaseUnderSampler"]


class BaseUnderSampler(BaseSampler):
    """Base class of the under-samplers that keep a given number of rows.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows of each class; see `RandomUnderSampler`.
    """

    _sampling_type = UNDER
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "sampling_strategy": [Real, str, Mapping, callable],  # what they may say is for the plan to check
    }


class BaseCleaningSampler(BaseSampler):
    """Base class of the under-samplers that remove rows by a rule of their own.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        The classes from which rows may be removed.
    """

    _sampling_type = CLEAN
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "sampling_strategy": [Real, str, list, Mapping, callable],
    }
