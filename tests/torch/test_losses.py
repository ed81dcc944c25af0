"""Losses for PyTorch: the numbers of those for Keras, gradients by finite differences, extremes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import expit, softmax

pytest.importorskip("torch", reason="PyTorch is not installed")

import torch

from fastbal.torch import (
    adjusted_probabilities,
    asymmetric_loss,
    class_weight_tensor,
    class_weights,
    focal_loss,
    logit_adjusted_loss,
    prior_of,
)

KINDS = ["flat", "binary", "sparse", "one-hot"]
PRIORS = {"flat": 0.2, "binary": 0.2, "sparse": [0.5, 0.3, 0.2], "one-hot": [0.5, 0.3, 0.2]}


def rows(kind: str, n: int = 30) -> tuple[Any, Any]:
    """Logits and targets, in float64."""
    rng = np.random.default_rng(0)
    n_classes = 2 if kind in ("flat", "binary") else 3
    codes = torch.from_numpy(np.arange(n) % n_classes)
    logits = torch.from_numpy(rng.normal(0, 3, n if kind == "flat" else (n, 1) if kind == "binary" else (n, 3)))
    return logits, torch.nn.functional.one_hot(codes).double() if kind == "one-hot" else codes


def probabilities(logits: Any) -> Any:
    return torch.from_numpy(softmax(logits.numpy(), 1) if logits.shape[-1] == 3 else expit(logits.numpy()))


LOSSES = {
    "focal": lambda kind: (
        lambda z, y, **given: focal_loss(z, y, 0.75 if kind in KINDS[:2] else [1, 2, 0.5], 1.5, **given)
    ),
    "logit-adjusted": lambda kind: lambda z, y, **given: logit_adjusted_loss(z, y, PRIORS[kind], 0.7, **given),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("from_logits", [True, False])
def test_the_numbers_are_those_of_keras(kind: str, from_logits: bool) -> None:
    keras_losses = pytest.importorskip("fastbal.keras", reason="Keras is not installed")
    logits, y = rows(kind)
    outputs = logits if from_logits else probabilities(logits)
    given = {"from_logits": from_logits, "reduction": None, "name": "loss"}
    expected = {
        "focal": keras_losses.FocalLoss(0.75 if kind in KINDS[:2] else [1, 2, 0.5], 1.5, **given),
        "logit-adjusted": keras_losses.LogitAdjustedLoss(PRIORS[kind], 0.7, **given),
    }
    for name, loss in expected.items():
        for reduction in ("none", "mean", "sum"):
            got = LOSSES[name](kind)(outputs, y, from_logits=from_logits, reduction=reduction)
            wanted = np.asarray(loss(y.numpy(), outputs.numpy()[:, None] if kind == "flat" else outputs.numpy()))
            wanted = {"none": wanted, "mean": wanted.mean(), "sum": wanted.sum()}[reduction]
            np.testing.assert_allclose(got.numpy(), wanted, rtol=2e-5, atol=1e-6)  # Keras computes in float32
    if from_logits:
        shaped = logits.numpy()[:, None] if kind == "flat" else logits.numpy()
        adjusted = keras_losses.LogitAdjustedLoss(PRIORS[kind], 0.7, from_logits=True).probabilities(shaped)
        got = adjusted_probabilities(logits, PRIORS[kind], 0.7)
        assert got.shape == logits.shape
        np.testing.assert_allclose(got.numpy(), adjusted.reshape(got.shape), rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", LOSSES)
def test_gradients_by_finite_differences(kind: str, name: str) -> None:
    logits, y = rows(kind, n=8)
    assert torch.autograd.gradcheck(lambda z: LOSSES[name](kind)(z, y, reduction="none"), logits.requires_grad_())


def test_gradients_of_the_asymmetric_loss() -> None:
    logits = torch.from_numpy(np.random.default_rng(1).normal(0, 2, (6, 3))).requires_grad_()
    y = torch.from_numpy(np.random.default_rng(2).integers(0, 2, (6, 3)))
    for margin in (0.0, 0.05):
        assert torch.autograd.gradcheck(lambda z, m=margin: asymmetric_loss(z, y, margin=m, reduction="none"), logits)


def test_the_asymmetric_loss_is_the_formula() -> None:
    logits = np.random.default_rng(1).normal(0, 3, (50, 4))
    y = np.random.default_rng(2).integers(0, 2, (50, 4))
    p = expit(logits)
    m = np.maximum(p - 0.05, 0)
    expected = -y * (1 - p) * np.log(p) - (1 - y) * m**4 * np.log(1 - m)
    got = asymmetric_loss(torch.from_numpy(logits), torch.from_numpy(y), reduction="none")
    np.testing.assert_allclose(got.numpy(), expected, rtol=1e-9, atol=1e-12)
    got = asymmetric_loss(torch.from_numpy(p), torch.from_numpy(y), from_logits=False, reduction="none")
    np.testing.assert_allclose(got.numpy(), expected, rtol=1e-5, atol=1e-7)
    plain = asymmetric_loss(torch.from_numpy(logits), torch.from_numpy(y), 0, 0, 0)
    cross_entropy = torch.nn.functional.binary_cross_entropy_with_logits
    torch.testing.assert_close(plain, cross_entropy(torch.from_numpy(logits), torch.from_numpy(y).double()))


def test_special_cases_are_the_losses_of_pytorch() -> None:
    logits, y = rows("sparse")
    torch.testing.assert_close(focal_loss(logits, y, gamma=0), torch.nn.functional.cross_entropy(logits, y))
    torch.testing.assert_close(logit_adjusted_loss(logits, y, PRIORS["sparse"], 0), focal_loss(logits, y, gamma=0))
    weight = class_weight_tensor(y).double()
    got = focal_loss(logits, y, class_weights(y).weights, gamma=0, reduction="none")
    torch.testing.assert_close(
        got, torch.nn.functional.cross_entropy(logits, y, weight, reduction="none"), rtol=1e-6, atol=0
    )


@pytest.mark.parametrize("size", [1e4, 1e30])
def test_wrong_beyond_doubt_still_has_a_gradient(size: float) -> None:
    for loss in (lambda z, y: focal_loss(z, y), lambda z, y: logit_adjusted_loss(z, y, 0.1)):
        z = torch.tensor([size, -size], requires_grad=True)
        loss(z, torch.tensor([0, 1])).backward()
        assert z.grad.isfinite().all()
        assert (z.grad.sign() == torch.tensor([1.0, -1.0])).all()


def test_certain_and_right_is_zero_with_a_finite_gradient() -> None:
    z = torch.tensor([1e4, -1e4], requires_grad=True)
    losses = focal_loss(z, torch.tensor([1, 0]), gamma=0.5) + asymmetric_loss(
        z, torch.tensor([1, 0]), gamma_positive=0.5
    )
    losses.backward()
    assert losses.item() == 0
    assert z.grad.tolist() == [0, 0]


@pytest.mark.parametrize("target", [[2], [-1], [0.5]], ids=str)
def test_a_target_that_is_no_class_is_nan(target: list[float]) -> None:
    y = torch.tensor(target)
    for got in (focal_loss(torch.zeros(1, 2), y), logit_adjusted_loss(torch.zeros(1, 2), y, 0.5)):
        assert got.isnan()
    if target != [0.5]:  # half of each class, for one unit
        assert focal_loss(torch.zeros(1), y).isnan()
        assert asymmetric_loss(torch.zeros(1), y).isnan()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_dtypes_stay(dtype: Any) -> None:
    z, y = torch.zeros(4, dtype=dtype), torch.tensor([0, 1, 0, 1], dtype=torch.bool)
    for got in (focal_loss(z, y), logit_adjusted_loss(z, y, 0.5), asymmetric_loss(z, y)):
        assert got.dtype == dtype
        assert got.isfinite()


def test_no_rows() -> None:
    assert focal_loss(torch.zeros(0, 3), torch.zeros(0, dtype=torch.int64), reduction="none").shape == (0,)


def test_prior_and_weights_are_those_of_the_labels() -> None:
    labels = ["no"] * 3 + ["yes"]
    assert prior_of(labels) == [0.75, 0.25]
    assert class_weight_tensor(labels, {"no": 1, "yes": 3}).tolist() == [1, 3]
    assert prior_of(torch.tensor([0, 0, 0, 1])) == [0.75, 0.25]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: focal_loss(torch.zeros(2), torch.zeros(2, 3)), r"shape \(2, 3\), which does not fit"),
        (lambda: focal_loss(torch.zeros(2, 3), torch.zeros(2, 2)), r"shape \(2, 2\), which does not fit"),
        (lambda: focal_loss(torch.zeros(2), torch.zeros(3)), r"shape \(3,\), which does not fit"),
        (lambda: focal_loss(torch.zeros(2), torch.zeros(2), gamma=-1), "gamma must be a number from 0"),
        (lambda: focal_loss(torch.zeros(2), torch.zeros(2), [1, -1]), "alpha must be the weight of class 1"),
        (lambda: focal_loss(torch.zeros(2), torch.zeros(2), [1, 1, 1]), "alpha has 3 values, but the network tells 2"),
        (lambda: focal_loss(torch.zeros(2), torch.zeros(2), reduction="max"), "reduction must be 'mean', 'sum' or"),
        (lambda: focal_loss(torch.zeros(2).int(), torch.zeros(2)), "outputs must be floating-point numbers"),
        (lambda: logit_adjusted_loss(torch.zeros(2), torch.zeros(2), 1.5), "prior must be the share of class 1"),
        (lambda: logit_adjusted_loss(torch.zeros(2), torch.zeros(2), 0.5, np.nan), "tau must be a finite number"),
        (lambda: asymmetric_loss(torch.zeros(2), torch.zeros(2, 1)), r"shape \(2, 1\), which does not fit"),
        (lambda: asymmetric_loss(torch.zeros(2), torch.zeros(2), margin=1), r"margin must be a number in \[0, 1\)"),
        (lambda: asymmetric_loss(torch.zeros(2), torch.zeros(2), -1), "gamma must be|gamma_negative must be"),
    ],
)
def test_errors(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
