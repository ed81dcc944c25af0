"""What is done beside the rows where a table lies on many machines: count, gather, draw, write. Knows no engine.

- labels of a part → `count_labels`: its classes, and how many rows of each; a few bytes, or a byte a row
- a part → `gather_part`: its rows of the classes that are held, "the rare rows"
- all that is gathered → `put_together`, `draw_beside`: parents and a recipe, on one machine; what `fit_resample` would
  draw; where others help to search, `share_search` says what, see `_shared_search`
- new rows from … to … → `cut_recipe`, `make_new_rows`: that piece of the recipe travels to the parents, or they to it
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal._containers.frames import FrameTable
from fastbal._containers.read import read_labels, read_table
from fastbal._containers.table import NumberReader, Table
from fastbal._core.categories import is_missing
from fastbal._core.class_shares import shares_of
from fastbal._core.finite import count_not_finite
from fastbal._core.making import make_rows
from fastbal._core.plan import Plan
from fastbal._core.recipe import NewRows, Recipe, Rows, recipe_of_rows
from fastbal._core.target import Target, encode
from fastbal._problem import first_rows
from fastbal.outofcore._balance import with_shares
from fastbal.outofcore._compact import NO_CLASS, in_part, in_whole, parents_of, without_kept
from fastbal.outofcore._shared_search import Answered, Cut, indexes_for, searches_of
from fastbal.outofcore._supported import CLASSES_AND_COUNTS, WHOLE, is_under
from fastbal.over_sampling._nominal import Nominal

FROM_ONE_TABLE = (
    "Take both from one table, such as ddf.drop(columns='label') and ddf['label'], or give the table whole: "
    "fastbal.resample(ddf, 'label', sampler)."
)

_SAME_EACH_TIME = (
    "It is read more than once, so it must give the same rows in the same order each time: persist the collection, or "
    "seed what is random in it."
)

Concat = Callable[[list[Any]], Any]


class Counted(NamedTuple):
    """The labels of a part.

    Attributes
    ----------
    n_rows, n_missing : int
        All of them, and those that are missing.
    target : Target or None
        The others' classes; None if there are none. Without codes unless asked for.
    """

    n_rows: int
    n_missing: int
    target: Target | None


class Wanted(NamedTuple):
    """What a part is asked for.

    Attributes
    ----------
    target : Target
        The classes of the whole table and their sizes, without codes.
    held : list of int
        The classes whose rows are gathered.
    look : list of int
        Columns that must hold finite numbers in all rows.
    allow_nan : bool
        Whether they may have gaps.
    needs : str
        See `needs_of`.
    """

    target: Target
    held: list[int]
    look: list[int]
    allow_nan: bool
    needs: str


class Answer(NamedTuple):
    """What a part answers.

    Attributes
    ----------
    X, y : table and labels
        Rows of the classes that are held; then some that tell what types and gaps the columns have here.
    rows : ndarray of shape (n_held,), int64
        Which rows of the part the first ones are.
    not_finite : ndarray of shape (2, n_looked_at), int64
        Numbers that are missing, and infinite ones, in all rows of the part.
    counts : list of dict of category to ndarray of shape (n_classes,)
        For each column, the rows of each category and class; empty unless asked for.
    """

    X: Any
    y: Any
    rows: Rows
    not_finite: NDArray[np.int64]
    counts: list[dict[Any, NDArray[np.int64]]]


class Parents(NamedTuple):
    """Rows that new rows are made of.

    Attributes
    ----------
    X, y : table and labels
    first : ndarray of shape (n_classes,), integer
        For each class that grows, one of these rows that is of it.
    """

    X: Any
    y: Any
    first: Rows


class Held(NamedTuple):
    """All that has been gathered, put together.

    Attributes
    ----------
    X, y : table and labels
        Rows of the classes that are held; then some that only tell about types.
    rows : ndarray of shape (n_held,), int64
        Row numbers of the first ones in the whole table.
    n_rows : int
        Rows of the whole table.
    target : Target
        Their classes, and how many rows each class has in the whole table.
    counts : list of list of dict
        Of each part, see `Answer`.
    """

    X: Any
    y: Any
    rows: Rows
    n_rows: int
    target: Target
    counts: list[Any]


class DrawnBeside(NamedTuple):
    """A recipe beside the rows it is made of.

    Attributes
    ----------
    parents : Parents
        These rows.
    recipe, new : Recipe, NewRows
        New rows, in row numbers of the parents; none are kept.
    sampler : BaseSampler
        Fitted, with its recipe in row numbers of the whole table.
    """

    parents: Parents
    recipe: Recipe
    new: NewRows
    sampler: Any


def count_labels(y: Any, keep_codes: bool) -> Counted:
    """The classes in a part."""
    if not len(y):
        return Counted(0, 0, None)
    values = read_labels(y).values
    missing = _gaps(values)
    known = values[~missing] if missing.any() else values
    target = encode(known) if len(known) else None
    if target is not None and not keep_codes:
        target = without_codes(target)
    return Counted(len(values), int(missing.sum()), target)


def without_codes(target: Target) -> Target:
    """The classes and their sizes alone."""
    return target._replace(codes=target.codes[:0])


def _gaps(values: NDArray[Any]) -> NDArray[np.bool_]:
    if values.dtype.kind in "fmM":
        return np.asarray(np.isnan(values) if values.dtype.kind == "f" else np.isnat(values))
    if values.dtype.kind == "O":
        entries = values.tolist()
        try:
            has_gaps = any(map(is_missing, set(entries)))
        except TypeError:  # no label can be looked up: for `encode` to say
            has_gaps = False
        if has_gaps:
            return np.fromiter(map(is_missing, entries), np.bool_, len(entries))
    return np.zeros(len(values), np.bool_)


def check_lengths(X: Any, y: Any, n_rows: int, part: int) -> None:
    """Refuse a part whose rows and labels do not belong together, or that is another than before."""
    if len(X) != len(y):
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: {[len(X), len(y)]}. Partition {part} of X "
            f"has {len(X)} rows and that of y has {len(y)} labels. {FROM_ONE_TABLE}"
        )
    if len(y) != n_rows:
        raise ValueError(f"Partition {part} had {n_rows:,} rows at first, and {len(y):,} now. {_SAME_EACH_TIME}")


def gather_part(X: Any, y: Any, n_rows: int, part: int, wanted: Wanted, reader: NumberReader) -> Answer | None:
    """A part's rows of the classes that are held, and what all of its rows say; None if there are no rows."""
    check_lengths(X, y, n_rows, part)
    if not n_rows:
        return None
    table, codes = read_table(X), codes_among(y, wanted.target)
    not_finite = _not_finite_in(table, wanted.look, reader)
    counts = _category_counts(table, codes, wanted.target) if wanted.needs == CLASSES_AND_COUNTS else []
    rows = np.flatnonzero(np.isin(codes, wanted.held))
    witnesses = rows_with_gaps(X)
    if not len(rows):
        witnesses = np.append(0, witnesses)
    taken = np.append(rows, np.setdiff1d(witnesses, rows))
    return Answer(some_rows(X, taken), some_rows(y, taken), rows, not_finite, counts)


