"""Which class each row belongs to, as small numbers instead of labels."""

from __future__ import annotations

from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.signedinteger[Any]]


class Target(NamedTuple):
    """The target of a table, its labels replaced by their position among the sorted labels.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
        The labels, ascending, each once; same dtype as the labels given.
    codes : ndarray of shape (n_rows,)
        Position of each row's label in `classes`, in the smallest signed integer type that holds it.
    counts : ndarray of shape (n_classes,), int64
        Rows per class.
    groups : ndarray of shape (n_rows,), integer, or None
        The group of each row, where new rows may lie between rows of one group only.
    """

    classes: NDArray[Any]
    codes: Codes
    counts: NDArray[np.int64]
    groups: NDArray[np.signedinteger[Any]] | None = None

    @property
    def labels(self) -> list[Any]:
        """The labels as Python values, for messages and for looking up what a user wrote."""
        return as_python(self.classes)

    @property
    def has_groups(self) -> bool:
        """Whether there is more than one group."""
        return self.groups is not None and bool((self.groups != self.groups[0]).any())

    @property
    def smallest(self) -> int:
        """The class with the fewest rows; of several, the one whose first row comes first, as in imbalanced-learn."""
        return int(self.codes[np.isin(self.codes, np.flatnonzero(self.counts == self.counts.min())).argmax()])

    def rows_of(self, code: int) -> NDArray[np.int64]:
        """Row numbers of one class, ascending."""
        return np.flatnonzero(self.codes == code)

    def decode(self, codes: Codes) -> NDArray[Any]:
        """The labels that belong to codes; numbers among objects as numbers, for scikit-learn takes no other."""
        has_numbers = self.classes.dtype == object and all(isinstance(label, Real) for label in self.labels)
        return np.array(self.labels)[codes] if has_numbers else self.classes[codes]


def as_python(labels: NDArray[Any]) -> list[Any]:
    """Labels as plain Python values; dates stay NumPy's, whose Python form loses the unit."""
    return list(labels) if labels.dtype.kind in "mM" else labels.tolist()


def encode(y: NDArray[Any]) -> Target:
    """Replace labels by their position among the sorted labels.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
        Labels of any one kind that can be sorted: numbers, strings, booleans, dates, Python objects.

    Returns
    -------
    Target
        Integers of a small range are counted (a few milliseconds per million rows), strings are compared with
        each class in turn while there are few, objects go through a dictionary, all else is sorted.

    Raises
    ------
    ValueError
        If a label is missing (NaN, None among strings), if labels cannot be compared with each other, or if they
        are fractions, that is measurements and not classes.

    Examples
    --------
    >>> import numpy as np
    >>> target = encode(np.array(["no", "yes", "no", "no"]))
    >>> target.labels, target.codes.tolist(), target.counts.tolist()
    (['no', 'yes'], [0, 1, 0, 0], [3, 1])
    >>> target.rows_of(0)
    array([0, 2, 3])
    """
    kind = y.dtype.kind
    if kind in "biu":
        return _encode_integers(y)
    if kind == "f":
        return _encode_floats(y)
    if kind in "US":
        return _encode_strings(y)
    if kind in "OT":
        return _encode_hashable(y)
    if kind in "mM":
        refuse_missing(int(np.isnat(y).sum()), len(y))
    return _encode_sortable(y)


# Up to so many possible labels, looking at all rows once for each is faster than counting.
_FEW = 16


