"""Read what the recipe needs of a table: every row's class, and some rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fastbal._address_space import IS_NARROW
from fastbal._containers.read import read_labels, read_table
from fastbal._containers.table import NumberReader
from fastbal._core.class_shares import shares_of
from fastbal._core.finite import count_not_finite
from fastbal._core.target import Target, encode, refuse_missing
from fastbal._progress import ShowsShare
from fastbal.outofcore._compact import merged
from fastbal.outofcore._sources import Part, Source, rows_within
from fastbal.over_sampling._nominal import Nominal

# Columns are decoded together while they weigh no more than this; a row group of any size is read column by column.
_READ_BYTES = 1 << 26

# The system's allocator keeps holes between the rows that stay, where Arrow's own does not; asking it each time to give
# them back takes half as long as decoding.
_PARTS_UNTIL_RELEASE = 16


class Look(NamedTuple):
    """Which columns must hold finite numbers in all rows of the table, not only in those gathered.

    Attributes
    ----------
    columns : list of str
        Columns that distances are computed from.
    allow_nan : bool
        Whether they may have gaps.
    """

    columns: Sequence[str] = ()
    allow_nan: bool = False


class Gathered(NamedTuple):
    """Rows of a table, and what all of its rows say.

    Attributes
    ----------
    table : pyarrow.Table
        The rows; then, if need be, one more with the gaps that columns have elsewhere.
    n_nan, n_infinite : list of int
        For each column looked at, numbers that are missing and infinite ones.
    """

    table: pa.Table
    n_nan: list[int]
    n_infinite: list[int]


def read_target_column(source: Source, column: str, progress: ShowsShare | None = None) -> Target:
    """The class of each row, from the one column that tells it."""
    targets, n_missing, n_rows = [], 0, 0
    for part in _watched(source.parts([column]), source, progress):
        labels = part.read([column])[column]
        n_rows += len(labels)
        labels = labels.drop_null()
        if pa.types.is_floating(labels.type):
            labels = labels.filter(pa.array(~np.isnan(labels.to_numpy())))
        n_missing += part.n_rows - len(labels)
        if len(labels):
            targets.append(_encoded(labels))
    refuse_missing(n_missing, n_rows)
    if not targets:
        raise ValueError(f"{source.name} has no rows.")
    return merged(targets)


def _encoded(labels: pa.ChunkedArray) -> Target:
    """As `encode`; of text, each label once."""
    dtype = labels.type
    is_text = pa.types.is_string(dtype) or pa.types.is_large_string(dtype) or pa.types.is_string_view(dtype)
    if not is_text and not pa.types.is_dictionary(dtype):
        return encode(read_labels(labels).values)
    coded = labels.dictionary_encode() if is_text else labels
    targets = []
    for chunk in coded.chunks:
        used, codes = np.unique(chunk.indices.to_numpy(zero_copy_only=False), return_inverse=True)
        classes = encode(read_labels(chunk.dictionary.take(pa.array(used))).values)
        # Equal labels may stand in a dictionary twice.
        counts = np.bincount(classes.codes[codes], minlength=len(classes.classes))
        targets.append(Target(classes.classes, classes.codes[codes], counts))
    return merged(targets)


def gather(
    source: Source, columns: Sequence[str], rows: NDArray[Any], look: Look, progress: ShowsShare | None = None
) -> Gathered:
    """Some rows of a table, in its order; parts without any of them are read only where they must be looked at.

    Parameters
    ----------
    source : Source
        The table.
    columns : sequence of str
        Which of its columns.
    rows : ndarray of shape (n_needed,), integer
        Row numbers, ascending.
    look : Look
        What to look at in all rows.
    progress : callable, optional
        Told the share done.
    """
    found: dict[str, list[pa.ChunkedArray]] = {name: [] for name in columns}
    n_nan, n_infinite = dict.fromkeys(look.columns, 0), dict.fromkeys(look.columns, 0)
    has_gaps = dict.fromkeys(look.columns, False)
    for number, part in enumerate(_watched(source.parts(columns), source, progress)):
        wanted = rows_within(rows, part.start, part.stop)
        must_see = [name for name in columns if len(wanted) or _is_unseen(part, name, look)]
        positions = pa.array(wanted)
        for block in _in_blocks(must_see, part, source):
            table = part.read(block)
            for name in block:
                column = table[name]
                if name in n_nan:
                    nan, infinite = _not_finite(column)
                    n_nan[name] += nan
                    n_infinite[name] += infinite
                    has_gaps[name] |= column.null_count > 0
                if len(wanted):
                    found[name].append(column.take(positions))
        if IS_NARROW and number % _PARTS_UNTIL_RELEASE == 0:
            pa.default_memory_pool().release_unused()
    gathered = {name: _one_piece(found.pop(name), source.schema.field(name).type) for name in columns}
    table = pa.table(gathered, schema=pa.schema([source.schema.field(name) for name in columns]))
    gaps = [name for name in look.columns if has_gaps[name] and not table[name].null_count]
    if look.allow_nan and gaps:
        table = pa.concat_tables([table, _witness(table, gaps)])
    pa.default_memory_pool().release_unused()  # what decoding has left would stay beside the search
    return Gathered(table, list(n_nan.values()), list(n_infinite.values()))


def class_shares_in(
    source: Source, columns: Sequence[str], nominal: Nominal, target: Target, progress: ShowsShare | None = None
) -> Nominal:
    """Categories of rows gathered, with what all rows of the table say about them: the share of each class."""
    n_classes = len(target.classes)
    categories, counts = {}, {}
    for name, known in zip(columns, nominal.categories, strict=True):
        field = source.schema.field(name)
        dtype = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        categories[name] = pa.array(known, type=dtype, from_pandas=False)
        counts[name] = np.zeros(len(known) * n_classes)
    for part in _watched(source.parts(columns), source, progress):
        for block in _in_blocks(columns, part, source):
            table = part.read(block)
            codes = target.codes[part.start : part.stop].astype(np.int64)
            for name in block:
                column = table[name].cast(categories[name].type)
                found = pc.index_in(column, categories[name]).fill_null(-1).to_numpy()
                cells = (found * n_classes + codes)[found >= 0]
                counts[name] += np.bincount(cells, minlength=len(counts[name]))
    return nominal._replace(shares=[shares_of(counts[name].reshape(-1, n_classes)) for name in columns])


def refuse_not_finite(source: Source, look: Look, gathered: Gathered, reader: NumberReader) -> None:
    """Raise the error that the sampler would raise for the whole table."""
    if any(gathered.n_infinite) or (any(gathered.n_nan) and not look.allow_nan):
        read_table(source.head(look.columns)).refuse_counts(gathered.n_nan, gathered.n_infinite, reader)


def _is_unseen(part: Part, name: str, look: Look) -> bool:
    """Whether a column of a part without needed rows must be looked at nevertheless."""
    if name not in look.columns:
        return False
    has_no_gap, has_no_infinity = part.finite(name)
    return not (has_no_infinity and (has_no_gap or look.allow_nan))


def _in_blocks(columns: Sequence[str], part: Part, source: Source) -> Iterator[list[str]]:
    per_column = part.n_rows * source.row_bytes / max(1, len(source.schema))
    size = int(max(1, _READ_BYTES // max(1.0, per_column)))
    for first in range(0, len(columns), size):
        yield list(columns[first : first + size])


def _not_finite(column: pa.ChunkedArray) -> tuple[int, int]:
    """Gaps and infinities."""
    n_nan, n_infinite = column.null_count, 0
    if pa.types.is_floating(column.type):
        for chunk in column.drop_null().chunks if n_nan else column.chunks:
            counts = count_not_finite(chunk.to_numpy(zero_copy_only=False))
            if counts is not None:
                n_nan, n_infinite = n_nan + int(counts[0][0]), n_infinite + int(counts[1][0])
    return n_nan, n_infinite


def _one_piece(chunks: list[pa.ChunkedArray], dtype: pa.DataType) -> pa.ChunkedArray:
    """Pieces of a column as one; dictionaries become one, too."""
    column = pa.chunked_array([chunk for part in chunks for chunk in part.chunks], type=dtype)
    if pa.types.is_dictionary(dtype):
        column = column.unify_dictionaries()
    whole = column.combine_chunks()
    return whole if isinstance(whole, pa.ChunkedArray) else pa.chunked_array([whole])


def _witness(table: pa.Table, gaps: Iterable[str]) -> pa.Table:
    """A row that has the gaps: what type numbers are computed in depends on whether a column has any."""
    first = table.slice(0, 1)
    for name in gaps:
        place = first.column_names.index(name)
        first = first.set_column(place, table.schema.field(name), pa.nulls(1, table.schema.field(name).type))
    return first


def _watched(parts: Iterable[Part], source: Source, progress: ShowsShare | None) -> Iterator[Part]:
    n_rows = 0
    for part in parts:
        yield part
        n_rows = part.stop
        if progress is not None and source.n_rows:
            progress(part.stop / source.n_rows)
    source.check_length(n_rows)
