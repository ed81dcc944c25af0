"""The maximal cliques of a graph: sets of vertices, each joined to each, to which no other vertex could be added."""

from __future__ import annotations

import numpy as np

from fastbal._kernels._jit import inner, kernel

_NONE, _ONE = np.uint64(0), np.uint64(1)


@kernel
def peel(indptr, indices, most, degree, order, rank):
    """An order of the vertices in which each has at most `most` neighbours among those that come after it.

    There is one if every part of the graph has a vertex of so few neighbours. indptr, indices: CSR. degree, order, rank
    (n,): int64; degree is used up, rank is the inverse of order. Cost: edges.
    """
    n_waiting = 0
    rank[:] = -1
    for v in range(len(degree)):
        degree[v] = indptr[v + 1] - indptr[v]
        if degree[v] <= most:
            rank[v] = n_waiting
            order[n_waiting] = v
            n_waiting += 1
    done = 0
    while done < n_waiting:
        v = order[done]
        done += 1
        for at in range(indptr[v], indptr[v + 1]):
            u = indices[at]
            degree[u] -= 1
            if rank[u] < 0 and degree[u] <= most:
                rank[u] = n_waiting
                order[n_waiting] = u
                n_waiting += 1


@inner
def _are_joined(indptr, indices, a, b):
    """Whether an edge leads from a to b; found among the fewer neighbours, which are sorted."""
    if indptr[a + 1] - indptr[a] > indptr[b + 1] - indptr[b]:
        a, b = b, a
    low, high = indptr[a], indptr[a + 1]
    while low < high:
        middle = (low + high) // 2
        if indices[middle] < b:
            low = middle + 1
        else:
            high = middle
    return low < indptr[a + 1] and indices[low] == b


@inner
def _joined_to(indptr, indices, v, places, n_places):
    """The places that v is joined to, as bits."""
    bits = _NONE
    for place in range(n_places):
        if _are_joined(indptr, indices, v, places[place]):
            bits |= _ONE << np.uint64(place)
    return bits


@inner
def _branches(may, tried, joined, n_places):
    """The places to go on with: those not joined to the one, of all that may or might have come, that spares most."""
    best, fewest = may, n_places + 1
    for place in range(n_places):
        if (may | tried) >> np.uint64(place) & _ONE:
            rest = may & ~joined[place]
            n_rest, bits = 0, rest
            while bits:
                bits &= bits - _ONE
                n_rest += 1
            if n_rest < fewest:
                best, fewest = rest, n_rest
    return best


@inner
def _keep_maximal(clique, v, places, n_places, earlier, n_earlier, out, n_found):
    """Write v and a clique among the places down, unless a vertex before v could be added; how many are found then."""
    for at in range(n_earlier):
        if not clique & ~earlier[at]:
            return n_found
    if n_found < len(out):
        size = 1
        out[n_found, 0] = v
        for place in range(n_places):
            if clique >> np.uint64(place) & _ONE:
                out[n_found, size] = places[place]
                size += 1
        out[n_found, size:] = -1
    return n_found + 1


@inner
def _extend(v, places, joined, n_places, earlier, n_earlier, stack, out, n_found):
    """Find the maximal cliques of v and some of the places, by Bron and Kerbosch's search; how many are found then.

    joined (n_places,): uint64, the places that each is joined to. stack (64, 4): uint64, scratch.
    """
    if not n_places:
        return _keep_maximal(_NONE, v, places, n_places, earlier, n_earlier, out, n_found)
    clique, may, tried, left = 0, 1, 2, 3
    depth = 0
    stack[0, clique], stack[0, tried] = _NONE, _NONE
    stack[0, may] = (_ONE << np.uint64(n_places)) - _ONE
    stack[0, left] = _branches(stack[0, may], _NONE, joined, n_places)
    while depth >= 0:
        if not stack[depth, left]:
            depth -= 1
            continue
        place = 0
        while not (stack[depth, left] >> np.uint64(place) & _ONE):
            place += 1
        bit = _ONE << np.uint64(place)
        larger = stack[depth, clique] | bit
        may_then, tried_then = stack[depth, may] & joined[place], stack[depth, tried] & joined[place]
        stack[depth, left] ^= bit
        stack[depth, may] ^= bit
        stack[depth, tried] |= bit
        if may_then:
            depth += 1
            stack[depth, clique], stack[depth, may], stack[depth, tried] = larger, may_then, tried_then
            stack[depth, left] = _branches(may_then, tried_then, joined, n_places)
        elif not tried_then:
            n_found = _keep_maximal(larger, v, places, n_places, earlier, n_earlier, out, n_found)
    return n_found


@kernel
def list_cliques(indptr, indices, order, rank, out):
    """All maximal cliques, −1 after the last vertex of each; how many there are, of which as many as fit are written.

    indptr, indices: CSR, sorted, symmetric, without loops. order, rank: as by `peel`, of at most 62. out (room, 63).
    """
    n_vertices = len(order)
    most = 0
    for v in range(n_vertices):
        most = max(most, indptr[v + 1] - indptr[v])
    places, joined, stack = np.empty(63, np.int64), np.empty(63, np.uint64), np.empty((64, 4), np.uint64)
    earlier = np.empty(most, np.uint64)
    n_found = 0
    for v in order:
        n_places, n_earlier = 0, 0
        for at in range(indptr[v], indptr[v + 1]):
            if rank[indices[at]] > rank[v]:
                places[n_places] = indices[at]
                n_places += 1
        for at in range(indptr[v], indptr[v + 1]):
            if rank[indices[at]] < rank[v]:
                earlier[n_earlier] = _joined_to(indptr, indices, indices[at], places, n_places)
                n_earlier += 1
        for place in range(n_places):
            joined[place] = _joined_to(indptr, indices, places[place], places, n_places)
        n_found = _extend(v, places, joined, n_places, earlier, n_earlier, stack, out, n_found)
    return n_found
