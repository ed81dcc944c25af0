"""
What does balancing do to probabilities?
========================================

A model that has learned from a balanced table takes the rare class for frequent. Prior correction takes that back.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss
from sklearn.model_selection import train_test_split

from fastbal.calibration import PriorCorrectedClassifier
from fastbal.over_sampling import SMOTE
from fastbal.pipeline import make_pipeline

rng = np.random.default_rng(0)
y = (rng.random(30_000) < 0.05).astype(int)
X = rng.normal(size=(len(y), 4)) + 0.8 * y[:, None]
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
balanced = make_pipeline(SMOTE(random_state=0), LogisticRegression())
models = {
    "the table as it is": LogisticRegression(),
    "after SMOTE": balanced,
    "after SMOTE, corrected": PriorCorrectedClassifier(balanced),
}

fig, ax = plt.subplots(figsize=(6.4, 4))
ax.plot([0, 1], [0, 1], color="C3", linewidth=0.8)
for color, (name, model) in zip(["C0", "C1", "C2"], models.items()):
    said = model.fit(X_train, y_train).predict_proba(X_test)[:, 1]
    label = f"{name}: Brier score {brier_score_loss(y_test, said):.3f}"
    true, predicted = calibration_curve(y_test, said, n_bins=10)
    ax.plot(predicted, true, "o-", color=color, label=label)
ax.set(xlabel="probability that the model says", ylabel="share of these rows that are rare")
ax.legend()

# %%
# Where the balanced model says 60 %, fewer than one row in ten is rare. The corrected one has learned from the same
# balanced table, and is as right as the model that has seen the table as it is.
plt.show()
