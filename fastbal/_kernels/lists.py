"""Short sorted lists of neighbours."""

from __future__ import annotations

from fastbal._kernels._jit import inner


@inner
def insert(keys, ids, i, key, identity):
    """Insert into list i, sorted by (key, identity), the last entry falling off; False where it does not belong."""
    last = keys.shape[1] - 1
    if key > keys[i, last] or (key == keys[i, last] and identity >= ids[i, last]):
        return False
    j = last
    while j > 0 and (keys[i, j - 1] > key or (keys[i, j - 1] == key and ids[i, j - 1] > identity)):
        keys[i, j], ids[i, j] = keys[i, j - 1], ids[i, j - 1]
        j -= 1
    keys[i, j], ids[i, j] = key, identity
    return True
