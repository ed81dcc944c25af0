"""Losses for imbalanced targets as functions of tensors, with the numbers of those for Keras."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from fastbal._networks.class_weights import class_weights
from fastbal._networks.focal import read_alpha, read_gamma
from fastbal._networks.numbers import as_numbers
from fastbal._networks.prior import read_prior, read_tau

_EPSILON = 1e-7


def class_weight_tensor(y: Any, scheme: str | Mapping[Any, float] = "balanced", *, beta: float = 0.999) -> Tensor:
    """The weight of each class, for `torch.nn.CrossEntropyLoss(weight=...)`.

    For one sigmoid unit, ``BCEWithLogitsLoss(pos_weight=weight[1] / weight[0])`` weighs the classes alike.

    Parameters
    ----------
    y : array-like of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes)
        The labels of the training rows, of any kind, or one-hot rows.
    scheme : {"balanced", "sqrt", "effective"} or mapping of label to weight, default="balanced"
        As of `class_weights`.
    beta : float, default=0.999
        As of `class_weights`.

    Returns
    -------
    Tensor of shape (n_classes,), float32
        In the order of the class codes, that is of the labels, ascending.

    Raises
    ------
    ValueError
        As `class_weights` raises it.

    Examples
    --------
    >>> from fastbal.torch import class_weight_tensor
    >>> class_weight_tensor(["no", "no", "no", "yes"]).tolist()
    [0.6666666865348816, 2.0]
    """
    return torch.tensor(list(class_weights(y, scheme, beta=beta).weights.values()), dtype=torch.float32)


def focal_loss(
    outputs: Tensor,
    target: Tensor,
    alpha: float | Sequence[float] | Mapping[int, float] | Tensor | None = None,
    gamma: float = 2.0,
    *,
    from_logits: bool = True,
    reduction: str = "mean",
) -> Tensor:
    """Focal loss: ``-alpha[c] (1 - p[c])**gamma log p[c]`` for a row of class c.

    Parameters
    ----------
    outputs : Tensor of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes)
        Of one sigmoid unit, or of a unit per class.
    target : Tensor of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes)
        Class codes, or one-hot rows. A target that is no class makes the loss NaN.
    alpha : float, sequence, mapping or Tensor, default=None
        The weight of each class, such as ``class_weights(y).weights``; or, for two classes, as in the paper, that of
        class 1, the other having ``1 - alpha``; or None, which is 1 for all.
    gamma : float, default=2.0
        How much the loss leaves out what is known; 0 is the (weighted) cross-entropy.
    from_logits : bool, default=True
        Whether the network's last layer has no sigmoid or softmax. Recommended: a gradient is then left however wrong
        the network is, while a probability that has been rounded to 0 or 1 has none.
    reduction : {"mean", "sum", "none"}, default="mean"
        As of PyTorch's losses. The mean is that over rows, whatever their weights.

    Returns
    -------
    Tensor
        A number; or of shape (n_rows,) without reduction.

    Raises
    ------
    ValueError
        If `gamma` or a weight is negative or not finite, or the shapes or the number of classes do not fit.

    References
    ----------
    .. [1] T.-Y. Lin, P. Goyal, R. Girshick, K. He, P. Dollár, "Focal Loss for Dense Object Detection", ICCV 2017,
       equation 5.

    Examples
    --------
    >>> import torch
    >>> from fastbal.torch import class_weights, focal_loss
    >>> weights, y, _ = class_weights(["no", "no", "no", "yes"])
    >>> loss = focal_loss(torch.zeros(1), torch.tensor([1]), alpha=weights)  # 2 * 0.5**2 * log(2)
    >>> round(loss.item(), 4)
    0.3466
    """
    log_p = _class_log_probabilities(outputs, from_logits=from_logits)
    shares = _class_shares(target, log_p, n_units=_n_units(outputs))
    if isinstance(alpha, Mapping):
        alpha = [alpha[code] for code in sorted(alpha)]
    weights = read_alpha(alpha.tolist() if isinstance(alpha, Tensor) else alpha)
    if weights is not None:
        shares = shares * _one_per_class(weights, "alpha", log_p)
    # (1 - p)**gamma, whose derivative is infinite at p = 1 for gamma < 1; below epsilon it is as good as 0.
    unsure = (1 - log_p.exp()).clamp(min=_EPSILON) ** read_gamma(gamma)
    return _reduced(-(shares * unsure * log_p).sum(-1), reduction)


def logit_adjusted_loss(
    outputs: Tensor,
    target: Tensor,
    prior: float | Sequence[float],
    tau: float = 1.0,
    *,
    from_logits: bool = True,
    reduction: str = "mean",
) -> Tensor:
    """Logit-adjusted loss: the cross-entropy of ``softmax(logits + tau log(prior))``.

    What is common is given to the network as known, so that it learns what remains: its own outputs, without the term,
    minimise the *balanced* error. For the probabilities of the classes as they are, `adjusted_probabilities`.

    Parameters
    ----------
    outputs : Tensor of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes)
        Of one sigmoid unit, or of a unit per class.
    target : Tensor of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes)
        Class codes, or one-hot rows. A target that is no class makes the loss NaN.
    prior : float or sequence of n_classes floats
        The share of class 1 of two classes, or of each class, among the training rows: ``prior_of(y)``.
    tau : float, default=1.0
        How far to go: 1 for the balanced error, 0 for the ordinary cross-entropy.
    from_logits : bool, default=True
        Whether the network's last layer has no sigmoid or softmax. Recommended, as of `focal_loss`.
    reduction : {"mean", "sum", "none"}, default="mean"
        As of PyTorch's losses.

    Returns
    -------
    Tensor
        A number; or of shape (n_rows,) without reduction.

    Raises
    ------
    ValueError
        If a share is not above 0, they do not add up to 1, `tau` is not finite, or the shapes do not fit.

    References
    ----------
    .. [1] A. K. Menon, S. Jayasumana, A. S. Rawat, H. Jain, A. Veit, S. Kumar, "Long-tail learning via logit
       adjustment", ICLR 2021, section 5.1, equation 10.

    Examples
    --------
    >>> import torch
    >>> from fastbal.torch import logit_adjusted_loss, prior_of
    >>> loss = logit_adjusted_loss(torch.zeros(1), torch.tensor([0]), prior_of([0, 0, 0, 1]))
    >>> round(loss.neg().exp().item(), 4)
    0.75
    """
    log_p = _adjusted(outputs, prior, tau, from_logits=from_logits)
    return _reduced(-(_class_shares(target, log_p, n_units=_n_units(outputs)) * log_p).sum(-1), reduction)


def adjusted_probabilities(
    outputs: Tensor, prior: float | Sequence[float], tau: float = 1.0, *, from_logits: bool = True
) -> Tensor:
    """Probabilities of the classes as common as in training, from a network trained with `logit_adjusted_loss`.

    Parameters
    ----------
    outputs : Tensor of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes)
        What the network returns.
    prior : float or sequence of n_classes floats
        As in training.
    tau : float, default=1.0
        As in training.
    from_logits : bool, default=True
        As in training.

    Returns
    -------
    Tensor of the shape of `outputs`
        The probability of class 1, or of each class.

    Raises
    ------
    ValueError
        As `logit_adjusted_loss` raises it.

    Examples
    --------
    >>> import torch
    >>> from fastbal.torch import adjusted_probabilities
    >>> adjusted_probabilities(torch.tensor([0.0]), prior=0.25).tolist()
    [0.25]
    """
    p = _adjusted(outputs, prior, tau, from_logits=from_logits).exp()
    return p if _n_units(outputs) > 1 else p[..., 1].reshape(outputs.shape)


def asymmetric_loss(
    outputs: Tensor,
    target: Tensor,
    gamma_negative: float = 4.0,
    gamma_positive: float = 1.0,
    margin: float = 0.05,
    *,
    from_logits: bool = True,
    reduction: str = "mean",
) -> Tensor:
    """Asymmetric loss: ``-t (1 - p)**gamma_positive log p - (1 - t) m**gamma_negative log(1 - m)``.

    Here p is the probability of a label, t is 1 for rows that have it and 0 for others, and ``m = max(p - margin, 0)``:
    rows without a label that are sure enough to be without it count nothing. For several labels a row, each of them
    rare; the paper's defaults.

    Parameters
    ----------
    outputs : Tensor of shape (n_rows,) or (n_rows, n_labels)
        A sigmoid unit per label.
    target : Tensor of the shape of `outputs`
        0 and 1. What is not in [0, 1] makes the loss NaN.
    gamma_negative : float, default=4.0
        How much the loss leaves out what is known of rows without a label.
    gamma_positive : float, default=1.0
        The same of rows with it.
    margin : float, default=0.05
        In [0, 1).
    from_logits : bool, default=True
        Whether the network's last layer has no sigmoid. Recommended, as of `focal_loss`.
    reduction : {"mean", "sum", "none"}, default="mean"
        As of PyTorch's losses, over rows and labels.

    Returns
    -------
    Tensor
        A number; or of the shape of `outputs` without reduction.

    Raises
    ------
    ValueError
        If a gamma is negative, the margin is not in [0, 1), or the shapes differ.

    References
    ----------
    .. [1] T. Ridnik, E. Ben-Baruch, N. Zamir, A. Noy, I. Friedman, M. Protter, L. Zelnik-Manor, "Asymmetric Loss For
       Multi-Label Classification", ICCV 2021, equations 5 to 7.

    Examples
    --------
    >>> import torch
    >>> from fastbal.torch import asymmetric_loss
    >>> asymmetric_loss(torch.tensor([0.0, -4.0]), torch.tensor([1, 0]), reduction="none").tolist()
    [0.3465735912322998, 0.0]
    """
    if outputs.shape != target.shape:
        raise ValueError(
            f"The target has shape {tuple(target.shape)}, which does not fit outputs of shape {tuple(outputs.shape)}: "
            "there is one unit per label, and 0 or 1 for each."
        )
    shift = as_numbers(margin)
    if shift.ndim or not 0 <= shift < 1:
        raise ValueError(f"margin must be a number in [0, 1), but it is {margin!r}.")
    log_p = _class_log_probabilities(outputs.unsqueeze(-1), from_logits=from_logits)
    share = target.to(outputs.dtype)
    share = torch.where((share >= 0) & (share <= 1), share, torch.nan)
    unsure = (1 - log_p[..., 1].exp()).clamp(min=_EPSILON) ** read_gamma(gamma_positive, "gamma_positive")
    shifted = (log_p[..., 1].exp() - float(shift)).clamp(min=0)
    # log(1 - p) as it is where nothing is shifted: 1 - p would be rounded.
    log_without = torch.log1p(-shifted) if shift else log_p[..., 0]
    known = shifted.clamp(min=_EPSILON) ** read_gamma(gamma_negative, "gamma_negative")
    return _reduced(-share * unsure * log_p[..., 1] - (1 - share) * known * log_without, reduction)


def _adjusted(outputs: Tensor, prior: Any, tau: Any, *, from_logits: bool) -> Tensor:
    log_p = _class_log_probabilities(outputs, from_logits=from_logits)
    return (log_p + read_tau(tau) * _one_per_class(read_prior(prior).tolist(), "prior", log_p).log()).log_softmax(-1)


def _n_units(outputs: Tensor) -> int:
    return 1 if outputs.ndim == 1 else outputs.shape[-1]


def _class_log_probabilities(outputs: Tensor, *, from_logits: bool) -> Tensor:
    """The logarithm of each class's probability, of shape (..., n_classes); finite for logits of any size."""
    if not outputs.is_floating_point():
        raise ValueError(f"outputs must be floating-point numbers, but they are {outputs.dtype}.")
    if outputs.ndim == 1:
        outputs = outputs.unsqueeze(-1)
    if outputs.shape[-1] > 1:
        return outputs.log_softmax(-1) if from_logits else outputs.clamp(min=_EPSILON).log()
    if from_logits:
        return torch.nn.functional.logsigmoid(torch.cat([-outputs, outputs], -1))
    positive = outputs.clamp(_EPSILON, 1 - _EPSILON)
    return torch.cat([1 - positive, positive], -1).log()


