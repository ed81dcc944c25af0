"""New rows that lie on no segment: each is made by its number alone, see `fastbal._core.making`.

What leaves the range of floats is the entry of the row that the new one starts from.
"""

from __future__ import annotations

import math

import numpy as np

from fastbal._kernels._jit import exact_inner, exact_kernel
from fastbal._kernels.counter import logarithm, normals, uniform_pair, uniforms
from fastbal._kernels.rows import between

AROUND_MEAN, AROUND_FIRST, DIRICHLET, SHADOWS = 0, 1, 2, 3


@exact_inner
def _finite_or(value, other):
    return value if abs(value) < np.inf else np.float64(other)


@exact_kernel
def move_towards(X, base, anchors, anchor, step, out):
    """``out[i] = X[base[i]] + step[i] * (anchors[anchor[i]] - X[base[i]])``.

    X (n, d), anchors (n_anchors, d): floats, C-contiguous. base, anchor, step (m,). out (m, d). Cost: m * d.
    """
    for i in range(len(base)):
        for j in range(X.shape[1]):
            out[i, j] = between(np.float64(X[base[i], j]), np.float64(anchors[anchor[i], j]), step[i])


@exact_kernel
def fill_box(X, base, neighbor, low, high, key, number, out):
    """As a segment, but with a step of its own for each column, uniform from low[i] to high[i].

    low, high (m,): float64. number (m,): int64, what the random numbers of a row depend on. Cost: m * d.
    """
    d = X.shape[1]
    u = np.empty(d)
    for i in range(len(base)):
        start, end = X[base[i]], X[neighbor[i]]
        width = high[i] - low[i]
        uniforms(key, number[i], 0, u)
        for j in range(d):
            out[i, j] = between(start[j], end[j], low[i] + width * u[j])


@exact_kernel
def follow_curves(X, base, curves, curve, key, number, out):
    """``out[i, j] = sum_p curves[curve[i], p, j] * t ** p`` with t uniform from 0 to 1, anew for each column.

    curves (n_curves, degree + 1, d): float64. Cost: m * d * degree.
    """
    n_terms, d = curves.shape[1], curves.shape[2]
    u = np.empty(d)
    for i in range(len(curve)):
        terms = curves[curve[i]]
        uniforms(key, number[i], 0, u)
        for j in range(d):
            total = terms[n_terms - 1, j]
            for p in range(n_terms - 2, -1, -1):
                total = total * u[j] + terms[p, j]
            out[i, j] = _finite_or(total, X[base[i], j])


@exact_kernel
def fill_noise(X, base, widths, width, key, number, out):
    """``out[i, j] = X[base[i], j] + widths[width[i], j] * z``, z standard normal. widths (n_widths, d): float64."""
    d = X.shape[1]
    u, z = np.empty(d), np.empty(d)
    for i in range(len(base)):
        start, scale = X[base[i]], widths[width[i]]
        normals(key, number[i], 0, u, z)
        for j in range(d):
            out[i, j] = _finite_or(np.float64(start[j]) + scale[j] * z[j], start[j])


@exact_inner
def _root_of(u, d):
    """The d-th root of a number between 0 and 1: exp(log(u) / d), by a series, the same on every machine."""
    t = logarithm(u) / d
    n_halvings = 0
    while t < -0.5:
        t *= 0.5
        n_halvings += 1
    term, total = 1.0, 1.0
    for n in range(1, 16):
        term *= t / n
        total += term
    for _ in range(n_halvings):
        total *= total
    return total


