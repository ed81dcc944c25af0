"""Balance a table that is larger than memory: the rows of `fit_resample`, wherever the table lies."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from fastbal._containers.read import is_dask
from fastbal._core.memory import as_bytes
from fastbal._sklearn import check_parameters
from fastbal.outofcore._balance import balance
from fastbal.outofcore._grown import balance_and_clean
from fastbal.outofcore._open import open_source
from fastbal.outofcore._sources import Source, require_column
from fastbal.outofcore._supported import GROWN, needs_of, needs_on_machines
from fastbal.outofcore._write import batches_of, place_for, write_balanced

__all__ = ["Resampled", "resample", "resample_dataset"]


class Resampled(NamedTuple):
    """What came of it.

    Attributes
    ----------
    out : Path
        The file or folder written; of `append`, the file added.
    before, after : dict
        Label to number of rows.
    n_kept, n_new : int
        Rows of the table that are in the output, and rows that were made.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> import pyarrow as pa
    >>> import pyarrow.parquet as pq
    >>> from fastbal.outofcore import resample
    >>> from fastbal.over_sampling import RandomOverSampler
    >>> folder = tempfile.TemporaryDirectory()
    >>> day, balanced = Path(folder.name, "day.parquet"), Path(folder.name, "balanced.parquet")
    >>> pq.write_table(pa.table({"age": np.arange(100), "fraud": np.arange(100) % 20 == 0}), day)
    >>> written = resample(day, "fraud", RandomOverSampler(random_state=0), out=balanced)
    >>> written.before, written.after, written.n_new
    ({False: 95, True: 5}, {False: 95, True: 95}, 90)
    >>> folder.cleanup()
    """

    out: Path
    before: dict[Any, int]
    after: dict[Any, int]
    n_kept: int
    n_new: int


def resample(
    source: Any,
    target: Any,
    sampler: Any,
    *,
    out: Any = None,
    memory: Any = None,
    new_only: bool = False,
    append: bool = False,
    replace: bool = False,
    read_once: bool = False,
) -> Any:
    """Balance a table that need not fit into memory.

    The rows are those of ``sampler.fit_resample`` on the whole table in memory, bit for bit, in the same order. Only
    the labels and the rows of the classes that grow are held; the rest is read in pieces, or copied as bytes.

    Parameters
    ----------
    source : path, pyarrow.dataset.Dataset, polars.LazyFrame or dask.dataframe.DataFrame
        A table with the labels in one of its columns: a Parquet file, or a folder of them in the order of their names
        as text; an Arrow IPC, CSV or .npy file; a dataset; a plan of polars', which is run several times; a
        dataframe of Dask's, see `fit_resample`.
    target : str or int
        The column with the labels; of a .npy file, its number.
    sampler : BaseSampler
        RandomOverSampler, RandomUnderSampler, SMOTE, SMOTENC, SMOTEN, ROSE, MGS, LoRAS, SimplicialSMOTE,
        PolynomFitSMOTE, GeometricSMOTE, BorderlineSMOTE, ADASYN, SafeLevelSMOTE, ProWSyn, MWMOTE, TomekLinks,
        EditedNearestNeighbours, NeighbourhoodCleaningRule, NearMiss, SMOTEENN or SMOTETomek. Its fitted
        attributes are those that `fit_resample` leaves.
    out : path, default=None
        The file to write: Parquet, Arrow IPC, CSV or .npy, by its ending. A folder's name, if the source is a folder.
        None for an iterator of Arrow batches.
    memory : int or str, default=None
        Bytes, such as ``"4GB"``, that may be taken beyond what the process holds. None for what is available.
    new_only : bool, default=False
        Whether only the new rows are written.
    append : bool, default=False
        Whether the new rows become one more file of the folder that is the source, whose own files are not touched.
    replace : bool, default=False
        Whether `out` may exist.
    read_once : bool, default=False
        Whether of a dataframe of Dask's nothing but the labels is read before the answer is computed: its rows are
        gathered then, in the same pass. What is wrong with them is found then, too; the sampler has no recipe.

    Returns
    -------
    Resampled, pyarrow.RecordBatchReader or dask.dataframe.DataFrame
        What was written; or, without `out`, the rows; of a dataframe of Dask's, another one, lazily.

    Raises
    ------
    MemoryError
        If it would take more than `memory`: before the work, with the number.
    ValueError
        If a file is encrypted, truncated or of an unknown kind; if there is no such column; or as `fit_resample`
        raises it, missing and infinite numbers anywhere in the table included.
    FileExistsError
        If `out` exists, and `replace` is false.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> import pyarrow as pa
    >>> import pyarrow.parquet as pq
    >>> from fastbal.outofcore import resample
    >>> from fastbal.over_sampling import SMOTE
    >>> rng = np.random.default_rng(0)
    >>> table = pa.table({"age": rng.normal(40, 9, 1000), "fraud": np.arange(1000) % 20 == 0})
    >>> folder = tempfile.TemporaryDirectory()
    >>> pq.write_table(table, Path(folder.name, "day.parquet"))
    >>> done = resample(
    ...     Path(folder.name, "day.parquet"), "fraud", SMOTE(random_state=0), out=Path(folder.name, "balanced.parquet")
    ... )
    >>> done.before, done.after
    ({False: 950, True: 50}, {False: 950, True: 950})
    >>> pq.read_table(done.out).num_rows
    1900
    >>> folder.cleanup()
    """
    if is_dask(source):
        return _resample_lazily(source, target, sampler, out, memory, new_only or append or replace, read_once)
    if read_once:
        raise ValueError("read_once is for dataframes of Dask's: leave it out, for files are read so anyway.")
    needs = needs_of(sampler)
    check_parameters(sampler)
    allowed = as_bytes(memory)
    table = open_source(source)
    place = place_for(table, out, sampler, new_only=new_only, append=append, replace=replace)
    work = balance_and_clean if needs == GROWN else balance
    balanced = work(table, target_column(table, target), sampler, allowed)
    if place is None:
        return batches_of(balanced, new_only=new_only)
    write_balanced(balanced, place, new_only=new_only or append, replace=replace)
    labels, sizes, n_new = balanced.target.labels, balanced.sizes(), balanced.n_new()
    return Resampled(
        place.path,
        dict(zip(labels, balanced.sizes_before().tolist(), strict=True)),
        dict(zip(labels, sizes.tolist(), strict=True)),
        int(sizes.sum()) - n_new,
        n_new,
    )


#: Another name.
resample_dataset = resample


def _resample_lazily(
    source: Any, target: Any, sampler: Any, out: Any, memory: Any, option: bool, read_once: bool
) -> Any:
    from fastbal.outofcore._dask import resample_frame

    dataframe = sys.modules.get("dask.dataframe")
    if dataframe is None or not isinstance(source, dataframe.DataFrame):
        raise TypeError(
            f"source is a {type(source).__module__}.{type(source).__name__}, which has no column {target!r}. Give a "
            "dask.dataframe, or X and y to sampler.fit_resample(X, y)."
        )
    if out is not None or memory is not None or option:
        raise ValueError(
            "A Dask dataframe is resampled lazily, on its own workers: leave out, memory, new_only, append and replace "
            "away, and write the dataframe that is returned, with to_parquet for example."
        )
    needs_on_machines(sampler)
    check_parameters(sampler)
    return resample_frame(source, target, sampler, read_once=read_once)


def target_column(source: Source, target: Any) -> str:
    names = source.schema.names
    if isinstance(target, (int, np.integer)) and not isinstance(target, bool) and not source.has_names:
        target = str(int(target) % len(names)) if -len(names) <= target < len(names) else str(target)
    require_column(target, names, source.name)
    return str(target)