def some_rows(X: Any, rows: Rows) -> Any:
    """Some rows of a dataframe or an array."""
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]


def rows_with_gaps(X: Any) -> Rows:
    """For each column of a dataframe that computes in another type if a number is missing, a row where one is."""
    columns = [X.iloc[:, j] for j, dtype in enumerate(getattr(X, "dtypes", ())) if not isinstance(dtype, np.dtype)]
    gaps = [column.isna().to_numpy() for column in columns]
    return np.array([int(gap.argmax()) for gap in gaps if gap.any()], np.int64)


def codes_among(y: Any, target: Target) -> NDArray[np.int64]:
    """The class of each row of a part, in the whole table's numbers."""
    here = encode(read_labels(y).values)
    code_of = {label: code for code, label in enumerate(target.labels)}
    return np.array([code_of.get(label, NO_CLASS) for label in here.labels], np.int64)[here.codes]


def _not_finite_in(table: Table, look: list[int], reader: NumberReader) -> NDArray[np.int64]:
    """Gaps and infinities of some columns, of shape (2, n_looked_at)."""
    if not look:
        return np.zeros((2, 0), np.int64)
    block = getattr(table, "block", None)
    if block is not None and block.dtype.kind in "biuf":  # all columns in one array: a sixth of the time
        found = count_not_finite(block)
        return np.zeros((2, len(look)), np.int64) if found is None else np.array(found)[:, look]
    if isinstance(table, FrameTable):
        columns = [table.column_numbers(j) for j in look]
        words = [j for j, column in zip(look, columns, strict=True) if column is None]
        if words:
            table.refuse_words(words, table.example(words[0]), reader)
        counts = [count_not_finite(column[:, None]) for column in columns if column is not None]
        return np.array([(0, 0) if found is None else (found[0][0], found[1][0]) for found in counts]).reshape(-1, 2).T
    part = table.part(look)
    is_number = part.values().dtype.kind in "biuf"
    found = count_not_finite(part.values() if is_number else part.numbers(reader, allow_nan=True)) if look else None
    return np.zeros((2, len(look)), np.int64) if found is None else np.array(found)


def _category_counts(table: Table, codes: NDArray[np.int64], target: Target) -> list[dict[Any, NDArray[np.int64]]]:
    found, n_classes = [], len(target.classes)
    for j in range(table.n_columns):
        numbers, names = table.categories(j)
        cells = numbers.astype(np.int64) * n_classes + codes
        counts = np.bincount(cells, minlength=len(names) * n_classes).reshape(-1, n_classes)
        found.append(dict(zip(map(_key, names), counts, strict=True)))
    return found


def _key(category: Any) -> Any:
    """A category as one looks it up: NaN is not equal to itself."""
    return ("NaN",) if is_missing(category) and category is not None else category


