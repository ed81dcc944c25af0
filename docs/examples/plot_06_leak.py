"""
How good does a model look if rows are resampled before the split?
==================================================================

Labels are coin flips, so nothing can be learned: an honest score is one half, whatever the sampler.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from fastbal.combine import SMOTEENN
from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.pipeline import make_pipeline
from fastbal.under_sampling import EditedNearestNeighbours, RandomUnderSampler

rng = np.random.default_rng(0)
X, y = rng.normal(size=(1500, 6)), (rng.random(1500) < 0.1).astype(int)
model = KNeighborsClassifier()

samplers = [
    RandomUnderSampler(random_state=0),
    EditedNearestNeighbours(),
    RandomOverSampler(random_state=0),
    SMOTE(random_state=0),
    SMOTEENN(random_state=0),
]
honest = [cross_val_score(make_pipeline(s, model), X, y, scoring="roc_auc").mean() for s in samplers]
leaking = [cross_val_score(model, *s.fit_resample(X, y), scoring="roc_auc").mean() for s in samplers]

places = np.arange(len(samplers))
fig, ax = plt.subplots()
ax.barh(places - 0.2, leaking, 0.38, color="C1", label="resampled, then split")
ax.barh(places + 0.2, honest, 0.38, color="C2", label="split, then resampled: a pipeline")
ax.axvline(0.5, color="black", linewidth=0.8)
ax.set_yticks(places, [type(sampler).__name__ for sampler in samplers])
ax.set(xlabel="area under the ROC curve on coin flips", xlim=(0.4, 1))
ax.invert_yaxis()
fig.legend(loc="outside upper center", ncols=2)

# %%
# Copies and points between rows are on both sides of the split; cleaning takes away just the rows that would have been
# wrong. Only random under-sampling does not lie here.
plt.show()
