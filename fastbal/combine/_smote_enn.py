"""SMOTE, then edited nearest neighbours: add rows, then remove rows that lie among other classes."""

from __future__ import annotations

from typing import Any, ClassVar

from fastbal._core.plan import Strategy
from fastbal._sklearn import HasMethods
from fastbal.combine._combination import BaseCombination
from fastbal.under_sampling import EditedNearestNeighbours


class SMOTEENN(BaseCombination):
    """Over-sample by `SMOTE`, then clean all classes by `EditedNearestNeighbours` (Batista et al. 2004).

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows each class gets before the cleaning; see `SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.
    smote : sampler, default=None
        Another over-sampler, which keeps its own parameters. None is `SMOTE`.
    enn : sampler, default=None
        Another cleaner, which keeps its own parameters. None is ``EditedNearestNeighbours(sampling_strategy="all")``.
    n_jobs : int or None, default=None
        For imbalanced-learn's interface. All threads that may be used are used.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Label to number of rows made before the cleaning.
    smote_ : sampler
        What over-sampled.
    enn_ : sampler
        What cleaned.
    recipe_ : Recipe
        Which rows the output has.
    is_synthetic_ : ndarray of shape (n_rows_new,), bool
        Which rows of the output are new.
    base_indices_, neighbor_indices_ : ndarray of shape (n_made,)
        For each new row that is left: the rows of the input between which it lies.
    step_ : ndarray of shape (n_made,), float64
        For each new row that is left: how far it is from the first of them to the second.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Notes
    -----
    The output is sorted by class. The paper edits by a vote: ``enn=EditedNearestNeighbours(kind_sel="mode")``.

    References
    ----------
    Batista, Prati, Monard: A study of the behavior of several methods for balancing machine learning training data.
    ACM SIGKDD Explorations 6 (2004), 20-29.

    Examples
    --------
    >>> from collections import Counter
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.combine import SMOTEENN
    >>> X, y = make_classification(n_samples=1000, weights=[0.1, 0.9], random_state=10)
    >>> sampler = SMOTEENN(random_state=42)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> sorted(Counter(y_resampled.tolist()).items())
    [(0, 897), (1, 582)]
    >>> int(sampler.is_synthetic_.sum())
    796
    """

    _cleaner = "enn"
    _default_cleaner = EditedNearestNeighbours
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseCombination._parameter_constraints,
        "enn": [HasMethods(["fit_resample"]), None],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: Any = None,
        smote: Any = None,
        enn: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy, random_state=random_state, smote=smote, n_jobs=n_jobs)
        self.enn = enn
