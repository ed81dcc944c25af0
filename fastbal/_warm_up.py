"""Compile ahead of time: run every sampler once, so that processes to come find machine code and need no compiler.

Which code a call needs depends on its data (dtype, rows, columns, duplicates, gaps), so the samplers are run on tables
that differ in these.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from fastbal._core.words import listed
from fastbal._kernels import _machine

DTYPES = ("float64", "float32")

# Written when all is there.
_DONE = "warmed-up.json"


class WarmUp(NamedTuple):
    """What a cache holds for this machine.

    Parameters
    ----------
    folder : Path
        Where machine code is kept.
    processor : str
        The family of processors that it is for, as LLVM calls it.
    n_files : int
        How many kernels, each for the kinds of its arguments.
    n_bytes : int
        Their size in all.
    n_compiled : int
        How many of them have been compiled just now.
    seconds : float
        How long that took.
    """

    folder: Path
    processor: str
    n_files: int
    n_bytes: int
    n_compiled: int
    seconds: float


def warm_up(dtypes: Sequence[str] = DTYPES, *, progress: Callable[[float], None] | None = None) -> WarmUp:
    """Compile every sampler into the cache, which lies where ``NUMBA_CACHE_DIR`` says.

    For images of containers and machines that shall not wait: what runs there later loads the machine code, without
    Numba, if its processor is of the same family; if it is of another, it compiles anew.

    Parameters
    ----------
    dtypes : sequence of str, default=("float64", "float32")
        Kinds of numbers in tables: integers and booleans are searched as float64.
    progress : callable, default=None
        Called with the share of the work done, from 0 to 1.

    Returns
    -------
    WarmUp
        Where the machine code is, for which processors, how much of it there is, and how much is new.

    Raises
    ------
    ValueError
        If a dtype is none of "float64" and "float32".
    OSError
        If nothing can be written where the cache is to be.

    Examples
    --------
    >>> import fastbal
    >>> fastbal.warm_up(["float64"]).n_files > 50  # doctest: +SKIP
    True
    """
    unknown = sorted(set(dtypes) - set(DTYPES))
    if unknown or not dtypes:
        raise ValueError(f"dtypes must be some of {listed(DTYPES)}, but are {listed(unknown) or 'none'}.")
    start, n_before = time.perf_counter(), len(list(_machine.files()))
    folder = _machine.folder_to_write()
    if folder is None:
        raise OSError(_machine.unwritable())
    calls = [call for dtype in dtypes for call in _calls(np.dtype(dtype))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tables this small leave some samplers little to do
        warnings.filterwarnings("error", "Machine code cannot be kept")
        for i, call in enumerate(calls):
            call()
            if progress is not None:
                progress((i + 1) / len(calls))
    (folder / _DONE).write_text(json.dumps({"dtypes": sorted({*dtypes, *_dtypes_in(folder)})}), encoding="utf-8")
    return _found(folder, len(list(_machine.files())) - n_before, time.perf_counter() - start)


def warmed_up(dtypes: Sequence[str] = DTYPES) -> WarmUp | None:
    """What `warm_up` has left for this machine, if it has run for all of these dtypes."""
    for base in _machine.folders():
        folder = base / _machine.folder_name()
        if set(dtypes) <= set(_dtypes_in(folder)):
            return _found(folder, 0, 0.0)
    return None


def _found(folder: Path, n_compiled: int, seconds: float) -> WarmUp:
    sizes = [file.stat().st_size for file in folder.glob("*.o")]
    return WarmUp(folder, _machine.processor()[0], len(sizes), sum(sizes), n_compiled, seconds)


def _dtypes_in(folder: Path) -> list[str]:
    try:
        found: list[str] = json.loads((folder / _DONE).read_text(encoding="utf-8"))["dtypes"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return found


def _classes_apart(n: int, d: int, dtype: Any, seed: int = 0) -> tuple[Any, Any]:
    """Numbers in two classes that overlap, one of them rare."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.2).astype(int)
    return (rng.normal(size=(n, d)) + y[:, None]).astype(dtype), y


