"""What happens without Keras, and that nobody has to pay for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

WITHOUT = """
import sys
sys.modules[{name!r}] = None
import fastbal.over_sampling
try:
    import fastbal.keras
except ImportError as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["keras", "tensorflow"])
def test_without_keras_or_its_back_end_the_message_says_how_to_install_them(name: str) -> None:
    run = subprocess.run([sys.executable, "-c", WITHOUT.format(name=name)], capture_output=True, text=True, check=True)
    assert "fastbal.keras needs Keras 3 and a back-end of it" in run.stdout
    assert f"no module '{name}" in run.stdout
    assert "pip install 'fastbal[keras]'" in run.stdout


def test_keras_2_is_refused() -> None:
    script = """
import sys, types
old = types.ModuleType("keras")
old.__version__ = "2.15.0"
sys.modules["keras"] = old
try:
    import fastbal.keras
except ImportError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "needs Keras 3, but Keras 2.15.0 is installed" in run.stdout


def test_importing_fastbal_does_not_import_keras() -> None:
    script = "import fastbal, fastbal.over_sampling, sys; print('keras' in sys.modules, 'tensorflow' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "False"]
