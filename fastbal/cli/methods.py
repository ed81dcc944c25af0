"""The samplers that the command line offers, one line each."""

from __future__ import annotations

import importlib
from typing import Any, NamedTuple

from fastbal._core.plan import OVER, UNDER
from fastbal.cli.errors import MISUSED, CliError, close_to


class Method(NamedTuple):
    """A sampler and what the command line must know about it."""

    name: str
    sampler: str
    sampling_type: str
    summary: str
    k: str | None = None  # the sampler's parameter that --k sets
    needs_numbers: bool = False

    def make(self, **parameters: Any) -> Any:
        """The sampler, imported only now."""
        module, _, name = self.sampler.rpartition(".")
        return getattr(importlib.import_module(module), name)(**parameters)


METHODS = {
    method.name: method
    for method in [
        Method("smote", "fastbal.over_sampling.SMOTE", OVER, "new rows between neighbours", "k_neighbors", True),
        Method("over", "fastbal.over_sampling.RandomOverSampler", OVER, "copies of rows"),
        Method("under", "fastbal.under_sampling.RandomUnderSampler", UNDER, "fewer rows of the larger classes"),
    ]
}


def method_named(name: str) -> Method:
    """The method, or a sentence with the names there are."""
    if name not in METHODS:
        raise CliError(
            f"--method {name} is not known; there are {', '.join(METHODS)}.{close_to(name, METHODS)}", MISUSED
        )
    return METHODS[name]
