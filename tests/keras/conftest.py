"""What the tests of the Keras layer share. KERAS_BACKEND says on what they run: tensorflow, jax or torch."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest

keras = pytest.importorskip("keras", reason="Keras is not installed")


@pytest.fixture(autouse=True)
def keras_saves_without_a_warning() -> Iterator[None]:
    """Keras 3.15 writes a model's weights by a protocol that NumPy 2 has extended; NumPy warns, and copies."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "__array__ implementation doesn't accept a copy", DeprecationWarning)
        yield


@pytest.fixture
def without_graphs() -> Iterator[None]:
    """Networks this small are trained for milliseconds; making a graph of each fit takes TensorFlow a second."""
    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow

    tensorflow.config.run_functions_eagerly(True)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Even though the `tf.config", UserWarning)  # data sets keep theirs
        yield
    tensorflow.config.run_functions_eagerly(False)
