"""Squared distances in float64, bit for bit as NumPy computes them."""

from __future__ import annotations

from llvmlite import ir

from fastbal._kernels._jit import Lazy, intrinsic

# Needed by the compiler only, and not by what it has made.
types = Lazy("numba.core.types")

_f64, _i64 = ir.DoubleType(), ir.IntType(64)
_BLOCK = 128  # NumPy adds up at most this many terms in one go, in eight lanes
_LANES = 8


def _emit_sqdist(module: ir.Module, value: ir.Type) -> ir.Function:
    """Σ (x[c] − y[c])² for c < n, in the order of NumPy's pairwise sum. Arguments: x, y (addresses of `value`), n.

    Fewer than 8 terms are added one by one; up to 128 in eight lanes, the rest one by one; more are halved, at a
    multiple of 8. Differences are taken in float64.
    """
    name = f"fastbal_sqdist_{value}"
    if name in module.globals:
        return module.globals[name]
    pointer = value.as_pointer()
    function = ir.Function(module, ir.FunctionType(_f64, [pointer, pointer, _i64]), name)
    function.linkage = "internal"
    x, y, n = function.args
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    wide = ir.VectorType(_f64, _LANES)

    def constant(number: int) -> ir.Constant:
        return ir.Constant(_i64, number)

    def square_at(c: ir.Value, lanes: int) -> ir.Value:
        loaded = []
        for base in (x, y):
            address = builder.gep(base, [c])
            if lanes > 1:
                address = builder.bitcast(address, ir.VectorType(value, lanes).as_pointer())
            term = builder.load(address)
            term.align = 4
            loaded.append(term if value == _f64 else builder.fpext(term, wide if lanes > 1 else _f64))
        difference = builder.fsub(*loaded)
        return builder.fmul(difference, difference)

    def add_up(begin: ir.Value, end: ir.Value, step: int, total: ir.Value) -> ir.Value:
        """A loop that adds squares, `step` lanes at a time, while begin < end."""
        before = builder.block
        check, body, after = (function.append_basic_block(part) for part in ("check", "body", "after"))
        builder.branch(check)
        builder.position_at_end(check)
        c, running = builder.phi(_i64), builder.phi(total.type)
        c.add_incoming(begin, before)
        running.add_incoming(total, before)
        builder.cbranch(builder.icmp_signed("<", c, end), body, after)
        builder.position_at_end(body)
        running.add_incoming(builder.fadd(running, square_at(c, step)), body)
        c.add_incoming(builder.add(c, constant(step)), body)
        builder.branch(check)
        builder.position_at_end(after)
        return running

    zero = ir.Constant(_f64, 0.0)
    with builder.if_then(builder.icmp_signed("<", n, constant(_LANES))):
        builder.ret(add_up(constant(0), n, 1, zero))
    with builder.if_then(builder.icmp_signed(">", n, constant(_BLOCK))):
        half = builder.sub(builder.sdiv(n, constant(2)), builder.srem(builder.sdiv(n, constant(2)), constant(_LANES)))
        first = builder.call(function, [x, y, half])
        second = builder.call(function, [builder.gep(x, [half]), builder.gep(y, [half]), builder.sub(n, half)])
        builder.ret(builder.fadd(first, second))
    full = builder.sub(n, builder.srem(n, constant(_LANES)))
    lanes = add_up(constant(_LANES), full, _LANES, square_at(constant(0), _LANES))
    parts = [builder.extract_element(lanes, ir.Constant(ir.IntType(32), lane)) for lane in range(_LANES)]
    while len(parts) > 1:
        parts = [builder.fadd(left, right) for left, right in zip(parts[::2], parts[1::2], strict=True)]
    builder.ret(add_up(full, n, 1, parts[0]))
    return function


@intrinsic
def sqdist(typingctx, X, i, Y, j):
    """‖X[i] − Y[j]‖² in float64: equal, bit for bit, to ``np.square(X[i] - Y[j]).sum()``.

    X (n, d), Y (m, d) float32 or float64 of the same kind, C-contiguous.
    """
    if not (isinstance(X, types.Array) and isinstance(Y, types.Array) and X.dtype == Y.dtype):
        return None

    def codegen(context, builder, signature, arguments):
        def row(position):
            array = context.make_array(signature.args[position])(context, builder, arguments[position])
            n_columns = builder.extract_value(array.shape, 1)
            number = arguments[position + 1]
            return builder.gep(array.data, [builder.mul(number, n_columns)]), n_columns

        (x, n_columns), (y, _) = row(0), row(2)
        value = context.get_value_type(signature.args[0].dtype)
        return builder.call(_emit_sqdist(builder.module, value), [x, y, n_columns])

    return types.float64(X, types.int64, Y, types.int64), codegen
