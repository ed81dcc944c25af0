"""The parts of a batch as Keras takes them."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from scipy import sparse


def as_keras_takes_it(part: Any) -> Any:
    """An array; of a sparse matrix a SparseTensor where TensorFlow is the back-end, as Keras hands nothing else on.

    Parameters
    ----------
    part : {array-like, dataframe, sparse matrix} or dict of these
        X, y or sample weights of a batch.

    Returns
    -------
    ndarray, sparse matrix or SparseTensor, or dict of these
    """
    if isinstance(part, dict):
        return {name: as_keras_takes_it(value) for name, value in part.items()}
    if not sparse.issparse(part):
        return np.asarray(part)
    return _as_tensor(part) if keras.backend.backend() == "tensorflow" else part


def _as_tensor(matrix: Any) -> Any:
    import tensorflow

    entries = matrix.tocoo()
    return tensorflow.SparseTensor(np.column_stack([entries.row, entries.col]), entries.data, entries.shape)
