"""Rows with rare targets are drawn again with some noise, in their columns and in their target."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from fastbal._containers.table import NumberReader, Table
from fastbal._core.draws import Stream
from fastbal._core.noise import add_noise, column_widths
from fastbal._core.recipe import NewRows, Recipe, Rows
from fastbal._core.rows import write_new_rows
from fastbal._sklearn import Interval, Tags
from fastbal.regression._base import BaseRelevanceSampler, DrawnRows, drawn_again
from fastbal.regression._measurements import BinnedTarget, Floats
from fastbal.regression._smoter import MixedMixin, target_between
from fastbal.regression._values import MixedValues


class NoiseMixin(MixedMixin):
    """For samplers that add noise to numbers: a sparse table would be dense afterwards."""

    def _read_values(self, table: Table) -> MixedValues:
        X = super()._read_values(table)
        if sparse.issparse(X.numbers):
            raise TypeError(
                f"Sparse data was passed, but dense data is required: {type(self).__name__} adds noise to each value, "
                f"so no zero would be left. Use X.toarray(), or SMOTER or RelevanceOverSampler, which keep zeros."
            )
        return X

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        return tags


class GaussianNoiseSampler(NoiseMixin, BaseRelevanceSampler):
    """Draw rows with rare targets again and add Gaussian noise, target included (Branco, Torgo and Ribeiro 2016).

    The sorted target is cut into bins wherever its relevance passes the threshold. Rows of rare bins are drawn with
    replacement; each number and the target gets noise, `perturbation` times as wide as the column varies in the bin.
    The other bins lose rows at random.

    Parameters
    ----------
    sampling_strategy : {"balance", "extreme"}, float or dict, default="balance"
        How many rows each bin shall have; see `SMOTER`.
    perturbation : float, default=0.1
        Standard deviation of the noise, in units of that of a column in the bin.
    relevance : Relevance, callable or None, default=None
        How much each value matters; see `RelevanceOverSampler`.
    threshold : float, default=0.5
        The relevance from which on a value is rare.
    under_sampling : bool, default=True
        Whether bins that are not rare lose rows.
    categorical_features : "auto", array-like of int, bool or str, or None, default="auto"
        Which columns hold categories; see `SMOTER`. A new row has the category of some row of its bin: frequent ones
        are as frequent among new rows.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Bin to number of rows afterwards, of the bins that change.
    bins_ : list of Bin
        For each bin ``low``, ``high``, ``n_rows`` and ``is_rare``, ascending by value.
    relevance_ : callable
        The relevance function.
    recipe_ : Recipe
        Which rows the output consists of, without the noise.
    is_synthetic_ : ndarray of shape (n_rows_new,), bool
        Which rows of the output are new.
    base_indices_ : ndarray of shape (n_made,)
        For each new row: the row of the input that it is around.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    References
    ----------
    Branco, Torgo, Ribeiro: UBL: an R package for utility-based learning. arXiv:1604.08079 (2016), "introduction of
    Gaussian noise".

    Examples
    --------
    >>> from sklearn.datasets import make_regression
    >>> from fastbal.regression import GaussianNoiseSampler
    >>> X, y = make_regression(n_samples=1000, n_features=4, random_state=0)
    >>> sampler = GaussianNoiseSampler(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> X_resampled.shape, int(sampler.is_synthetic_.sum())
    ((999, 4), 480)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseRelevanceSampler._parameter_constraints,
        **MixedMixin._categorical_constraints,
        "perturbation": [Interval(Real, 0, None, closed="left")],
        "under_sampling": ["boolean"],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Any = "balance",
        perturbation: float = 0.1,
        relevance: Any = None,
        threshold: float = 0.5,
        under_sampling: bool = True,
        categorical_features: Any = "auto",
        random_state: Any = None,
    ) -> None:
        super().__init__(
            sampling_strategy=sampling_strategy, relevance=relevance, threshold=threshold, random_state=random_state
        )
        self.perturbation = perturbation
        self.under_sampling = under_sampling
        self.categorical_features = categorical_features

    @property
    def _reader(self) -> NumberReader:
        return super()._reader._replace(does="adds noise to each value")

    def _draw_bin(self, X: MixedValues, target: BinnedTarget, code: int, n_new: int, stream: Stream) -> DrawnRows:
        return DrawnRows(drawn_again(target, code, n_new, stream), np.full(n_new, float(self.perturbation)))

    def _beyond_recipe(
        self, X: MixedValues, target: BinnedTarget, recipe: Recipe, noise: Floats, stream: Stream
    ) -> NewRows:
        return with_noise(X, target, recipe, dict.fromkeys(X.nominal.columns, recipe.base), noise, stream)


def with_noise(
    X: MixedValues, target: BinnedTarget, recipe: Recipe, taken: dict[int, Rows], noise: Floats, stream: Stream
) -> NewRows:
    """A recipe's rows, some of them with noise; theirs are the categories of any row of the bin.

    Parameters
    ----------
    taken : mapping of column number to ndarray of shape (n_new,)
        The row whose category each new row has without noise.
    noise : ndarray of shape (n_new,)
        How wide that of each row is; see `DrawnRows`.
    """
    if not recipe.n_new:
        return NewRows()
    numbers = np.ascontiguousarray(X.numbers, np.float64)
    values = write_new_rows(numbers, recipe, np.empty((recipe.n_new, numbers.shape[1])))
    step = np.zeros(recipe.n_new) if recipe.step is None else recipe.step
    measured = target.y[recipe.base] if recipe.neighbor is None else target_between(target.y, recipe, step)
    taken = {column: rows.copy() for column, rows in taken.items()}
    for code in np.unique(recipe.label):
        rows = target.rows_of(int(code))
        noisy = np.flatnonzero((recipe.label == code) & (noise >= 0))
        add_noise(stream, values, noisy, column_widths(numbers[rows]), noise[noisy])
        add_noise(stream, measured[:, None], noisy, column_widths(target.y[rows, None]), noise[noisy])
        for chosen in taken.values():
            chosen[noisy] = rows[stream.integers(len(rows), len(noisy))]
    return NewRows(X.in_columns(values), taken or None, measured=measured)
