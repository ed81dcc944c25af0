"""Where the balanced table goes: a file, a folder, a file more in a folder, or batches."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from fastbal._progress import ShowsShare, show_progress
from fastbal._writing import folder_written_whole, written_whole
from fastbal.outofcore._balance import Balanced
from fastbal.outofcore._footers import copy_bytes
from fastbal.outofcore._parquet import ParquetSource
from fastbal.outofcore._sinks import Sink, sink_for
from fastbal.outofcore._sources import Source
from fastbal.outofcore._supported import cleans, is_under


class Place(NamedTuple):
    """A file or folder, and what kind of file."""

    path: Path
    kind: type[Sink]
    is_folder: bool = False


def place_for(source: Source, out: Any, sampler: Any, *, new_only: bool, append: bool, replace: bool) -> Place | None:
    """Where to write, refused before the work if that is not possible; None for nowhere."""
    if (new_only or append) and (is_under(sampler) or cleans(sampler)):
        why = "makes no new rows" if is_under(sampler) else "takes rows away"
        raise ValueError(f"{type(sampler).__name__} {why}, so leave out new_only and append.")
    is_folder = isinstance(source, ParquetSource) and source.path.is_dir()
    if append:
        if out is not None or not is_folder:
            raise ValueError("append=True adds a file to the folder that is the source: give a folder, and no out.")
        path = _beside_last(source)
        if path.exists():
            raise FileExistsError(f"{path} exists already. Rename it, or give another folder.")
        return Place(path, sink_for(path))
    if out is None:
        return None
    path = Path(out)
    if not path.absolute().parent.is_dir():
        raise FileNotFoundError(f"{path}: there is no folder {path.absolute().parent}. Make it first.")
    if is_folder and not path.suffix and not new_only:
        if path.exists():
            raise FileExistsError(
                f"{path} exists already. Give another name, or append=True to add a file to a folder."
            )
        return Place(path, sink_for(source.files[0]), is_folder=True)
    kind = sink_for(path)
    kind.check(source)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder, not a file.")
    if path.exists() and not replace:
        raise FileExistsError(f"{path} exists already. Give another name, or replace=True.")
    return Place(path, kind)


def _beside_last(source: Source) -> Path:
    """A name that comes after those of a folder's files, so that new rows follow the others."""
    last = source.files[-1]
    return last.with_name(f"{last.stem}_new{last.suffix}")


def batches_of(balanced: Balanced, *, new_only: bool) -> pa.RecordBatchReader:
    """The balanced table in pieces, each made when it is asked for."""

    def batches() -> Iterator[pa.RecordBatch]:
        for table in itertools.chain(() if new_only else balanced.old_rows(), balanced.new_rows()):
            yield from table.to_batches()

    return pa.RecordBatchReader.from_batches(balanced.source.schema, batches())


def write_balanced(balanced: Balanced, place: Place, *, new_only: bool, replace: bool) -> None:
    """Write the balanced table, or its new rows alone, whole or not at all."""
    with show_progress("writing") as progress:
        if place.is_folder:
            _write_folder(balanced, place.path, progress)
        else:
            _write_file(balanced, place, progress, new_only=new_only, replace=replace)


def _write_file(
    balanced: Balanced, place: Place, progress: ShowsShare | None, *, new_only: bool, replace: bool = False
) -> None:
    n_rows = balanced.recipe.n_new + (0 if new_only else balanced.recipe.n_kept)
    with written_whole(place.path, replace=replace) as file:
        sink = place.kind(file, balanced.source.written_as, n_rows)
        is_copied = new_only or (balanced.keeps_all and sink.copy())
        done = balanced.recipe.n_kept if is_copied and not new_only else 0
        old_rows = balanced.old_rows(place.path.parent)
        for table in itertools.chain(() if is_copied else old_rows, balanced.new_rows()):
            sink.write(table)
            done += len(table)
            if progress is not None:
                progress(done / n_rows)
        sink.close()


def _write_folder(balanced: Balanced, out: Path, progress: ShowsShare | None) -> None:
    """A folder with the same files, copied as bytes, and one more; or, of rows chosen, with one file."""
    source = balanced.source.written_as
    assert isinstance(source, ParquetSource)
    with folder_written_whole(out) as folder:
        name = Path("part-0.parquet")
        if balanced.keeps_all:
            name = _beside_last(source).relative_to(source.path)
            for path in source.files:
                copy = folder / path.relative_to(source.path)
                copy.parent.mkdir(parents=True, exist_ok=True)
                with copy.open("xb") as file:
                    copy_bytes(path, 0, path.stat().st_size, file)
                    file.flush()
                    os.fsync(file.fileno())
        _write_file(balanced, Place(folder / name, sink_for(name)), progress, new_only=balanced.keeps_all)
