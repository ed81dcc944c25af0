"""Run a kernel over the pieces of a range, on as many threads as may be used now.

Kernels release the GIL, so plain Python threads run them side by side. Compared with Numba's own
parallel loops this needs no threading layer (which abort on concurrent use, or hang after a fork),
compiles in a fraction of the time, can be interrupted between two pieces, and can report progress.
"""

from __future__ import annotations

import functools
import os
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import joblib

#: Called with the share of the work done, from 0 to 1.
Progress = Callable[[float], None]


def part_of(progress: Progress | None, begin: float, share: float) -> Progress | None:
    """Progress of a part of the work, as progress of the whole."""
    return None if progress is None else lambda done: progress(begin + share * done)


_lock = threading.Lock()
_in_use = 0
_n_blas_limits = 0
_blas_limit: Any = None


class _Crew:
    """Threads that wait for something to help with; starting one takes ten times as long as waking one."""

    def __init__(self) -> None:
        self.calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self.size = 0

    def call(self, n_helpers: int, task: Callable[[], None]) -> None:
        """Have up to `n_helpers` threads run `task`, as soon as each is free."""
        while self.size < n_helpers and self._grow():
            pass
        for _ in range(min(n_helpers, self.size)):
            self.calls.put(task)

    def _grow(self) -> bool:
        """One thread more, unless the system or a closing interpreter refuses: then fewer do the work."""
        with _lock:
            try:
                threading.Thread(target=self._serve, daemon=True, name="fastbal").start()
            except RuntimeError:
                return False
            self.size += 1
            return True

    def _serve(self) -> None:
        while True:
            task = self.calls.get()
            task()
            del task  # and with it the caller's arrays, until the next call comes


_crew = _Crew()


def _after_fork_in_child() -> None:
    """Threads and the locks they held stay behind in the parent."""
    global _lock, _in_use, _n_blas_limits, _crew
    _lock = threading.Lock()
    _in_use = _n_blas_limits = 0
    _crew = _Crew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


@functools.cache
def _cores() -> int:
    """Cores this process may use: affinity, control groups, and NUMBA_NUM_THREADS (joblib sets it)."""
    limit = os.environ.get("NUMBA_NUM_THREADS", "")
    cores = int(joblib.cpu_count())
    return max(1, min(cores, int(limit)) if limit.isdecimal() else cores)


@functools.cache
def _controller(process: int) -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@functools.cache
def _libraries(process: int, user_api: str) -> Any:
    return _controller(process).select(user_api=user_api)


def max_threads() -> int:
    """Threads allowed in all: cores, NUMBA_NUM_THREADS and threadpoolctl's limits, whichever is least."""
    limits = [library.num_threads for library in _libraries(os.getpid(), "openmp").lib_controllers]
    return max(1, min([_cores(), *(int(limit) for limit in limits if limit)]))


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Context in which matrix products use the thread that asks for them and no other.

    Many small products run faster side by side on our own threads; and where cores are shared with other processes,
    OpenBLAS' threads wait for each other by spinning: 2.5 s instead of 0.2 s for the axes of 1000 columns.
    The limit is one of the process: the first to come sets it, the last to go lifts it.
    """
    global _n_blas_limits, _blas_limit
    with _lock:
        if _n_blas_limits == 0:
            _blas_limit = _libraries(os.getpid(), "blas").limit(limits=1)
        _n_blas_limits += 1
    try:
        yield
    finally:
        with _lock:
            _n_blas_limits -= 1
            if _n_blas_limits == 0:
                _blas_limit.restore_original_limits()


def one_openmp_thread() -> AbstractContextManager[Any]:
    """Context in which OpenMP uses the thread that asks for it and no other; other threads' calls are as they were.

    Its threads wait for the next loop by spinning: many loops of some ten microseconds each take 0.12 s alone, and
    1.5 s with a second thread on cores that others use.
    """
    context: AbstractContextManager[Any] = _libraries(os.getpid(), "openmp").limit(limits=1)
    return context


@contextmanager
def _borrowed(wanted: int) -> Iterator[int]:
    """Take up to `wanted` threads from what other calls in this process leave; at least the caller's own."""
    global _in_use
    granted = 0
    try:
        with _lock:
            granted = max(1, min(wanted, max_threads() - _in_use))
            _in_use += granted
        yield granted
    finally:
        with _lock:
            _in_use -= granted


