"""What a saved layer, loss or metric says to those who cannot load it."""

from __future__ import annotations

from typing import Any, Self

_NOTE, _TEXT = "to_load_this", "import fastbal.keras first: it makes its classes known to Keras"


class SavedByName:
    """Mixin of classes that Keras finds by their registered name, hence only after ``import fastbal.keras``.

    Where it does not, its error shows the configuration; so there it says what to do.
    """

    def get_config(self) -> dict[str, Any]:
        """What makes the object again, and how to load it."""
        return {**super().get_config(), _NOTE: _TEXT}  # type: ignore[misc]

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """The object again."""
        return cls(**{name: value for name, value in config.items() if name != _NOTE})
