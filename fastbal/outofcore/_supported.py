"""Which samplers need how much of a table, and what to use instead of those that need all of it."""

from __future__ import annotations

from numbers import Integral
from typing import Any

from fastbal._core.plan import CLEAN, OVER, Plan, growing
from fastbal._core.target import Target
from fastbal._neighborhood import USUAL
from fastbal._problem import draws_as, draws_recipe
from fastbal.base import BaseSampler, FunctionSampler
from fastbal.combine import SMOTEENN, Balance, SMOTETomek
from fastbal.over_sampling import (
    ADASYN,
    MGS,
    MWMOTE,
    ROSE,
    SMOTE,
    SMOTEN,
    SMOTENC,
    SVMSMOTE,
    BorderlineSMOTE,
    GeometricSMOTE,
    KMeansSMOTE,
    LoRAS,
    PolynomFitSMOTE,
    ProWSyn,
    RandomOverSampler,
    SafeLevelSMOTE,
    SimplicialSMOTE,
)
from fastbal.over_sampling._loras import MANY
from fastbal.over_sampling._mixed import column_numbers
from fastbal.under_sampling import (
    AllKNN,
    ClusterCentroids,
    EditedNearestNeighbours,
    InstanceHardnessThreshold,
    NearMiss,
    NeighbourhoodCleaningRule,
    RandomUnderSampler,
    RepeatedEditedNearestNeighbours,
    TomekLinks,
)

#: What a sampler reads: the labels alone; the rows of the classes that grow; these, and of all others how often each
#: category stands beside each class; or some rows, and all others to judge them by, block by block; the latter of the
#: table and what the former makes of it; or all at once.
LABELS, CLASSES, CLASSES_AND_COUNTS, BLOCKS = "labels", "classes", "classes and categories", "blocks"
GROWN, WHOLE = "grown", "whole"

_NEEDS: dict[Any, str] = {
    RandomUnderSampler: LABELS,
    RandomOverSampler: LABELS,
    SMOTE: CLASSES,
    SMOTENC: CLASSES,
    SMOTEN: CLASSES_AND_COUNTS,
    ROSE: CLASSES,
    MGS: CLASSES,
    LoRAS: CLASSES,
    SimplicialSMOTE: CLASSES,
    PolynomFitSMOTE: CLASSES,
    GeometricSMOTE: BLOCKS,
    BorderlineSMOTE: BLOCKS,
    ADASYN: BLOCKS,
    SafeLevelSMOTE: BLOCKS,
    ProWSyn: BLOCKS,
    MWMOTE: BLOCKS,
    TomekLinks: BLOCKS,
    EditedNearestNeighbours: BLOCKS,
    NeighbourhoodCleaningRule: BLOCKS,
    NearMiss: BLOCKS,
    SMOTEENN: GROWN,
    SMOTETomek: GROWN,
}


def needs_of(sampler: Any) -> str:
    """What a sampler reads of a table: `LABELS`, `CLASSES`, `CLASSES_AND_COUNTS`, `BLOCKS` or `GROWN`.

    Raises
    ------
    TypeError
        If it is no sampler of fastbal's.
    ValueError
        If it needs all rows of a table at once.
    """
    if not isinstance(sampler, BaseSampler):
        raise TypeError(
            f"sampler must be a sampler of fastbal's, such as fastbal.over_sampling.SMOTE(random_state=0). Got "
            f"{sampler!r}, a {type(sampler).__name__}."
        )
    if getattr(sampler, "reject", None) is not None:
        raise ValueError(
            f"reject={sampler.reject!r} asks for the nearest rows of each new row in the whole table, which must be in "
            "memory: read it and call fit_resample, or leave out reject."
        )
    name = type(sampler).__name__
    if getattr(sampler, "regenerate", False):
        raise ValueError(
            f"{name} with regenerate=True makes new rows of all classes, and so holds all rows: read the table and "
            "call fit_resample, or leave out regenerate, for which only the classes that grow are held."
        )
    # A class of the user's own that draws its recipe in another way may look at anything.
    needs = needs_of_kind(sampler)
    if needs is None:
        why, instead = _why_in_memory(sampler)
        raise ValueError(f"{name} {why}, so it needs the table in memory: read it and call fit_resample. {instead}")
    if needs == GROWN:
        maker, cleaner = steps_of(sampler)
        if is_under(maker) or needs_of(cleaner) != BLOCKS or not cleans(cleaner):
            raise ValueError(
                f"Of {sampler!r}, smote must be an over-sampler, and what cleans an EditedNearestNeighbours, "
                "NeighbourhoodCleaningRule or TomekLinks, where the table is read in pieces."
            )
        needs_of(maker)
    if _stays_in_class(sampler):
        needs = CLASSES
    if needs == BLOCKS:
        if getattr(sampler, "edited_nearest_neighbours", None) is not None:
            raise ValueError(
                f"{name} with edited_nearest_neighbours={sampler.edited_nearest_neighbours!r} needs the table in "
                "memory. Leave it out."
            )
        for parameter, given in sampler.get_params(deep=False).items():
            if "neighbors" in parameter and not isinstance(given, (Integral, str)):
                raise ValueError(
                    f"{parameter} must be a number of neighbours where the table is read in blocks. Got {given!r}."
                )
        if getattr(sampler, "missing", "error") == "keep":
            raise ValueError(
                f"{name} with missing='keep' needs the table in memory. Fill the gaps first, or use SMOTE, which keeps "
                "them in a table of any size."
            )
    return CLASSES if isinstance(sampler, RandomOverSampler) and sampler.shrinkage is not None else needs


