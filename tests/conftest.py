"""What every test run shares."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

# Before NumPy and scikit-learn are loaded. Their threads wait for each other by spinning: with other processes on the
# same cores, a k-means of 300 rows takes a second of processor time instead of six milliseconds, and a logistic
# regression of 240 rows five times as long, in SciPy's BLAS. OpenBLAS cannot be told to wait in another way.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# A shell's background jobs, and all they start, are deaf to Ctrl-C, and what nohup starts to a closed terminal; tests
# send such signals to what they have started.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

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
