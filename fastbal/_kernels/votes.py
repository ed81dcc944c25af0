"""Which category most neighbours have."""

from __future__ import annotations

from fastbal._kernels._jit import exact_kernel


@exact_kernel
def find_winners(codes, neighbors, winners, n_winners, start, stop):
    """The categories that occur most often among the neighbours of rows start:stop, ascending.

    codes (n,) int32. neighbors (m, k): row numbers, −1 after the last of a short list. winners (m, k) out: for each
    winning category the place in the list of neighbours where it comes first. n_winners (m,) out: how many.
    Cost: m · k².
    """
    for i in range(start, stop):
        k = neighbors.shape[1]
        while neighbors[i, k - 1] < 0:
            k -= 1
        most, count = 0, 0
        for a in range(k):
            code = codes[neighbors[i, a]]
            votes, is_first = 0, True
            for b in range(k):
                if codes[neighbors[i, b]] == code:
                    votes += 1
                    is_first = is_first and b >= a
            if not is_first or votes < most:
                continue
            if votes > most:
                most, count = votes, 0
            place = count
            while place > 0 and codes[neighbors[i, winners[i, place - 1]]] > code:
                winners[i, place] = winners[i, place - 1]
                place -= 1
            winners[i, place] = a
            count += 1
        n_winners[i] = count


@exact_kernel
def take_first(places, winners, begin, position, neighbors, taken, start, stop):
    """Of each new row's winners the one that comes first in random order.

    places (m,): the list of neighbours that each new row looks at. begin (m + 1,): where its winners begin in
    `position`, their ranks in random order. taken (m,) out: the neighbour to take the category from.
    """
    for i in range(start, stop):
        best = begin[i]
        for entry in range(begin[i] + 1, begin[i + 1]):
            if position[entry] < position[best]:
                best = entry
        taken[i] = neighbors[places[i], winners[places[i], best - begin[i]]]
