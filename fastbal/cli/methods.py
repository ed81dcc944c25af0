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
    default_k: int = 5

    def make(self, **parameters: Any) -> Any:
        """The sampler, imported only now."""
        module, _, name = self.sampler.rpartition(".")
        return getattr(importlib.import_module(module), name)(**parameters)


METHODS = {
    method.name: method
    for method in [
        Method("smote", "fastbal.over_sampling.SMOTE", OVER, "new rows between neighbours", "k_neighbors", True),
        Method("over", "fastbal.over_sampling.RandomOverSampler", OVER, "copies of rows"),
        Method(
            "borderline",
            "fastbal.over_sampling.BorderlineSMOTE",
            OVER,
            "new rows where classes meet",
            "k_neighbors",
            True,
        ),
        Method("svm", "fastbal.over_sampling.SVMSMOTE", OVER, "new rows near support vectors", "k_neighbors", True),
        Method("kmeans", "fastbal.over_sampling.KMeansSMOTE", OVER, "new rows in clusters", "k_neighbors", True, 2),
        Method("adasyn", "fastbal.over_sampling.ADASYN", OVER, "more new rows for hard rows", "n_neighbors", True),
        Method("smotenc", "fastbal.over_sampling.SMOTENC", OVER, "new rows, also of categories", "k_neighbors"),
        Method("smoten", "fastbal.over_sampling.SMOTEN", OVER, "new rows of categories only", "k_neighbors"),
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
