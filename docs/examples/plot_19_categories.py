"""
What happens to categories between two rows?
============================================

SMOTE on one-hot columns makes half a category; SMOTENC takes the one that most neighbours have.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from fastbal.over_sampling import SMOTE, SMOTENC

rng = np.random.default_rng(0)
X = pd.DataFrame({"age": rng.normal(50, 10, 1000), "city": pd.Categorical(rng.choice(["Bonn", "Lyon", "Oslo"], 1000))})
y = np.repeat([0, 1], [900, 100])

nc = SMOTENC("auto", random_state=0)
by_vote = pd.get_dummies(nc.fit_resample(X, y)[0], dtype=float)[nc.is_synthetic_]
smote = SMOTE(random_state=0)
between = smote.fit_resample(pd.get_dummies(X, dtype=float), y)[0][smote.is_synthetic_]

fig, axes = plt.subplots(1, 2, sharex=True, sharey=True)
for ax, (name, rows) in zip(axes, {"one-hot, then SMOTE": between, "SMOTENC": by_vote}.items()):
    values = rows[["city_Bonn", "city_Lyon", "city_Oslo"]].to_numpy().ravel()
    ax.hist(values, bins=40, color="C1" if "one-hot" in name else "C2")
    wrong = np.mean((values > 0) & (values < 1))
    ax.set(title=f"{name}: {wrong:.0%} fractions", xlabel="entry of a one-hot column of a new row")

# %%
# A booster finds the fractions at once, and keeps made rows apart from real ones: it learns what is made, not what is
# rare.
plt.show()
