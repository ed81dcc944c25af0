"""Values of somebody's data in sentences and on screens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from unicodedata import category

import numpy as np

#: How a number begins that is none, such as 00501 or -07: a code, which would lose its zeros. 0.5 is a number.
LEADING_ZERO = r"^\s*[+-]?0\d"


def listed(values: Iterable[Any], at_most: int = 10) -> str:
    """The first values as Python writes them, and how many more there are.

    >>> listed(["no", np.int64(1), 2.5], at_most=2)
    "'no', 1 and 1 more"
    """
    values = list(values)
    shown = ", ".join(repr(value.item() if isinstance(value, np.generic) else value) for value in values[:at_most])
    return shown if len(values) <= at_most else f"{shown} and {len(values) - at_most} more"


def printable(text: object) -> str:
    r"""Text of a file for a screen: no letter of it clears the screen, turns the order of letters or ends the line.

    Such characters are shown as Python writes them; blanks of every width stay.

    >>> print(printable("a\x1b[2Jb\u202ec\nd e"))
    a\x1b[2Jb\u202ec\nd e
    """
    return "".join(c if c.isprintable() or category(c) == "Zs" else repr(c)[1:-1] for c in str(text))
