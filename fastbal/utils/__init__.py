"""What a sampler of one's own needs: the checks that fastbal's samplers use."""

from __future__ import annotations

from fastbal.utils._docstring import Substitution
from fastbal.utils._validation import check_neighbors_object, check_sampling_strategy, check_target_type

__all__ = ["Substitution", "check_neighbors_object", "check_sampling_strategy", "check_target_type"]
