"""Tables larger than memory: balanced in pieces, copied as bytes, with the rows of `fit_resample`."""

try:
    import pyarrow as _pyarrow  # noqa: F401
except ImportError:
    raise ImportError(
        "Tables larger than memory are read with pyarrow, which is not installed. Install it with: "
        "pip install 'fastbal[outofcore]'"
    ) from None

from fastbal.outofcore._dask import resample_collections as resample_collections
from fastbal.outofcore._resample import Resampled, resample, resample_dataset

__all__ = ["Resampled", "resample", "resample_dataset"]
