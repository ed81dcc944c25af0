"""The tutorials import Keras: where it is not installed, nobody looks for examples in them."""

from __future__ import annotations

import importlib.util

collect_ignore_glob = [] if importlib.util.find_spec("keras") else ["*.py"]
