"""Random numbers by number: each is a function of a key, a row and a place, so any of them can be drawn alone.

Philox-4x32 with ten rounds (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3, SC 2011); normal
numbers by Wichura's inverse of the normal distribution function (AS 241, Applied Statistics 37, 1988). Nothing is taken
from the system's mathematical library: its last digits differ between machines.
"""

from __future__ import annotations

import math

import numpy as np

from fastbal._kernels._jit import exact_inline, exact_inner, exact_kernel

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_MULTIPLIER_0, _MULTIPLIER_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_WEYL_0, _WEYL_1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_26, _6 = np.uint64(26), np.uint64(6)


@exact_inline
def _round(c, k0, k1):
    p0, p1 = _MULTIPLIER_0 * c[0], _MULTIPLIER_1 * c[2]
    return (p1 >> _HALF) ^ c[1] ^ (k0 & _LOW), p1 & _LOW, (p0 >> _HALF) ^ c[3] ^ (k1 & _LOW), p0 & _LOW


@exact_inline
def philox(c0, c1, c2, c3, k0, k1):
    """Four words of 32 bits from a counter of four and a key of two, all in uint64.

    Ten rounds one by one: so LLVM makes vectors of a loop around them (2 ns a number instead of 8).
    """
    c = (c0, c1, c2, c3)
    c = _round(c, k0 + np.uint64(0) * _WEYL_0, k1 + np.uint64(0) * _WEYL_1)
    c = _round(c, k0 + np.uint64(1) * _WEYL_0, k1 + np.uint64(1) * _WEYL_1)
    c = _round(c, k0 + np.uint64(2) * _WEYL_0, k1 + np.uint64(2) * _WEYL_1)
    c = _round(c, k0 + np.uint64(3) * _WEYL_0, k1 + np.uint64(3) * _WEYL_1)
    c = _round(c, k0 + np.uint64(4) * _WEYL_0, k1 + np.uint64(4) * _WEYL_1)
    c = _round(c, k0 + np.uint64(5) * _WEYL_0, k1 + np.uint64(5) * _WEYL_1)
    c = _round(c, k0 + np.uint64(6) * _WEYL_0, k1 + np.uint64(6) * _WEYL_1)
    c = _round(c, k0 + np.uint64(7) * _WEYL_0, k1 + np.uint64(7) * _WEYL_1)
    c = _round(c, k0 + np.uint64(8) * _WEYL_0, k1 + np.uint64(8) * _WEYL_1)
    c = _round(c, k0 + np.uint64(9) * _WEYL_0, k1 + np.uint64(9) * _WEYL_1)
    return c


@exact_inline
def _open(high, low):
    """A number between 0 and 1, both excluded, from 26 bits of each word."""
    bits = ((high >> _6) << _26) | (low >> _6)
    return (np.float64(bits) + 0.5) * 2.0**-52


@exact_inline
def uniform_pair(key, row, pair):
    """The uniform numbers at places ``2 * pair`` and ``2 * pair + 1`` of a row, 0 and 1 excluded."""
    number, place, seed = np.uint64(row), np.uint64(pair), np.uint64(key)
    words = philox(number & _LOW, number >> _HALF, place & _LOW, place >> _HALF, seed & _LOW, seed >> _HALF)
    return _open(words[0], words[1]), _open(words[2], words[3])


@exact_inner
def logarithm(x):
    """Natural logarithm of a positive normal number, within an ulp (fdlibm's series), the same on every machine."""
    mantissa, exponent = math.frexp(x)
    if mantissa < 0.7071067811865476:
        mantissa *= 2.0
        exponent -= 1
    f = mantissa - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373))
    odd = z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)))
    half_square = 0.5 * f * f
    k = np.float64(exponent)
    return k * 0.6931471803691238 - ((half_square - (s * (half_square + even + odd) + k * 1.9082149292705877e-10)) - f)


@exact_inline
def _central(u):
    """The number below which a standard normal one is with probability u, to 16 digits, where |u - 0.5| <= 0.425."""
    q = u - 0.5
    r = 0.180625 - q * q
    above = r * 2509.0809287301227 + 33430.57558358813
    above = ((above * r + 67265.7709270087) * r + 45921.95393154987) * r + 13731.69376550946
    above = ((above * r + 1971.5909503065514) * r + 133.14166789178438) * r + 3.3871328727963665
    below = r * 5226.495278852854 + 28729.085735721943
    below = ((below * r + 39307.89580009271) * r + 21213.794301586597) * r + 5394.196021424751
    below = ((below * r + 687.1870074920579) * r + 42.31333070160091) * r + 1.0
    return q * above / below


@exact_inner
def _outer(u):
    """The same where |u - 0.5| > 0.425."""
    is_low = u < 0.5
    r = math.sqrt(-logarithm(u if is_low else 1.0 - u))
    if r <= 5.0:
        r -= 1.6
        above = r * 7.745450142783414e-4 + 2.2723844989269184e-2
        above = ((above * r + 0.2417807251774506) * r + 1.2704582524523684) * r + 3.6478483247632045
        above = ((above * r + 5.769497221460691) * r + 4.630337846156546) * r + 1.4234371107496835
        below = r * 1.0507500716444169e-9 + 5.475938084995345e-4
        below = ((below * r + 1.5198666563616457e-2) * r + 0.14810397642748008) * r + 0.6897673349851
        below = ((below * r + 1.6763848301838038) * r + 2.053191626637759) * r + 1.0
    else:
        r -= 5.0
        above = r * 2.0103343992922881e-7 + 2.7115555687434876e-5
        above = ((above * r + 1.2426609473880784e-3) * r + 2.6532189526576124e-2) * r + 0.29656057182850487
        above = ((above * r + 1.7848265399172913) * r + 5.463784911164114) * r + 6.657904643501103
        below = r * 2.0442631033899397e-15 + 1.421511758316446e-7
        below = ((below * r + 1.8463183175100548e-5) * r + 7.868691311456133e-4) * r + 1.4875361290850615e-2
        below = ((below * r + 0.1369298809227358) * r + 0.599832206555888) * r + 1.0
    return -above / below if is_low else above / below


@exact_inner
def normal_of(u):
    """The number below which a standard normal one is with probability u, to 16 digits."""
    return _central(u) if abs(u - 0.5) <= 0.425 else _outer(u)


@exact_inner
def uniforms(key, row, first, out):
    """``out[j]``: the uniform number at place ``first + j`` of a row; first is even, and len(out) may be odd."""
    n_pairs = len(out) // 2
    for pair in range(n_pairs):
        out[2 * pair], out[2 * pair + 1] = uniform_pair(key, row, first // 2 + pair)
    if len(out) % 2:
        out[len(out) - 1], _ = uniform_pair(key, row, first // 2 + n_pairs)


@exact_inner
def normals(key, row, first, u, out):
    """The same, standard normal; u as long as out, for the uniform ones. Without branches where they are many."""
    uniforms(key, row, first, u)
    for j in range(len(out)):
        out[j] = _central(u[j])
    for j in range(len(out)):
        if abs(u[j] - 0.5) > 0.425:
            out[j] = _outer(u[j])


@exact_kernel
def fill_uniform(key, rows, out):
    """``out[i, j]``: the uniform number at place j of row ``rows[i]``. out (m, d): float64."""
    for i in range(len(rows)):
        uniforms(key, rows[i], 0, out[i])


@exact_kernel
def fill_normal(key, rows, out):
    """The same, standard normal."""
    u = np.empty(out.shape[1])
    for i in range(len(rows)):
        normals(key, rows[i], 0, u, out[i])