def needs_of_kind(sampler: Any) -> str | None:
    """What samplers of this kind read, whatever their parameters; None if that is everything."""
    if not draws_recipe(sampler):
        return None
    return next((needs for kind, needs in _NEEDS.items() if draws_as(sampler, kind)), None)


def steps_of(sampler: Any) -> tuple[Any, Any]:
    """What over-samples, and what cleans, of a combination whose recipe has been asked for."""
    return sampler.smote_, getattr(sampler, f"{sampler._cleaner}_")


def _why_in_memory(sampler: Any) -> tuple[str, str]:
    """Why a sampler needs all rows at once, and what to use for a table that does not fit."""
    from fastbal.multilabel.base import BaseMultilabelSampler
    from fastbal.regression._base import BaseMeasuredSampler

    part = (
        "or take a random part of the larger classes first, by RandomUnderSampler, and use it on that."
        if draws_recipe(sampler)
        else "or take a random part of the rows, and use it on that."
    )
    over, under = (f"For a table that does not fit, use {name}; {part}" for name in ("SMOTE or ADASYN", "TomekLinks"))
    reasons: dict[Any, tuple[str, str]] = {
        SVMSMOTE: ("fits a support vector machine to all rows", over),
        KMeansSMOTE: ("finds clusters among all rows", over),
        Balance: (
            "adds rows and takes others away in one step",
            "For a table that does not fit, take two: RandomUnderSampler, then SMOTE or another over-sampler, each "
            "with the numbers of rows in sampling_strategy.",
        ),
        (SMOTEENN, SMOTETomek): (
            "cleans what it has made, of more than numbers or by a sampler of another library, together with all other "
            "rows",
            "For a table that does not fit, use SMOTE, then EditedNearestNeighbours or TomekLinks with "
            "sampling_strategy='all' on what is written.",
        ),
        (RepeatedEditedNearestNeighbours, AllKNN): (
            "cleans in rounds, each on what the round before has left",
            "For a table that does not fit, use EditedNearestNeighbours, which is one round, on the table and then on "
            "what is written; " + part,
        ),
        ClusterCentroids: ("finds clusters among all rows of the classes that shrink", under),
        InstanceHardnessThreshold: ("fits classifiers to all rows", under),
        FunctionSampler: (
            "hands all rows to a function",
            "For a table that does not fit, call the function on parts of it; or use SMOTE or ADASYN, or TomekLinks.",
        ),
        BaseMeasuredSampler: (
            "sorts all rows by a continuous target, of which each value counts",
            "For a table that does not fit, take a random part of the rows, and use it on that; or give each row a "
            "weight instead, by fastbal.regression.density_weights of the target alone.",
        ),
        BaseMultilabelSampler: (
            "looks at several labels of each row, where here a row has one class",
            "For a table that does not fit, take a random part of the rows, and use it on that.",
        ),
    }
    for kind, reason in reasons.items():
        if isinstance(sampler, kind):
            return reason
    if not type(sampler).__module__.startswith("fastbal."):
        return (
            "has rules of its own, which may look at any row",
            f"For a table that does not fit, {part.removeprefix('or ')}",
        )
    return "goes over all rows of a table again and again", over if sampler._sampling_type == OVER else under


