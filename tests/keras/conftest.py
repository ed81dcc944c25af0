"""What the tests of the Keras layer share."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def keras_saves_without_a_warning() -> Iterator[None]:
    """Keras 3.15 writes a model's weights by a protocol that NumPy 2 has extended; NumPy warns, and copies."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "__array__ implementation doesn't accept a copy", DeprecationWarning)
        yield
