"""Which remedies are beaten so clearly that more folds would be a waste of time?"""

from __future__ import annotations

from fastbal.study._results import Pair, Results

#: How often, at most, the best of all remedies may be stopped.
ERROR = 0.05
#: Fewer folds decide nothing.
FIRST_LOOK = 2


def beaten(results: Results, running: list[Pair], n_folds: int) -> list[Pair]:
    """Remedies that are worse than the one that leads, beyond chance, however often one looks.

    Each of p remedies may be stopped at each of L looks, so each one-sided test has error 0.05 / (L p): whatever the
    rule for going on, the best one is stopped in at most 5 % of comparisons (Bonferroni, and so sound under optional
    stopping).

    Parameters
    ----------
    results : Results
        After some folds.
    running : list of (str, str)
        Remedies that have been on all of these folds.
    n_folds : int
        How many folds these are.

    Returns
    -------
    list of (str, str)
        Never the one that leads.
    """
    if n_folds < FIRST_LOOK or len(running) < 2:
        return []
    better = results.question.better
    folds = list(range(n_folds))
    worth = {pair: better(results.estimate(*pair, folds).value) for pair in running}
    leader = max(worth, key=lambda pair: worth[pair])
    n_looks = results.n_folds - FIRST_LOOK
    level = ERROR / (n_looks * len(results.pairs()))
    out = []
    for pair in running:
        difference = results.difference(pair, leader, 1 - 2 * level)
        if pair != leader and max(better(difference.low), better(difference.high)) < 0:
            out.append(pair)
    return out
