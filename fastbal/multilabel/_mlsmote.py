"""New rows between rows of a rare label and their neighbours, with the labels that these agree on: MLSMOTE."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._containers.arrays import SparseTable
from fastbal._containers.table import Table
from fastbal._core.draws import Draws, Stream
from fastbal._core.label_measures import Indicator
from fastbal._core.label_sets import agreed_labels
from fastbal._core.memory import require_memory
from fastbal._core.recipe import Block, NewRows, Recipe, Rows, join
from fastbal._core.rows import between_entries, take_csr, take_rows, write_csr, write_new_rows
from fastbal._core.segments import segments
from fastbal._core.votes import vote
from fastbal._neighborhood import Neighborhood, Pool
from fastbal._sklearn import HasMethods, Interval, StrOptions, Tags
from fastbal.multilabel.base import BaseMultilabelSampler, Drawn, MadeForLabels
from fastbal.over_sampling._mixed import Mixed, MixedPool, column_numbers
from fastbal.over_sampling._nominal import join_taken, read_nominal
from fastbal.over_sampling.base import MissingMixin

_FEWER = "Take labels='ranking' or original_only=True, or use a machine with more memory."


class MLSMOTE(MadeForLabels, MissingMixin, BaseMultilabelSampler):
    """Over-sample several labels by making rows between rows of a rare one and their neighbours (Charte et al. 2015).

    Label after label: if it is rarer than the mean, each of its rows is a seed once. One of the seed's `k_neighbors`
    nearest rows among those of the label is drawn, and the new row lies between them. Its labels are those that most of
    the seed and all these neighbours have. A label that earlier new rows have made frequent enough is passed by.

    Parameters
    ----------
    k_neighbors : int or object, default=5
        Number of neighbours, the row itself not counted; or an unfitted object with a method ``kneighbors``, which
        must look for one more. A label with fewer rows has all its others as neighbours.
    labels : {"ranking", "union", "intersection"}, default="ranking"
        Which labels a new row has: those of more than half of the seed and its neighbours, of any, or of all.
    step : {"column", "row"}, default="column"
        How far a new row is from the seed to the neighbour: drawn for each column anew, as in the paper, so that it
        lies in the box between them; or once for the row, so that it lies on the segment, as in SMOTE.
    original_only : bool, default=True
        Whether seeds and neighbours are rows of the table only. False is the paper's way: new rows take part when the
        labels that follow have their turn, so the result depends more on the order of the columns of y.
    categorical_features : "auto", array-like of int, bool or str, or None, default=None
        Which columns of X hold categories; see `SMOTENC`. None: no column does.
    missing : {"error", "keep"}, default="error"
        What to do with missing numbers (NaN, null); see `SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.

    Attributes
    ----------
    irlbl_ : ndarray of shape (n_labels,), float64
        Imbalance ratio of each label of the table as it was given; NaN for one without rows.
    mean_ir_ : float
        Their mean: what labels are compared with, throughout.
    recipe_ : Recipe
        Which rows the output consists of.
    is_synthetic_ : ndarray of shape (n_rows_new,), bool
        Which rows of the output are new: the last ones.
    base_indices_, neighbor_indices_ : ndarray of shape (n_made,)
        For each new row: the rows of the input between which it lies. With ``original_only=False``, where a parent was
        made itself, the row that this one, or the first of its line, started from.
    step_ : ndarray of shape (n_made,), float64
        For each new row: how far it is from the first of them to the second, from 0 to 1; the mean over the columns if
        each has a step of its own. Weights are interpolated by it.
    made_for_ : ndarray of shape (n_made,), integer
        For each new row the label, as column of y, for which it was made.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    See Also
    --------
    MLROS : Clones rows instead of making new ones.
    REMEDIAL : Before it, splits rows in which rare and common labels stand together.

    Notes
    -----
    Each row of a label that has its turn makes one new row, so no number can be asked for. A row that is the only one
    of its label (or, with `groups`, of its label and group) is copied.

    Where the paper measures categories by how they go with labels (VDM), a category that differs counts as in
    `SMOTENC`: as much as the median of the standard deviations of the label's numeric columns. Each category of a new
    row is that of most neighbours.

    References
    ----------
    Charte, Rivera, del Jesus, Herrera: MLSMOTE: approaching imbalanced multilabel learning through synthetic instance
    generation. Knowledge-Based Systems 89 (2015), 385-397.

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from fastbal.multilabel import MLSMOTE, mean_ir
    >>> X, y = make_multilabel_classification(n_samples=1000, n_classes=10, n_labels=3, random_state=3)
    >>> X_resampled, y_resampled = MLSMOTE(random_state=0).fit_resample(X, y)
    >>> X_resampled.shape, y_resampled.shape
    ((1304, 20), (1304, 10))
    >>> print(f"{mean_ir(y):.2f}, {mean_ir(y_resampled):.2f}")
    2.98, 2.38
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **MissingMixin._missing_constraints,
        "k_neighbors": [Interval(Integral, 1, None, closed="left"), HasMethods(["kneighbors"])],
        "labels": [StrOptions({"ranking", "union", "intersection"})],
        "step": [StrOptions({"column", "row"})],
        "original_only": ["boolean"],
        "categorical_features": ["array-like", StrOptions({"auto"}), None],
        "random_state": ["random_state", np.random.Generator],
    }

    def __init__(
        self,
        k_neighbors: Any = 5,
        *,
        labels: Literal["intersection", "ranking", "union"] = "ranking",
        step: Literal["column", "row"] = "column",
        original_only: bool = True,
        categorical_features: Any = None,
        missing: Literal["error", "keep"] = "error",
        random_state: Any = None,
    ) -> None:
        self.k_neighbors = k_neighbors
        self.labels = labels
        self.step = step
        self.original_only = original_only
        self.categorical_features = categorical_features
        self.missing = missing
        self.random_state = random_state

    def _read_values(self, table: Table) -> _LabelledColumns:
        categorical = [] if self.categorical_features is None else column_numbers(self.categorical_features, table)
        continuous = [j for j in range(table.n_columns) if j not in set(categorical)]
        if not continuous:
            raise ValueError(
                "MLSMOTE makes numbers between numbers, but all columns of X are categories. Use MLROS, or give the "
                "columns that hold numbers, too."
            )
        if categorical and isinstance(table, SparseTable) and self._writes_values:
            raise ValueError(
                "A sparse table with categories needs step='row' and original_only=True. Set them, or give a dense "
                "table."
            )
        numbers = super()._read_values(table.part(continuous) if categorical else table)
        if categorical and sparse.issparse(numbers):
            numbers = numbers.toarray()
        return _LabelledColumns(Mixed(numbers, read_nominal(table, categorical)), continuous, table.n_columns)

    @property
    def _writes_values(self) -> bool:
        """Whether new rows lie on no segment between two rows of the table."""
        return self.step == "column" or not self.original_only

    def _draw_rows(self, X: _LabelledColumns, labels: Indicator, groups: NDArray[Any] | None, draws: Draws) -> Drawn:
        stream = draws.stream()
        neighborhood = Neighborhood("k_neighbors", self.k_neighbors, groups)
        counts = labels.counts.copy()
        made = _Made(X.table, labels, groups, neighborhood)
        for label in range(labels.n_labels):
            if counts[label] and counts.max() / counts[label] > labels.mean_ratio:
                bag = made.bag_of(label, self.original_only)
                _require_room_for(bag, neighborhood.k, made.begin[-1])
                counts += made.add(self._new_rows(label, bag, stream))
        if not made.blocks:
            self._say_that_nothing_is_done("no label is rarer than the mean.")
            return Drawn(Recipe(n_rows=labels.n_rows))
        recipe = join(made.blocks, n_rows=labels.n_rows)
        values = X.of_numbers(made.numbers) if self._writes_values else None
        new = NewRows(values, join_taken(X.table.nominal.columns, made.taken) or None)
        return Drawn(recipe, new, sparse.vstack([labels.Y, made.Y], format="csr"))

    def _new_rows(self, label: int, bag: _Bag, stream: Stream) -> _NewRows:
        """One for each row of the bag."""
        here = np.arange(len(bag.roots))
        found = bag.neighbors(self._may_miss)
        rank = stream.integers(found.shape[1], len(here))
        is_sparse = sparse.issparse(bag.numbers)
        has_box = self.step == "column"
        step = stream.uniform((len(here), bag.numbers.shape[1]) if has_box and not is_sparse else len(here))
        block = segments(here, here, label, found, here, rank, step, stream)
        numbers = None
        if self._writes_values:
            numbers, block = _between(bag.numbers, block, stream if has_box else None)
        voters = np.column_stack([here, np.where(found == here[:, None], -1, found)])
        taken = [origin[rows] for origin, rows in zip(bag.origins, vote(bag.codes, found, here, stream), strict=True)]
        return _NewRows(
            block._replace(base=bag.roots[block.base], neighbor=bag.roots[block.neighbor]),
            numbers,
            taken,
            agreed_labels(bag.Y, voters, self.labels),
        )

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = self.categorical_features is not None
        tags.input_tags.categorical = self.categorical_features is not None
        return tags


class _LabelledColumns(NamedTuple):
    """A table, its numbers and categories apart, and where the numbers stand in it."""

    table: Mixed
    continuous: list[int]
    n_columns: int

    def of_numbers(self, numbers: Any) -> Any:
        """Rows of numbers among all columns; what stands in the other ones does not matter."""
        if len(self.continuous) == self.n_columns:
            return numbers
        values = np.zeros((len(numbers), self.n_columns), numbers.dtype)
        values[:, self.continuous] = numbers
        return values


class _NewRows(NamedTuple):
    """Rows made for a label: the recipe, and what it cannot say."""

    block: Block
    numbers: Any
    taken: list[Rows]
    Y: Any


class _Bag(NamedTuple):
    """The rows of a label: of the table, then of those made so far.

    Attributes
    ----------
    numbers : ndarray or CSR matrix of shape (m, n_numbers)
    codes : ndarray of shape (n_categorical, m), int32
    origins : list of ndarray of shape (m,)
        For each categorical column, the rows of the table that the categories are from.
    roots : ndarray of shape (m,)
        The row of the table that each is, or its line has started from.
    Y : CSR array of shape (m, n_labels)
        The labels.
    groups : ndarray of shape (m,), or None
    neighborhood : Neighborhood
        Of the sampler.
    columns : Mixed
        The table.
    """

    numbers: Any
    codes: NDArray[np.int32]
    origins: list[Rows]
    roots: Rows
    Y: Any
    groups: NDArray[Any] | None
    neighborhood: Neighborhood
    columns: Mixed

    def neighbors(self, may_miss: bool) -> Rows:
        """Positions in the bag of each row's nearest others; −1 follows the last, and a row alone has itself."""
        n, here = len(self.roots), np.arange(len(self.roots))
        if n == 1:
            return here[:, None]
        whole = self.neighborhood
        k = whole.estimator if whole.k < n and not whole.is_number else min(whole.k, n - 1)
        pool: Any = Pool(self.numbers, may_miss=may_miss)
        if len(self.codes):
            nominal = self.columns.nominal._replace(codes=self.codes)
            pool = MixedPool(Mixed(self.numbers, nominal), here)
        return Neighborhood(whole.parameter, k, self.groups).within(pool)(here)


class _Made:
    """The rows made so far, beside the table."""

    def __init__(self, X: Mixed, labels: Indicator, groups: NDArray[Any] | None, neighborhood: Neighborhood) -> None:
        self.X, self.labels, self.groups, self.neighborhood = X, labels, groups, neighborhood
        self.parts: list[_NewRows] = []
        self.begin = [0]  # of each part among the rows made
        self.rows_with: dict[int, list[Rows]] = {}

    @property
    def blocks(self) -> list[Block]:
        """Where the rows lie."""
        return [part.block for part in self.parts]

    @property
    def taken(self) -> list[list[Rows]]:
        """Where their categories are from."""
        return [part.taken for part in self.parts]

    @property
    def numbers(self) -> Any:
        """Their numbers."""
        return _stacked([part.numbers for part in self.parts])

    @property
    def Y(self) -> Any:
        """Their labels."""
        return sparse.vstack([part.Y for part in self.parts], format="csr")

    def add(self, part: _NewRows) -> NDArray[np.int64]:
        """Take in rows; returns how many of them have each label."""
        made = Indicator(part.Y)
        for label in np.flatnonzero(made.counts).tolist():
            self.rows_with.setdefault(label, []).append(self.begin[-1] + made.rows_of(label))
        self.parts.append(part)
        self.begin.append(self.begin[-1] + len(part.block.base))
        return made.counts

    def bag_of(self, label: int, original_only: bool) -> _Bag:
        """The rows of a label."""
        X, rows = self.X, self.labels.rows_of(label)
        take: Callable[..., Any] = take_csr if sparse.issparse(X.numbers) else take_rows
        numbers, roots, Y = [take(X.numbers, rows)], [rows], [self.labels.Y[rows]]
        origins = [[rows] for _ in X.nominal.codes]
        if label in self.rows_with and not original_only:
            more = np.concatenate(self.rows_with[label])
            which = np.searchsorted(self.begin, more, side="right") - 1
            for number in np.unique(which).tolist():
                part, places = self.parts[number], more[which == number] - self.begin[number]
                numbers.append(part.numbers[places])
                roots.append(part.block.base[places])
                Y.append(part.Y[places])
                for origin, taken in zip(origins, part.taken, strict=True):
                    origin.append(taken[places])
        joined: list[Rows] = [np.concatenate(origin) for origin in origins]
        codes = np.empty((len(joined), sum(map(len, roots))), np.int32)
        for i, from_rows in enumerate(joined):
            codes[i] = X.nominal.codes[i, from_rows]
        root = np.concatenate(roots)
        groups = None if self.groups is None else self.groups[root]
        return _Bag(_stacked(numbers), codes, joined, root, _stacked(Y), groups, self.neighborhood, X)


def _require_room_for(bag: _Bag, k: int, n_made: int) -> None:
    """Raise the error if a bag's new rows and labels are more than there is.

    With labels="union" and original_only=False, rows have ever more labels and so take part in ever more bags.
    """
    n, d = bag.numbers.shape
    n_bytes = 16 * n * (d + k) + 12 * (k + 1) * bag.Y.nnz
    if n_bytes > 1 << 26:
        require_memory(n_bytes, f"A label with {n} rows, {n_made} rows having been made before it,", _FEWER)


def _stacked(parts: list[Any]) -> Any:
    if sparse.issparse(parts[0]):
        return type(parts[0])(sparse.vstack(parts, format="csr"))
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _between(X: Any, block: Block, stream: Stream | None) -> tuple[Any, Block]:
    """The new rows of a block among rows X, and the block with one step for each row: the mean over the columns.

    stream: draws a step for each entry of a sparse matrix, if each column has one of its own.
    """
    neighbor: Any = block.neighbor
    step: Any = block.step
    n_new, d = len(block.base), X.shape[1]
    recipe = Recipe(
        n_rows=n_new, kept=np.empty(0, np.int64), base=block.base, neighbor=neighbor, step=step, label=block.base
    )
    if sparse.issparse(X):
        if stream is None:
            return write_csr(X, recipe), block
        drawn: list[NDArray[Any]] = []

        def steps_of(row: Rows) -> NDArray[np.float64]:
            drawn.extend([row, stream.uniform(len(row))])
            return drawn[1]

        numbers = between_entries(X, recipe, steps_of)
        n_entries = np.bincount(drawn[0], minlength=n_new)
        means = np.bincount(drawn[0], drawn[1], minlength=n_new) / np.maximum(n_entries, 1)
        return numbers, block._replace(step=np.where(block.base == neighbor, 0.0, means))
    out = np.empty((n_new, d), X.dtype)
    if step.ndim == 1:
        return write_new_rows(X, recipe, out), block
    # A table of one column, in which each entry is a row with a step of its own.
    columns = np.arange(d)
    entries = Recipe(
        n_rows=X.size,
        base=(block.base[:, None] * d + columns).ravel(),
        neighbor=(neighbor[:, None] * d + columns).ravel(),
        step=step.ravel(),
        label=np.zeros(n_new * d, np.int8),
    )
    write_new_rows(np.ascontiguousarray(X).ravel(), entries, out.reshape(-1))
    return out, block._replace(step=step.mean(axis=1))
