"""
How much time does exactness cost?
==================================

On columns that have nothing to do with each other an exact search looks at every pair. `Approximate` finds most of the
nearest rows, and says how many, in less time.
"""

import time

import matplotlib.pyplot as plt
import numpy as np

from fastbal.neighbors import Approximate, NearestNeighbors

X = np.random.default_rng(0).normal(size=(40_000, 30)).astype(np.float32)
searches = {f"recall {recall}": Approximate(n_neighbors=6, recall=recall) for recall in (0.3, 0.6)}
searches["at most 5 % farther"] = Approximate(n_neighbors=6, farther=1.05)
searches["exact"] = NearestNeighbors(n_neighbors=6)

fig, ax = plt.subplots()
for name, search in searches.items():
    search.fit(X[:15_000]).kneighbors(X[:500])  # compiles
    start = time.process_time()
    search.fit(X).kneighbors(X)
    seconds = time.process_time() - start
    found = getattr(search, "recall_", None)
    recall = 1.0 if found is None else found
    ax.plot(seconds, recall, "o", color="C0" if name == "exact" else "C1")
    ax.annotate(name, (seconds, recall), (6, -3), textcoords="offset points")
ax.set(xlabel="CPU seconds, building included", ylabel="share of the nearest rows found", ylim=(0, 1.1), xlim=(0, None))

# %%
# Each search holds a thousand rows against an exact search to know what it has kept. Where exact is as cheap, it is
# exact.
plt.show()
