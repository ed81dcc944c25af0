"""Which epoch a batch belongs to, where batches are asked for by number: that of the pass over all of them."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastbal._core.stream import require_batch


class Passes:
    """Counts epochs by the batches that are handed out, not by when somebody says that one has ended.

    Keras says so after `steps_per_epoch` batches, which may be in the middle of a pass, and by then it has asked for
    some batches more, in advance.

    Parameters
    ----------
    n_batches : int
        Batches of an epoch.
    may_look_ahead : bool, default=False
        Whether somebody may begin, look at a batch or two, stop, and begin anew, as Keras does on JAX and PyTorch to
        see what a network gets. It is known by what comes next: one of these again, or more of them.

    Attributes
    ----------
    epoch : int
        The epoch that is handed out.

    Examples
    --------
    Two batches, then the third one and the first of the next pass:

    >>> passes = Passes(3)
    >>> passes.begin()
    >>> [passes.epoch_of(0), passes.epoch_of(1)]
    [0, 0]
    >>> passes.end()
    >>> passes.begin()
    >>> [passes.epoch_of(2), passes.epoch_of(0)]
    [0, 1]

    A look at one, then all three of them:

    >>> passes = Passes(3, may_look_ahead=True)
    >>> for asked in ([1], [0, 1, 2]):
    ...     passes.begin()
    ...     print([passes.epoch_of(index) for index in asked])
    ...     passes.end()
    [0]
    [0, 0, 0]
    """

    def __init__(self, n_batches: int, *, may_look_ahead: bool = False) -> None:
        self.epoch = 0
        self.may_look_ahead = may_look_ahead
        self._n_asked = 0  # since somebody has begun
        self._perhaps_seen: NDArray[np.bool_] | None = None  # only looked at, it may be
        self._handed_out = np.zeros(n_batches, bool)
        self._has_begun = self._is_watched = False
        self._lock = threading.Lock()

    def epoch_of(self, index: int) -> int:
        """The epoch of a batch that is asked for now: the next one, if it has been handed out in this one."""
        require_batch(index, len(self._handed_out))
        with self._lock:
            if self._is_watched:
                self._n_asked += 1
                self._forget_what_was_looked_at(index)
                if self._handed_out[index]:
                    self._go_on()
                self._handed_out[index] = True
            return self.epoch

    def _forget_what_was_looked_at(self, index: int) -> None:
        seen = self._perhaps_seen
        if seen is not None and (seen[index] or self._n_asked > np.count_nonzero(seen)):
            self._handed_out &= ~seen
            self._perhaps_seen = None

    def begin(self) -> None:
        """Somebody begins, or goes on with a pass."""
        self._has_begun = self._is_watched = True
        self._n_asked = 0

    def end(self, *, is_whole: bool = False) -> None:
        """Somebody stops: after a pass, in the middle of one, or, if nobody has begun, giving one up.

        `is_whole`: whether the next one begins with the first batch in any case, whatever was handed out.
        """
        with self._lock:
            is_given_up = not self._has_begun and bool(self._handed_out.any())
            is_over = (is_whole and self._has_begun) or is_given_up or bool(self._handed_out.all())
            self._is_watched = self._has_begun and not is_over
            is_first = self._n_asked == np.count_nonzero(self._handed_out)
            self._perhaps_seen = self._handed_out.copy() if self.may_look_ahead and is_first and not is_over else None
            if is_over:
                self._go_on()
            self._has_begun = False

    def _go_on(self) -> None:
        self.epoch += 1
        self._handed_out[:] = False

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the lock: it cannot be sent to another process."""
        return {name: value for name, value in self.__dict__.items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.Lock()
