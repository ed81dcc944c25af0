"""New rows as sums of a neighbourhood's noisy copies: LoRAS."""

from __future__ import annotations

import dataclasses
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np

from fastbal._core.draws import Draws
from fastbal._core.making import Mix
from fastbal._core.plan import Plan, Strategy, growing
from fastbal._core.recipe import Recipe
from fastbal._core.target import Target
from fastbal._neighborhood import Neighborhood
from fastbal._sklearn import Interval, StrOptions
from fastbal.over_sampling._around import around_drawn
from fastbal.over_sampling.base import BaseOverSampler, DenseMixin

#: Neighbours where a number is left to us; and of classes of fewer than so many rows.
MANY, _FEW, _MANY_ROWS = 30, 5, 100


class LoRAS(DenseMixin, BaseOverSampler):
    """Over-sample by weighted means of noisy copies of neighbouring rows (Bej et al. 2021).

    A row of the class is drawn. Of it and its nearest neighbours in the class, copies with a little normal noise are
    made ("shadows"), some of them are drawn, and the new row is their mean with weights uniform on the simplex. It lies
    nearer to the middle of the neighbourhood than SMOTE's, the more so the more shadows there are.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows of each class; see `SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.
    n_neighbors : int or "auto", default="auto"
        How many neighbours; "auto" is 30, or 5 for a class of fewer than 100 rows, or all others of a tiny one.
    n_affine : int or "auto", default="auto"
        Of how many shadows a new row is the mean; "auto" is the number of columns, but at least 2.
    sigma : float, default=0.005
        Standard deviation of the noise, in the units of the columns: bring them to one scale first.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Label to number of rows made.
    recipe_ : Recipe
        Which rows the output consists of.
    is_synthetic_ : ndarray of shape (n_rows_new,), bool
        Which rows of the output are new.
    base_indices_ : ndarray of shape (n_made,)
        For each new row: the row of the input that was drawn.
    parents_ : CSR array of shape (n_made, n_rows)
        For each new row: the weights of the rows whose shadows it is the mean of.
    step_ : ndarray of shape (n_made,), float64
        NaN: there is no second row.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Notes
    -----
    No shadow is made: the mean of shadows with weights w is the mean of their rows, with normal noise of variance
    ``sigma**2 * sum(w**2)``. The paper draws shadows from a stock of a few for each row, here they are made when drawn;
    and it may search neighbours in a t-SNE picture of the class, here they are searched in the table. Built from
    descriptions of the method and other implementations, not from the paper's text. Cost: a search among the class.

    References
    ----------
    Bej, Davtyan, Wolfien, Nassar, Wolkenhauer: LoRAS: an oversampling approach for imbalanced datasets. Machine
    Learning 110, 279-301 (2021).

    Examples
    --------
    >>> from collections import Counter
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.over_sampling import LoRAS
    >>> X, y = make_classification(n_samples=1000, weights=[0.1, 0.9], flip_y=0, random_state=10)
    >>> sampler = LoRAS(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> sorted(Counter(y_resampled.tolist()).items())
    [(0, 900), (1, 900)]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseOverSampler._parameter_constraints,
        "n_neighbors": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "n_affine": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "sigma": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: Any = None,
        n_neighbors: Any = "auto",
        n_affine: Any = "auto",
        sigma: float = 0.005,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.random_state = random_state
        self.n_neighbors = n_neighbors
        self.n_affine = n_affine
        self.sigma = sigma

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        from fastbal._kernels.making import SHADOWS

        wanted = growing(plan)
        if not wanted:
            return Recipe(n_rows=len(target.codes))
        heading = Neighborhood("n_neighbors", self._k(min(int(target.counts[code]) for code in wanted)), target.groups)
        heading.require_rows(target, list(wanted))
        stream = draws.stream()
        recipe, members, source = around_drawn(X, target, wanted, heading, stream)
        mix = Mix(
            key=stream.key(),
            number=np.arange(recipe.n_new),
            members=members,
            source=source,
            law=SHADOWS,
            spread=np.ones(len(members)),
            blur=np.full(len(members), float(self.sigma)),
            n_shadows=max(2, X.shape[1]) if self.n_affine == "auto" else int(self.n_affine),
        )
        return dataclasses.replace(recipe, making=mix)

    def _k(self, n_rows: int) -> int:
        if self.n_neighbors != "auto":
            return int(self.n_neighbors)
        return max(1, min(MANY if n_rows >= _MANY_ROWS else _FEW, n_rows - 1))
