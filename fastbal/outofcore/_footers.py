"""Parquet files joined as bytes: their row groups copied as they are, their footers made one.

What a file says about where things are counts from its beginning, so in a file that stands behind another all of that
moves: each column chunk's pages and dictionary, the column and offset index, the Bloom filters, and the pages that an
offset index lists. (Apache Parquet, "parquet.thrift".)
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any, BinaryIO

from fastbal.outofcore._thrift import I16, LIST, Reader, Struct, written

_MAGIC, _ENCRYPTED = b"PAR1", b"PARE"
_TAIL = 8  # length of the footer, magic

# Fields of FileMetaData, RowGroup, ColumnChunk, ColumnMetaData, SchemaElement, OffsetIndex, PageLocation.
SCHEMA, N_ROWS, ROW_GROUPS, KEY_VALUES, ORDERS, ENCRYPTION = 2, 3, 4, 5, 7, 8
_COLUMNS, _GROUP_OFFSET, _ORDINAL = 1, 5, 7
_FILE_PATH, _CHUNK_OFFSET, _META, _OFFSET_INDEX, _OFFSET_INDEX_LENGTH, _COLUMN_INDEX = 1, 2, 3, 4, 5, 6
_CHUNK_ENCRYPTION, _CHUNK_ENCRYPTED = 8, 9
_DATA_PAGE, _INDEX_PAGE, _DICTIONARY_PAGE, _BLOOM_FILTER = 9, 10, 11, 14
_PAGES, _PAGE_OFFSET = 1, 1
_COPY_BYTES = 1 << 24


def footer_of(path: Path) -> tuple[Struct, int]:
    """What a file's footer says, and where it begins.

    Raises
    ------
    ValueError
        If the file is encrypted, truncated, or no Parquet file.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL))
        tail = file.read()
        if tail[4:] == _ENCRYPTED:
            raise ValueError(_encrypted(path))
        length = int.from_bytes(tail[:4], "little")
        start = size - _TAIL - length
        try:
            if tail[4:] != _MAGIC or start < len(_MAGIC):
                raise ValueError("no footer")
            file.seek(start)
            footer = Reader(file.read(length)).struct()
            if not {SCHEMA, N_ROWS, ROW_GROUPS} <= set(footer):
                raise ValueError("no footer of a table")
        except (ValueError, RecursionError):
            raise ValueError(f"{path} is truncated or no Parquet file. Copy or export it again.") from None
    if ENCRYPTION in footer or any(
        _CHUNK_ENCRYPTION in chunk or _CHUNK_ENCRYPTED in chunk
        for group in footer.items_of(ROW_GROUPS)
        for chunk in group.items_of(_COLUMNS)
    ):
        raise ValueError(_encrypted(path))
    return footer, start


def _encrypted(path: Path) -> str:
    return f"{path} is encrypted. Its key is not asked for here: write it out decrypted first, then give that file."


def is_alike(one: Struct, other: Struct) -> bool:
    """Whether pages written for one file's schema can be read by another's: names, types and nesting are the same.

    What columns mean (logical types) is compared by Arrow; the root's name differs from writer to writer.
    """
    physical = (1, 2, 3, 5)  # type, length, repetition, number of children

    def bare(footer: Struct) -> list[Any]:
        root, *elements = footer.items_of(SCHEMA)
        return [root.value(5), *([element.value(4), *map(element.value, physical)] for element in elements)]

    return bare(one) == bare(other) and not any(
        _FILE_PATH in chunk
        for footer in (one, other)
        for group in footer.items_of(ROW_GROUPS)
        for chunk in group.items_of(_COLUMNS)
    )


def has_page_index(footer: Struct) -> bool:
    """Whether the file says where each page begins."""
    return any(_OFFSET_INDEX in chunk for group in footer.items_of(ROW_GROUPS) for chunk in group.items_of(_COLUMNS))


