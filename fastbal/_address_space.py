"""What is left out where a process may address little memory (``ulimit -v``), whatever it takes of it.

Arrow's own allocator sets 1.1 GB of addresses aside before it hands out a byte, polars and its threads as much.
"""

from __future__ import annotations

import os

_LITTLE = 4 * 10**9


def _is_narrow() -> bool:
    try:
        import resource
    except ImportError:  # not on Windows
        return False
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return limit != resource.RLIM_INFINITY and limit < _LITTLE


#: Whether the process was allowed less than 4 GB of addresses when it loaded fastbal.
IS_NARROW = _is_narrow()

if IS_NARROW:  # heard by Arrow while it is loaded, as it is by pandas
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
