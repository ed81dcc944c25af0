"""New rows between rows of a class and their neighbours in it: SMOTE."""

from __future__ import annotations

from numbers import Integral
from typing import Any, ClassVar, Literal

from fastbal._core.draws import Draws
from fastbal._core.pieces import RecipeInPieces, segments_in_pieces
from fastbal._core.plan import Plan, Strategy, growing
from fastbal._core.recipe import Recipe, join
from fastbal._core.segments import draw_segments
from fastbal._core.target import Target
from fastbal._neighborhood import Neighborhood, capped
from fastbal._sklearn import HasMethods, Interval, StrOptions
from fastbal.over_sampling.base import BaseOverSampler, MissingMixin, RejectMixin


class BaseSMOTE(BaseOverSampler):
    """Base class of the SMOTE family.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows of each class.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.
    k_neighbors : int, "auto" or object, default=5
        The neighbours between which and a row new rows are made.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseOverSampler._parameter_constraints,
        "k_neighbors": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"}), HasMethods(["kneighbors"])],
    }

    def __init__(self, sampling_strategy: Strategy = "auto", random_state: Any = None, k_neighbors: Any = 5) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.random_state = random_state
        self.k_neighbors = k_neighbors


class SMOTE(RejectMixin, MissingMixin, BaseSMOTE):
    """Over-sample by making rows between rows of a class and their nearest neighbours in it (Chawla et al. 2002).

    A row of the class is drawn, then one of its `k_neighbors` nearest neighbours in the class; the new row lies on the
    segment between them, anywhere with the same probability.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows each class shall have.

        - float r in (0, 1], for two classes: rows of the smaller class divided by rows of the larger one;
        - "minority", "not minority", "not majority", "all": these classes get as many rows as the largest;
          "auto" is "not majority";
        - dict of label to number of rows, original ones included;
        - function of y that returns such a dict.

    random_state : int, RandomState, Generator or None, default=None
        The random numbers. An int starts again for each class, as in imbalanced-learn.
    k_neighbors : int, "auto" or object, default=5
        Number of neighbours, the row itself not counted; "auto" is 5, or as many other rows as the smallest class has
        that gets new ones, if these are fewer; or an unfitted object with a method ``kneighbors`` such as
        scikit-learn's ``NearestNeighbors``, which is taken to find the row itself, so it must look for one more.
    missing : {"error", "keep"}, default="error"
        What to do with missing numbers (NaN, null): refuse them, or keep them. Distances are then over the columns that
        both rows have (scikit-learn's ``nan_euclidean_distances``), and where one of the two rows between which a new
        row lies has no number, the new one is that of the nearer of them, or missing like it.
    reject : float or None, default=None
        Draw a new row again if so many of its nearest rows are of other classes, as a share from above 0 to 1 (Lee et
        al. 2015); 0.5 leaves new rows where their class is in the majority. None keeps all.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Label to number of rows made.
    nn_k_ : object
        The search used; it finds ``k_neighbors + 1`` rows, the first of them the row itself.
    recipe_ : Recipe
        Which rows the output consists of.
    is_synthetic_ : ndarray of shape (n_rows_new,), bool
        Which rows of the output are new.
    base_indices_, neighbor_indices_ : ndarray of shape (n_made,)
        For each new row: the rows of the input between which it lies.
    step_ : ndarray of shape (n_made,), float64
        For each new row: how far it is from the first of them to the second, from 0 to 1.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Notes
    -----
    The rows are those of imbalanced-learn for the same `random_state`, up to three corrections. A row is never its own
    neighbour, also among duplicates. Integers are rounded to the nearest, not towards zero, and never overflow.
    Booleans and nullable columns are what they were.

    References
    ----------
    Chawla, Bowyer, Hall, Kegelmeyer: SMOTE: Synthetic Minority Over-sampling Technique. JAIR 16 (2002), 321-357.

    Examples
    --------
    >>> from collections import Counter
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.over_sampling import SMOTE
    >>> X, y = make_classification(n_samples=1000, weights=[0.1, 0.9], flip_y=0, random_state=10)
    >>> Counter(y.tolist())
    Counter({1: 900, 0: 100})
    >>> X_resampled, y_resampled = SMOTE(random_state=42).fit_resample(X, y)
    >>> sorted(Counter(y_resampled.tolist()).items())
    [(0, 900), (1, 900)]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseSMOTE._parameter_constraints,
        **MissingMixin._missing_constraints,
        **RejectMixin._reject_constraints,
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: Any = None,
        k_neighbors: Any = 5,
        missing: Literal["error", "keep"] = "error",
        reject: float | None = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy, random_state=random_state, k_neighbors=k_neighbors)
        self.missing = missing
        self.reject = reject

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        wanted = growing(plan)
        neighborhood = Neighborhood("k_neighbors", capped(self.k_neighbors, target, wanted), target.groups)
        neighborhood.require_rows(target, list(wanted))
        self.nn_k_ = neighborhood.estimator
        draw, put_together = (segments_in_pieces, RecipeInPieces) if draws.in_pieces else (draw_segments, join)
        blocks: Any = []
        for code, n_new in wanted.items():
            rows = target.rows_of(code)
            nearest = neighborhood.among(X, rows, may_miss=self._may_miss)
            blocks.append(draw(rows, rows, code, n_new, k=neighborhood.k, nearest=nearest, stream=draws.stream()))
        return put_together(blocks, n_rows=len(target.codes))
