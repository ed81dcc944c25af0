"""What over-samplers share: how many rows may be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from fastbal._containers.table import Table
from fastbal._core.plan import OVER
from fastbal._sklearn import StrOptions, Tags
from fastbal.base import BaseSampler

__all__ = ["BaseOverSampler", "MissingMixin"]


class MissingMixin:
    """For samplers that take missing numbers, if asked to.

    Distances are then over the columns that both rows have, scaled up to all (scikit-learn's
    `nan_euclidean_distances`). A new number lies between those of its parents; where a parent has none, it is that of
    the nearer parent: so it is missing as often as the parents' are.
    """

    missing: str
    _missing_constraints: ClassVar[dict[str, Any]] = {"missing": [StrOptions({"error", "keep"})]}

    @property
    def _may_miss(self) -> bool:
        return self.missing == "keep"

    def _read_values(self, table: Table) -> Any:
        return table.numbers(type(self).__name__, allow_nan=self._may_miss)

    def __sklearn_tags__(self) -> Tags:
        tags: Tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.input_tags.allow_nan = self._may_miss
        return tags


class BaseOverSampler(BaseSampler):
    """Base class of the over-samplers.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows of each class; see `RandomOverSampler`.
    """

    _sampling_type = OVER
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "sampling_strategy": [Real, str, Mapping, callable],  # what they may say is for the plan to check
        "random_state": ["random_state", np.random.Generator],
    }
