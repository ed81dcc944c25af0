"""Folds and cut-offs for imbalanced classes."""

from __future__ import annotations

from fastbal.model_selection._instance_hardness import InstanceHardnessCV

__all__ = ["InstanceHardnessCV"]
