"""
What is in the batches of a network?
====================================

With 1 % rare rows many a batch has none. Balanced batches have as many in each, exactly or on average.
"""

import matplotlib.pyplot as plt
import numpy as np

from fastbal.keras import BalancedBatches
from fastbal.over_sampling import SMOTE

rng = np.random.default_rng(0)
X = rng.normal(size=(20_000, 5))
y = (rng.random(20_000) < 0.01).astype(int)

order = rng.permutation(len(y))
shares = {"as they come": [y[order[start : start + 64]].mean() for start in range(0, len(y) - 64, 64)]}
for class_share in ("average", "exact"):
    batches = BalancedBatches(X, y, sampler=SMOTE(), batch_size=64, class_share=class_share, random_state=0)
    shares[f'class_share="{class_share}"'] = [y_batch.mean() for _, y_batch in batches][:-1]

fig, axes = plt.subplots(1, 3, sharex=True)
for ax, (name, share) in zip(axes, shares.items()):
    ax.hist(share, bins=np.linspace(-0.008, 0.75, 60), color="C1" if name == "as they come" else "C0")
    ax.set_title(name)
fig.supxlabel("share of the rare class in a batch", fontsize=10)
axes[0].set_ylabel("batches")
axes[0].annotate(f"{np.mean(np.array(shares['as they come']) == 0):.0%} of the batches have none", (0.08, 80))

# %%
# The table itself is never enlarged: new rows are made batch by batch, others in each epoch.
plt.show()
