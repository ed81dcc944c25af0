"""Mixtures of the rows of a batch, with targets mixed alike: mixup (Zhang, Cisse, Dauphin, Lopez-Paz, ICLR 2018)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._core.target import Target

Array = NDArray[Any]


class Mixup(NamedTuple):
    """``lam * x + (1 - lam) * x[partner]``, for rows, targets and weights, with lam from a beta distribution.

    Equation 1 of the paper: lam ~ Beta(alpha, alpha), here anew for each row; the partner is another row of the batch,
    by a random permutation, as in section 2 there.

    Attributes
    ----------
    alpha : float
        Greater than 0; how much is mixed. The paper finds 0.1 to 0.4 best.
    n_classes : int
        Columns of the targets; 0 where the labels are mixed as the numbers they are.
    """

    alpha: float
    n_classes: int

    @classmethod
    def read(cls, alpha: Any, target: Target, is_indicator: bool, groups: Any) -> Self | None:
        """What the user asks for; None for no mixing.

        Raises
        ------
        ValueError
            If alpha is no number from 0, or there are groups, between which no row may lie.
        """
        if not isinstance(alpha, (int, float, np.number)) or not 0 <= alpha < np.inf:
            raise ValueError(f"mixup must be a number from 0, which is for no mixing. Got {alpha!r}.")
        if alpha and groups is not None:
            raise ValueError("mixup mixes rows of different groups: leave it out, or leave groups out.")
        n_classes = len(target.classes)
        return cls(float(alpha), 0 if is_indicator or n_classes <= 2 else n_classes) if alpha else None

    def of_batches(self, parts: Sequence[Any], size: int, streams: Sequence[np.random.Generator]) -> tuple[Any, ...]:
        """Mix each batch within itself.

        Parameters
        ----------
        parts : sequence of X, y and perhaps weights
            The rows of some batches after each other; X may be a dict.
        size : int
            Rows of a batch; the last may have fewer.
        streams : sequence of Generator
            The random numbers of each batch.
        """
        X, y, *weights = parts
        lam, partner = np.empty(len(y)), np.empty(len(y), np.int64)
        for start, rng in zip(range(0, len(y), size), streams, strict=True):
            n = min(size, len(y) - start)
            lam[start : start + n] = rng.beta(self.alpha, self.alpha, n)
            partner[start : start + n] = start + rng.permutation(n)
        y = np.eye(self.n_classes, dtype=np.float32)[y] if self.n_classes else y.astype(np.float32)
        if isinstance(X, dict):
            X = {name: _mixed(part, lam, partner) for name, part in X.items()}
        else:
            X = _mixed(X, lam, partner)
        return (X, _mixed(y, lam, partner), *(_mixed(part, lam, partner) for part in weights))


def _mixed(values: Any, lam: Array, partner: Array) -> Any:
    """Mixtures of rows; whole numbers and booleans become float32."""
    dtype = values.dtype if values.dtype.kind == "f" else np.dtype(np.float32)
    lam = lam.astype(dtype)
    if sparse.issparse(values):
        return type(values)(sparse.diags_array(lam) @ values + sparse.diags_array(1 - lam) @ values[partner])
    lam = lam.reshape(-1, *(1,) * (values.ndim - 1))
    return lam * values + (1 - lam) * values[partner]
