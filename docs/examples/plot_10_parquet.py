"""
What is held of a Parquet file that is balanced in pieces?
==========================================================

Of a table with 1 % rare rows: the labels, the rare rows, and what the new rows are made of. All else is copied as
bytes.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import fastbal
from fastbal.over_sampling import SMOTE

rng = np.random.default_rng(0)
n, d = 400_000, 30
columns = {f"x{number}": rng.normal(size=n).astype(np.float32) for number in range(d)}
columns["fraud"] = rng.random(n) < 0.01

with tempfile.TemporaryDirectory() as folder:
    day = Path(folder, "day.parquet")
    pq.write_table(pa.table(columns), day, row_group_size=50_000)
    sampler = SMOTE(sampling_strategy=0.05, random_state=0)
    done = fastbal.resample(day, "fraud", sampler, out=day.with_name("balanced.parquet"), memory="400MB")

rare = columns["fraud"].sum()
held = {
    "the table": 4 * n * d,
    "labels": 2 * n,
    "rare rows, searched": rare * (2 * 4 * d + 3 * 4 * d + 100),
    "recipe of the new rows": 51 * done.n_new,
}
fig, ax = plt.subplots(figsize=(7.4, 2.6))
ax.barh(list(held), [size / 1e6 for size in held.values()], color=["C3", "C1", "C1", "C1"])
ax.invert_yaxis()
ax.set(xscale="log", xlabel=f"MB; {done.n_kept:,} rows are kept and {done.n_new:,} made")

# %%
# Libraries and buffers take 250 MB, whatever the table is. What does not fit into ``memory`` is refused before the
# work.
plt.show()
