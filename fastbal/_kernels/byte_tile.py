"""The tile in whole numbers: eight queries against a panel of 32 rows, two or four columns to an instruction.

Nothing is rounded. Where the processor multiplies bytes by fours (VNNI), a tile takes about a quarter of the time of
the one in float32; with AVX2 alone, numbers of 16 bits by pairs take two thirds, and bytes would lose a bit to the sums
of pairs, which 16 bits must hold; elsewhere bytes are correct, and slower.
"""

from __future__ import annotations

import math

from llvmlite import ir

from fastbal._kernels._jit import Lazy, intrinsic
from fastbal._kernels._machine import processor
from fastbal._kernels.vector import GROUP, PANEL, pointer_call, target_features

# Needed by the compiler only, and not by what it has made.
cgutils, types = Lazy("numba.core.cgutils"), Lazy("numba.core.types")

#: Bytes of a word, in which a row has four columns of eight bits or two of 16.
WORD = 4

_i8, _i32, _i64 = ir.IntType(8), ir.IntType(32), ir.IntType(64)


_FOURS, _PAIRS, _SINGLES = "fours", "pairs", "singles"


def _way(features: str) -> str:
    """How products are made: of bytes by fours (VNNI), of 16 bits by pairs (AVX2), of bytes one by one."""
    if "+avx512vnni" in features or "+avxvnni" in features:
        return _FOURS
    # Where vectors of float32 have 512 bits, pairs in 256 would be no faster than the tile in float32.
    return _PAIRS if "+avx2" in features and "+avx512f" not in features else _SINGLES


def has_byte_products() -> bool:
    """Whether this processor multiplies short numbers fast; compiled code does what `processor` says it may."""
    return _way(processor()[1]) != _SINGLES


