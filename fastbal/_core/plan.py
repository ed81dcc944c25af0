"""How many rows of each class a sampler makes or keeps: every form of `sampling_strategy`."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Mapping
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fastbal._core.refusals import QUOTED_STRATEGY, STRATEGY, explained, refusal, see
from fastbal._core.target import Target
from fastbal._core.words import listed

OVER, UNDER, CLEAN = "over-sampling", "under-sampling", "clean-sampling"

#: What samplers take as `sampling_strategy`, for those who check types.
StrategyName = Literal["auto", "all", "majority", "minority", "not majority", "not minority"]
Strategy = (
    float
    | StrategyName
    | Mapping[Any, Any]
    | list[Any]
    | tuple[Any, ...]
    | set[Any]
    | NDArray[Any]
    | Callable[[Any], Any]
)

#: Rows of each class: {class code: rows to make (over), to keep (under); classes to clean (clean)}.
Plan = dict[int, int]

# Among equally large classes, the first label is the smallest, and the largest, as in imbalanced-learn.
_CLASSES_NAMED: dict[str, Callable[[NDArray[np.int64]], list[int]]] = {
    "minority": lambda counts: [int(counts.argmin())],
    "majority": lambda counts: [int(counts.argmax())],
    "not minority": lambda counts: [code for code in range(len(counts)) if code != counts.argmin()],
    "not majority": lambda counts: [code for code in range(len(counts)) if code != counts.argmax()],
    "all": lambda counts: list(range(len(counts))),
}
_AUTO = {OVER: "not majority", UNDER: "not minority", CLEAN: "not minority"}


def growing(plan: Plan) -> Plan:
    """The classes that get new rows, and how many.

    >>> growing({0: 0, 2: 5})
    {2: 5}
    """
    return {code: n_new for code, n_new in plan.items() if n_new}


def make_plan(sampling_strategy: Any, target: Target, sampling_type: str, **kwargs: Any) -> Plan:
    """Turn `sampling_strategy` into a number of rows per class.

    Parameters
    ----------
    sampling_strategy : str, float, mapping, iterable of labels or callable
        As documented for the samplers.
    target : Target
        The encoded labels.
    sampling_type : {"over-sampling", "under-sampling", "clean-sampling"}
        What the numbers mean: rows to make, rows to keep, or (cleaning) just which classes are touched.
    **kwargs
        Handed on to `sampling_strategy` if it is a function.

    Returns
    -------
    dict of int to int
        Class code to number, ascending by code; a class that needs no rows stays in with 0.

    Raises
    ------
    ValueError
        If there is one class only, or if the strategy cannot be met by this kind of sampling.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal._core.target import encode
    >>> target = encode(np.repeat(["common", "rare"], [100, 28]))
    >>> make_plan("auto", target, "over-sampling")
    {1: 72}
    >>> make_plan(0.58, target, "over-sampling")
    {1: 30}
    >>> make_plan({"common": 50}, target, "under-sampling")
    {0: 50}
    """
    if len(target.classes) < 2:
        found = f", {target.labels[0]!r}" if len(target.classes) else ""
        raise ValueError(
            "The target 'y' needs to have more than 1 class. "
            f"Got {len(target.classes)} class instead{found}: there is nothing to balance it against. "
            "Check that y is the right column and that no filter has removed the other classes."
        )
    if isinstance(sampling_strategy, str):
        plan = _plan_of_name(sampling_strategy, target, sampling_type)
    elif isinstance(sampling_strategy, Real) and not isinstance(sampling_strategy, bool):
        plan = _plan_of_ratio(float(sampling_strategy), target, sampling_type)
    elif isinstance(sampling_strategy, Mapping):
        if sampling_type == CLEAN:
            raise refusal(
                ValueError,
                QUOTED_STRATEGY,
                " as a dict for cleaning methods is not supported. Please give a list of the "
                "classes to be targeted by the sampling: how many rows are removed is for the data to decide.",
                see("numbers"),
            )
        plan = _plan_of_totals(sampling_strategy, target, sampling_type)
    elif callable(sampling_strategy):
        answer = sampling_strategy(target.decode(target.codes), **kwargs)
        if sampling_type == CLEAN:
            plan = _plan_of_labels(answer, target)  # of a mapping, its keys: cleaning decides the numbers
        elif isinstance(answer, Mapping):
            plan = _plan_of_totals(answer, target, sampling_type)
        else:
            raise refusal(
                ValueError,
                "A ",
                QUOTED_STRATEGY,
                f" that is a function must return a dict of label to number of rows. It returned {answer!r}.",
                see("numbers"),
            )
    elif isinstance(sampling_strategy, Iterable):
        if sampling_type != CLEAN:
            raise refusal(
                ValueError,
                QUOTED_STRATEGY,
                " cannot be a list for samplers which are not cleaning methods. "
                f"Got {sampling_strategy!r}. Give a dict of label to number of rows.",
                see("numbers"),
            )
        plan = _plan_of_labels(sampling_strategy, target)
    else:
        raise refusal(
            ValueError,
            QUOTED_STRATEGY,
            " must be a string, a float, a dict or a function (or, for cleaning methods, a list). "
            f"Got {sampling_strategy!r}, a {type(sampling_strategy).__name__}.",
            see("numbers"),
        )
    return dict(sorted(plan.items()))


@explained("numbers")
def _plan_of_name(name: str, target: Target, sampling_type: str) -> Plan:
    if name != "auto" and name not in _CLASSES_NAMED:
        close = difflib.get_close_matches(name, ["auto", *_CLASSES_NAMED], n=1)
        raise refusal(
            ValueError,
            "When ",
            QUOTED_STRATEGY,
            f" is a string, it needs to be one of {['auto', *_CLASSES_NAMED]}. "
            f"Got {name!r} instead.{f' Did you mean {close[0]!r}?' if close else ''}",
        )
    if name == "majority" and sampling_type == OVER:
        raise refusal(
            ValueError,
            QUOTED_STRATEGY,
            "='majority' cannot be used with over-sampler: "
            "the largest class has no other to catch up with. Use 'not majority', or a dict to make it larger.",
        )
    if name == "minority" and sampling_type != OVER:
        raise refusal(
            ValueError,
            QUOTED_STRATEGY,
            "='minority' cannot be used with under-sampler and clean-sampler: "
            "the smallest class is what the others are reduced for. Use 'not minority', or name the classes.",
        )
    codes = _CLASSES_NAMED[_AUTO[sampling_type] if name == "auto" else name](target.counts)
    counts = target.counts
    if sampling_type == OVER:
        return {code: int(counts.max() - counts[code]) for code in codes}
    return dict.fromkeys(codes, int(counts.min()))


@explained("numbers")
def _plan_of_ratio(ratio: float, target: Target, sampling_type: str) -> Plan:
    """The number of rows of the smaller class divided by the larger one's shall be `ratio`."""
    if not 0 < ratio <= 1:
        raise refusal(
            ValueError,
            "When ",
            QUOTED_STRATEGY,
            f" is a float, it should be in the range (0, 1]. Got {ratio} instead. "
            "It is the number of rows of the smaller class divided by that of the larger one.",
        )
    if len(target.classes) != 2:
        raise refusal(
            ValueError,
            STRATEGY._replace(text='"sampling_strategy"'),
            " can be a float only when the type of target is binary. For multi-class, use a dict. "
            f"Got {ratio} for the {len(target.classes)} classes {listed(target.labels)}.",
        )
    if sampling_type == CLEAN:
        raise ValueError(
            "'clean-sampling' methods do not let the user specify the sampling ratio: the data decide how many rows "
            f"are removed. Got {ratio}. Use a string, or a list of the classes to clean."
        )
    minority, majority = int(target.counts.argmin()), int(target.counts.argmax())
    n_minority, n_majority = int(target.counts[minority]), int(target.counts[majority])
    now = f"{n_minority} / {n_majority} = {n_minority / n_majority:.4g}"
    if sampling_type == OVER:
        n_new = floor_rows(n_majority * ratio) - n_minority
        if n_new < 0:
            raise ValueError(
                "The specified ratio required to remove samples from the minority class while trying to generate new "
                f"samples. Please increase the ratio: it is {now} already, and {ratio} is asked."
            )
        return {1 - majority: n_new}
    n_kept = floor_rows(n_minority / ratio)
    if n_kept > n_majority:
        raise ValueError(
            "The specified ratio required to generate new sample in the majority class while trying to remove "
            f"samples. Please increase the ratio: it is {now} already, and {ratio} is asked."
        )
    return {1 - minority: n_kept}


