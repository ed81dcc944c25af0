"""What a sampler of one's own needs: the checks that fastbal's samplers use."""

from __future__ import annotations

from fastbal._containers.labels import check_target_type
from fastbal._neighborhood import check_neighbors_object
from fastbal._problem import check_sampling_strategy
from fastbal.utils._docstring import Substitution

__all__ = ["Substitution", "check_neighbors_object", "check_sampling_strategy", "check_target_type"]