def short_numbers(d: int) -> tuple[int, int]:
    """How many columns share a word of 32 bits, and the most that a number may be: sums over d columns fit 32 bits."""
    return (2, min(32767, math.isqrt((1 << 28) // d))) if _way(processor()[1]) == _PAIRS else (4, 127)


def _byte_blocking() -> tuple[int, int, int]:
    """(lanes of a vector, queries, vectors) whose running sums fit the registers."""
    if "+avx512vnni" in target_features():
        return 16, 8, 2
    return 8, 4, 2


def _emit_byte_tiles(module: ir.Module) -> ir.Function:
    """sums[q, r] = start[r] − level[q] + Σ_j query[q, j] · panel[j, r], compared with −max(reach[q], ceiling[r]).

    One panel after the other. Arguments: panels (n_panels, n_words, 32, 4) bytes, queries: eight rows, `stride`
    bytes apart, n_words, n_panels, start (n_panels, 32), level (8,), reach (8,), ceiling (n_panels, 32), hits
    (n_panels, 8) uint32 out: bit r of hits[p, q] tells that sums[q, r] is not below.
    Returns bit p for a panel with a hit; the `hits` of others are not written.
    """
    name = "fastbal_byte_tiles"
    if name in module.globals:
        return module.globals[name]
    lanes, n_queries, n_vectors = _byte_blocking()
    vector, pointer = ir.VectorType(_i32, lanes), _i32.as_pointer()
    function = ir.Function(
        module,
        ir.FunctionType(_i32, [_i8.as_pointer(), _i8.as_pointer(), _i64, _i64, _i64, *[pointer] * 5]),
        name,
    )
    function.linkage = "internal"
    function.attributes.add("noinline")
    set.add(function.attributes, '"prefer-vector-width"="512"')  # as for the tile in float32
    panels, queries, stride, n_words, n_panels, starts, level, reach, ceilings, hits = function.args
    builder = ir.IRBuilder(function.append_basic_block("entry"))

    def whole(value: int) -> ir.Value:
        return ir.Constant(_i64, value)

    def load(base: ir.Value, offset: int) -> ir.Value:
        value = builder.load(builder.bitcast(builder.gep(base, [whole(offset)]), vector.as_pointer()))
        value.align = 4
        return value

    def spread(scalar: ir.Value) -> ir.Value:
        undefined = ir.Constant(vector, ir.Undefined)
        first = builder.insert_element(undefined, scalar, ir.Constant(_i32, 0))
        return builder.shuffle_vector(first, undefined, ir.Constant(vector, [0] * lanes))

    def number(base: ir.Value, q: int) -> ir.Value:
        return builder.load(builder.gep(base, [whole(q)]))

    def larger(a: ir.Value, b: ir.Value) -> ir.Value:
        return builder.select(builder.icmp_signed(">", a, b), a, b)

    rows_of = [builder.gep(queries, [builder.mul(stride, whole(q))]) for q in range(GROUP)]
    farthest = number(reach, 0)
    for q in range(1, GROUP):
        farthest = larger(farthest, number(reach, q))
    before_panels = builder.block
    panel_loop, done = function.append_basic_block("panels"), function.append_basic_block("done")
    builder.branch(panel_loop)
    builder.position_at_end(panel_loop)
    number_of_panel, found = builder.phi(_i64), builder.phi(_i32)
    number_of_panel.add_incoming(whole(0), before_panels)
    found.add_incoming(ir.Constant(_i32, 0), before_panels)
    panel = builder.gep(panels, [builder.mul(number_of_panel, builder.mul(n_words, whole(WORD * PANEL)))])
    first_row = builder.mul(number_of_panel, whole(PANEL))
    start, ceiling = builder.gep(starts, [first_row]), builder.gep(ceilings, [first_row])

    highest: dict[int, ir.Value] = {}
    results: dict[tuple[int, int], ir.Value] = {}
    for query_0 in range(0, GROUP, n_queries):
        levels = {q: spread(number(level, q)) for q in range(query_0, query_0 + n_queries)}
        for row_0 in range(0, PANEL, lanes * n_vectors):
            rows = [row_0 + lanes * v for v in range(n_vectors)]
            begin = {(q, row): builder.sub(load(start, row), levels[q]) for q in levels for row in rows}
            before = builder.block
            loop, after = function.append_basic_block("words"), function.append_basic_block("summed")
            builder.branch(loop)
            builder.position_at_end(loop)
            word = builder.phi(_i64)
            word.add_incoming(whole(0), before)
            running = {pair: builder.phi(vector) for pair in begin}
            for pair, value in running.items():
                value.add_incoming(begin[pair], before)
            first = builder.gep(panel, [builder.mul(word, whole(WORD * PANEL))])
            values = {row: load(first, WORD * row) for row in rows}
            at_word = builder.mul(word, whole(WORD))
            for q in levels:
                factors = builder.load(builder.bitcast(builder.gep(rows_of[q], [at_word]), pointer))
                factors.align = 1
                factor = spread(factors)
                for row in rows:
                    total = _add_products(builder, running[q, row], values[row], factor, lanes)
                    running[q, row].add_incoming(total, loop)
                    results[q, row] = total
            following = builder.add(word, whole(1))
            word.add_incoming(following, loop)
            builder.cbranch(builder.icmp_signed("<", following, n_words), loop, after)
            builder.position_at_end(after)
            for q, row in begin:
                known = highest.get(row)
                highest[row] = results[q, row] if known is None else larger(known, results[q, row])

    bits, zero = ir.IntType(lanes), ir.Constant(vector, [0] * lanes)
    near: ir.Value = ir.Constant(bits, 0)
    for row, value in highest.items():
        limit = builder.sub(zero, larger(spread(farthest), load(ceiling, row)))
        near = builder.or_(near, builder.bitcast(builder.icmp_signed(">=", value, limit), bits))
    nothing = builder.block
    closer, next_panel = function.append_basic_block("closer"), function.append_basic_block("next")
    builder.cbranch(builder.icmp_unsigned("!=", near, ir.Constant(bits, 0)), closer, next_panel)
    builder.position_at_end(closer)
    together: ir.Value = ir.Constant(_i32, 0)
    for q in range(GROUP):
        of_query, mask = spread(number(reach, q)), ir.Constant(_i32, 0)
        for row in range(0, PANEL, lanes):
            limit = builder.sub(zero, larger(of_query, load(ceiling, row)))
            hit = builder.zext(builder.bitcast(builder.icmp_signed(">=", results[q, row], limit), bits), _i32)
            mask = builder.or_(mask, builder.shl(hit, ir.Constant(_i32, row)))
        builder.store(mask, builder.gep(hits, [builder.add(builder.mul(number_of_panel, whole(GROUP)), whole(q))]))
        together = builder.or_(together, mask)
    any_hit = builder.zext(builder.icmp_unsigned("!=", together, ir.Constant(_i32, 0)), _i32)
    bit = builder.shl(any_hit, builder.trunc(number_of_panel, _i32))
    builder.branch(next_panel)
    builder.position_at_end(next_panel)
    new = builder.phi(_i32)
    new.add_incoming(ir.Constant(_i32, 0), nothing)
    new.add_incoming(bit, closer)
    all_found, following_panel = builder.or_(found, new), builder.add(number_of_panel, whole(1))
    found.add_incoming(all_found, next_panel)
    number_of_panel.add_incoming(following_panel, next_panel)
    builder.cbranch(builder.icmp_signed("<", following_panel, n_panels), panel_loop, done)
    builder.position_at_end(done)
    builder.ret(all_found)
    return function


def _add_products(builder: ir.IRBuilder, total: ir.Value, rows: ir.Value, query: ir.Value, lanes: int) -> ir.Value:
    """Each lane of 32 bits is a word: total + Σ rows · query, of four bytes (rows have no sign) or of two int16."""
    vector = ir.VectorType(_i32, lanes)
    features, in_pairs = target_features(), short_numbers(1)[0] == 2  # numbers are stored as `processor` has it

    def same(value: int) -> ir.Value:
        return ir.Constant(vector, [value] * lanes)

    if in_pairs and "+avx2" in features and lanes == 8:
        pairs = ir.VectorType(ir.IntType(16), 2 * lanes)
        multiply = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(vector, [pairs] * 2), "llvm.x86.avx2.pmadd.wd"
        )
        return builder.add(total, builder.call(multiply, [builder.bitcast(rows, pairs), builder.bitcast(query, pairs)]))
    if in_pairs:  # Numba may be told to use less than there is, by NUMBA_ENABLE_AVX=0 or a file of settings
        for shift in (16, 0):
            factors = [builder.ashr(builder.shl(half, same(shift)), same(16)) for half in (rows, query)]
            total = builder.add(total, builder.mul(*factors))
        return total
    if _way(features) == _FOURS:
        name = f"llvm.x86.avx512.vpdpbusd.{32 * lanes}"
        multiply = cgutils.get_or_insert_function(builder.module, ir.FunctionType(vector, [vector] * 3), name)
        return builder.call(multiply, [total, rows, query])

    for j in range(WORD):
        factor = builder.ashr(builder.shl(query, same(24 - 8 * j)), same(24))
        byte = builder.and_(builder.lshr(rows, same(8 * j)), same(255))
        total = builder.add(total, builder.mul(byte, factor))
    return total


@intrinsic
def byte_tiles(typingctx, panels, queries, stride, n_words, n_panels, start, level, reach, ceiling, hits):
    """Call the tiles in whole numbers; see `_emit_byte_tiles` for what they compute."""
    arguments = (panels, queries, stride, n_words, n_panels, start, level, reach, ceiling, hits)
    return pointer_call(_emit_byte_tiles, types.uint32, arguments)
