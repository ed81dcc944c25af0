"""A table, from whatever the caller names it by."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastbal.outofcore._npy import NpySource
from fastbal.outofcore._parquet import ENDINGS as PARQUET_ENDINGS
from fastbal.outofcore._parquet import ParquetSource
from fastbal.outofcore._sources import Source
from fastbal.outofcore._streams import CSV_ENDINGS, IPC_ENDINGS, CsvSource, DatasetSource, IpcSource, LazySource

_KINDS: dict[str, Callable[[Path], Source]] = {
    **dict.fromkeys(PARQUET_ENDINGS, ParquetSource),
    **dict.fromkeys(IPC_ENDINGS, IpcSource),
    **dict.fromkeys(CSV_ENDINGS, CsvSource),
    ".npy": NpySource,
}


def open_source(source: Any) -> Source:
    """A path, a dataset or a LazyFrame as a source."""
    if isinstance(source, Source):
        return source
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        if path.is_dir():
            return ParquetSource(path)
        if path.suffix.lower() not in _KINDS:
            raise ValueError(f"{path}: the ending {path.suffix!r} is not known. Known are {', '.join(_KINDS)}.")
        if not path.exists():
            raise FileNotFoundError(f"{path}: there is no such file in {path.absolute().parent}.")
        return _KINDS[path.suffix.lower()](path)
    polars, dataset = sys.modules.get("polars"), sys.modules.get("pyarrow.dataset")
    if polars is not None and isinstance(source, polars.LazyFrame):
        return LazySource(source)
    if dataset is not None and isinstance(source, dataset.Dataset):
        return DatasetSource(source)
    raise TypeError(
        "source must be a path, a pyarrow.dataset.Dataset or a polars.LazyFrame. Got a "
        f"{type(source).__name__}. A table in memory goes to sampler.fit_resample(X, y)."
    )
