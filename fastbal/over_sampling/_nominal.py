"""New rows of categories only, each that of most neighbours: SMOTE-N."""

from __future__ import annotations

import warnings
from functools import cached_property, partial
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal._containers.arrays import SparseTable
from fastbal._containers.table import Table
from fastbal._core.categories import is_missing
from fastbal._core.class_shares import class_shares
from fastbal._core.draws import Draws
from fastbal._core.grouped_search import Measure
from fastbal._core.plan import Plan, Strategy, growing
from fastbal._core.recipe import Block, NewRows, Recipe, Rows, join
from fastbal._core.target import Target
from fastbal._core.votes import rows_at, vote_for_smallest
from fastbal._neighborhood import Neighborhood, capped
from fastbal._sklearn import HasMethods, Tags
from fastbal.over_sampling._smote import BaseSMOTE


class Nominal(NamedTuple):
    """Columns of categories.

    Attributes
    ----------
    columns : list of int
        Which columns of the table they are.
    codes : ndarray of shape (n_columns, n_rows), int32
        For each its categories' numbers.
    categories : list of list
        For each its categories, sorted.
    shares : list of ndarray of shape (n_categories, n_classes), or None
        For each the classes' shares, where not all rows of the table are here; see `class_shares`.
    """

    columns: list[int]
    codes: NDArray[np.int32]
    categories: list[list[Any]]
    shares: list[NDArray[np.float64]] | None = None


def read_nominal(table: Table, columns: list[int]) -> Nominal:
    """Some columns of a table as categories."""
    codes = np.empty((len(columns), table.n_rows), np.int32)
    categories = []
    for i, column in enumerate(columns):
        codes[i], names = table.categories(column)
        categories.append(names)
    return Nominal(columns, codes, categories)


def fitted_encoder(encoder: Any, categories: list[list[Any]]) -> Any:
    """An encoder of scikit-learn's that has seen the categories, each once; unfitted if there are none."""
    if not categories:
        return encoder
    longest = max(len(names) for names in categories)
    rows = np.empty((longest, len(categories)), object)
    for j, names in enumerate(categories):
        rows[:, j] = names + [names[0]] * (longest - len(names))
    return encoder.fit(rows)


