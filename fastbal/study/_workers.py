"""What a process does that fits for another one, and what it does not: speak."""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from joblib import wrap_non_picklable_objects
from sklearn.base import clone

from fastbal.study._fits import evaluate
from fastbal.study._results import Predictions, Run


class Sent:
    """A classifier on its way to a worker, which loads the libraries that it needs without a word."""

    def __init__(self, classifier: Any) -> None:
        self.classifier = classifier

    def __reduce__(self) -> tuple[Any, ...]:
        return _received, (pickle.dumps(wrap_non_picklable_objects(self.classifier, keep_wrapper=False)),)


def _received(packed: bytes) -> Sent:
    with quiet_tensorflow():
        return Sent(pickle.loads(packed))


def evaluated(
    pair: tuple[str, str], sent: Sent, fold: Any, question: Any, seed: int
) -> tuple[Any, Run, Predictions | None]:
    """In a process of its own, perhaps; the unfitted classifier comes back, as what is kept is named after it."""
    is_worker = multiprocessing.parent_process() is not None
    if is_worker and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program, which ends its workers itself
    return sent.classifier, *evaluate(pair, clone(sent.classifier), fold, question, seed)


@contextmanager
def quiet_tensorflow() -> Iterator[None]:
    """While the block runs TensorFlow may be loaded; what it says then, of processors, and later, of tracing, is lost.

    Also what C++ writes: there is no setting for what TensorFlow says before it reads its settings.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    sys.stderr.flush()
    stderr = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
