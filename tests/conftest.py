"""What every test run shares."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# The first example of a test may compile or import: time is not what these tests are about.
settings.register_profile("fastbal", deadline=None)
settings.load_profile("fastbal")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the project, which is no part of it."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"real data are not at hand: {folder} does not exist")
    return folder
