"""Ask for a row of a table some time before it is needed, so that nobody waits for memory."""

from __future__ import annotations

from llvmlite import ir

from fastbal._kernels._jit import Lazy, intrinsic

# Needed by the compiler only, and not by what it has made.
cgutils, types = Lazy("numba.core.cgutils"), Lazy("numba.core.types")

#: Rows ahead: a row of 30 numbers takes some 20 ns from the cache, and 100 ns or more from memory.
AHEAD = 12

# Of longer rows the machine sees by itself where they go on.
_LINES, _LINE_BYTES = 2, 64

_byte, _i32, _i64 = ir.IntType(8), ir.IntType(32), ir.IntType(64)


@intrinsic
def prefetch_row(typing_context, X, i):
    """Ask for the first cache lines of row i of X (n, d), C-contiguous."""

    def generate(context, builder, signature, arguments):
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        row_bytes = cgutils.unpack_tuple(builder, array.strides)[0]
        pointer = _byte.as_pointer()
        row = builder.gep(builder.bitcast(array.data, pointer), [builder.mul(row_bytes, arguments[1])])
        kind = ir.FunctionType(ir.VoidType(), [pointer, _i32, _i32, _i32])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [pointer], kind)
        to_read, to_keep, data = (ir.Constant(_i32, value) for value in (0, 3, 1))
        for line in range(_LINES):
            place = builder.gep(row, [ir.Constant(_i64, line * _LINE_BYTES)])
            builder.call(prefetch, [place, to_read, to_keep, data])
        return context.get_dummy_value()

    return types.void(X, types.intp), generate