class PerThread:
    """A value that each thread makes for itself when it first asks, and keeps: the scratch memory of a kernel."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make, self._local = make, threading.local()

    def __call__(self) -> Any:
        try:
            return self._local.value
        except AttributeError:
            self._local.value = self._make()
            return self._local.value

    def __reduce__(self) -> tuple[type, tuple[Callable[[], Any]]]:
        return type(self), (self._make,)  # a copy, in this process or another, has threads of its own


def for_each_piece(
    work: Callable[[int, int], object],
    n: int,
    *,
    piece: int,
    n_threads: int | None = None,
    progress: Progress | None = None,
) -> None:
    """Call ``work(start, stop)`` for consecutive pieces that cover ``range(n)``.

    Pieces are handed out one by one, so uneven costs even out. ``work`` must write to places that
    depend on the range alone: then the result does not depend on the number of threads.

    Parameters
    ----------
    work : callable
        A kernel bound to its arrays. Must release the GIL to gain anything.
    n : int
        Length of the range.
    piece : int
        Length of a piece; a piece should take about a millisecond or more.
    n_threads : int, optional
        Upper limit; by default all threads that may be used.
    progress : callable, optional
        Called in the calling thread with the share of pieces done.
    """
    piece = max(1, piece)
    n_pieces = -(-n // piece)
    if n_pieces <= 1 or n_threads == 1:
        for i in range(n_pieces):
            work(i * piece, min(n, (i + 1) * piece))
            if progress is not None:
                progress((i + 1) / n_pieces)
        return
    wanted = n_pieces if n_threads is None else min(n_pieces, n_threads)
    with _borrowed(wanted) as granted:
        _Pieces(work, n, piece, n_pieces, progress).run(granted)


class _Pieces:
    """Pieces still to do, shared by the threads that do them."""

    def __init__(
        self,
        work: Callable[[int, int], object],
        n: int,
        piece: int,
        n_pieces: int,
        progress: Progress | None,
    ) -> None:
        self.work, self.n, self.piece, self.n_pieces, self.progress = work, n, piece, n_pieces, progress
        self.next = 0
        self.lock = threading.Lock()
        self.n_helping = 0
        self.no_one_helps = threading.Event()
        self.error: BaseException | None = None

    def run(self, n_threads: int) -> None:
        try:
            _crew.call(n_threads - 1, self._help)
            while self._do_one():
                if self.progress is not None:
                    self.progress(self.next / self.n_pieces)
        except BaseException:
            self._stop()
            raise
        finally:
            self._wait_for_helpers()
            # A thread that is late, or was never needed, still holds these pieces: not the caller's arrays, too.
            del self.work, self.progress
        if self.error is not None:
            raise self.error

    def _stop(self) -> None:
        with self.lock:
            self.next = self.n_pieces

    def _do_one(self) -> bool:
        with self.lock:
            i = self.next
            if i >= self.n_pieces:
                return False
            self.next += 1
        self.work(i * self.piece, min(self.n, (i + 1) * self.piece))
        return True

    def _help(self) -> None:
        with self.lock:
            if self.next >= self.n_pieces:
                return
            self.n_helping += 1
        try:
            while self._do_one():
                pass
        except BaseException as error:
            self.error = error
            self._stop()
        finally:
            with self.lock:
                self.n_helping -= 1
                if self.n_helping == 0:
                    self.no_one_helps.set()

    def _wait_for_helpers(self) -> None:
        """No new helper begins, since no piece is left; those at work finish theirs."""
        while True:
            with self.lock:
                if self.n_helping == 0:
                    return
                self.no_one_helps.clear()
            self.no_one_helps.wait()
