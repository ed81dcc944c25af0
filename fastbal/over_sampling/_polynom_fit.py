"""New rows on lines that join the rows of a class in one of four patterns: polynom-fit SMOTE."""

from __future__ import annotations

import dataclasses
from numbers import Integral
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._core.draws import Draws, Stream
from fastbal._core.making import Polynomial, Towards
from fastbal._core.plan import Plan, Strategy, growing
from fastbal._core.recipe import Block, Recipe, Rows, join
from fastbal._core.rows import rows_as_floats
from fastbal._core.target import Target
from fastbal._sklearn import Interval, StrOptions
from fastbal.over_sampling.base import BaseOverSampler, DenseMixin


class PolynomFitSMOTE(DenseMixin, BaseOverSampler):
    """Over-sample by making rows on lines that join the rows of a class in a pattern (Gazzah, Essoukri Ben Amara 2008).

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows of each class; see `SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.
    topology : {"star", "bus", "mesh", "polynomial"}, default="star"
        - "star": on the segments from the rows to their mean (with groups: to the mean of their group);
        - "bus": on the segments from each row to the next, in the order along their first principal axis;
        - "mesh": on the segments between any two rows;
        - "polynomial": on a polynomial of each column, fitted to the rows in the order of their means; a new row is at
          a place of its own in each column, so the columns lose what they have to do with each other.

    degree : int, default=2
        Degree of the polynomials.
    steps : {"even", "random"}, default="even"
        Whether the new rows of a segment divide it into equal parts, or lie anywhere on it. Polynomials are random.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Label to number of rows made.
    recipe_ : Recipe
        Which rows the output consists of.
    is_synthetic_ : ndarray of shape (n_rows_new,), bool
        Which rows of the output are new.
    base_indices_ : ndarray of shape (n_made,)
        For each new row: the row of the input it starts from.
    neighbor_indices_ : ndarray of shape (n_made,)
        For each new row: the row it moves towards; from the number of rows on, the mean of a class or group.
    step_ : ndarray of shape (n_made,), float64
        For each new row: how far it moves; NaN on polynomials.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Notes
    -----
    Built from descriptions of the method and other implementations, not from the paper's text. Each class gets exactly
    the rows that are asked for; which rows get one more than others is drawn. The order of "bus" is ours: that of the
    table, as elsewhere, makes other rows of a table that is sorted otherwise. No neighbours are searched, so the cost
    grows with the new rows alone; of "mesh", with memory for no more than the pairs that are used.

    With even steps, two new rows of a segment tell the rows at its ends: never publish them instead of the originals.

    References
    ----------
    Gazzah, Essoukri Ben Amara: New Oversampling Approaches Based on Polynomial Fitting for Imbalanced Data Sets. DAS
    2008, 677-684.

    Examples
    --------
    >>> from collections import Counter
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.over_sampling import PolynomFitSMOTE
    >>> X, y = make_classification(n_samples=1000, weights=[0.1, 0.9], flip_y=0, random_state=10)
    >>> sampler = PolynomFitSMOTE(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> sorted(Counter(y_resampled.tolist()).items())
    [(0, 900), (1, 900)]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseOverSampler._parameter_constraints,
        "topology": [StrOptions({"star", "bus", "mesh", "polynomial"})],
        "degree": [Interval(Integral, 1, None, closed="left")],
        "steps": [StrOptions({"even", "random"})],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: Any = None,
        topology: Literal["bus", "mesh", "polynomial", "star"] = "star",
        degree: int = 2,
        steps: Literal["even", "random"] = "even",
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.random_state = random_state
        self.topology = topology
        self.degree = degree
        self.steps = steps

    @property
    def _may_be_sparse(self) -> bool:
        return self.topology == "mesh"

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        wanted = growing(plan)
        if not wanted:
            return Recipe(n_rows=len(target.codes))
        self._require_rows(target, list(wanted))
        stream = draws.stream()
        draw = {"star": self._star, "bus": self._bus, "mesh": self._mesh, "polynomial": self._polynomial}
        return draw[self.topology](X, target, wanted, stream)

    def _require_rows(self, target: Target, codes: list[int]) -> None:
        needed = {"star": 1, "bus": 2, "mesh": 2, "polynomial": self.degree + 1}[self.topology]
        for code in codes:
            if (n_rows := int(target.counts[code])) < needed:
                raise ValueError(
                    f"Class {target.labels[code]!r} has {n_rows} row{'s' if n_rows != 1 else ''}, but topology="
                    f"{self.topology!r} needs at least {needed}. Use topology='star', or leave this class out of "
                    f"sampling_strategy."
                )
        if target.has_groups and self.topology != "star":
            raise ValueError(
                f"With groups, topology must be 'star', whose rows lie between a row and the mean of its group. Got "
                f"{self.topology!r}."
            )

    def _star(self, X: Any, target: Target, wanted: Plan, stream: Stream) -> Recipe:
        blocks, anchors, anchor, steps = [], [], [], []
        n_anchors = 0
        for code, n_new in wanted.items():
            rows = target.rows_of(code)
            group = np.zeros(len(rows), np.int64)
            if target.groups is not None:
                group = np.unique(target.groups[rows], return_inverse=True)[1]
            base, step = self._shared(len(rows), n_new, stream)
            anchors.append(_group_means(np.asarray(rows_as_floats(X, rows), np.float64), group))
            anchor.append(group[base] + n_anchors)
            steps.append(step)
            n_anchors += len(anchors[-1])
            blocks.append(Block(code, rows[base]))
        making = Towards(anchors=np.concatenate(anchors), anchor=np.concatenate(anchor), step=np.concatenate(steps))
        return dataclasses.replace(join(blocks, n_rows=len(target.codes)), making=making)

    def _bus(self, X: Any, target: Target, wanted: Plan, stream: Stream) -> Recipe:
        blocks = []
        for code, n_new in wanted.items():
            rows = target.rows_of(code)
            rows = rows[_along_the_axis(np.asarray(rows_as_floats(X, rows), np.float64))]
            base, step = self._shared(len(rows) - 1, n_new, stream)
            blocks.append(Block(code, rows[base], rows[base + 1], step))
        return join(blocks, n_rows=len(target.codes))

    def _mesh(self, X: Any, target: Target, wanted: Plan, stream: Stream) -> Recipe:
        blocks = []
        for code, n_new in wanted.items():
            rows = target.rows_of(code)
            n_pairs = len(rows) * (len(rows) - 1) // 2
            if n_new < n_pairs:
                pair = _distinct(n_pairs, n_new, stream)
                step = np.full(n_new, 0.5) if self.steps == "even" else stream.uniform(n_new)
            else:
                pair, step = self._shared(n_pairs, n_new, stream)
            first, second = _pair(pair)
            blocks.append(Block(code, rows[first], rows[second], step))
        return join(blocks, n_rows=len(target.codes))

    def _polynomial(self, X: Any, target: Target, wanted: Plan, stream: Stream) -> Recipe:
        from fastbal._core.neighbors import on_one_scale  # here, so that random sampling needs no compiler

        blocks, curves = [], []
        for code, n_new in wanted.items():
            rows = target.rows_of(code)
            (X_class,), exponent = on_one_scale(np.asarray(rows_as_floats(X, rows), np.float64))
            order = np.argsort(X_class.mean(axis=1), kind="stable")
            places = np.linspace(0, 1, len(rows))
            curve = np.polynomial.polynomial.polyfit(places, X_class[order], self.degree)
            with np.errstate(over="ignore"):  # what is beyond the largest number is left to the kernel
                curves.append(np.ldexp(curve, exponent))
            blocks.append(Block(code, rows[stream.integers(len(rows), n_new)]))
        recipe = join(blocks, n_rows=len(target.codes))
        curve = np.repeat(np.arange(len(blocks)), [len(block.base) for block in blocks])
        making = Polynomial(key=stream.key(), number=np.arange(recipe.n_new), curves=np.stack(curves), curve=curve)
        return dataclasses.replace(recipe, making=making)

    def _shared(self, n: int, n_new: int, stream: Stream) -> tuple[Rows, NDArray[np.float64]]:
        """Which of n segments each new row is on, as many on each as on any other up to one, and its step."""
        counts = np.full(n, n_new // n)
        counts[stream.distinct(n, n_new % n)] += 1
        segment = np.repeat(np.arange(n), counts)
        if self.steps == "random":
            return segment, stream.uniform(n_new)
        number = np.arange(n_new) - np.repeat(np.cumsum(counts) - counts, counts) + 1
        return segment, number / (counts[segment] + 1)


def _group_means(X: NDArray[np.float64], group: Rows) -> NDArray[np.float64]:
    """The mean of each group's rows, also where a sum would be beyond the largest number."""
    n_rows = np.bincount(group)
    share = sparse.csr_array((1.0 / n_rows[group], group, np.arange(len(group) + 1)), shape=(len(group), len(n_rows)))
    return np.asarray(share.T @ X)


