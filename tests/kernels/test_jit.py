"""The cache of compiled kernels: kept where possible, never in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import resource, signal
import numpy as np
import numba  # before the disk is full
from fastbal._kernels.rows import interpolate
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
out = np.empty((1, 1))
interpolate(np.array([[0.0], [4.0]]), np.array([0]), np.array([1]), np.array([0.25]), out)
print(out[0, 0])
"""


def run(script: str, cache: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False)


def test_a_full_disk_costs_the_cache_and_not_the_result(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    done = run(SCRIPT, tmp_path)
    assert done.stdout.split() == ["1.0"], done.stderr


def test_kernels_are_cached_under_a_digest_of_all_sources(tmp_path: Path) -> None:
    done = run(SCRIPT.replace("(0, 0)", "(resource.RLIM_INFINITY, resource.RLIM_INFINITY)"), tmp_path)
    assert done.stdout.split() == ["1.0"], done.stderr
    from fastbal._kernels import _jit

    names = [file.name for file in tmp_path.rglob("*.nbi")]
    assert names
    assert all(_jit._DIGEST in name for name in names)
