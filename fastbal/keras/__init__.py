"""What Keras lacks for imbalanced tables."""

from __future__ import annotations

try:
    import keras as _keras
except ModuleNotFoundError as error:
    raise ImportError(
        f"fastbal.keras needs Keras 3 and a back-end of it, but there is no module {error.name!r}. "
        "Install both with: pip install 'fastbal[keras]'"
    ) from error

if not hasattr(_keras, "ops"):
    raise ImportError(
        f"fastbal.keras needs Keras 3, but Keras {_keras.__version__} is installed. "
        "Install it with: pip install 'fastbal[keras]'"
    )

from fastbal._networks.class_weights import ClassWeights, class_weights, initial_bias
from fastbal.keras._average_precision import AveragePrecision
from fastbal.keras._balanced_accuracy import BalancedAccuracy
from fastbal.keras._batches import BalancedBatches
from fastbal.keras._binary_f1 import BinaryF1
from fastbal.keras._dataset import balanced_dataset
from fastbal.keras._decision import (
    Decision,
    ReadDecision,
    deciding_model,
    predict_labels,
    predict_probability,
    read_decision,
)
from fastbal.keras._deferred_reweighting import DeferredReweighting
from fastbal.keras._focal_loss import FocalLoss
from fastbal.keras._generator import BalancedBatchGenerator
from fastbal.keras._geometric_mean import GeometricMean
from fastbal.keras._logit_adjusted_loss import LogitAdjustedLoss
from fastbal.keras._reference_dnn import reference_dnn
from fastbal.keras._reference_dnn_classifier import ReferenceDNNClassifier
from fastbal.keras._retrain_head import RetrainHead
from fastbal.keras._tune_threshold import TuneThreshold
from fastbal.tensorflow import balanced_batch_generator

__all__ = [
    "AveragePrecision",
    "BalancedAccuracy",
    "BalancedBatchGenerator",
    "BalancedBatches",
    "BinaryF1",
    "ClassWeights",
    "Decision",
    "DeferredReweighting",
    "FocalLoss",
    "GeometricMean",
    "LogitAdjustedLoss",
    "ReadDecision",
    "ReferenceDNNClassifier",
    "RetrainHead",
    "TuneThreshold",
    "balanced_batch_generator",
    "balanced_dataset",
    "class_weights",
    "deciding_model",
    "initial_bias",
    "predict_labels",
    "predict_probability",
    "read_decision",
    "reference_dnn",
]
