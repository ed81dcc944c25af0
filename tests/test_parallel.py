"""Samplers inside threads, forked processes and joblib's workers: same rows, and nobody hangs."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import subprocess
import sys
import threading
import warnings
import weakref
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from joblib import Parallel, delayed
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from fastbal._core import threads
from fastbal.over_sampling import SMOTE


def table() -> tuple[NDArray[Any], NDArray[Any]]:
    """Large enough for several pieces of work."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(20_000, 8)), (rng.random(20_000) < 0.3).astype(int)


def checksum(_: int = 0) -> bytes:
    """The rows SMOTE makes, in short."""
    X, y = table()
    return SMOTE(random_state=0).fit_resample(X, y)[0].sum(axis=0).tobytes()


@pytest.fixture(scope="module")
def expected() -> bytes:
    return checksum()


def test_two_threads_at_once(expected: bytes) -> None:
    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(checksum, range(4))) == {expected}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_pool_after_a_parallel_call(expected: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # Python 3.12 warns of forks beside threads: that is the test
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
            assert set(pool.map(checksum, range(2), timeout=120)) == {expected}


def test_joblibs_processes(expected: bytes) -> None:
    assert set(Parallel(n_jobs=2)(delayed(checksum)(i) for i in range(2))) == {expected}


def test_inside_joblibs_threads(expected: bytes) -> None:
    assert set(Parallel(n_jobs=2, prefer="threads")(delayed(checksum)(i) for i in range(2))) == {expected}


def test_threadpoolctls_limit(expected: bytes) -> None:
    with threadpool_limits(1):
        before = set(threading.enumerate())
        assert checksum() == expected
        assert set(threading.enumerate()) <= before  # others' threads may end meanwhile, none of ours may begin


def in_a_new_process(script: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return done.stdout.strip()


@pytest.mark.slow
def test_one_thread_by_the_environment(expected: bytes) -> None:
    script = "import tests.test_parallel as t; print(t.checksum().hex())"
    assert in_a_new_process(script, NUMBA_NUM_THREADS="1") == expected.hex()


#: A user's own parallel loop before, during and after ours; the layer that it ran on, and our rows.
BESIDE_A_PARALLEL_LOOP = """
import threading
import numba
import numpy as np
import tests.test_parallel as t

@numba.njit(parallel=True)
def total(x):
    result = 0.0
    for i in numba.prange(len(x)):
        result += x[i]
    return result

ones = np.ones(1_000_000)
assert total(ones) == len(ones)
layer = numba.threading_layer()
got = {t.checksum().hex()}
ours_is_done = threading.Event()
totals = []

def loop():
    while not ours_is_done.is_set() or not totals:
        totals.append(total(ones))

beside = threading.Thread(target=loop)
beside.start()
for _ in range(3):
    got.add(t.checksum().hex())
ours_is_done.set()
beside.join()
assert set(totals) == {len(ones)}
assert total(ones) == len(ones)
assert numba.threading_layer() == layer
print(layer, *got)
"""


def has_layer(layer: str) -> bool:
    """Whether Numba can load it here."""
    try:
        importlib.import_module(f"numba.np.ufunc.{layer}")
    except ImportError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize(("layer", "module"), [("omp", "omppool"), ("tbb", "tbbpool"), ("workqueue", "workqueue")])
def test_beside_a_parallel_loop_on_each_threading_layer(layer: str, module: str, expected: bytes) -> None:
    if not has_layer(module):
        pytest.skip(f"Numba's threading layer {layer} is not installed")
    got = in_a_new_process(BESIDE_A_PARALLEL_LOOP, NUMBA_THREADING_LAYER=layer)
    assert got == f"{layer} {expected.hex()}"


def test_blas_threads_are_given_back() -> None:
    """Whoever comes first sets the limit, whoever goes last lifts it, in whatever order they go."""
    from threadpoolctl import ThreadpoolController

    from fastbal._core.threads import one_blas_thread

    def blas_threads() -> list[int]:
        libraries = ThreadpoolController().select(user_api="blas").lib_controllers
        return [library.num_threads for library in libraries]

    with ThreadpoolController().limit(limits=2, user_api="blas"):  # tests begin with one
        before = blas_threads()
        assert set(before) <= {2}
        first, second = one_blas_thread(), one_blas_thread()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert set(blas_threads()) <= {1}
        second.__exit__(None, None, None)
        assert blas_threads() == before


@pytest.mark.parametrize("ends", ["well", "in an error", "interrupted", "inside of another", "beside another"])
def test_threads_are_given_back(ends: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that kept its threads would leave every later call with one: right, and slow for good."""
    monkeypatch.setattr(threads, "max_threads", lambda: 4)

    def four_work_at_a_time() -> bool:
        """Four pieces that can only end together."""
        together = threading.Barrier(4)
        try:
            threads.for_each_piece(lambda start, stop: together.wait(20), 4, piece=1)
        except threading.BrokenBarrierError:
            return False
        return True

    def work(start: int, stop: int) -> None:
        if ends == "in an error" and start == 20:
            raise ValueError
        if ends == "inside of another":
            threads.for_each_piece(lambda start, stop: None, 10, piece=1)

    def interrupt(share: float) -> None:
        raise KeyboardInterrupt

    def call() -> None:
        progress = interrupt if ends == "interrupted" else None
        with suppress(ValueError, KeyboardInterrupt):
            threads.for_each_piece(work, 50, piece=1, progress=progress)

    assert four_work_at_a_time()
    if ends == "beside another":
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: call(), range(40)))
    else:
        for _ in range(5):
            call()
    assert threads._in_use == 0
    assert four_work_at_a_time()


def test_a_call_takes_what_others_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    """And gives back what it took, no more: others are still at work."""
    monkeypatch.setattr(threads, "max_threads", lambda: 4)
    with threads._borrowed(2) as first:
        with threads._borrowed(4) as second, threads._borrowed(4) as third:
            assert (first, second, third) == (2, 2, 1)
        with threads._borrowed(4) as fourth:
            assert fourth == 2
    with threads._borrowed(4) as fifth:
        assert fifth == 4


def test_where_no_thread_can_be_started_the_caller_does_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threads, "_crew", threads._Crew())
    monkeypatch.setattr(threading.Thread, "start", refuse)
    done: list[int] = []
    threads.for_each_piece(lambda start, stop: done.extend(range(start, stop)), 100, piece=7)
    assert sorted(done) == list(range(100))
    assert threads._crew.calls.qsize() == 0


def test_a_thread_that_is_late_holds_none_of_the_callers_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine wakes it when the call is over: until then a search's memory counted in the next step's peak."""
    monkeypatch.setattr(threads, "max_threads", lambda: 2)
    monkeypatch.setattr(threads, "_crew", threads._Crew())
    busy, wake = threading.Event(), threading.Event()
    threads._crew.call(1, lambda: (busy.set(), wake.wait(20), None)[-1])
    assert busy.wait(20)
    scratch = np.empty(10)
    seen = weakref.ref(scratch)

    def work(start: int, stop: int, scratch: NDArray[Any] = scratch) -> None:
        scratch[start:stop] = start

    threads.for_each_piece(work, 10, piece=1, progress=lambda share: None)
    del scratch, work
    assert threads._crew.calls.qsize() == 1
    assert seen() is None
    wake.set()


@pytest.mark.parametrize(
    ("cores", "limits", "expected"), [(5, [], 5), (5, [7, 3], 3), (2, [7, 3], 2), (5, [None, 9], 5)]
)
def test_the_least_limit_counts(monkeypatch: Any, cores: int, limits: list[int | None], expected: int) -> None:
    libraries = SimpleNamespace(lib_controllers=[SimpleNamespace(num_threads=limit) for limit in limits])
    monkeypatch.setattr(threads, "_cores", lambda: cores)
    monkeypatch.setattr(threads, "_libraries", lambda process, user_api: libraries)
    assert threads.max_threads() == expected
