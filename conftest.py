"""Examples that need a library which not every environment has are looked for where it is; who runs which tests."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

collect_ignore_glob = [] if importlib.util.find_spec("torch") else ["fastbal/torch/*"]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Processes begin at different files, and take from each other at the end.

    Each would otherwise run every second test of the same file, make all that the file shares, and compile the same
    kernels at the same time. ``--dist load`` cannot be told from saying nothing, and is the same here.
    """
    if config.getoption("dist") != "load":
        return None
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)