def _calls(dtype: Any) -> Iterator[Callable[[], object]]:
    """What is run, piece by piece."""
    from fastbal import combine, multilabel, neighbors, over_sampling, regression, under_sampling

    sampler: Any
    smote, copies = over_sampling.SMOTE, over_sampling.RandomOverSampler
    small, wide, large = (
        _classes_apart(3000, 6, dtype),
        _classes_apart(5000, 40, dtype),
        _classes_apart(12_000, 4, dtype),
    )
    X, y = small
    rounded = large[0].round(), large[1]
    groups = np.arange(len(y)) % 20
    for package in (over_sampling, under_sampling, combine):
        for name in sorted(set(package.__all__) - {"SMOTENC", "SMOTEN"}):
            yield partial(_resample, getattr(package, name)(), *small)
    for topology in ("bus", "mesh", "polynomial"):
        yield partial(_resample, over_sampling.PolynomFitSMOTE(topology=topology), *small)
    yield partial(_resample, over_sampling.SafeLevelSMOTE(step="column"), *small)
    near_misses = [partial(under_sampling.NearMiss, version=version) for version in (1, 2, 3)]
    thin = sparse.random(3000, 300, density=0.02, format="csr", dtype=dtype, random_state=0), y
    some: list[Any] = [smote, copies, under_sampling.EditedNearestNeighbours, *near_misses]
    for sampler in some:
        for table in (_classes_apart(300, 4, dtype), _classes_apart(300, 250, dtype), wide, large, rounded, thin):
            yield partial(_resample, sampler(), *table)
        yield partial(_resample, sampler(), *small, groups=groups)
        yield partial(_resample, sampler(), *thin, groups=groups)
    # Weights are interpolated as the columns of a dataframe are.
    yield partial(_resample, smote(), *small, sample_weight=X[:, 0] ** 2)
    gaps, codes = X.copy(), X.round()
    gaps[::7, 0] = np.nan
    codes[:, 2:] = X[:, 2:]
    for sampler in (smote, over_sampling.BorderlineSMOTE, over_sampling.ADASYN):
        yield partial(_resample, sampler(missing="keep"), gaps, y)
    for missing in ("error", "keep"):
        yield partial(_resample, over_sampling.SMOTENC([0, 1], missing=missing), codes, y)
        yield partial(_resample, over_sampling.SMOTENC([0, 1], missing=missing), codes, y, groups=groups)
    yield partial(_resample, over_sampling.SMOTEN(), codes[:, :2], y)
    yield partial(_resample, over_sampling.SMOTEN(), codes[:, :2], y, groups=groups)
    # Enough rows for random numbers to come from our own kernel.
    yield partial(_resample, smote(), *_classes_apart(80_000, 2, dtype))
    yield partial(_resample, under_sampling.RandomUnderSampler(), *_classes_apart(80_000, 2, dtype))
    for name in ("SMOTER", "SMOGN", "WERCS", "GaussianNoiseSampler"):
        for table in (X, _classes_apart(32_000, 3, dtype)[0]):
            yield partial(_resample, getattr(regression, name)(), table, table[:, 0].astype(float) ** 3)
    labels = np.stack([y == 0, y == 1, X[:, 0] > 1], axis=1).astype(int)
    for name in ("MLSMOTE", "MLROS", "MLeNN", "MLTL"):
        yield partial(_resample, getattr(multilabel, name)(), X, labels)
    for drawn in (smote(), copies(), copies(shrinkage=1.0)):
        yield partial(_take_a_batch, drawn, X, y)
    for search in (neighbors.NearestNeighbors(n_neighbors=3), neighbors.Approximate(n_neighbors=3)):
        for table, _ in (_classes_apart(400, 4, dtype), wide, _classes_apart(32_000, 12, dtype)):
            yield partial(_search_both, search, table)
    yield partial(_search_both, neighbors.NearestNeighbors(n_neighbors=300), X[:400])


def _resample(sampler: Any, *table: Any, **arrays: Any) -> None:
    if "random_state" in sampler.get_params():
        sampler.set_params(random_state=0)
    sampler.fit_resample(*table, **arrays)


def _take_a_batch(sampler: Any, X: Any, y: Any) -> None:
    from fastbal._streaming.batches import Batches

    Batches(X, y, sampler, batch_size=64, random_state=0).batch(epoch=0, index=0)


def _search_both(search: Any, X: Any) -> None:
    search.fit(X).kneighbors()
    search.kneighbors(X[:2000])
