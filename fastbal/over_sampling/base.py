"""What over-samplers share: how many rows may be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from fastbal._core.plan import OVER
from fastbal._sklearn import Interval, StrOptions
from fastbal.base import BaseSampler

__all__ = ["BaseOverSampler"]


class BaseOverSampler(BaseSampler):
    """Base class of the over-samplers.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows of each class; see `RandomOverSampler`.
    """

    _sampling_type = OVER
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "sampling_strategy": [
            Interval(Real, 0, 1, closed="right"),
            StrOptions({"auto", "minority", "not minority", "not majority", "all"}),
            Mapping,
            callable,
        ],
        "random_state": ["random_state", np.random.Generator],
    }
