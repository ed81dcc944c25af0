"""Random numbers by number: known answers, distributions, and independence of whoever draws them."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit
from scipy import special, stats

from fastbal._kernels import counter


@njit
def philox(c: np.ndarray, k: np.ndarray) -> tuple[int, int, int, int]:  # type: ignore[type-arg]
    return counter.philox(c[0], c[1], c[2], c[3], k[0], k[1])  # type: ignore[no-any-return]


@njit
def each_normal(u: np.ndarray, out: np.ndarray) -> None:  # type: ignore[type-arg]
    for i in range(len(u)):
        out[i, 0], out[i, 1] = counter.normal_of(u[i]), counter.logarithm(u[i])


F = 0xFFFFFFFF


@pytest.mark.parametrize(
    ("count", "key", "expected"),
    [
        ([0, 0, 0, 0], [0, 0], [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
        ([F, F, F, F], [F, F], [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
        (
            [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
            [0xA4093822, 0x299F31D0],
            [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
        ),
    ],
)
def test_philox_gives_the_known_answers(count: list[int], key: list[int], expected: list[int]) -> None:
    assert list(philox(np.array(count, np.uint64), np.array(key, np.uint64))) == expected


def test_normal_numbers_and_logarithms_have_sixteen_digits() -> None:
    u = np.concatenate([np.linspace(0.001, 0.999, 999), 10.0 ** -np.arange(1, 17), 1 - 10.0 ** -np.arange(1, 15)])
    got = np.empty((len(u), 2))
    each_normal(u, got)
    np.testing.assert_allclose(got[:, 0], special.ndtri(u), rtol=4e-15, atol=1e-17)
    np.testing.assert_allclose(got[:, 1], np.log(u), rtol=4.5e-16, atol=1e-17)


def test_numbers_are_uniform_and_normal() -> None:
    uniform, normal = np.empty((4000, 7)), np.empty((4000, 7))
    counter.fill_uniform(11, np.arange(4000), uniform)
    counter.fill_normal(11, np.arange(4000), normal)
    assert 0 < uniform.min() < uniform.max() < 1
    assert stats.kstest(uniform.ravel(), "uniform").pvalue > 1e-4
    assert stats.kstest(normal.ravel(), "norm").pvalue > 1e-4
    correlation = np.corrcoef(uniform, rowvar=False)
    assert np.abs(correlation - np.eye(7)).max() < 5 / np.sqrt(4000)
    np.testing.assert_allclose(normal, special.ndtri(uniform), rtol=4e-15, atol=1e-15)


def test_a_row_has_its_numbers_alone_and_each_key_others() -> None:
    every, some, other = np.empty((50, 5)), np.empty((2, 3)), np.empty((50, 5))
    counter.fill_uniform(3, np.arange(50), every)
    counter.fill_uniform(3, np.array([40, 7]), some)
    counter.fill_uniform(4, np.arange(50), other)
    np.testing.assert_array_equal(some, every[[40, 7], :3])
    assert not (every == other).any()
    assert len(np.unique(every)) == every.size