#: Where a table lies on many machines, one of them must hold all rows for these, if they fit.
_WHOLE_ON_ONE = (
    ADASYN,
    AllKNN,
    BorderlineSMOTE,
    EditedNearestNeighbours,
    GeometricSMOTE,
    MWMOTE,
    NearMiss,
    NeighbourhoodCleaningRule,
    ProWSyn,
    RepeatedEditedNearestNeighbours,
    SafeLevelSMOTE,
    TomekLinks,
)


def needs_on_machines(sampler: Any) -> str:
    """As `needs_of`, of a table that lies on many machines: `WHOLE` instead of `BLOCKS`."""
    if needs_of_kind(sampler) == GROWN:
        maker, cleaner = steps_of(sampler)
        raise ValueError(
            f"{type(sampler).__name__} cleans what it has made together with all other rows, which lie on many "
            f"machines. Take two steps, which make the same rows: {type(maker).__name__}, then {cleaner!r} on what is "
            "made."
        )
    is_whole = draws_recipe(sampler) and any(draws_as(sampler, kind) for kind in _WHOLE_ON_ONE)
    return WHOLE if is_whole and not _stays_in_class(sampler) else needs_of(sampler)


def _stays_in_class(sampler: Any) -> bool:
    return isinstance(sampler, GeometricSMOTE) and sampler.selection_strategy == "minority"


def draws_in_pieces(sampler: Any) -> bool:
    """Whether new rows are drawn when they are written, and not all at once."""
    return draws_as(sampler, SMOTE) or (draws_as(sampler, RandomOverSampler) and sampler.shrinkage is None)


def number_columns(sampler: Any, head: Any) -> list[int]:
    """Columns that must hold finite numbers, given a table of the same columns."""
    if needs_of_kind(sampler) == GROWN:
        return list(range(head.n_columns))
    if needs_on_machines(sampler) in (LABELS, CLASSES_AND_COUNTS):
        return []
    if isinstance(sampler, SMOTENC):
        categorical = set(column_numbers(sampler.categorical_features, head))
        return [j for j in range(head.n_columns) if j not in categorical]
    return list(range(head.n_columns))


def cleans(sampler: Any) -> bool:
    """Whether rows are taken away by what they are like, and not down to a number; perhaps after some were added."""
    return bool(sampler._sampling_type == CLEAN) or needs_of_kind(sampler) == GROWN


def is_under(sampler: Any) -> bool:
    """Whether rows are taken away."""
    return bool(sampler._sampling_type != OVER)


#: Those whose new rows are neither copies nor on segments, or need not be.
_MADE = (ROSE, MGS, LoRAS, SimplicialSMOTE, PolynomFitSMOTE, GeometricSMOTE, SafeLevelSMOTE)


def drawing_bytes(sampler: Any, n_held: int, n_columns: int, n_new: int) -> int:
    """What drawing a recipe takes, beside the rows that are searched."""
    n_bytes = 51 * n_new
    if isinstance(sampler, RandomOverSampler) and sampler.shrinkage is not None:
        n_bytes += 8 * n_columns * n_new  # the noise itself
    elif isinstance(sampler, _MADE):
        n_bytes += 40 * n_new  # a number of its own for each new row, and how it is made
    if isinstance(sampler, (MGS, LoRAS)):
        k = max(n_columns, MANY) if sampler.n_neighbors == "auto" else int(sampler.n_neighbors)
        n_bytes += 32 * (k + 1) * n_held  # each row's list, found, joined and kept
    if isinstance(sampler, SimplicialSMOTE):
        k = USUAL if isinstance(sampler.k_neighbors, str) else int(sampler.k_neighbors)
        n_bytes += 16 * (2 * k + 1) * n_held + 24 * sampler.n_corners * n_new  # sets of rows, and corners
    if isinstance(sampler, PolynomFitSMOTE):
        n_bytes += 24 * n_columns * n_held  # rows as float64, scaled and centred
    return n_bytes


def held_codes(sampler: Any, target: Target, plan: Plan) -> list[int]:
    """The classes whose rows are held."""
    if not is_under(sampler):
        return list(growing(plan))
    if isinstance(sampler, NearMiss):
        return [int(target.counts.argmin())]
    return [code for code in range(len(target.classes)) if code != target.counts.argmax()]