def copy_bytes(source: Path, start: int, stop: int, out: BinaryIO) -> None:
    """Copy part of a file to where another is at; within the system, where it can."""
    out.flush()
    with source.open("rb") as file:
        file.seek(start)
        left = stop - start
        while left and hasattr(os, "copy_file_range"):
            try:
                copied = os.copy_file_range(file.fileno(), out.fileno(), min(left, 1 << 30), stop - left)
            except OSError:  # not on this file system, or not between these two; a full disk will say so again below
                break
            if not copied:
                break
            left -= copied
        file.seek(stop - left)
        out.seek(0, os.SEEK_END)
        while left:
            piece = file.read(min(left, _COPY_BYTES))
            if not piece:
                raise OSError(f"{source} has become shorter while it was read.")
            out.write(piece)
            left -= len(piece)


class Joined:
    """Parquet files, one after the other in a new file, whose footer is that of the first with all row groups.

    Parameters
    ----------
    out : binary file
        Open for reading and writing; empty.
    """

    def __init__(self, out: BinaryIO) -> None:
        self.out = out
        self.footer: Struct | None = None

    def add_file(self, path: Path, footer: Struct, end: int) -> None:
        """Copy all of a file but its footer, which begins at `end`."""
        start = self.out.seek(0, os.SEEK_END)
        copy_bytes(path, 0, end, self.out)
        self._take(footer, start)

    def begin_rows(self) -> None:
        """From here on an ordinary writer may write a file, which knows nothing of what stands before it."""
        self.start_of_rows = self.out.seek(0, os.SEEK_END)

    def end_rows(self) -> None:
        """What it has written becomes part of this file."""
        end = self.out.seek(0, os.SEEK_END)
        self.out.seek(end - _TAIL)
        start = end - _TAIL - int.from_bytes(self.out.read(4), "little")
        self.out.seek(start)
        footer = Reader(self.out.read(end - _TAIL - start)).struct()
        self.out.seek(start)
        self.out.truncate()
        self._take(footer, self.start_of_rows)

    def close(self) -> None:
        """Write the footer."""
        assert self.footer is not None
        footer = written(self.footer)
        self.out.seek(0, os.SEEK_END)
        self.out.write(footer + struct.pack("<I", len(footer)) + _MAGIC)

    def _take(self, footer: Struct, start: int) -> None:
        """Add the row groups of a file that begins at `start`."""
        if start:
            _move(footer, start)
            self._move_pages(footer, start)
        if self.footer is None:
            self.footer = footer
            return
        kind, groups = self.footer.value(ROW_GROUPS, (0, []))
        more_kind, more = footer.value(ROW_GROUPS, (0, []))
        for ordinal, group in enumerate(more, len(groups)):
            # The ordinal has 16 bits and may be left out; readers count for themselves.
            if _ORDINAL in group and ordinal < 1 << 15:
                group[_ORDINAL] = (I16, ordinal)
            else:
                group.pop(_ORDINAL, None)
        self.footer[ROW_GROUPS] = (LIST, (kind or more_kind, groups + more))
        self.footer.put(N_ROWS, self.footer.value(N_ROWS) + footer.value(N_ROWS))

    def _move_pages(self, footer: Struct, by: int) -> None:
        """Offset indexes list the places of pages, so they are written anew, behind the rest."""
        for group in footer.items_of(ROW_GROUPS):
            for chunk in group.items_of(_COLUMNS):
                if _OFFSET_INDEX not in chunk:
                    continue
                self.out.seek(chunk.value(_OFFSET_INDEX))
                index = Reader(self.out.read(chunk.value(_OFFSET_INDEX_LENGTH))).struct()
                for page in index.items_of(_PAGES):
                    page.add(_PAGE_OFFSET, by)
                moved = written(index)
                chunk.put(_OFFSET_INDEX, self.out.seek(0, os.SEEK_END))
                chunk.put(_OFFSET_INDEX_LENGTH, len(moved))
                self.out.write(moved)


def _move(footer: Struct, by: int) -> None:
    for group in footer.items_of(ROW_GROUPS):
        group.add(_GROUP_OFFSET, by)
        for chunk in group.items_of(_COLUMNS):
            for field in (_CHUNK_OFFSET, _OFFSET_INDEX, _COLUMN_INDEX):
                chunk.add(field, by)
            meta = chunk.value(_META)
            for field in (_DATA_PAGE, _INDEX_PAGE, _DICTIONARY_PAGE, _BLOOM_FILTER):
                meta.add(field, by)
