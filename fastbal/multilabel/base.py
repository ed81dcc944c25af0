"""What samplers of several labels share: read the table and its labels, draw a recipe, write the rows and labels."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from numbers import Real
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from fastbal._containers.beside import ExtraArrays
from fastbal._containers.read import read_table
from fastbal._containers.table import NumberReader, Table
from fastbal._core.draws import Draws
from fastbal._core.label_measures import Indicator
from fastbal._core.memory import require_memory
from fastbal._core.plan import floor_rows
from fastbal._core.recipe import NewRows, Recipe
from fastbal._problem import require_room
from fastbal._sklearn import Interval, Tags, check_parameters
from fastbal.base import BaseSampler, SelectionMixin
from fastbal.multilabel._label_matrix import LabelMatrix

__all__ = ["BaseMultilabelSampler", "BaseRandomMultilabelSampler"]


class Drawn(NamedTuple):
    """Which rows a sampler's output consists of, and which labels they have.

    Attributes
    ----------
    recipe : Recipe
        The rows; its `label` is the column of y that a row was made for.
    new : NewRows
        What the recipe cannot say.
    Y : CSR array of shape (n_kept + n_new, n_labels), or None
        Their labels; None if each has those of the row it is or starts from.
    """

    recipe: Recipe
    new: NewRows = NewRows()
    Y: Any = None


class BaseMultilabelSampler(BaseSampler):
    """Base class of the samplers of tables with several labels per row.

    A sampler implements `_draw_rows`: which rows the resampled table has.

    Attributes
    ----------
    irlbl_ : ndarray of shape (n_labels,), float64
        Imbalance ratio of each label of the table as it was given; NaN for one without rows.
    mean_ir_ : float
        Their mean.
    """

    _sampling_type = "bypass"
    _parameter_constraints: ClassVar[dict[str, Any]] = {}

    def __init__(self) -> None:
        """Nothing: there is no `sampling_strategy`, each method has a rule of its own."""

    @abstractmethod
    def _draw_rows(self, X: Any, labels: Indicator, groups: NDArray[Any] | None, draws: Draws) -> Drawn:
        """Say which rows the resampled table has.

        Parameters
        ----------
        X : object
            What `_read_values` returns.
        labels : Indicator
            Which labels each row has.
        groups : ndarray of shape (n_rows,), integer, or None
            The group of each row, where new rows may lie between rows of one group only.
        draws : Draws
            The random numbers of this call.
        """

    @property
    def _reader(self) -> NumberReader:
        return NumberReader(
            type(self).__name__,
            or_with_gaps="use MLROS, MLRUS, LPROS, LPRUS or REMEDIAL, which take such rows as they are; MLSMOTE keeps "
            "NaN with missing='keep', unless the table is sparse.",
            or_with_words="use MLSMOTE with categorical_features; MLROS, MLRUS, LPROS, LPRUS and REMEDIAL take any "
            "column as it is.",
        )

    def fit(self, X: Any, y: Any, **params: Any) -> Self:
        """Check the parameters and the data, without resampling.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
            The table.
        y : {array-like, dataframe, sparse matrix} of shape (n_rows, n_labels)
            The labels: 1 where a row has a label, 0 elsewhere.
        **params : dict
            Ignored.

        Returns
        -------
        self
        """
        check_parameters(self)
        self._read_values(self._read_tables(X, y)[0])
        return self

    def fit_resample(
        self, X: Any, y: Any, *, sample_weight: Any = None, groups: Any = None, **arrays: Any
    ) -> tuple[Any, ...]:
        """Resample a table, its labels, and other arrays with one entry for each row.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
            The table; never changed.
        y : {array-like, dataframe, sparse matrix} of shape (n_rows, n_labels)
            The labels: 1 where a row has a label, 0 elsewhere; never changed.
        sample_weight : array-like of shape (n_rows,), default=None
            The weight of each row: finite, not negative. A new row between two rows gets a weight between theirs.
        groups : array-like of shape (n_rows,), default=None
            The group of each row (a patient, a machine, a day). A new row lies between rows of one group, and belongs
            to this group.
        **arrays : array-like of shape (n_rows, ...)
            Any other array with one entry for each row. A new row gets the entry of the row it starts from.

        Returns
        -------
        X_resampled : same kind as X, of shape (n_rows_new, n_columns)
            The resampled table.
        y_resampled : same kind as y, of shape (n_rows_new, n_labels)
            Its labels.
        *resampled
            The other arrays, if any: sample_weight, groups, then the rest in the order given.

        Raises
        ------
        TypeError
            If an argument is not an array.
        ValueError
            If y is no matrix of 0 and 1 with a row for each row of X, or no row has a label; if an array does not have
            one entry for each row, a weight is missing, infinite or negative, or a group is missing.
        """
        return super().fit_resample(X, y, sample_weight=sample_weight, groups=groups, **arrays)

    def _resample(self, X: Any, y: Any, arrays: dict[str, Any]) -> tuple[Any, ...]:
        self.__dict__.pop("recipe_", None)  # that of an earlier call
        table, labels = self._read_tables(X, y)
        extra = ExtraArrays(arrays, table.n_rows, type(self).__name__)
        recipe, new, Y = self._draw_rows(self._read_values(table), labels.indicator, extra.groups, self._draws())
        require_room(table, recipe.n_kept + recipe.n_new, recipe.n_new)
        self.recipe_ = recipe
        X_resampled = table.write(recipe, new, keep_index=self._keeps_index)
        return X_resampled, labels.write(recipe, Y, X_resampled), *extra.write(recipe, new, X_resampled)

    def _read_tables(self, X: Any, y: Any) -> tuple[Table, LabelMatrix]:
        """Check the table and the labels once; later code relies on it."""
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None. Give the labels of each row."
            )
        table, labels = read_table(X), LabelMatrix(y)
        self._note_columns(table)
        indicator = labels.indicator
        if table.n_rows != indicator.n_rows:
            raise ValueError(
                f"Found input variables with inconsistent numbers of samples: {[table.n_rows, indicator.n_rows]}. "
                f"X has {table.n_rows} rows and y has {indicator.n_rows}; give a row of labels for each row."
            )
        if not indicator.counts.any():
            raise ValueError(
                f"No row has a label: y is 0 in all of its {indicator.n_labels} columns, so there is nothing to "
                "balance. Check that y holds the labels, and that no filter has removed the rows that have some."
            )
        self.irlbl_, self.mean_ir_ = indicator.ratios, indicator.mean_ratio
        return table, labels

    def _say_that_nothing_is_done(self, reason: str) -> None:
        warnings.warn(f"{type(self).__name__} returns the table as it is: {reason}", UserWarning, stacklevel=6)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.two_d_labels = True
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = False
        return tags


class MadeForLabels:
    """For samplers that make rows for one label after the other."""

    recipe_: Recipe

    @property
    def made_for_(self) -> NDArray[np.signedinteger[Any]]:
        """For each new row: the label, as column of y, for which it was made."""
        return self.recipe_.label


class BaseRandomMultilabelSampler(SelectionMixin, BaseMultilabelSampler):
    """Base class of the samplers that clone or leave out a share of the rows at random.

    Parameters
    ----------
    percent : float, default=25
        How many rows are cloned or left out, in percent of the rows of the table.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "percent": [Interval(Real, 0, None, closed="left")],
        "random_state": ["random_state", np.random.Generator],
    }

    def __init__(self, percent: float = 25, *, random_state: Any = None) -> None:
        self.percent = percent
        self.random_state = random_state

    def _read_values(self, table: Table) -> None:
        """Nothing: any table will do."""

    def _n_asked(self, labels: Indicator) -> int:
        n_asked = floor_rows(labels.n_rows * self.percent / 100)
        if n_asked > labels.n_rows:
            require_memory(40 * n_asked, f"What percent={self.percent} asks for, {n_asked} new rows,", "Lower percent.")
        return n_asked

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        return tags