def put_together(
    sampler: Any, parts: Sequence[Answer | None], n_rows: Sequence[int], wanted: Wanted, concat: Concat
) -> Held:
    """What parts have answered; refused if numbers are not finite, or if the table has changed."""
    found = [part for part in parts if part is not None]
    starts = np.cumsum([0, *n_rows])
    rows = np.concatenate(
        [part.rows + start for part, start in zip(parts, starts[:-1], strict=True) if part is not None]
    )
    is_held = np.concatenate([np.arange(len(part.y)) < len(part.rows) for part in found])
    order = np.argsort(~is_held, kind="stable")  # rows that only tell about types come last
    X, y = (some_rows(concat([part[side] for part in found]), order) for side in (0, 1))
    codes = np.full(len(y), NO_CLASS, wanted.target.codes.dtype)
    if len(rows):
        codes[: len(rows)] = codes_among(some_rows(y, np.arange(len(rows))), wanted.target)
    require_as_said(sampler, read_table(X), np.sum([part.not_finite for part in found], axis=0), codes, wanted)
    return Held(X, y, rows, int(starts[-1]), wanted.target._replace(codes=codes), [part.counts for part in found])


def require_as_said(
    sampler: Any, table: Table, not_finite: NDArray[np.int64], codes: NDArray[Any], wanted: Wanted
) -> None:
    """Refuse numbers that are not finite, anywhere, and a table whose rows are of other classes than at first."""
    if not_finite[1].any() or (not_finite[0].any() and not wanted.allow_nan):
        table.part(wanted.look).refuse_counts(not_finite[0].tolist(), not_finite[1].tolist(), sampler._reader)
    now = [int((codes == code).sum()) for code in wanted.held]
    at_first = wanted.target.counts[wanted.held].tolist()
    if now != at_first:
        labels = [wanted.target.labels[code] for code in wanted.held]
        raise ValueError(
            f"There were {at_first} rows of the classes {labels} at first, and {now} now. {_SAME_EACH_TIME}"
        )


def share_search(sampler: Any, held: Held, plan: Plan, n_pieces: int, n_threads: int) -> list[Cut]:
    """What the sampler will search, in pieces that others can do."""
    values = sampler._read_values(read_table(held.X))
    return indexes_for(values, searches_of(sampler, held.target, plan), n_pieces, n_threads)


def draw_beside(
    sampler: Any, held: Held, wanted: Wanted, plan: Plan, answers: Sequence[Rows] | None = None
) -> DrawnBeside:
    """The sampler's recipe from what has been gathered: what it would draw from the whole table.

    `answers` are those of its searches, if others have done them.
    """
    X, y, rows, n_rows, target, counts = held
    values = sampler._read_values(read_table(X)) if answers is None else Answered(answers)
    if wanted.needs == CLASSES_AND_COUNTS:
        values = with_shares(values, lambda nominal: _with_counts(nominal, counts, len(target.classes)))
    recipe, new = sampler._drawn(values, target, plan)
    if is_under(sampler):
        sampler.recipe_ = Recipe(n_rows=len(rows), kept=np.sort(recipe.kept_rows()))
        return DrawnBeside(Parents(None, None, rows[:0]), Recipe(n_rows=0), NewRows(), sampler)
    sampler.recipe_ = in_whole(recipe, rows, n_rows)
    codes = target.codes
    if wanted.needs == WHOLE:  # only parents need travel, and what tells of gaps
        parents = np.union1d(parents_of(recipe), rows_with_gaps(X))
        X, y, codes, recipe = some_rows(X, parents), some_rows(y, parents), codes[parents], in_part(recipe, parents)
    first = first_rows(target._replace(codes=codes))
    return DrawnBeside(Parents(X, y, first), without_kept(recipe), new, sampler)


def _with_counts(nominal: Nominal, parts: Sequence[Any], n_classes: int) -> Nominal:
    shares = []
    for j, names in enumerate(nominal.categories):
        counts = np.zeros((len(names), n_classes))
        for part in parts:
            for name, count in zip(map(_key, names), counts, strict=True):
                count += part[j].get(name, 0)
        shares.append(shares_of(counts))
    return nominal._replace(shares=shares)


def cut_recipe(drawn: DrawnBeside, start: int, stop: int) -> tuple[Recipe, NewRows]:
    """A piece of the recipe."""
    return recipe_of_rows(drawn.recipe, drawn.new, np.arange(start, stop))


def make_new_rows(parents: Parents, piece: tuple[Recipe, NewRows], first: int) -> tuple[Any, Any]:
    """New rows and their labels; a dataframe's are numbered from `first`, or else as the rows that they start from."""
    recipe, new = piece
    table = read_table(parents.X)
    if recipe.making is not None:
        new = make_rows(table.numbers(NumberReader(), allow_nan=True), recipe, new)
    X = table.write(recipe, new)
    if hasattr(X, "index"):
        index = parents.X.index.take(recipe.base)
        if isinstance(index.dtype, np.dtype) and index.dtype.kind == "i":
            index = type(index)(np.arange(first, first + len(X)), dtype=index.dtype, name=index.name)
        X.index = index
    return X, read_labels(parents.y).write(recipe, parents.first, X)


def keep_rows(X: Any, y: Any, n_rows: int, part: int, rows: Rows) -> tuple[Any, Any]:
    """Some rows of a part."""
    check_lengths(X, y, n_rows, part)
    return some_rows(X, rows), some_rows(y, rows)
