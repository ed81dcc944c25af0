"""What `--strategy` means for the classes of a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from fastbal._core.words import listed
from fastbal.cli.errors import MISUSED, CliError, close_to

NAMES = ("auto", "minority", "majority", "not minority", "not majority", "all")


def parse_strategy(text: str, labels: list[Any]) -> str | float | dict[Any, int]:
    """Read a name, a ratio, `label=rows,label=rows` or a JSON object.

    Parameters
    ----------
    text : str
        As it was typed.
    labels : list
        The labels in the file. Names of labels are looked up among them, so that they get the file's type.

    Returns
    -------
    str, float or dict
        A `sampling_strategy`.

    Examples
    --------
    >>> parse_strategy("not majority", [0, 1])
    'not majority'
    >>> parse_strategy("0.5", [0, 1])
    0.5
    >>> parse_strategy("1=500", [0, 1])
    {1: 500}
    >>> parse_strategy('{"yes": 500, "no": 800}', ["no", "yes"])
    {'yes': 500, 'no': 800}
    """
    if text in NAMES:
        return text
    if (ratio := _as_number(text)) is not None:
        return ratio
    if text.lstrip().startswith("{"):
        try:
            rows = json.loads(text, object_pairs_hook=list)
        except json.JSONDecodeError as error:
            raise CliError(f"--strategy is not a JSON object: {error}. Got {text}", MISUSED) from None
    elif "=" in text:
        rows = [_parted(part) for part in text.split(",")]
    else:
        raise CliError(
            f"--strategy must be one of {', '.join(NAMES)}; a ratio such as 0.5; or numbers of rows such as "
            f"{labels[0]}=500. Got {text!r}.{close_to(text, NAMES)}",
            MISUSED,
        )
    strategy: dict[Any, int] = {}
    for written, number in rows:
        label = label_written(written, labels, "--strategy")
        if label in strategy:
            raise CliError(f"--strategy names the class {label!r} twice. Give it one number of rows.", MISUSED)
        strategy[label] = _whole_rows(number, written)
    return strategy


def _parted(part: str) -> tuple[str, str]:
    label, equals, number = part.rpartition("=")
    if not equals:
        raise CliError(
            f"--strategy: {part!r} is no label=rows. Write for example no=500,yes=500; labels with commas need JSON, "
            f'for example {{"a,b": 500}}.',
            MISUSED,
        )
    return label, number


def _as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _whole_rows(number: Any, label: str) -> int:
    try:
        if isinstance(number, float) and not number.is_integer():
            raise ValueError
        return int(number)
    except (TypeError, ValueError):
        raise CliError(
            f"--strategy: the number of rows of {label!r} must be a whole number, not {number!r}.", MISUSED
        ) from None


def label_written(text: str, labels: list[Any], option: str) -> Any:
    """The label of the file that was meant: true is True, 1 is 1.0."""
    same: list[Callable[[Any], bool]] = [
        lambda label: str(label) == text,
        lambda label: str(label).casefold() == text.strip().casefold(),  # true is True
        lambda label: _as_number(str(label)) is not None and _as_number(str(label)) == _as_number(text),  # 1 is 1.0
    ]
    for is_same in same:
        found = [label for label in labels if is_same(label)]
        if len(found) == 1:
            return found[0]
    raise CliError(
        f"{option} names the class {text!r}, which the target does not have. Its classes are {listed(labels)}."
        f"{close_to(text, map(str, labels))}"
    )