def _class_shares(target: Tensor, log_p: Tensor, n_units: int) -> Tensor:
    """How much of each class a row is, of the shape of `log_p`: one-hot, also if the target holds codes."""
    n_classes = log_p.shape[-1]
    if target.ndim == log_p.ndim and target.shape[-1] == 1:
        target = target.squeeze(-1)
    is_code = target.shape == log_p.shape[:-1]
    if not is_code and (n_units == 1 or target.shape != log_p.shape):
        raise ValueError(
            f"The target has shape {tuple(target.shape)}, which does not fit the outputs. One unit takes targets 0 and "
            f"1 of shape (n_rows,) or (n_rows, 1); {n_units if n_units > 1 else 'several'} units take class codes, or "
            "one-hot rows with a column per unit."
        )
    if not is_code:
        shares = target.to(log_p.dtype)
    elif n_units == 1:
        positive = target.to(log_p.dtype).unsqueeze(-1)
        shares = torch.cat([1 - positive, positive], -1)
    else:
        shares = (target.unsqueeze(-1) == torch.arange(n_classes, device=log_p.device)).to(log_p.dtype)
    # Shares that come from elsewhere, such as smoothed labels, are rounded.
    is_known = (shares >= 0).all(-1, keepdim=True) & ((shares.sum(-1, keepdim=True) - 1).abs() < 1e-3)
    return torch.where(is_known, shares, torch.nan)


def _one_per_class(values: list[float], name: str, log_p: Tensor) -> Tensor:
    if len(values) != log_p.shape[-1]:
        raise ValueError(
            f"{name} has {len(values)} values, but the network tells {log_p.shape[-1]} classes apart: give one "
            "for each."
        )
    return torch.tensor(values, dtype=log_p.dtype, device=log_p.device)


def _reduced(losses: Tensor, reduction: str) -> Tensor:
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction must be 'mean', 'sum' or 'none', but it is {reduction!r}.")
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses
