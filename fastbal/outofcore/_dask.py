"""Dask's collections, resampled lazily: the rows of `fit_resample` in memory, whatever the workers and partitions.

    now     classes are counted, the rows that are searched are gathered on one worker, the recipe is drawn beside them
    lazily  the partitions, as they are; then new rows, made in pieces of 2²⁰ beside those rows

Everything is a task of Dask's with what it depends on, so that a worker may die at any time: nothing is scattered.
"""

from __future__ import annotations

import copy
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from functools import partial
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from fastbal._containers.read import read_table
from fastbal._core.memory import available_memory, megabytes
from fastbal._core.plan import Plan
from fastbal._core.recipe import Recipe, Rows
from fastbal._core.target import Target, refuse_missing
from fastbal.outofcore import _beside
from fastbal.outofcore._compact import merged
from fastbal.outofcore._dask_cells import new_rows_in_cells
from fastbal.outofcore._memory import searched_bytes
from fastbal.outofcore._shared_search import can_be_shared, joined, search_piece
from fastbal.outofcore._sources import require_column, rows_within
from fastbal.outofcore._supported import (
    CLASSES_AND_COUNTS,
    LABELS,
    WHOLE,
    drawing_bytes,
    held_codes,
    is_under,
    needs_on_machines,
    number_columns,
)

#: New rows that are made at once.
PIECE_ROWS = 1 << 20
#: Rows of growing classes from which on workers share the search, and into how many pieces for each of their threads.
SHARED_ROWS, PIECES_PER_THREAD = 50_000, 4


def _together(X: Any, y: Any) -> tuple[Any, Any]:
    return X, y


class Collection(ABC):
    """A table and its labels, in partitions, one beside the other.

    Attributes
    ----------
    parts : list of list of Delayed
        Each partition, always cut in the same way: what Dask's optimiser reads together depends on the columns that are
        asked for.
    split : callable
        Makes rows and labels of a partition.
    labels : list of Delayed
        The labels alone.
    head : dataframe or array
        Some row with the same columns.
    concat : callable
        Makes one of several parts, as ``compute`` does.
    """

    parts: list[list[Any]]
    labels: list[Any]
    split: Any = staticmethod(_together)
    head: Any
    concat: Any

    def in_each(self, function: Any, n_rows: list[int], *given: list[Any]) -> list[Any]:
        """What a function says of the rows and labels of each partition, its length, its number, and what is given."""
        import dask

        call = dask.delayed(partial(_call, function, self.split))
        parts = enumerate(zip(self.parts, n_rows, *given, strict=True))
        return [call(part, n, i, *more) for i, (part, n, *more) in parts]

    @abstractmethod
    def followed_by(self, new: list[Any], sizes: list[int], n_rows: list[int]) -> Any:
        """The partitions as they are, then others, of which sizes are given."""

    def cut_for_ever(self) -> Collection:
        """The same, whose answers are made of the very partitions that `in_each` looks at."""
        return self

    @abstractmethod
    def replaced_by(self, taken: list[Any], sizes: list[int]) -> Any:
        """Other partitions instead."""


def resample_collections(sampler: Any, X: Any, y: Any) -> tuple[Any, Any]:
    """`fit_resample` of Dask's collections; the answer is lazy."""
    needs_on_machines(sampler)  # before a y of several columns is refused for that
    X, y = _lazily(sampler, _collection(X, y, type(sampler).__name__))
    return X, y


def resample_frame(table: Any, target: Any, sampler: Any, *, read_once: bool = False) -> Any:
    """The same of a dataframe one of whose columns holds the labels.

    `read_once`: rows are gathered when the answer is computed, by the pass over the table that computes it.
    """
    return _lazily(sampler, _Frame(table, target), read_once=read_once)


