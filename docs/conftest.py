"""What draws, or sets the environment, when it is imported is not looked at for examples in docstrings."""

from __future__ import annotations

collect_ignore_glob = ["conf.py", "examples/*.py", "website/__main__.py"]
