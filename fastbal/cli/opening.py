"""A file in whatever it is packed and written, as one that readers take: unpacked, in UTF-8, on disk."""

from __future__ import annotations

import codecs
import gzip
import os
import shutil
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import zstandard

from fastbal._core.words import listed
from fastbal._writing import scratch_folder
from fastbal.cli.errors import MISUSED, CliError

ENDINGS = {
    ".csv": "CSV",
    ".tsv": "CSV",
    ".parquet": "Parquet",
    ".pq": "Parquet",
    ".feather": "Arrow IPC",
    ".arrow": "Arrow IPC",
    ".ipc": "Arrow IPC",
    ".jsonl": "JSON lines",
    ".ndjson": "JSON lines",
}
PACKINGS = (".gz", ".zip", ".zst")

#: Standard input, or standard output.
STANDARD = Path("-")

_BEGINNINGS = {b"PAR1": "Parquet", b"ARROW1": "Arrow IPC"}
_PACKED = {b"\x1f\x8b": ".gz", b"PK\x03\x04": ".zip", b"\x28\xb5\x2f\xfd": ".zst"}
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_CHUNK = 1 << 20


class Opened(NamedTuple):
    """A table as readers take it.

    Attributes
    ----------
    name : Path
        What the user calls it.
    path : Path
        The file, or the folder of Parquet files: the same one, or an unpacked copy.
    kind : str
        "CSV", "Parquet", "Arrow IPC" or "JSON lines".
    encoding : str
        Of text, as it was before.
    notes : tuple of str
        In which ways the file is read otherwise than its name says.
    has_header : bool
        Whether the file itself has names of columns.
    """

    name: Path
    path: Path
    kind: str
    encoding: str = "utf-8"
    notes: tuple[str, ...] = ()
    has_header: bool = True


def format_of(path: Path) -> str:
    """'CSV', 'Parquet', 'Arrow IPC' or 'JSON lines', by the file's ending, packed or not; '' if what is in it tells."""
    ending = path.suffix.lower()
    if path == STANDARD or os.path.isdir(path) or (ending in PACKINGS and not Path(path.stem).suffix):
        return ""
    inner = Path(path.stem).suffix.lower() if ending in PACKINGS else ending
    if inner in ENDINGS:
        return ENDINGS[inner]
    if ending in PACKINGS:
        return ""
    raise CliError(
        f"{path}: the ending {path.suffix!r} is not known. Known are {', '.join(ENDINGS)}, each also with "
        f"{', '.join(PACKINGS)} behind it.",
        MISUSED,
    )