class SMOTEN(BaseSMOTE):
    """Over-sample a table of categories by the votes of neighbours (SMOTE-N, Chawla et al. 2002, section 6.2).

    A row of the class is drawn; in each column the new row has the category that occurs most often in it and its
    `k_neighbors` nearest rows of the class, the first in sorted order if several do. Rows are near if their categories
    go with the same classes (value difference metric).

    Parameters
    ----------
    categorical_encoder : object, default=None
        Unfitted encoder with scikit-learn's methods, fitted for `categorical_encoder_`. The rows do not depend on it:
        categories are always numbered in sorted order.
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows each class shall have; see `SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers. An int starts again for each class, as in imbalanced-learn.
    k_neighbors : int, "auto" or object, default=5
        Number of neighbours, the row itself not counted; of an object only ``n_neighbors`` is used, one more.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Label to number of rows made.
    nn_k_ : object
        A search that finds ``k_neighbors + 1`` rows; its metric is not used.
    categorical_encoder_ : object
        The encoder, fitted to the categories: scikit-learn's OrdinalEncoder by default.
    recipe_ : Recipe
        Which rows the output consists of.
    is_synthetic_ : ndarray of shape (n_rows_new,), bool
        Which rows of the output are new.
    base_indices_ : ndarray of shape (n_made,)
        For each new row: the row whose neighbours have voted.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Notes
    -----
    The rows are those of imbalanced-learn for the same `random_state` where no two rows are equally far from a third;
    where some are, which is usual among categories, the first ones in the table are taken. Missing categories are a
    category. No matrix of distances is made: equal rows are searched for once, against the other distinct rows.

    References
    ----------
    Chawla, Bowyer, Hall, Kegelmeyer: SMOTE: Synthetic Minority Over-sampling Technique. JAIR 16 (2002), 321-357.

    Examples
    --------
    >>> import numpy as np
    >>> from collections import Counter
    >>> from fastbal.over_sampling import SMOTEN
    >>> X = np.array(["A"] * 10 + ["B"] * 20 + ["C"] * 30, dtype=object).reshape(-1, 1)
    >>> y = np.array([0] * 20 + [1] * 40)
    >>> X_resampled, y_resampled = SMOTEN(random_state=0).fit_resample(X, y)
    >>> sorted(Counter(y_resampled.tolist()).items())
    [(0, 40), (1, 40)]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseSMOTE._parameter_constraints,
        "categorical_encoder": [HasMethods(["fit_transform", "inverse_transform"]), None],
    }

    def __init__(
        self,
        categorical_encoder: Any = None,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: Any = None,
        k_neighbors: Any = 5,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy, random_state=random_state, k_neighbors=k_neighbors)
        self.categorical_encoder = categorical_encoder

    def _read_values(self, table: Table) -> Nominal:
        if isinstance(table, SparseTable):
            from sklearn.exceptions import DataConversionWarning

            warnings.warn(
                "Passing a sparse matrix to SMOTEN is not really efficient: zero is a category like any other.",
                DataConversionWarning,
                stacklevel=4,
            )
        return read_nominal(table, list(range(table.n_columns)))

    def _draw_recipe(self, X: Nominal, target: Target, plan: Plan, draws: Draws) -> tuple[Recipe, NewRows]:
        from sklearn.base import clone
        from sklearn.preprocessing import OrdinalEncoder

        neighbors = capped(self.k_neighbors, target, list(growing(plan)))
        neighborhood = Neighborhood("k_neighbors", neighbors, target.groups)
        self.nn_k_ = neighborhood.estimator
        if self.categorical_encoder is None:
            has_missing = any(is_missing(name) for names in X.categories for name in names)
            encoder = OrdinalEncoder(dtype=np.int32, encoded_missing_value=-1 if has_missing else np.nan)
        else:
            encoder = clone(self.categorical_encoder)
        self.categorical_encoder_ = fitted_encoder(encoder, X.categories)
        return draw_nominal(X, target, plan, draws, neighborhood)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.input_tags.allow_nan = True
        return tags


def draw_nominal(
    X: Nominal, target: Target, plan: Plan, draws: Draws, neighborhood: Neighborhood
) -> tuple[Recipe, NewRows]:
    """New rows of a table that has categories only."""
    wanted = growing(plan)
    neighborhood.require_rows(target, list(wanted))
    shares = X.shares or [
        class_shares(codes, len(names), target) for codes, names in zip(X.codes, X.categories, strict=True)
    ]
    blocks, taken = [], []
    for code, n_new in wanted.items():
        rows = target.rows_of(code)
        base = draws.stream().integers(len(rows), n_new)
        drawn, places = np.unique(base, return_inverse=True)
        found = neighborhood.search(_NominalPool(X.codes[:, rows], shares, rows))(drawn)
        voters = rows_at(np.column_stack([drawn, found]), rows)  # the row itself has a vote
        taken.append(vote_for_smallest(X.codes, voters, places))
        blocks.append(Block(code, rows[base]))
    return join(blocks, n_rows=len(target.codes)), NewRows(taken=join_taken(X.columns, taken))


class _NominalPool:
    """The rows of a class, among which neighbours are searched; stands in for `fastbal._neighborhood.Pool`."""

    def __init__(self, codes: NDArray[np.int32], shares: list[NDArray[np.float64]], rows: Rows) -> None:
        self.X, self.shares, self.rows = codes, shares, rows

    @cached_property
    def index(self) -> Any:
        """fastbal's own search, built when first asked for."""
        return self.index_of(slice(None))

    def index_of(self, part: Rows | slice) -> Any:
        """The same among some of the rows; how far apart two categories are, all classes say."""
        from fastbal._core.mixed_search import NominalIndex

        return NominalIndex(self.X[:, part], self.shares)

    def measure(self) -> Measure:
        """Searches small groups."""
        from fastbal._kernels.groups import search_groups_by_tables

        begin = np.cumsum([0, *(len(table) for table in self.shares)])
        return partial(search_groups_by_tables, self.X, begin, np.concatenate(self.shares))


def join_taken(columns: list[int], taken: list[list[Rows]]) -> dict[int, Rows]:
    """For each column the rows that new rows take their category from, class after class."""
    return {column: np.concatenate([part[i] for part in taken]) for i, column in enumerate(columns) if taken}
