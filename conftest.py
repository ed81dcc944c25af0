"""Examples that need a library which not every environment has are looked for where it is."""

from __future__ import annotations

import importlib.util

collect_ignore_glob = [] if importlib.util.find_spec("torch") else ["fastbal/torch/*"]
