"""
Several labels a row: which remedy evens them out?
==================================================

Copying a row for its rare label copies its common ones, too.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_multilabel_classification

from fastbal.multilabel import LPROS, MLROS, MLSMOTE, REMEDIAL, irlbl

X, y = make_multilabel_classification(n_samples=2000, n_classes=10, n_labels=3, random_state=3)
order = np.argsort(-y.sum(axis=0))

fig, ax = plt.subplots()
ax.plot(irlbl(y)[order], "o-", color="black", label=f"as it is: {len(y)} rows")
for sampler in [LPROS(random_state=0), MLROS(random_state=0), MLSMOTE(random_state=0), REMEDIAL()]:
    _, y_new = sampler.fit_resample(X, y)
    ax.plot(irlbl(y_new)[order], "o-", label=f"{type(sampler).__name__}: {len(y_new)} rows")
ax.set(
    yscale="log",
    xlabel="labels, the most frequent first",
    ylabel="times rarer than the most frequent",
    xticks=range(10),
    yticks=[1, 2, 5, 10],
    yticklabels=[1, 2, 5, 10],
)
ax.legend()
plt.show()
