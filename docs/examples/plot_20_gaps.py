"""
Do missing values stay missing?
===============================

With ``missing="keep"`` gaps are about as frequent in new rows as in the rows they are made of, column by column.
"""

import matplotlib.pyplot as plt
import numpy as np

from fastbal.over_sampling import SMOTE

rng = np.random.default_rng(0)
X = rng.normal(size=(2000, 8))
y = np.repeat([0, 1], [1800, 200])
often = np.linspace(0, 0.6, 8)
X[rng.random(X.shape) < often] = np.nan
X[np.isnan(X).all(axis=1), 0] = 0.0

sampler = SMOTE(missing="keep", random_state=0)
X_new, _ = sampler.fit_resample(X, y)
real = np.isnan(X[y == 1]).mean(axis=0)
made = np.isnan(X_new[sampler.is_synthetic_]).mean(axis=0)

places = np.arange(8)
fig, ax = plt.subplots()
ax.bar(places - 0.2, real, 0.38, color="C0", label="rows of the rare class")
ax.bar(places + 0.2, made, 0.38, color="C1", label="new rows")
ax.set(xlabel="column", ylabel="share of gaps")
ax.legend()

# %%
# Where one of the two parents has a gap, the new row does as the nearer one. So a model that reads gaps, such as a
# booster, goes on reading them, and no imputer has to be fitted first.
plt.show()