def _along_the_axis(X: NDArray[np.float64]) -> Rows:
    """The order of the rows along the axis in which they differ most."""
    scale = np.abs(X).max() or 1.0
    centred = X / scale - (X / scale).mean(axis=0)
    gram = centred @ centred.T if len(X) < X.shape[1] else centred.T @ centred
    axis = np.linalg.eigh(gram)[1][:, -1]
    place = axis if len(X) < X.shape[1] else centred @ axis
    order: Rows = np.argsort(place, kind="stable")
    return order


def _distinct(n: int, size: int, stream: Stream) -> Rows:
    """`size` different numbers below n, without a list of all n where that would be long."""
    if n <= 4 * size + (1 << 20):
        return stream.distinct(n, size)
    found = np.empty(0, np.int64)
    while len(found) < size:
        more = np.concatenate([found, stream.integers(n, size)])
        found = more[np.sort(np.unique(more, return_index=True)[1])]
    return found[:size]


def _pair(number: Rows) -> tuple[Rows, Rows]:
    """The pair of rows i < j with number ``j (j - 1) / 2 + i``."""
    second = ((1 + np.sqrt(8.0 * number + 1)) / 2).astype(np.int64)
    second -= second * (second - 1) // 2 > number  # where the root was rounded up
    second += (second + 1) * second // 2 <= number
    return number - second * (second - 1) // 2, second
