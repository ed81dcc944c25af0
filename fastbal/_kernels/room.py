"""Room for numbers that are yet to be written: `numpy.empty`, each use of which takes Numba 50 ms to compile."""

from __future__ import annotations

from fastbal._kernels._jit import Lazy, intrinsic

# Needed by the compiler only, and not by what it has made.
arrayobj, types = Lazy("numba.np.arrayobj"), Lazy("numba.core.types")


@intrinsic
def room(typing_context, n, dtype):
    """An array (n,) of `dtype`, a class of NumPy's such as ``np.float32``."""
    kind = types.Array(dtype.dtype, 1, "C")

    def generate(context, builder, signature, arguments):
        length = context.cast(builder, arguments[0], signature.args[0], types.intp)
        return arrayobj._empty_nd_impl(context, builder, kind, [length])._getvalue()

    return kind(n, dtype), generate