def _lazily(sampler: Any, collection: Collection, *, read_once: bool = False) -> Any:
    needs = needs_on_machines(sampler)
    head = read_table(collection.head)
    sampler._read_containers(collection.head, [0])  # what it remembers of the columns
    look = list(range(head.n_columns)) if needs == WHOLE else number_columns(sampler, head)
    if needs not in (LABELS, WHOLE) and not look:
        needs = CLASSES_AND_COUNTS
    chooses = needs == LABELS and is_under(sampler)
    seed = _seed_at_once(sampler, chooses) if read_once else None
    target, n_rows = _count(collection, keep_codes=chooses or callable(sampler.sampling_strategy))
    plan = sampler._planned(target)
    if chooses:
        recipe, _ = sampler._drawn(None, target, plan)
        sampler.recipe_ = Recipe(n_rows=recipe.n_rows, kept=np.sort(recipe.kept_rows()))
        return _kept(collection, sampler.recipe_.kept_rows(), n_rows)
    held = list(range(len(target.classes))) if needs == WHOLE else held_codes(sampler, target, plan)
    n_cells = _cells_for(sampler, target, held, plan, collection, read_once)
    wanted = _beside.Wanted(_beside.without_codes(target), held, look, sampler._may_miss, needs)
    if read_once:
        worker = copy.copy(sampler)
        if seed is not None:
            worker.random_state = seed
        drawn = _drawing(worker, collection, n_rows, wanted, plan)
        return _followed_by_new(collection.cut_for_ever(), drawn, sum(plan.values()), n_rows)
    if n_cells > 1:
        gathered = _gathered(sampler, collection, n_rows, wanted)
        options = {"n_cells": n_cells, "piece_rows": PIECE_ROWS // 4}
        new, sizes = new_rows_in_cells(
            sampler, collection.head, gathered, n_rows, wanted, plan, collection.concat, **options
        )
        return collection.followed_by(new, sizes, n_rows)
    drawn, fitted = _drawn_on_a_worker(sampler, collection, n_rows, wanted, plan)
    for name, value in fitted.items():
        setattr(sampler, name, value)
    if is_under(sampler):
        return _kept(collection, sampler.recipe_.kept_rows(), n_rows)
    return _followed_by_new(collection, drawn, sampler.recipe_.n_new, n_rows)


def _seed_at_once(sampler: Any, chooses: bool) -> int | None:
    """The seed of a recipe that may be drawn later, and more than once; None for the sampler's own."""
    name = type(sampler).__name__
    if is_under(sampler) and not chooses:
        raise ValueError(
            f"{name} knows which rows stay when it has seen all of them, so it reads the table before the answer is "
            "computed. Leave out read_once."
        )
    seed = getattr(sampler, "random_state", None)
    if isinstance(seed, (np.random.RandomState, np.random.Generator)):
        raise ValueError(
            f"With read_once, rows are drawn whenever the answer is computed, each time the same, but a "
            f"{type(seed).__name__} goes on. Give {name} a number as random_state, or leave out read_once."
        )
    return None if chooses or seed is not None else int(check_random_state(None).randint(1 << 31))


def _followed_by_new(collection: Collection, drawn: Any, n_new: int, n_rows: list[int]) -> Any:
    """The partitions, and the new rows of a recipe that is drawn."""
    import dask

    if not n_new:
        return collection.followed_by([], [], n_rows)
    parents = dask.delayed(_parents_of)(drawn)
    pieces = [(start, min(n_new, start + PIECE_ROWS)) for start in range(0, n_new, PIECE_ROWS)]
    cut, make = dask.delayed(_beside.cut_recipe), dask.delayed(_beside.make_new_rows)
    new = [make(parents, cut(drawn, start, stop), sum(n_rows) + start) for start, stop in pieces]
    return collection.followed_by(new, [stop - start for start, stop in pieces], n_rows)


def _call(function: Any, split: Any, part: list[Any], *given: Any) -> Any:
    return function(*split(*part), *given)


def _count(collection: Collection, *, keep_codes: bool) -> tuple[Target, list[int]]:
    """The classes, and how many rows each partition has."""
    import dask

    count = dask.delayed(_beside.count_labels)
    counted = dask.compute(*[count(labels, keep_codes) for labels in collection.labels])
    n_rows = [part.n_rows for part in counted]
    refuse_missing(sum(part.n_missing for part in counted), sum(n_rows))
    targets = [part.target for part in counted if part.target is not None]
    if not targets:
        raise ValueError("Found array with 0 sample(s): no partition of X has a row.")
    return merged(targets), n_rows


def _kept(collection: Collection, kept: Rows, n_rows: list[int]) -> Any:
    import dask

    stops = np.cumsum(n_rows)
    rows = [rows_within(kept, stop - n, stop) for stop, n in zip(stops, n_rows, strict=True)]
    taken = collection.in_each(_beside.keep_rows, n_rows, [dask.delayed(part, traverse=False) for part in rows])
    return collection.replaced_by(taken, [len(part) for part in rows])


def _drawn_on_a_worker(
    sampler: Any, collection: Collection, n_rows: list[int], wanted: _beside.Wanted, plan: Plan
) -> tuple[Any, dict[str, Any]]:
    """The recipe beside the rows it is made of, which stay where they are; and what the sampler has learned."""
    import dask

    worker = copy.copy(sampler)
    has_random_state = hasattr(sampler, "random_state")
    if has_random_state:
        seed = sampler.random_state
        # Tasks may run twice. The caller's random numbers go on where those of the task ended.
        worker.random_state = copy.deepcopy(check_random_state(None) if seed is None else seed)
    drawn = dask.persist(_drawing(worker, collection, n_rows, wanted, plan))[0]
    fitted, random_state = dask.compute(dask.delayed(_learned)(drawn))[0]
    if has_random_state:
        _go_on(check_random_state(None) if seed is None else seed, random_state)
    return drawn, fitted


def _drawing(sampler: Any, collection: Collection, n_rows: list[int], wanted: _beside.Wanted, plan: Plan) -> Any:
    """Tasks that gather rows, search and draw."""
    import dask

    ask, drawer = dask.delayed(wanted, traverse=False), dask.delayed(sampler, traverse=False)
    gathered = _gathered(sampler, collection, n_rows, wanted)
    held = dask.delayed(_beside.put_together)(drawer, gathered, n_rows, ask, collection.concat)
    answers = None
    n_workers, n_threads = _hands()
    n_held = int(wanted.target.counts[wanted.held].sum())
    if n_workers > 1 and n_held >= SHARED_ROWS and can_be_shared(sampler):
        n_pieces = PIECES_PER_THREAD * n_threads
        cuts = dask.delayed(_beside.share_search)(drawer, held, plan, n_pieces, n_threads)
        search = dask.delayed(search_piece)
        answers = dask.delayed(joined)(cuts, [search(cuts, i) for i in range(n_pieces)])
    return dask.delayed(_draw_on_all_threads)(drawer, held, ask, plan, answers)


def _gathered(sampler: Any, collection: Collection, n_rows: list[int], wanted: _beside.Wanted) -> list[Any]:
    """Tasks that gather each partition's rows."""
    import dask

    ask = dask.delayed(wanted, traverse=False)
    return collection.in_each(partial(_beside.gather_part, reader=sampler._reader), n_rows, [ask] * len(n_rows))


def _draw_on_all_threads(sampler: Any, *given: Any) -> _beside.DrawnBeside:
    """On the threads of this worker: Dask lets libraries use one, but nothing else is to be done now."""
    distributed = sys.modules.get("distributed")
    limit: Any = nullcontext()
    if distributed is not None:
        from threadpoolctl import threadpool_limits

        with suppress(ValueError):  # this is no worker
            limit = threadpool_limits(distributed.get_worker().state.nthreads, "openmp")
    with limit:
        return _beside.draw_beside(copy.deepcopy(sampler), *given)


def _parents_of(drawn: _beside.DrawnBeside) -> _beside.Parents:
    return drawn.parents


def _learned(drawn: _beside.DrawnBeside) -> tuple[dict[str, Any], Any]:
    sampler = drawn.sampler
    parameters = sampler.get_params(deep=False)
    fitted = {name: value for name, value in vars(sampler).items() if name not in parameters}
    return fitted, getattr(sampler, "random_state", None)


def _go_on(random_state: Any, reached: Any) -> None:
    """Bring random numbers to where others are."""
    if isinstance(random_state, np.random.Generator):
        random_state.bit_generator.state = reached.bit_generator.state
    elif isinstance(random_state, np.random.RandomState):
        random_state.set_state(reached.get_state())


def _cells_for(
    sampler: Any, target: Target, held: Sequence[int], plan: Plan, collection: Collection, read_once: bool
) -> int:
    """How many cells the rows must be cut into for a worker to hold each; 1 if it holds all. Refused if none can."""
    n_columns, row_bytes = collection.head.shape[1], read_table(collection.head).row_bytes
    n_held = int(target.counts[list(held)].sum())
    n_new = 0 if is_under(sampler) else sum(plan.values())
    searched = searched_bytes(n_held, row_bytes, n_columns)
    n_bytes = searched + drawing_bytes(sampler, n_held, n_columns, n_new)
    room, says = _room_of_a_worker()
    if room is None or n_bytes <= room:
        return 1
    workers = _workers() or []
    all_rooms = sum(worker["memory_limit"] or 0 for worker in workers)
    can_be_cut = bool(workers) and can_be_shared(sampler) and _is_all_numbers(collection.head) and not read_once
    if can_be_cut and 2 * searched <= all_rooms:
        return 1 << int(np.ceil(np.log2(4 * max(searched, room) / room)))  # a worker may hold several, and queries
    whole = len(held) == len(target.classes)
    which = "all rows" if whole else "the rows of the classes that grow"
    together = f", and all of them {megabytes(all_rooms)}, half of which may be taken" if can_be_cut else ""
    raise MemoryError(
        f"{type(sampler).__name__} needs {which} on one worker. {n_held:,} rows of {n_columns} columns, and the "
        f"recipe of {n_new:,} new ones, take about {n_bytes:,} bytes, but {says} {megabytes(room)}{together}. "
        "Give workers more memory, fewer columns, float32 instead of float64, or a random part of the "
        f"{'larger classes, which RandomUnderSampler takes' if whole else 'rare rows'}."
    )


def _is_all_numbers(head: Any) -> bool:
    dtypes = head.dtypes if hasattr(head, "dtypes") else [head.dtype]
    return all(isinstance(dtype, np.dtype) and dtype.kind in "biuf" for dtype in dtypes)


def _room_of_a_worker() -> tuple[int | None, str]:
    workers = _workers()
    if workers is None:
        return available_memory(), "there are"
    limits = [worker["memory_limit"] for worker in workers if worker["memory_limit"]]
    return min(limits, default=None), "the smallest worker has"


def _hands() -> tuple[int, int]:
    """How many workers there are, and threads of all of them; one of each where this process does the work."""
    workers = _workers()
    return (1, 1) if workers is None else (len(workers), sum(worker["nthreads"] for worker in workers))


def _workers() -> list[Any] | None:
    """The workers of the current cluster; None if there is none."""
    from dask.base import get_scheduler

    client: Any = getattr(get_scheduler(), "__self__", None)
    if not hasattr(client, "scheduler_info"):
        return None
    return list(client.scheduler_info(n_workers=-1)["workers"].values())


# ------------------------------------------------------------------------------------------------ kinds of collections


def _collection(X: Any, y: Any, reader: str) -> Collection:
    array, frame = sys.modules.get("dask.array"), sys.modules.get("dask.dataframe")
    if array is not None and isinstance(X, array.Array) and isinstance(y, array.Array):
        return _Arrays(X, y)
    if frame is not None and isinstance(X, frame.DataFrame) and isinstance(y, frame.Series):
        return _Frames(X, y)
    raise TypeError(
        f"{reader} takes a dask.dataframe DataFrame with a Series, or two dask.array Arrays. X is a "
        f"{type(X).__module__}.{type(X).__name__}, y a {type(y).__module__}.{type(y).__name__}. Bring both into one of "
        "these forms, or compute both."
    )


class _Arrays(Collection):
    """Two arrays, X in blocks of whole rows."""

    concat = staticmethod(np.concatenate)

    def __init__(self, X: Any, y: Any) -> None:
        if X.ndim != 2 or y.ndim != 1:
            raise ValueError(f"X must have two dimensions and y one. Got {X.ndim} and {y.ndim}; reshape them.")
        for array in (X, y):
            if not isinstance(array._meta, np.ndarray):
                raise TypeError(
                    f"The blocks of an array must be NumPy's, but these are of {type(array._meta).__name__}. Convert "
                    "them with map_blocks, or compute the array."
                )
        if not X.shape[1]:
            raise ValueError(f"Found array with 0 feature(s) (shape={X.shape}) while a minimum of 1 is required.")
        if X.numblocks[1] > 1:
            X = X.rechunk({1: -1})
        is_known = not np.isnan([*X.chunks[0], *y.chunks[0]]).any()
        if is_known and X.shape[0] != y.shape[0]:
            raise ValueError(
                f"Found input variables with inconsistent numbers of samples: {[X.shape[0], y.shape[0]]}. X has "
                f"{X.shape[0]} rows and y has {y.shape[0]} labels; give one label for each row."
            )
        if is_known and X.chunks[0] != y.chunks[0]:
            y = y.rechunk((X.chunks[0],))
        _require_as_many(X.numblocks[0], y.numblocks[0])
        self.X, self.y, self.head = X, y, np.zeros((1, X.shape[1]), X.dtype)
        self.labels = list(y.to_delayed())
        self.parts = [list(part) for part in zip(X.to_delayed()[:, 0], self.labels, strict=True)]

    def followed_by(self, new: list[Any], sizes: list[int], n_rows: list[int]) -> Any:
        import dask.array as da

        kept = (self._cut_truly(self.X, n_rows), self._cut_truly(self.y, n_rows))
        return tuple(da.concatenate([old, more]) for old, more in zip(kept, self._arrays(new, sizes), strict=True))

    def replaced_by(self, taken: list[Any], sizes: list[int]) -> Any:
        return self._arrays(taken, sizes)

    def _arrays(self, parts: list[Any], sizes: list[int]) -> tuple[Any, Any]:
        import dask.array as da

        X, y = (
            [
                da.from_delayed(part[side], (n, *array.shape[1:]), meta=array._meta)
                for part, n in zip(parts, sizes, strict=True)
            ]
            or [array[:0]]
            for side, array in enumerate((self.X, self.y))
        )
        return da.concatenate(X), da.concatenate(y)

    @staticmethod
    def _cut_truly(array: Any, n_rows: list[int]) -> Any:
        """The array, its blocks as long as they were found to be."""
        import dask.array as da

        return da.Array(array.dask, array.name, (tuple(n_rows), *array.chunks[1:]), meta=array._meta)


class _Frames(Collection):
    """A dataframe and a series."""

    def __init__(self, X: Any, y: Any) -> None:
        _require_as_many(X.npartitions, y.npartitions)
        if X.known_divisions and y.known_divisions and X.divisions != y.divisions:
            raise ValueError(
                f"The partitions of X and y begin at other places of the index: {X.divisions} and {y.divisions}. "
                + _beside.FROM_ONE_TABLE
            )
        # So that both have the same partitions whatever is asked of them, each by itself.
        self.head, self.X, self.y = _head(X), _always_cut(X), _always_cut(y)
        self.labels = _parts_of(self.y)
        self.parts = [list(part) for part in zip(_parts_of(self.X), self.labels, strict=True)]
        self.concat = _concat

    def followed_by(self, new: list[Any], sizes: list[int], n_rows: list[int]) -> Any:
        return tuple(
            _one_below_the_other(frame, [part[side] for part in new]) for side, frame in enumerate((self.X, self.y))
        )

    def replaced_by(self, taken: list[Any], sizes: list[int]) -> Any:
        return tuple(_frame([part[side] for part in taken], frame) for side, frame in enumerate((self.X, self.y)))


class _Frame(Collection):
    """A dataframe with the labels in one of its columns."""

    def __init__(self, table: Any, target: Any) -> None:
        columns = list(table.columns)
        require_column(target, columns)
        if len(columns) == 1:
            raise ValueError(f"The table has no column besides the target {target!r}.")
        self.table, self.target, self.place = table, target, columns.index(target)
        self.head, self.concat = _head(table).drop(columns=target), _concat
        self.labels, self.cut = _parts_of(_always_cut(table[target])), _always_cut(table)
        self.parts, self.split = [[part] for part in _parts_of(self.cut)], partial(_apart, target)

    def cut_for_ever(self) -> Collection:
        self.table = self.cut
        return self

    def followed_by(self, new: list[Any], sizes: list[int], n_rows: list[int]) -> Any:
        return _one_below_the_other(self.table, self._joined(new))

    def replaced_by(self, taken: list[Any], sizes: list[int]) -> Any:
        return _frame(self._joined(taken), self.table)

    def _joined(self, parts: list[Any]) -> list[Any]:
        import dask

        join = dask.delayed(partial(_joined_part, self.target, self.place))
        return [join(part) for part in parts]


def _require_as_many(n_X: int, n_y: int) -> None:
    if n_X != n_y:
        raise ValueError(f"X has {n_X} partitions and y has {n_y}: they do not match. {_beside.FROM_ONE_TABLE}")


def _head(X: Any) -> Any:
    import pandas as pd

    if not isinstance(X._meta, pd.DataFrame):
        raise TypeError(
            f"The partitions must be pandas DataFrames, but they are of {type(X._meta).__module__}. Convert them with "
            "X.to_backend('pandas')."
        )
    return X._meta_nonempty.iloc[:1]


def _always_cut(frame: Any) -> Any:
    """The same partitions for ever; columns that are not needed are not read, but no partitions are read together."""
    import dask.dataframe as dd

    frame = frame.simplify()
    return dd.from_graph(frame.__dask_graph__(), frame._meta, frame.divisions, frame.__dask_keys__(), "always-cut")


def _parts_of(frame: Any) -> list[Any]:
    return list(frame.to_delayed(optimize_graph=False))


def _concat(parts: list[Any]) -> Any:
    from dask.dataframe import methods

    return methods.concat(parts, uniform=True)


def _frame(parts: list[Any], like: Any) -> Any:
    import dask.dataframe as dd
    from dask.highlevelgraph import HighLevelGraph

    # Not from_delayed: it makes text of another kind, and Dask 2026.8 cannot make an array of what it returns.
    graph = HighLevelGraph.merge(*[part.__dask_graph__() for part in parts])
    return dd.from_graph(graph, like._meta, (None,) * (len(parts) + 1), [part.key for part in parts], "resampled")


def _one_below_the_other(frame: Any, new: list[Any]) -> Any:
    import dask.dataframe as dd

    return dd.concat([frame, _frame(new, frame)]) if new else frame


def _apart(column: Any, table: Any) -> tuple[Any, Any]:
    return table.drop(columns=column), table[column]


def _joined_part(column: Any, place: int, part: tuple[Any, Any]) -> Any:
    X, y = part
    X.insert(place, column, y)
    return X
