"""Results that can be written: as text for other programs, or as a page."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import numpy as np

from fastbal._writing import written_whole


class Savable(ABC):
    """Something that says what it holds in dictionaries, and as a page of HTML."""

    @abstractmethod
    def as_dict(self) -> dict[str, Any]:
        """What is written, in dictionaries and lists."""

    @abstractmethod
    def html(self) -> str:
        """A page that opens without a network."""

    def json(self) -> str:
        """`as_dict` as text; NaN is null."""
        return json.dumps(as_json(self.as_dict()), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    def to_json(self, path: str | Path) -> None:
        """Write what `as_dict` has.

        Parameters
        ----------
        path : str or Path
            Replaced if it exists, and only when all is written.
        """
        with written_whole(path) as file:
            file.write(self.json().encode())

    def to_html(self, path: str | Path) -> None:
        """Write a page: one file that opens without a network.

        Parameters
        ----------
        path : str or Path
            Replaced if it exists, and only when all is written.
        """
        with written_whole(path) as file:
            file.write(self.html().encode())


def as_json(value: Any) -> Any:
    """As JSON can say it: NaN is null, keys are text, NumPy's numbers are Python's."""
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
