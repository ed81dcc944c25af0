"""
How many balanced learners make up for the rows left out?
=========================================================

One tree on as many common rows as rare ones has thrown most of the table away. Fifty of them have seen most of it.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import average_precision_score
from sklearn.model_selection import train_test_split

from fastbal.ensemble import BalancedRandomForestClassifier, SelfPacedEnsembleClassifier

X, y = make_classification(n_samples=12_000, n_features=12, n_informative=6, weights=[0.97], random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

numbers = [1, 3, 10, 30, 60]
makers = {
    "random forest": lambda n: RandomForestClassifier(n, random_state=0),
    "balanced random forest": lambda n: BalancedRandomForestClassifier(n, random_state=0),
    "self-paced ensemble of trees": lambda n: SelfPacedEnsembleClassifier(n_estimators=n, random_state=0),
}
fig, ax = plt.subplots()
for name, make in makers.items():
    scores = []
    for n in numbers:
        rare = make(n).fit(X_train, y_train).predict_proba(X_test)[:, 1]
        scores.append(average_precision_score(y_test, rare))
    ax.plot(numbers, scores, "o-", label=name)
ax.set(xscale="log", xlabel="trees", ylabel="average precision on test rows", ylim=(0, None))
ax.set_xticks(numbers, numbers)
ax.legend()

# %%
# Rows that are left out by chance are not made up for here. A self-paced ensemble, which chooses rows of every
# hardness, does as well as the plain forest, with fits to small tables.
plt.show()
