"""What draws, or sets the environment, when it is imported is not looked at for examples in docstrings.

Nor is what needs a library that is not here.
"""

from __future__ import annotations

import importlib.util

collect_ignore_glob = ["conf.py", "examples/*.py", "website/__main__.py"]
if not importlib.util.find_spec("torch"):
    collect_ignore_glob.append("guide/pytorch.md")
