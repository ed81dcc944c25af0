"""New rows along the boundary that a support vector machine finds: SVM-SMOTE."""

from __future__ import annotations

from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from fastbal._core.draws import Draws
from fastbal._core.plan import Plan, Strategy, growing
from fastbal._core.recipe import Block, Recipe, Rows, join
from fastbal._core.segments import draw_segments
from fastbal._core.target import Target
from fastbal._neighborhood import Neighborhood, Pool, capped
from fastbal._sklearn import HasMethods, Interval
from fastbal.over_sampling._borderline import count_foreign, is_danger, positions_in
from fastbal.over_sampling._smote import BaseSMOTE
from fastbal.over_sampling.base import RejectMixin


class SVMSMOTE(RejectMixin, BaseSMOTE):
    """Over-sample from the support vectors of a class (Nguyen et al. 2009).

    New rows start at the class's support vectors. Where at least half of a support vector's `m_neighbors` nearest rows
    are of other classes it is in danger, and new rows lie between it and one of its `k_neighbors` nearest rows in
    the class; where fewer are, new rows lie beyond it, away from that neighbour, up to `out_step` times as far.
    Support vectors with neighbours of other classes only are noise and left out.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows each class shall have; see `SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers. An int starts again for each class, as in imbalanced-learn.
    k_neighbors : int, "auto" or object, default=5
        Number of neighbours that new rows head for or away from, the row itself not counted; or an unfitted object
        with a method ``kneighbors``, which must look for one more.
    m_neighbors : int or object, default=10
        Number of neighbours that decide whether a row is in danger; as `k_neighbors`.
    svm_estimator : object, default=None
        Unfitted classifier that leaves ``support_``, such as scikit-learn's ``SVC``; None is ``SVC(gamma="scale")``.
    out_step : float, default=0.5
        How far new rows may lie beyond a support vector, in units of its distance to the neighbour.
    reject : float or None, default=None
        Draw a new row again if so many of its nearest rows are of other classes, as a share from above 0 to 1 (Lee et
        al. 2015); 0.5 leaves new rows where their class is in the majority. None keeps all.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Label to number of rows made.
    nn_k_, nn_m_ : object
        The searches; they find ``k_neighbors + 1`` and ``m_neighbors + 1`` rows, the first of them the row itself.
    svm_estimator_ : object
        The fitted classifier.
    recipe_ : Recipe
        Which rows the output consists of.
    is_synthetic_ : ndarray of shape (n_rows_new,), bool
        Which rows of the output are new.
    base_indices_, neighbor_indices_ : ndarray of shape (n_made,)
        For each new row: the rows of the input on whose line it lies.
    step_ : ndarray of shape (n_made,), float64
        For each new row: how far it is from the first of them to the second; negative beyond the first.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Notes
    -----
    The rows are those of imbalanced-learn for the same `random_state`, but the classifier is fitted once, not once
    per class. A random number decides how many new rows start at support vectors in danger and how many at others.
    Where there are none of the one kind, imbalanced-learn leaves its rows out; here they start, after the rows of
    imbalanced-learn, at those of the other kind, so that the number of rows is the number asked for.

    References
    ----------
    Nguyen, Cooper, Kamei: Borderline over-sampling for imbalanced data classification.
    Fifth International Workshop on Computational Intelligence & Applications (2009), 24-29.

    Examples
    --------
    >>> from collections import Counter
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.over_sampling import SVMSMOTE
    >>> X, y = make_classification(n_samples=1000, weights=[0.1, 0.9], flip_y=0, random_state=10)
    >>> X_resampled, y_resampled = SVMSMOTE(random_state=42).fit_resample(X, y)
    >>> sorted(Counter(y_resampled.tolist()).items())
    [(0, 900), (1, 900)]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseSMOTE._parameter_constraints,
        **RejectMixin._reject_constraints,
        "m_neighbors": [Interval(Integral, 1, None, closed="left"), HasMethods(["kneighbors"])],
        "svm_estimator": [HasMethods(["fit", "predict"]), None],
        "out_step": [Interval(Real, 0, 1, closed="right")],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: Any = None,
        k_neighbors: Any = 5,
        m_neighbors: Any = 10,
        svm_estimator: Any = None,
        out_step: float = 0.5,
        reject: float | None = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy, random_state=random_state, k_neighbors=k_neighbors)
        self.m_neighbors = m_neighbors
        self.svm_estimator = svm_estimator
        self.out_step = out_step
        self.reject = reject

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        wanted = growing(plan)
        heading = Neighborhood("k_neighbors", capped(self.k_neighbors, target, wanted), target.groups)
        judging = Neighborhood("m_neighbors", self.m_neighbors)
        self.nn_k_, self.nn_m_ = heading.estimator, judging.estimator
        self.svm_estimator_ = self._unfitted()
        if not wanted:
            return Recipe(n_rows=len(target.codes))
        heading.require_rows(target, list(wanted))
        judging.require_rows_in_all(target)
        support = self._support_vectors(X, target)
        judge = judging.within(Pool(X))
        shared = draws.stream()
        blocks: list[Block] = []
        for code, n_new in wanted.items():
            if blocks:
                self._skip_what_another_fit_draws(draws)
            vectors = support[target.codes[support] == code]
            foreign = count_foreign(target, code, judge(vectors))
            vectors, foreign = vectors[foreign < judging.k], foreign[foreign < judging.k]
            if len(vectors) == 0:
                raise ValueError(
                    f"All support vectors are considered as noise: those of class {target.labels[code]!r} have "
                    f"neighbours of other classes only, among their m_neighbors={judging.k} nearest rows. SVM-SMOTE is "
                    f"not adapted to your dataset. Try another SMOTE variant, or raise m_neighbors."
                )
            is_in_danger = is_danger(foreign, judging.k)
            n_between = int(shared.beta(10, 10) * (n_new + 1))
            rows = target.rows_of(code)
            groups = [
                (vectors[is_in_danger], n_between, 1.0),
                (vectors[~is_in_danger], n_new - n_between, -float(self.out_step)),
            ]
            blocks += _draw_groups(groups, rows, code, heading, X, draws)
        return join(blocks, n_rows=len(target.codes))

    def _unfitted(self) -> Any:
        if self.svm_estimator is not None:
            return clone(self.svm_estimator)
        from sklearn.svm import SVC  # here, because it takes long to import

        seed = None if isinstance(self.random_state, np.random.Generator) else self.random_state
        return SVC(gamma="scale", random_state=seed)

    def _skip_what_another_fit_draws(self, draws: Draws) -> None:
        """imbalanced-learn fits SVC once per class; each time it draws one number from what is no int seed."""
        if self.svm_estimator is None and not isinstance(self.random_state, (Integral, np.random.Generator)):
            draws.stream().integers(np.iinfo(np.int32).max, 1)

    def _support_vectors(self, X: Any, target: Target) -> Rows:
        labels = target.decode(target.codes)
        try:
            self.svm_estimator_.fit(X, labels)
        except ValueError as error:
            if self.svm_estimator is not None or "gamma < 0" not in str(error):
                raise
            # The variance of a sparse table of equal values, rounded below 0; of a dense one it is 0, and gamma is 1.
            self.svm_estimator_.set_params(gamma=1.0).fit(X, labels)
        if not hasattr(self.svm_estimator_, "support_"):
            raise RuntimeError(
                f"`svm_estimator` is required to expose a `support_` fitted attribute: the rows that are support "
                f"vectors. A {type(self.svm_estimator_).__name__} has none. Give a support vector machine such as "
                f"sklearn.svm.SVC."
            )
        support: NDArray[np.int64] = np.asarray(self.svm_estimator_.support_, np.int64)
        return support


def _draw_groups(
    groups: list[tuple[Rows, int, float]], rows: Rows, code: int, heading: Neighborhood, X: Any, draws: Draws
) -> list[Block]:
    """New rows of a class from each group of support vectors; what an empty group should make comes from the other."""
    search = heading.among(X, rows)
    blocks, n_missing = [], 0
    for vectors, n_new, reach in groups:
        if len(vectors) == 0:
            n_missing = n_new
            continue
        nearest = positions_in(np.searchsorted(rows, vectors), search)
        draw = partial(
            draw_segments, vectors, rows, code, k=heading.k, nearest=nearest, stream=draws.stream(), reach=reach
        )
        blocks.append(draw(n_new=n_new))
    if n_missing:
        blocks.append(draw(n_new=n_missing))
    return blocks
