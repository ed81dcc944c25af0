"""New rows in tables of numbers and categories: SMOTE-NC."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import clone

from fastbal._containers.table import Table
from fastbal._core.draws import Draws
from fastbal._core.grouped_search import Measure, measure_by
from fastbal._core.plan import Plan, Strategy, growing
from fastbal._core.recipe import NewRows, Recipe, Rows, join
from fastbal._core.rows import rows_as_floats
from fastbal._core.segments import Nearest, draw_segments
from fastbal._core.smoothing import standard_deviation
from fastbal._core.target import Target
from fastbal._core.votes import rows_at, vote
from fastbal._neighborhood import Neighborhood, capped, has_gaps
from fastbal._sklearn import HasMethods, StrOptions, Tags
from fastbal.over_sampling._nominal import Nominal, draw_nominal, fitted_encoder, join_taken, read_nominal
from fastbal.over_sampling._smote import BaseSMOTE
from fastbal.over_sampling.base import MissingMixin


class Mixed(NamedTuple):
    """A table, its numbers and categories apart."""

    numbers: Any
    nominal: Nominal


class SMOTENC(MissingMixin, BaseSMOTE):
    """Over-sample a table of numbers and categories (SMOTE-NC, Chawla et al. 2002, section 6.1).

    Numbers of a new row lie between those of a row of the class and one of its `k_neighbors` nearest in the class, as
    in SMOTE. Each category is the one most frequent among these neighbours. A category that differs counts as much
    in the distance as the median of the standard deviations of the class's numeric columns.

    Parameters
    ----------
    categorical_features : "auto" or array-like of int, bool or str, default="auto"
        Which columns hold categories: their numbers, a mask, or their names in a dataframe. "auto" is for dataframes:
        columns of categories, text, bytes and booleans.
    categorical_encoder : object, default=None
        Unfitted one-hot encoder with scikit-learn's methods, fitted for `categorical_encoder_`. It must give each
        category a column; the rows do not depend on it otherwise.
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows each class shall have; see `SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers. An int starts again for each class, as in imbalanced-learn.
    k_neighbors : int, "auto" or object, default=5
        Number of neighbours, the row itself not counted; or an unfitted object with a method ``kneighbors``, which
        must look for one more. Such an object gets the rows of a class as a sparse matrix, one-hot.
    missing : {"error", "keep"}, default="error"
        What to do with missing numbers (NaN, null): refuse them, or keep them. Distances are then over the columns that
        both rows have (scikit-learn's ``nan_euclidean_distances``), and where one of the two rows between which a new
        row lies has no number, the new one is that of the nearer of them, or missing like it.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Label to number of rows made.
    nn_k_ : object
        The search used; it finds ``k_neighbors + 1`` rows, the first of them the row itself.
    categorical_encoder_ : object
        The encoder, fitted to the categories: scikit-learn's OneHotEncoder by default.
    categorical_features_, continuous_features_ : ndarray of int
        Column numbers of categories and of numbers.
    median_std_ : dict
        Label to the median of the standard deviations of the class's numeric columns.
    n_features_ : int
        Number of columns.
    recipe_ : Recipe
        Which rows the output consists of.
    is_synthetic_ : ndarray of shape (n_rows_new,), bool
        Which rows of the output are new.
    base_indices_, neighbor_indices_ : ndarray of shape (n_made,)
        For each new row: the rows of the input between which its numbers lie.
    step_ : ndarray of shape (n_made,), float64
        For each new row: how far its numbers are from the first of them to the second, from 0 to 1.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Notes
    -----
    The rows are those of imbalanced-learn for the same `random_state`. Beyond it: every column keeps its dtype;
    dataframes of any kind are taken; text and booleans are recognised; missing categories are a category; a table
    without categories is over-sampled as by `SMOTE`, one without numbers as by `SMOTEN`. Categories are numbers
    throughout, so memory does not grow with how many there are.

    References
    ----------
    Chawla, Bowyer, Hall, Kegelmeyer: SMOTE: Synthetic Minority Over-sampling Technique. JAIR 16 (2002), 321-357.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from fastbal.over_sampling import SMOTENC
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"age": rng.integers(18, 90, 100), "town": rng.choice(["Aachen", "Bonn"], 100)})
    >>> y = np.repeat(["no", "yes"], [80, 20])
    >>> X_resampled, y_resampled = SMOTENC("auto", random_state=0).fit_resample(X, y)
    >>> X_resampled.shape
    (160, 2)
    >>> (X_resampled.dtypes == X.dtypes).all()
    np.True_
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseSMOTE._parameter_constraints,
        **MissingMixin._missing_constraints,
        "categorical_features": ["array-like", StrOptions({"auto"})],
        "categorical_encoder": [HasMethods(["fit_transform", "inverse_transform"]), None],
    }

    def __init__(
        self,
        categorical_features: Any = "auto",
        *,
        categorical_encoder: Any = None,
        sampling_strategy: Strategy = "auto",
        random_state: Any = None,
        k_neighbors: Any = 5,
        missing: Literal["error", "keep"] = "error",
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy, random_state=random_state, k_neighbors=k_neighbors)
        self.categorical_features = categorical_features
        self.categorical_encoder = categorical_encoder
        self.missing = missing

    def _read_values(self, table: Table) -> Mixed:
        categorical = column_numbers(self.categorical_features, table)
        continuous = [j for j in range(table.n_columns) if j not in set(categorical)]
        self.categorical_features_ = np.array(categorical, np.int64)
        self.continuous_features_ = np.array(continuous, np.int64)
        self.n_features_ = table.n_columns
        nominal = read_nominal(table, categorical)
        if not continuous:
            return Mixed(None, nominal)
        numbers = super()._read_values(table.part(continuous) if categorical else table)
        return Mixed(numbers.toarray() if categorical and sparse.issparse(numbers) else numbers, nominal)

    def _draw_recipe(self, X: Mixed, target: Target, plan: Plan, draws: Draws) -> Recipe | tuple[Recipe, NewRows]:
        wanted = growing(plan)
        neighborhood = Neighborhood("k_neighbors", capped(self.k_neighbors, target, wanted), target.groups)
        neighborhood.require_rows(target, list(wanted))
        self.nn_k_ = neighborhood.estimator
        self.categorical_encoder_ = self._fitted_encoder(X.nominal)
        self.median_std_ = {}
        if X.numbers is None:
            return draw_nominal(X.nominal, target, plan, draws, neighborhood)
        blocks, taken = [], []
        for code, n_new in wanted.items():
            rows = target.rows_of(code)
            pool = MixedPool(X, rows)
            self.median_std_[target.labels[code]] = pool.median_std
            nearest = Remembered(neighborhood.within(pool))
            block = draw_segments(rows, rows, code, n_new, k=neighborhood.k, nearest=nearest, stream=draws.stream())
            places = np.searchsorted(rows[nearest.positions], block.base)
            # The same beginning once more for an int seed: imbalanced-learn asks for its RandomState anew here.
            taken.append(vote(X.nominal.codes, rows_at(nearest.found, rows), places, draws.stream()))
            blocks.append(block)
        return join(blocks, n_rows=len(target.codes)), NewRows(taken=join_taken(X.nominal.columns, taken))

    def _fitted_encoder(self, nominal: Nominal) -> Any:
        if self.categorical_encoder is None:
            from sklearn.preprocessing import OneHotEncoder

            return fitted_encoder(OneHotEncoder(handle_unknown="ignore"), nominal.categories)
        encoder = fitted_encoder(clone(self.categorical_encoder), nominal.categories)
        n_categories = sum(len(names) for names in nominal.categories)
        n_columns = encoder.transform(np.array([[names[0] for names in nominal.categories]], object)).shape[1]
        if n_columns != n_categories:
            raise ValueError(
                f"SMOTENC requires a one-hot encoding with one column per category for the categorical features. The "
                f"categorical_encoder given makes {n_columns} columns of {n_categories} categories: it drops some, or "
                f"merges rare ones. Leave it out, or give one that keeps all, such as "
                f"OneHotEncoder(handle_unknown='ignore')."
            )
        return encoder

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags


def column_numbers(columns: Any, table: Table) -> list[int]:
    """Column numbers, ascending or as listed, from everything that `categorical_features` may be."""
    if isinstance(columns, str):
        found = table.categorical_columns()
        if found is None:
            raise ValueError(
                "When `categorical_features='auto'`, the input data should be a pandas.DataFrame or another dataframe, "
                f"whose columns have dtypes of their own. Got {type(table.values())} instead. List the columns that "
                f"hold categories: categorical_features=[0, 2] for example."
            )
        return found
    listed = list(columns.tolist() if isinstance(columns, np.ndarray) else columns)
    if listed and all(isinstance(column, (bool, np.bool_)) for column in listed):
        if len(listed) != table.n_columns:
            raise ValueError(
                f"categorical_features is a mask of {len(listed)} columns, but X has {table.n_columns}. Give one "
                f"True or False for each column, or column numbers."
            )
        return np.flatnonzero(listed).tolist()
    return list(dict.fromkeys(_column_number(column, table) for column in listed))


def _column_number(column: Any, table: Table) -> int:
    if isinstance(column, str):
        if table.names is None:
            raise ValueError(
                f"Specifying the columns using strings is only supported for dataframes, but categorical_features "
                f"names {column!r} and X has no column names. Give column numbers."
            )
        if column not in table.names:
            raise ValueError(
                f"A given column is not a column of the dataframe: categorical_features names {column!r}. "
                f"There are {', '.join(map(repr, table.names[:20]))}."
            )
        return table.names.index(column)
    if not isinstance(column, (int, np.integer)):
        raise TypeError(
            f"categorical_features lists column numbers, names, or one True or False for each column, but got "
            f"{column!r}, a {type(column).__name__}."
        )
    if not -table.n_columns <= column < table.n_columns:
        raise ValueError(
            f"all features must be in [0, {table.n_columns - 1}] or [-{table.n_columns}, 0]: categorical_features "
            f"lists column {column}, but X has {table.n_columns} columns."
        )
    return int(column) % table.n_columns


class MixedPool:
    """The rows of a class, among which neighbours are searched; stands in for `fastbal._neighborhood.Pool`."""

    def __init__(self, X: Mixed, rows: Rows) -> None:
        self.rows = rows
        self.numbers = rows_as_floats(X.numbers, rows)
        self.codes = X.nominal.codes[:, rows]
        self.n_categories = [len(names) for names in X.nominal.categories]

    @cached_property
    def median_std(self) -> float:
        """How far apart two categories are."""
        if sparse.issparse(self.numbers):
            return float("nan")  # no category, no distance
        columns = [column[~np.isnan(column)] for column in self.numbers.T] if self.has_gaps else list(self.numbers.T)
        deviations = [standard_deviation(column, np.float64) for column in columns if len(column)]
        scale = 2.0 if max(deviations, default=0.0) > 1e300 else 1.0  # the mean of the two in the middle adds them
        return float(np.median(np.array(deviations) / scale) * scale) if deviations else 0.0

    @cached_property
    def _measured(self) -> tuple[Any, float]:
        """The numbers, and what a category that differs adds to a squared distance, where no square is out of range."""
        from fastbal._core.neighbors import on_one_scale

        (numbers,), exponent = on_one_scale(self.numbers)
        return numbers, float(np.square(np.ldexp(self.median_std, -exponent)))

    @cached_property
    def has_gaps(self) -> bool:
        """Whether numbers are missing."""
        return has_gaps(self.numbers)

    @cached_property
    def index(self) -> Any:
        """fastbal's own search, built when first asked for."""
        return self.index_of(slice(None))

    def index_of(self, part: Rows | slice) -> Any:
        """The same among some of the rows; how far apart two categories are, all rows say."""
        numbers, codes = self._measured[0][part], self.codes[:, part]
        penalty = self._measured[1]
        if self.has_gaps:
            from fastbal._core.mixed_search import MissingIndex

            return MissingIndex(numbers, codes, penalty)
        if len(codes) == 0:
            from fastbal._core.neighbors import Index

            return Index(numbers)
        from fastbal._core.mixed_search import MixedIndex

        return MixedIndex(numbers, codes, penalty)

    def measure(self) -> Measure:
        """What searches small groups."""
        numbers, penalty = self._measured
        return measure_by(numbers, self.codes, penalty)

    @property
    def X(self) -> Any:
        """The rows for a search of the user's: numbers, then a column for each category."""
        blocks: list[Any] = [sparse.csr_matrix(self.numbers)]
        n = self.codes.shape[1]
        for codes, n_categories in zip(self.codes, self.n_categories, strict=True):
            values = np.full(n, self.median_std / np.sqrt(2.0), self.numbers.dtype)
            blocks.append(sparse.csr_matrix((values, codes, np.arange(n + 1)), shape=(n, n_categories)))
        return sparse.hstack(blocks, format="csr")


class Remembered:
    """A search that keeps what it has found: all neighbours vote, not only the one a new row heads for."""

    def __init__(self, nearest: Nearest) -> None:
        self.nearest = nearest
        self.positions: Rows
        self.found: Rows

    def __call__(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        self.positions, self.found = positions, self.nearest(positions)
        return self.found
