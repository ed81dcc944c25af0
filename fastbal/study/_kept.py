"""Fits kept in a folder, so that a run that ends early goes on where it was."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from fastbal._writing import written_whole
from fastbal.study._results import Predictions, Run


class KeptFits:
    """Files of a folder, one for each fit, named after all that decides what comes of it.

    Parameters
    ----------
    folder : Path or None
        Made if it is not there; None keeps nothing.
    seal : bytes
        Whatever all fits of a comparison share: data, seed, versions.
    """

    def __init__(self, folder: Path | None, seal: bytes) -> None:
        self.folder, self.seal = folder, seal
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def read(self, classifier: Any, pair: tuple[str, str], fold: int) -> tuple[Run, Predictions | None] | None:
        """What a fit has come to, if it is kept."""
        if self.folder is None:
            return None
        try:
            with np.load(self._path(classifier, pair, fold), allow_pickle=False) as arrays:
                facts = json.loads(str(arrays["run"]))
                facts["rows"] = {int(code): n for code, n in facts["rows"].items()}
                run = Run(**facts)
                if run.error is not None:
                    return run, None
                corrected = arrays.get("corrected")
                return run, Predictions(arrays["rows"], arrays["y"], arrays["decided"], arrays["proba"], corrected)
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
            return None  # not there, or damaged: the fit is made anew

    def write(self, classifier: Any, run: Run, predictions: Predictions | None) -> None:
        """Keep what a fit has come to, classes by number."""
        if self.folder is None:
            return
        arrays: dict[str, Any] = {"run": json.dumps(asdict(run))}
        if predictions is not None:
            arrays |= {name: part for name, part in predictions._asdict().items() if part is not None}
        whole = io.BytesIO()
        np.savez_compressed(whole, **arrays)
        with written_whole(self._path(classifier, (run.model, run.arm), run.fold)) as file:
            file.write(whole.getvalue())

    def _path(self, classifier: Any, pair: tuple[str, str], fold: int) -> Path:
        assert self.folder is not None
        said = f"{pair} {fold} {type(classifier).__name__} {sorted(classifier.get_params().items(), key=str)}"
        name = hashlib.sha256(self.seal + said.encode()).hexdigest()[:32]
        return self.folder / f"{name}.npz"


def seal_of(*parts: Any) -> bytes:
    """A digest of arrays and of anything else by how it prints.

    >>> seal_of(np.arange(3), "a") == seal_of(np.arange(3), "a") != seal_of(np.arange(3), "b")
    True
    """
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(f"{part.dtype} {part.shape}".encode())
            digest.update(np.ascontiguousarray(part).tobytes())
        else:
            digest.update(repr(part).encode())
        digest.update(b"\0")
    return digest.digest()