def floor_rows(rows: float) -> int:
    """Whole rows in a product that is exact up to rounding: 100 * 0.58 is 57.99999999999999 and means 58."""
    return math.floor(rows * (1 + 4 * np.finfo(np.float64).eps))


@explained("numbers")
def _plan_of_totals(totals: Mapping[Any, Any], target: Target, sampling_type: str) -> Plan:
    codes = _codes_of(totals, target)
    plan = {}
    for code, (label, asked) in zip(codes, totals.items(), strict=True):
        total = _whole_number(asked, label, totals)
        count = int(target.counts[code])
        if sampling_type == OVER and total < count:
            raise ValueError(
                "With over-sampling methods, the number of samples in a class should be greater or equal to the "
                f"original number of samples. Originally, there is {count} samples and {total} samples are asked "
                f"for class {target.labels[code]!r}. Ask for {count} or more, or leave the class out."
            )
        if sampling_type == UNDER and total > count:
            raise ValueError(
                "With under-sampling methods, the number of samples in a class should be less or equal to the "
                f"original number of samples. Originally, there is {count} samples and {total} samples are asked "
                f"for class {target.labels[code]!r}. Ask for {count} or less, or leave the class out."
            )
        plan[code] = total - count if sampling_type == OVER else total
    return plan


def _whole_number(asked: Any, label: Any, totals: Mapping[Any, Any]) -> int:
    is_whole = isinstance(asked, Integral) or (isinstance(asked, Real) and float(asked).is_integer())
    if not is_whole:
        raise refusal(
            ValueError,
            "The number of samples in a class must be a whole number. ",
            QUOTED_STRATEGY,
            f" asks for {asked!r} for class {label!r}: {dict(totals)}",
        )
    if asked < 0:
        raise refusal(
            ValueError,
            "The number of samples in a class cannot be negative. ",
            QUOTED_STRATEGY,
            f" contains some negative value: {dict(totals)}",
        )
    return int(asked)


@explained("numbers")
def _plan_of_labels(labels: Iterable[Any], target: Target) -> Plan:
    return dict.fromkeys(_codes_of(labels, target), int(target.counts.min()))


def _codes_of(labels: Iterable[Any], target: Target) -> list[int]:
    """Codes of labels as a user wrote them: Python or NumPy values, equal ones are the same."""
    labels = list(labels)
    code_of = {label: code for code, label in enumerate(target.labels)}
    unknown = [label for label in labels if label not in code_of]
    if unknown:
        looks_alike = [known for known in code_of if str(known) in {str(label) for label in unknown}]
        hint = f" Did you mean {listed(looks_alike)}, of type {type(looks_alike[0]).__name__}?" if looks_alike else ""
        raise ValueError(
            f"The {{{listed(unknown)}}} target class is/are not present in the data. "
            f"The classes are {listed(list(code_of))}.{hint}"
        )
    return [code_of[label] for label in labels]
