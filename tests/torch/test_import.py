"""What happens without PyTorch, and that nobody has to pay for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

WITHOUT = """
import sys
sys.modules["torch"] = None
import fastbal
try:
    fastbal.torch
except ImportError as error:
    print(error)
"""


def run(script: str) -> str:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout


def test_without_pytorch_the_message_says_how_to_install_it() -> None:
    assert "fastbal.torch needs PyTorch, but there is no module 'torch'" in run(WITHOUT)
    assert "pip install 'fastbal[torch]'" in run(WITHOUT)


def test_importing_fastbal_does_not_import_pytorch() -> None:
    assert run("import fastbal, fastbal.over_sampling, sys; print('torch' in sys.modules)").strip() == "False"


@pytest.mark.slow
def test_pytorch_needs_no_keras() -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    assert run("import fastbal.torch, sys; print('keras' in sys.modules)").strip() == "False"
