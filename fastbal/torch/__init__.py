"""Balanced batches, samplers and losses for PyTorch."""

from __future__ import annotations

try:
    import torch as _torch  # noqa: F401
except ModuleNotFoundError as error:
    raise ImportError(
        f"fastbal.torch needs PyTorch, but there is no module {error.name!r}. Install it with: "
        "pip install 'fastbal[torch]'"
    ) from error

from fastbal._networks.class_weights import ClassWeights, class_weights, initial_bias
from fastbal._networks.prior import prior_of
from fastbal.torch._dataset import BalancedDataset
from fastbal.torch._losses import (
    adjusted_probabilities,
    asymmetric_loss,
    class_weight_tensor,
    focal_loss,
    logit_adjusted_loss,
)
from fastbal.torch._sampler import BalancedSampler

__all__ = [
    "BalancedDataset",
    "BalancedSampler",
    "ClassWeights",
    "adjusted_probabilities",
    "asymmetric_loss",
    "class_weight_tensor",
    "class_weights",
    "focal_loss",
    "initial_bias",
    "logit_adjusted_loss",
    "prior_of",
]