@contextmanager
def opened(path: Path, encoding: str | None = None, *, has_header: bool = True) -> Iterator[Opened]:
    """A table's file, unpacked and in UTF-8, while the block lasts.

    Parameters
    ----------
    path : Path
        The file; a folder of Parquet files; ``archive.zip/table.csv`` for one table of several; ``-`` for standard
        input.
    encoding : str, default=None
        Of text. None finds it out: by a byte order mark, by zeros between the letters (UTF-16), UTF-8 where all of the
        file is, and else the Western code page 1252.
    has_header : bool, default=True
        Whether the first line of text holds names.

    Yields
    ------
    Opened

    Raises
    ------
    CliError
        If it cannot be unpacked or decoded.
    """
    kind = format_of(path)
    str(path).encode()  # polars takes no other names
    if path.is_dir():
        yield Opened(path, path, "Parquet")
        return
    archive, member = _in_archive(path)
    if path != STANDARD and archive.exists() and not archive.is_file():
        raise CliError(
            f"{path} is a pipe or a device, which can be read only once. Save it to a file first, or pipe it to -."
        )
    with scratch_folder("fastbal-table") as folder:
        plain, notes = archive, []
        if path == STANDARD:
            plain = folder / "input"
            with plain.open("xb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file, _CHUNK)
        if packing := _packing_of(plain):
            if packing != archive.suffix.lower() and path != STANDARD:
                notes.append(f"it is packed as {packing} files are, whatever its name says")
            packed, plain = plain, folder / "unpacked"
            try:
                _unpack(packed, packing, path, member, plain)
            except (EOFError, OSError, zipfile.BadZipFile, zstandard.ZstdError) as error:
                if isinstance(error, OSError) and error.errno is not None:
                    raise
                raise CliError(f"{path} cannot be unpacked: {error}. Copy or pack it again.") from None
        with plain.open("rb") as file:
            start = file.read(1 << 12)
        found = next((kind for mark, kind in _BEGINNINGS.items() if start.startswith(mark)), None)
        if found is not None and kind not in ("", found):
            notes.append(f"it holds {found}, whatever its name says")
        if found is None and kind in ("", "CSV", "JSON lines"):
            kind = kind or ("JSON lines" if start.lstrip().startswith(b"{") else "CSV")
            encoding, doubt = _encoding_of(plain, start, encoding, path)
            notes += doubt
            if encoding not in ("utf-8", "utf-8-sig") or not has_header:
                text = folder / ("table.tsv" if archive.suffix.lower() == ".tsv" else "table.csv")
                _write_utf8(plain, text, encoding, path, has_header=has_header)
                plain = text
        if plain.parent == folder and plain.name == "unpacked":  # readers look at the ending
            ending = next(e for e, k in ENDINGS.items() if k == (found or kind))
            plain = plain.rename(folder / f"table{'.tsv' if '.tsv' in path.suffixes else ending}")
        name = Path("standard input") if path == STANDARD else path
        yield Opened(name, plain, found or kind, encoding or "utf-8", tuple(notes), has_header)


def _in_archive(path: Path) -> tuple[Path, str | None]:
    """A path through a zip file: the file, and the name of what is in it."""
    for parent in path.parents:
        if parent.suffix.lower() == ".zip" and parent.is_file():
            return parent, path.relative_to(parent).as_posix()
    return path, None


def _packing_of(path: Path) -> str | None:
    with path.open("rb") as file:
        start = file.read(4)
    return next((packing for mark, packing in _PACKED.items() if start.startswith(mark)), None)


def _unpack(packed: Path, packing: str, path: Path, member: str | None, plain: Path) -> None:
    source: Any
    if packing == ".zip":
        with zipfile.ZipFile(packed) as archive:
            names = [item.filename for item in archive.infolist() if _is_table(item)]
            chosen = [name for name in names if member in (None, name)]
            if len(chosen) != 1:
                where = packed if path == STANDARD else _in_archive(path)[0]
                if not names:
                    raise CliError(f"{where} holds no file.")
                what = f"no file {member!r}, but" if member else f"{len(names)} files:"
                raise CliError(
                    f"{where} holds {what} {listed(names)}. Name one of them, for example {where}/{names[0]}"
                )
            with archive.open(chosen[0]) as source, plain.open("xb") as file:
                shutil.copyfileobj(source, file, _CHUNK)
        return
    with packed.open("rb") as raw, plain.open("xb") as file:
        if packing == ".gz":
            with gzip.open(raw) as source:
                shutil.copyfileobj(source, file, _CHUNK)
        else:
            zstandard.ZstdDecompressor().copy_stream(raw, file)


def _is_table(item: zipfile.ZipInfo) -> bool:
    parts = item.filename.split("/")
    return not item.is_dir() and not parts[-1].startswith(".") and parts[0] != "__MACOSX"


def _encoding_of(path: Path, start: bytes, stated: str | None, name: Path) -> tuple[str, list[str]]:
    """The encoding of a text file, and what is to be said about it."""
    if stated is not None:
        try:
            encoding = codecs.lookup(stated).name
            if encoding.startswith("utf-8") and _decodes(path, encoding) is not None:
                raise CliError(_not_of(name, encoding))
            return encoding, []
        except LookupError:
            raise CliError(
                f"--encoding {stated} is not known. Known are for example utf-8, utf-16, cp1252 and cp1250.", MISUSED
            ) from None
    for mark, encoding in _MARKS.items():
        if start.startswith(mark):
            return encoding, []
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(start) > 3 and start[first::2].count(0) > 0.4 * len(start) / 2 > 10 * start[1 - first :: 2].count(0):
            return encoding, [f"read as {encoding.upper()}, by the zeros in it; --encoding chooses another"]
    if _decodes(path, "utf-8") is None:
        return "utf-8", []
    is_western = _decodes(path, "cp1252") is None
    encoding = "cp1252" if is_western else "latin-1"
    letters = _decodes(path, "utf-8")
    shown = (letters or b"").decode(encoding)
    return encoding, [f"it is not UTF-8: read as {encoding}, as in {shown!r}; --encoding chooses another"]


def _decodes(path: Path, encoding: str) -> bytes | None:
    """None if all of a file is of an encoding; else the bytes where it is not, with those around them."""
    decoder = codecs.getincrementaldecoder(encoding)()
    before = b""
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                data = before[-20:] + error.object
                place = error.start + len(before[-20:])
                cells = data[max(0, place - 20) : place + 20].splitlines() or [b""]
                odd = data[place : place + 1]
                return next((cell.strip() for cell in cells if odd in cell), odd)
            if not chunk:
                return None
            before = chunk


def _write_utf8(path: Path, text: Path, encoding: str, name: Path, *, has_header: bool) -> None:
    """A copy in UTF-8; without names of columns, with some."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as source, text.open("x+b") as file:
        while True:
            chunk = source.read(_CHUNK)
            try:
                decoded = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                raise CliError(f"{_not_of(name, encoding)} ({error.reason})") from None
            if not has_header:
                decoded, has_header = _with_names(decoded, name) + decoded, True
            file.write(decoded.encode())
            if not chunk:
                break


def _not_of(name: Path, encoding: str) -> str:
    return f"{name} is not {encoding.upper()} text. Choose another with --encoding, such as utf-8, cp1252 or utf-16."


def _with_names(start: str, name: Path) -> str:
    from fastbal._separators import separator_of

    line = start.partition("\n")[0]
    separator = "\t" if ".tsv" in name.suffixes else separator_of(start[: 1 << 16].rpartition("\n")[0] or start)
    n_columns = line.count(separator) + 1
    end = "\r\n" if line.endswith("\r") else "\n"
    return separator.join(f"column_{j + 1}" for j in range(n_columns)) + end


@contextmanager
def packed_into(file: BinaryIO, path: Path, encoding: str = "utf-8") -> Iterator[Any]:
    """A file to write UTF-8 to, which packs and encodes what is written as the ending and the encoding say."""
    ending = path.suffix.lower()
    inner: Any = file
    if ending == ".zip":
        archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        inner = archive.open(path.stem, "w", force_zip64=True)
    elif ending == ".gz":
        inner = gzip.GzipFile(filename="", mode="wb", fileobj=file)
    elif ending == ".zst":
        inner = zstandard.ZstdCompressor().stream_writer(file, closefd=False)
    yield inner if encoding == "utf-8" else _Encoded(inner, encoding)
    if inner is not file:
        inner.close()
    if ending == ".zip":
        archive.close()


class _Encoded:
    """Writes UTF-8 on in another encoding."""

    def __init__(self, file: Any, encoding: str) -> None:
        self.file = file
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.encoder = codecs.getincrementalencoder(encoding)()

    def write(self, data: Any) -> int:
        """Write on."""
        data = bytes(data)
        self.file.write(self.encoder.encode(self.decoder.decode(data)))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back but half a letter."""


def size_of(path: Path) -> int:
    """Bytes of a file, or of the Parquet files in a folder."""
    files = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
    return sum(os.stat(file).st_size for file in files)