@exact_kernel
def fill_ball(X, base, surface, truncation, deformation, key, number, out):
    """Points in a ball around a row, cut and squeezed along the direction to a row on its surface.

    Douzas and Bacao (2019), section 3: v uniform in the unit ball; where ``|truncation - p| > 1`` for its part p along
    the direction, mirrored; what is across shrunk by `deformation`; new = X[base] + radius * v. Cost: m * d.
    """
    d = X.shape[1]
    direction, v, u = np.empty(d), np.empty(d), np.empty(d)
    for i in range(len(base)):
        start = X[base[i]]
        largest = 0.0
        for j in range(d):
            direction[j] = np.float64(X[surface[i], j]) - np.float64(start[j])
            largest = max(largest, abs(direction[j]))
        if not 0.0 < largest < np.inf:
            out[i] = start
            continue
        square = 0.0
        for j in range(d):
            direction[j] /= largest
            square += direction[j] * direction[j]
        length = math.sqrt(square)
        norm, along = 0.0, 0.0
        normals(key, number[i], 0, u, v)
        for j in range(d):
            direction[j] /= length
            norm += v[j] * v[j]
            along += v[j] * direction[j]
        reach, _ = uniform_pair(key, number[i], (d + 1) // 2)
        scale = _root_of(reach, d) / math.sqrt(norm)
        along *= scale
        mirrored = -2.0 * along if abs(truncation - along) > 1.0 else 0.0
        along += mirrored
        for j in range(d):
            value = v[j] * scale + mirrored * direction[j]
            value -= deformation * (value - along * direction[j])
            out[i, j] = _finite_or(np.float64(start[j]) + largest * (length * value), start[j])


@exact_inner
def _weigh_shadows(m, n_shadows, key, number, w):
    """Weights uniform on the simplex for `n_shadows` shadows of any of m rows, added up for each row.

    Returns the root of the sum of the shadows' squared weights: noise of each is so much of it in their sum.
    """
    w[:] = 0.0
    total, square = 0.0, 0.0
    for shadow in range(n_shadows):
        u, place = uniform_pair(key, number, shadow)
        weight = -logarithm(u)
        w[int(place * m)] += weight
        total += weight
        square += weight * weight
    for k in range(m):
        w[k] /= total
    return math.sqrt(square) / total


@exact_kernel
def fill_weights(members, source, law, spread, n_shadows, key, number, weights, part):
    """The weights of the rows that new rows are mixed of; −1 among the members weighs nothing.

    AROUND_MEAN: ``1/m + w_k - mean(w)`` with w normal of variance ``spread / m``: sums of rows with such weights are
    normal around the mean of the m rows, with `spread` times their covariance. AROUND_FIRST: the same around the first
    row, with the second moments about it. DIRICHLET: uniform on the simplex. SHADOWS: the same for `n_shadows` copies
    of any of the rows, and `part` is what is left of the noise of each. spread (n_sources,). weights (m_new, m).
    """
    n_places = members.shape[1]
    u = np.empty(n_places)
    for i in range(len(source)):
        rows, w = members[source[i]], weights[i]
        m = 0
        for k in range(n_places):
            m += rows[k] >= 0
        part[i] = 1.0
        if law == SHADOWS:
            part[i] = _weigh_shadows(m, n_shadows, key, number[i], w)
            continue
        if law == DIRICHLET:
            uniforms(key, number[i], 0, w)
        else:
            normals(key, number[i], 0, u, w)
        width = math.sqrt(spread[source[i]] / m)
        total = 0.0
        for k in range(n_places):
            if rows[k] < 0:
                w[k] = 0.0
            elif law == DIRICHLET:
                w[k] = -logarithm(w[k])
            else:
                w[k] *= width
            total += w[k]
        if law == AROUND_FIRST:
            total -= w[0]
        for k in range(n_places):
            if rows[k] < 0:
                continue
            if law == DIRICHLET:
                w[k] /= total
            elif law == AROUND_MEAN:
                w[k] += (1.0 - total) / m
        if law == AROUND_FIRST:
            w[0] = 1.0 - total


@exact_kernel
def mix(X, base, members, source, weights, blur, first, key, number, out):
    """``out[i] = sum_k weights[i, k] * X[members[source[i], k]] + blur[i] * z``, z standard normal.

    members (n_sources, m): row numbers, −1 where there are fewer. blur (m_new,). first: where the random numbers of z
    begin, even. Cost: m_new * m * d.
    """
    d, n_places = X.shape[1], members.shape[1]
    total, u, z = np.empty(d), np.empty(d), np.empty(d)
    for i in range(len(source)):
        total[:] = 0.0
        for k in range(n_places):
            row = members[source[i], k]
            if row < 0:
                continue
            weight = weights[i, k]
            for j in range(d):
                total[j] += weight * np.float64(X[row, j])
        if blur[i] > 0.0:
            normals(key, number[i], first, u, z)
            for j in range(d):
                total[j] += blur[i] * z[j]
        for j in range(d):
            out[i, j] = _finite_or(total[j], X[base[i], j])
