"""An unmodified program that imports imbalanced-learn gets fastbal's classes: put in place, and taken back."""

from __future__ import annotations

import importlib
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

# What takes time, and gives the same rows and predictions for the same seed. The rest is left: pipelines and folds
# have nothing to speed up, and metrics that are corrected would change results nobody asked to change.
_PACKAGES = ("combine", "ensemble", "over_sampling", "under_sampling")

# Every sampler of fastbal is a sampler of imbalanced-learn, too, for programs that ask with `isinstance`.
_BASES = (
    ("base", "BaseSampler"),
    ("over_sampling.base", "BaseOverSampler"),
    ("under_sampling.base", "BaseCleaningSampler"),
    ("under_sampling.base", "BaseUnderSampler"),
)

_lock = threading.Lock()
_pairs: dict[str, tuple[type, type]] = {}  # public name: imbalanced-learn's class and fastbal's; found once


def patch_imblearn() -> list[str]:
    """Put fastbal's samplers and ensembles in the place of imbalanced-learn's.

    Call it before the program imports a class of imbalanced-learn: `from imblearn.over_sampling import SMOTE` gets
    what stands there at that moment. Calling it again changes nothing.

    The same seed gives the same rows, but for the corrections listed in docs/coming-from/imbalanced-learn.md. Metrics,
    pipelines, folds and base classes stay imbalanced-learn's; they work with fastbal's samplers. What is pickled is
    fastbal's, and loads without the patch; what imbalanced-learn has pickled loads as imbalanced-learn's.

    Returns
    -------
    list of str
        The names that are fastbal's now, sorted.

    Raises
    ------
    ModuleNotFoundError
        If imbalanced-learn is not installed.

    Warns
    -----
    UserWarning
        If a module has imported a class already; it keeps imbalanced-learn's.

    See Also
    --------
    unpatch_imblearn : Undo it.

    Examples
    --------
    >>> import fastbal
    >>> names = fastbal.patch_imblearn()  # doctest: +SKIP
    >>> from imblearn.over_sampling import SMOTE  # doctest: +SKIP
    >>> SMOTE.__module__  # doctest: +SKIP
    'fastbal.over_sampling._smote'
    """
    with _lock:
        if not _pairs:
            _pairs.update(_find_pairs())
            _let_fastbals_be_imblearns()
        _exchange({id(theirs): ours for theirs, ours in _pairs.values()})
        early = sorted(_early())
    if early:
        warnings.warn(
            f"Imported before fastbal.patch_imblearn(), and so imbalanced-learn's still: {', '.join(early)}. "
            "Call patch_imblearn before the imports.",
            UserWarning,
            stacklevel=2,
        )
    return sorted(_pairs)


def unpatch_imblearn() -> None:
    """Put imbalanced-learn's own classes back; without a patch, do nothing.

    Every name is what it was before. Names that the program has imported meanwhile stay fastbal's, and `isinstance`
    goes on to take fastbal's samplers for imbalanced-learn's.

    See Also
    --------
    patch_imblearn : What is undone.

    Examples
    --------
    >>> import fastbal
    >>> fastbal.unpatch_imblearn()
    """
    with _lock:
        _exchange({id(ours): theirs for theirs, ours in _pairs.values()})


def _find_pairs() -> Iterator[tuple[str, tuple[type, type]]]:
    try:
        importlib.import_module("imblearn")
    except ModuleNotFoundError as error:
        if error.name != "imblearn":
            raise
        raise ModuleNotFoundError(
            "There is nothing to patch: imbalanced-learn is not installed. Import fastbal itself instead, as in "
            "`from fastbal.over_sampling import SMOTE`.",
            name="imblearn",
        ) from None
    for package in _PACKAGES:
        theirs, ours = (importlib.import_module(f"{library}.{package}") for library in ("imblearn", "fastbal"))
        for name in theirs.__all__:
            if hasattr(ours, name):
                yield f"imblearn.{package}.{name}", (getattr(theirs, name), getattr(ours, name))


def _let_fastbals_be_imblearns() -> None:
    for module, name in _BASES:
        theirs, ours = (
            getattr(importlib.import_module(f"{library}.{module}"), name) for library in ("imblearn", "fastbal")
        )
        theirs.register(ours)


def _exchange(replacements: dict[int, type]) -> None:
    """Replace classes, by identity, in all loaded modules of imbalanced-learn but those that define them.

    There pickle looks for a class: what was made before the patch can be pickled, and loaded, as ever.
    """
    for module, name, value in _names(_is_imblearn):
        replacement = replacements.get(id(value))
        if replacement is not None and value.__module__ != module:
            setattr(sys.modules[module], name, replacement)


def _early() -> Iterator[str]:
    """Names of the program's own modules that are imbalanced-learn's classes still (`__mp_main__` is `__main__`)."""
    originals = {id(theirs) for theirs, _ in _pairs.values()}
    for module, name, value in _names(lambda module: not _is_imblearn(module) and module != "__mp_main__"):
        if id(value) in originals:
            yield f"{module}.{name}"


def _names(wanted: Callable[[str], bool]) -> Iterator[tuple[str, str, Any]]:
    """All names of the loaded modules that are wanted, and what they stand for; asks nothing of the values."""
    for module, loaded in list(sys.modules.items()):
        if wanted(module):
            for name, value in list(getattr(loaded, "__dict__", {}).items()):
                yield module, name, value


def _is_imblearn(module: str) -> bool:
    return module == "imblearn" or module.startswith("imblearn.")
