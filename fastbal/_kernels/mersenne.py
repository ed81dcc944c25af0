"""Whole numbers and shuffles as NumPy's RandomState draws them, several times faster."""

from __future__ import annotations

import numpy as np

from fastbal._kernels._jit import kernel

# MT19937 (Matsumoto and Nishimura 1998): degree of recurrence and middle word.
_N, _M = 624, 397


@kernel
def _twist(a, b, c):
    """The next word of the state: from the words at k, k + 1 and k + M."""
    y = (a & np.uint32(0x80000000)) | (b & np.uint32(0x7FFFFFFF))
    return c ^ (y >> np.uint32(1)) ^ (np.uint32(0x9908B0DF) * (y & np.uint32(1)))


@kernel
def _renew(key):
    """The next 624 words of the state, in place."""
    for k in range(_N - _M):
        key[k] = _twist(key[k], key[k + 1], key[k + _M])
    for k in range(_N - _M, _N - 1):
        key[k] = _twist(key[k], key[k + 1], key[k + _M - _N])
    key[_N - 1] = _twist(key[_N - 1], key[0], key[_M - 1])


@kernel
def _temper(key, words):
    """The random words of a state."""
    for k in range(_N):
        y = key[k]
        y ^= y >> np.uint32(11)
        y ^= (y << np.uint32(7)) & np.uint32(0x9D2C5680)
        y ^= (y << np.uint32(15)) & np.uint32(0xEFC60000)
        y ^= y >> np.uint32(18)
        words[k] = y


@kernel
def integers(key, position, limit, out):
    """``RandomState.randint(0, limit + 1, size=len(out))``, for 0 < limit < 2**32.

    The low bits of a random word, drawn again while above the limit.
    key (624,) uint32, changed to the state afterwards; position: words of it that are used up. out (size,) int64.
    Returns the position afterwards. Cost: 1 to 2 random words per number, without a branch that is mispredicted.
    """
    words = np.empty(_N, np.uint32)
    _temper(key, words)
    mask = np.int64(1)
    while mask < limit:
        mask = 2 * mask + 1
    count = 0
    while count < len(out):
        if position == _N:
            _renew(key)
            _temper(key, words)
            position = 0
        while position < _N and count < len(out):
            number = np.int64(words[position]) & mask
            out[count] = number
            count += number <= limit
            position += 1
    return position


@kernel
def shuffle_head(key, position, values, size):
    """``RandomState.shuffle(values)``, of which only ``values[:size]`` is completed.

    The shuffle (Fisher-Yates) swaps values[i] with values[j], j uniform on 0..i, for i from the last down to 1; j are
    the low bits of a random word, drawn again while above i. What ends up behind `size` is not needed, so there the
    swap is half a swap.

    key (624,) uint32, changed to the state afterwards; position: words of it that are used up. values (n,): n < 2**31.
    Returns the position afterwards. Cost: 1.4 random words and a random access per value.
    """
    words = np.empty(_N, np.uint32)
    drawn = np.empty(_N + 1, np.int64)
    _temper(key, words)
    last = len(values) - 1
    mask = np.int64(1)
    while mask < last:
        mask = 2 * mask + 1
    while last > 0:
        if position == _N:
            _renew(key)
            _temper(key, words)
            position = 0
        # First the draws, without a branch that could be mispredicted; then the swaps, whose accesses overlap.
        count = 0
        while position < _N and count < last:
            i = last - count
            if i <= mask >> 1:
                mask >>= 1
            j = np.int64(words[position]) & mask
            drawn[count] = j
            count += j <= i
            position += 1
        for c in range(count):
            i, j = last - c, drawn[c]
            value = values[i]
            if i < size:
                values[i] = values[j]
            values[j] = value
        last -= count
    return position
