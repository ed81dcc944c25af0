"""An imbalanced table made of any other, to try things on."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from fastbal._containers.read import read_labels
from fastbal._core.target import encode
from fastbal._sklearn import check_arguments
from fastbal.under_sampling import RandomUnderSampler


@check_arguments(
    {
        "X": ["array-like", "sparse matrix"],
        "y": ["array-like"],
        "sampling_strategy": [Mapping, callable, None],
        "random_state": ["random_state"],
        "verbose": ["boolean"],
    }
)
def make_imbalance(
    X: Any,
    y: Any,
    *,
    sampling_strategy: Mapping[Any, int] | Callable[..., Mapping[Any, int]] | None = None,
    random_state: Any = None,
    verbose: bool = False,
    **kwargs: Any,
) -> tuple[Any, Any]:
    """Leave out rows of some classes at random.

    Parameters
    ----------
    X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
        The table; any kind of column.
    y : array-like of shape (n_rows,)
        The label of each row.
    sampling_strategy : mapping, callable or None, default=None
        Label to number of rows to keep, or a function of `y` that returns this; classes it does not name keep all. None
        names no class.
    random_state : int, RandomState or None, default=None
        The random numbers.
    verbose : bool, default=False
        Whether to print the rows of each class before and after.
    **kwargs : dict
        Further arguments of `sampling_strategy`, if it is a function.

    Returns
    -------
    X_resampled : same kind as X, of shape (n_rows_new, n_columns)
        The rows kept, class by class.
    y_resampled : same kind as y
        Their labels.

    Raises
    ------
    ValueError
        If a class has fewer rows than asked for.

    Examples
    --------
    >>> from collections import Counter
    >>> from sklearn.datasets import load_iris
    >>> from fastbal.datasets import make_imbalance
    >>> X, y = load_iris(return_X_y=True)
    >>> X_new, y_new = make_imbalance(X, y, sampling_strategy={0: 10, 1: 20}, random_state=0)
    >>> sorted(Counter(y_new.tolist()).items())
    [(0, 10), (1, 20), (2, 50)]
    """
    strategy = {} if sampling_strategy is None else sampling_strategy
    if callable(strategy):
        strategy = functools.partial(strategy, **kwargs)
    elif kwargs:
        raise TypeError(
            f"make_imbalance() got an unexpected keyword argument {next(iter(kwargs))!r}. Further arguments are those "
            f"of sampling_strategy, if that is a function."
        )
    if verbose:
        print(f"The original target distribution in the dataset is: {_sizes(y)}")
    sampler = RandomUnderSampler(sampling_strategy=strategy, random_state=random_state)
    X_resampled, y_resampled = sampler.fit_resample(X, y)
    if verbose:
        print(f"Make the dataset imbalanced: {_sizes(y_resampled)}")
    return X_resampled, y_resampled


def _sizes(y: Any) -> Counter[Any]:
    target = encode(read_labels(y).values)
    return Counter(dict(zip(target.labels, target.counts.tolist(), strict=True)))
