"""The samplers that the command line offers, one line each."""

from __future__ import annotations

import importlib
from typing import Any, NamedTuple

from fastbal._core.plan import CLEAN, OVER, UNDER
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
    is_random: bool = True
    decides: bool = False  # the data decide how many rows come out
    keeps_gaps: bool = False  # missing numbers may stay missing

    @property
    def copies(self) -> bool:
        """Whether rows are taken as they are, whatever is in them."""
        return self.k is None and not self.needs_numbers

    def make(self, **parameters: Any) -> Any:
        """The sampler, imported only now."""
        module, _, name = self.sampler.rpartition(".")
        return getattr(importlib.import_module(module), name)(**parameters)


def _under(name: str, sampler: str, summary: str, **more: Any) -> Method:
    return Method(
        name,
        f"fastbal.under_sampling.{sampler}",
        UNDER,
        summary,
        **{"needs_numbers": True, "default_k": 3, **more},
    )


def _cleaning(name: str, sampler: str, summary: str, **more: Any) -> Method:
    return _under(name, sampler, summary, **{"decides": True, **more})._replace(sampling_type=CLEAN)


METHODS = {
    method.name: method
    for method in [
        Method(
            "smote",
            "fastbal.over_sampling.SMOTE",
            OVER,
            "new rows between neighbours",
            "k_neighbors",
            True,
            keeps_gaps=True,
        ),
        Method("over", "fastbal.over_sampling.RandomOverSampler", OVER, "copies of rows"),
        Method(
            "borderline",
            "fastbal.over_sampling.BorderlineSMOTE",
            OVER,
            "new rows where classes meet",
            "k_neighbors",
            True,
            keeps_gaps=True,
        ),
        Method("svm", "fastbal.over_sampling.SVMSMOTE", OVER, "new rows near support vectors", "k_neighbors", True),
        Method("kmeans", "fastbal.over_sampling.KMeansSMOTE", OVER, "new rows in clusters", "k_neighbors", True, 2),
        Method(
            "adasyn",
            "fastbal.over_sampling.ADASYN",
            OVER,
            "more new rows for hard rows",
            "n_neighbors",
            True,
            keeps_gaps=True,
        ),
        Method(
            "smotenc",
            "fastbal.over_sampling.SMOTENC",
            OVER,
            "new rows, also of categories",
            "k_neighbors",
            keeps_gaps=True,
        ),
        Method("smoten", "fastbal.over_sampling.SMOTEN", OVER, "new rows of categories only", "k_neighbors"),
        Method("rose", "fastbal.over_sampling.ROSE", OVER, "rows with noise around them", None, True),
        Method("loras", "fastbal.over_sampling.LoRAS", OVER, "means of neighbours' noisy copies", "n_neighbors", True),
        Method("simplicial", "fastbal.over_sampling.SimplicialSMOTE", OVER, "means of near rows", "k_neighbors", True),
        Method("mgs", "fastbal.over_sampling.MGS", OVER, "new rows from neighbours' spread", "n_neighbors", True),
        Method(
            "safelevel",
            "fastbal.over_sampling.SafeLevelSMOTE",
            OVER,
            "new rows near the safer row",
            "k_neighbors",
            True,
        ),
        Method("prowsyn", "fastbal.over_sampling.ProWSyn", OVER, "more new rows near others", None, True),
        Method("mwmote", "fastbal.over_sampling.MWMOTE", OVER, "the same within clusters", None, True),
        Method(
            "geometric",
            "fastbal.over_sampling.GeometricSMOTE",
            OVER,
            "new rows in balls around rows",
            "k_neighbors",
            True,
        ),
        Method("polynom", "fastbal.over_sampling.PolynomFitSMOTE", OVER, "new rows towards the mean", None, True),
        Method("under", "fastbal.under_sampling.RandomUnderSampler", UNDER, "fewer rows of the larger classes"),
        _under("nearmiss", "NearMiss", "rows near the smallest class", k="n_neighbors", is_random=False),
        _under("hardness", "InstanceHardnessThreshold", "rows a forest finds easy", decides=True),
        _under("centroids", "ClusterCentroids", "centres of clusters; slow"),
        _cleaning("tomek", "TomekLinks", "without pairs across a border", is_random=False),
        _cleaning("enn", "EditedNearestNeighbours", "without rows among others", k="n_neighbors", is_random=False),
        _cleaning("renn", "RepeatedEditedNearestNeighbours", "enn again and again", k="n_neighbors", is_random=False),
        _cleaning("allknn", "AllKNN", "enn with 1 to k neighbours", k="n_neighbors", is_random=False),
        _cleaning("ncr", "NeighbourhoodCleaningRule", "enn by vote, and more", k="n_neighbors", is_random=False),
        _cleaning("cnn", "CondensedNearestNeighbour", "only rows that classify the rest", k="n_neighbors", default_k=1),
        _cleaning("oss", "OneSidedSelection", "rows near the rare class, then tomek", k="n_neighbors", default_k=1),
        Method("smoteenn", "fastbal.combine.SMOTEENN", OVER, "smote, then enn", None, True, decides=True),
        Method("smotetomek", "fastbal.combine.SMOTETomek", OVER, "smote, then tomek", None, True, decides=True),
    ]
}


#: A method that is chosen by what the columns are.
AUTO = "auto"


def method_named(name: str) -> Method | None:
    """The method, None for the one that suits the table, or a sentence with the names there are."""
    if name == AUTO:
        return None
    if name not in METHODS:
        raise CliError(
            f"--method {name} is not known; there are {AUTO}, {', '.join(METHODS)}.{close_to(name, METHODS)}", MISUSED
        )
    return METHODS[name]


def method_for(*, has_numbers: bool, has_categories: bool) -> Method:
    """SMOTE as it is written for a table of numbers, of categories, or of both."""
    return METHODS["smote" if not has_categories else "smotenc" if has_numbers else "smoten"]
