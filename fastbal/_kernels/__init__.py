"""Machine code: pure functions on arrays, compiled by Numba, run by `fastbal._core.threads`."""
