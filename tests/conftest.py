"""What every test run shares."""

from __future__ import annotations

from hypothesis import settings

# The first example of a test may compile or import: time is not what these tests are about.
settings.register_profile("fastbal", deadline=None)
settings.load_profile("fastbal")
