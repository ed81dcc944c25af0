"""Rows of rare labels, cloned in turn until the labels are rare no more."""

from __future__ import annotations

from fastbal._kernels._jit import exact_kernel


@exact_kernel
def clone_in_turn(indptr, indices, begin, members, labels, mean_ratio, counts, draws, base, made_for):
    """Clone a row of each open label in turn; a label with ``max(counts) / counts[label] <= mean_ratio`` closes.

    indptr, indices: the labels of each row. labels (q,): the labels that are open; overwritten. Rows of label l are
    members[begin[l]:begin[l + 1]]. counts (n_labels,): rows per label, clones included; updated. draws (m,): uniform
    in [0, 1), one for each clone. base, made_for (m,) out: the row cloned, and for which label. Returns how many
    clones were made. Cost: labels of all clones.

    Charte, Rivera, del Jesus, Herrera, Neurocomputing 163 (2015), algorithm ML-ROS.
    """
    most = 0
    for label in range(len(counts)):
        most = max(most, counts[label])
    n_open, made = len(labels), 0
    while n_open > 0 and made < len(draws):
        still_open = 0
        for position in range(n_open):
            label = labels[position]
            if made < len(draws):
                n = begin[label + 1] - begin[label]
                row = members[begin[label] + int(draws[made] * n)]
                base[made] = row
                made_for[made] = label
                made += 1
                for entry in range(indptr[row], indptr[row + 1]):
                    counts[indices[entry]] += 1
                    most = max(most, counts[indices[entry]])
            if most / counts[label] > mean_ratio:
                labels[still_open] = label
                still_open += 1
        n_open = still_open
    return made