def _encode_integers(y: NDArray[Any]) -> Target:
    if y.size == 0:
        return _encode_sortable(y)
    if y.dtype.kind == "b":
        target = _encode_integers(y.view(np.uint8))
        return target._replace(classes=target.classes.astype(y.dtype))
    low, high = int(y.min()), int(y.max())
    span = high - low + 1
    # Counting touches `span` places, sorting n log n.
    if span > max(4 * y.size, 1024) or max(abs(low), abs(high)) > np.iinfo(np.int64).max:
        return _encode_sortable(y)
    if span <= _FEW:
        # Differences of wrapped bytes are right as long as they fit; a comparison per class beats counting fivefold.
        offsets: NDArray[Any] = y.astype(np.int8) - np.array([low]).astype(np.int8)
        counts = np.array([np.count_nonzero(offsets == offset) for offset in range(span)])
    else:
        offsets = y.astype(np.int64) - low if low else y.astype(np.int64, copy=False)
        counts = np.bincount(offsets, minlength=span)
    present = np.flatnonzero(counts)
    codes = offsets
    if len(present) < span:
        position = np.zeros(span, _code_type(len(present)))
        position[present] = np.arange(len(present))
        codes = position[offsets]
    return _target((present + low).astype(y.dtype), codes, counts[present])


def _encode_floats(y: NDArray[Any]) -> Target:
    refuse_missing(int(np.isnan(y).sum()), len(y))
    with np.errstate(invalid="ignore"):
        whole = y.astype(np.int64)
    if not np.array_equal(whole, y):
        fraction = y[whole != y][0]
        raise ValueError(
            f"Unknown label type: continuous. y holds classes, but has the value {fraction.item()!r}, "
            f"a measurement. Cut it into classes first, for example with numpy.digitize."
        )
    target = _encode_integers(whole)
    return target._replace(classes=target.classes.astype(y.dtype))


def _encode_strings(y: NDArray[Any]) -> Target:
    """A pass per class is ten times faster than a sort, and most targets have few classes."""
    codes = np.full(len(y), -1, np.int8)
    labels: list[Any] = []
    while (todo := codes < 0).any():
        if len(labels) == 16:
            return _encode_sortable(y)
        label = y[todo.argmax()]
        codes[y == label] = len(labels)
        labels.append(label)
    ascending = np.argsort(np.array(labels, y.dtype))
    rank = np.empty(len(labels), np.int8)
    rank[ascending] = np.arange(len(labels))
    codes = rank[codes]
    return _target(np.array(labels, y.dtype)[ascending], codes, np.bincount(codes, minlength=len(labels)))


def _encode_hashable(y: NDArray[Any]) -> Target:
    values = y.tolist()
    try:
        distinct = set(values)
    except TypeError as error:
        raise ValueError(f"Each label in y must be one value, such as a number or a string, but {error}.") from None
    if any(value is None or value != value for value in distinct):
        refuse_missing(sum(value is None or value != value for value in values), len(values))
    try:
        ordered = sorted(distinct)
    except TypeError:
        kinds = " and ".join(sorted({type(value).__name__ for value in distinct}))
        raise ValueError(
            f"The labels in y must be of one kind, so that they can be sorted, but y mixes {kinds}. "
            f"Make them one kind first, for example with y.astype(str)."
        ) from None
    code_of = {value: code for code, value in enumerate(ordered)}
    codes = np.fromiter(map(code_of.__getitem__, values), _code_type(len(ordered)), len(values))
    classes = np.empty(len(ordered), y.dtype)
    classes[:] = ordered
    return _target(classes, codes, np.bincount(codes, minlength=len(ordered)))


def _encode_sortable(y: NDArray[Any]) -> Target:
    classes, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    return _target(classes, codes, counts)


def _target(classes: NDArray[Any], codes: NDArray[Any], counts: NDArray[Any]) -> Target:
    return Target(classes, codes.astype(_code_type(len(classes)), copy=False), counts.astype(np.int64, copy=False))


def _code_type(n_classes: int) -> np.dtype[Any]:
    """One byte a row instead of eight for nearly every target; signed, so that code - 1 is what it says."""
    return np.min_scalar_type(-max(1, n_classes))


def refuse_missing(n_missing: int, n: int) -> None:
    """Raise the error if labels are missing."""
    if n_missing:
        raise ValueError(
            f"Input y contains NaN: {n_missing} of {n} labels are missing, so their rows belong to no class. "
            f"Drop these rows, or give them a label of their own."
        )
