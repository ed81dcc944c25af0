"""The inner product tile: eight queries against a panel of 32 rows, in vector registers.

Written as LLVM vector code through llvmlite, because the loop vectoriser keeps the running sums in
memory: on a 2-core Xeon (AVX-512) 90 GFLOP/s for the best plain loop, 185 for this tile.
"""

from __future__ import annotations

from llvmlite import ir

from fastbal._kernels._jit import Lazy, intrinsic

# Needed by the compiler only, and not by what it has made.
cgutils, types = Lazy("numba.core.cgutils"), Lazy("numba.core.types")
registry = Lazy("numba.core.registry")

#: Rows of a panel; columns of a panel are stored one after the other, `PANEL` values each.
PANEL = 32
#: Queries that share one pass over a panel.
GROUP = 8
#: Lists of candidates have a multiple of this many entries.
LIST_BLOCK = 8


def target_features() -> str:
    """The instructions that Numba compiles for, "+avx2,-avx512f,…": all there are, unless the user has said less."""
    features: str = registry.cpu_target.target_context.codegen()._tm_features
    return features


def _blocking() -> tuple[int, int, int]:
    """(lanes of a vector, queries, vectors) whose running sums fit the registers that Numba compiles for."""
    features = target_features()
    if "+avx512f" in features:
        return 16, 8, 2  # 16 of 32 registers for the sums
    if "+avx2" in features:
        return 8, 4, 2  # 8 of 16
    return 4, 4, 2


_f32, _i32, _i64 = ir.FloatType(), ir.IntType(32), ir.IntType(64)
# Keys and identities of a block of a list, or of one entry.
_Entry = tuple[ir.Value, ir.Value]


def _emit_tile(module: ir.Module) -> ir.Function:
    """sums[q, r] = start[q, r] + Σ_j query[j, q] · panel[j, r], compared with max(limit[q], ceiling[r] − offset[q]).

    Arguments: panel (n_columns, 32), query (n_columns, 8), n_columns, start (8, 32) with `stride` values from
    query to query (0: the same for all), limit (8,), offset (8,), ceiling (32,), sums (8, 32) out, hits (8,) out:
    bit r of hits[q] tells that sums[q, r] is below. `sums` may be `start`.
    Returns whether there is a hit at all; `sums` and `hits` are written only then.
    """
    name = "fastbal_tile"
    if name in module.globals:
        return module.globals[name]
    lanes, n_queries, n_vectors = _blocking()
    vector = ir.VectorType(_f32, lanes)
    pointer = _f32.as_pointer()
    function = ir.Function(
        module,
        ir.FunctionType(
            _i32,
            [pointer, pointer, _i64, pointer, _i64, pointer, pointer, pointer, pointer, _i32.as_pointer()],
        ),
        name,
    )
    function.linkage = "internal"
    function.attributes.add("noinline")
    # LLVM prefers 256-bit vectors on Intel; llvmlite has no name for the attribute that says otherwise.
    set.add(function.attributes, '"prefer-vector-width"="512"')
    panel, query, n_columns, start, stride, limit, offset, ceiling, sums, hits = function.args
    for argument in (panel, query, limit, offset, ceiling, hits):
        argument.add_attribute("noalias")
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    multiply_add = cgutils.get_or_insert_function(
        module, ir.FunctionType(vector, [vector] * 3), f"llvm.fmuladd.v{lanes}f32"
    )

    def at(base: ir.Value, *offsets: ir.Value | int) -> ir.Value:
        offset: ir.Value = ir.Constant(_i64, 0)
        for term in offsets:
            offset = builder.add(offset, ir.Constant(_i64, term) if isinstance(term, int) else term)
        return builder.gep(base, [offset])

    def load(address: ir.Value) -> ir.Value:
        value = builder.load(builder.bitcast(address, vector.as_pointer()))
        value.align = 4
        return value

    def spread(scalar: ir.Value) -> ir.Value:
        undefined = ir.Constant(vector, ir.Undefined)
        first = builder.insert_element(undefined, scalar, ir.Constant(_i32, 0))
        zeros = ir.Constant(ir.VectorType(_i32, lanes), [0] * lanes)
        return builder.shuffle_vector(first, undefined, zeros)

    results: dict[tuple[int, int], ir.Value] = {}
    for query_0 in range(0, GROUP, n_queries):
        for row_0 in range(0, PANEL, lanes * n_vectors):
            rows = [row_0 + lanes * v for v in range(n_vectors)]
            queries = range(query_0, query_0 + n_queries)
            begin = {
                (q, row): load(at(start, builder.mul(stride, ir.Constant(_i64, q)), row))
                for q in queries
                for row in rows
            }
            before = builder.block
            loop = function.append_basic_block("columns")
            after = function.append_basic_block("summed")
            builder.branch(loop)
            builder.position_at_end(loop)
            column = builder.phi(_i64)
            column.add_incoming(ir.Constant(_i64, 0), before)
            running = {(q, row): builder.phi(vector) for q in queries for row in rows}
            for (q, row), value in running.items():
                value.add_incoming(begin[q, row], before)
            values = {row: load(at(panel, builder.mul(column, ir.Constant(_i64, PANEL)), row)) for row in rows}
            first_query = builder.mul(column, ir.Constant(_i64, GROUP))
            for q in queries:
                factor = spread(builder.load(at(query, first_query, q)))
                for row in rows:
                    total = builder.call(multiply_add, [values[row], factor, running[q, row]])
                    running[q, row].add_incoming(total, loop)
                    results[q, row] = total
            next_column = builder.add(column, ir.Constant(_i64, 1))
            column.add_incoming(next_column, loop)
            builder.cbranch(builder.icmp_signed("<", next_column, n_columns), loop, after)
            builder.position_at_end(after)

    bits = ir.IntType(lanes)
    any_hit: ir.Value = ir.Constant(bits, 0)
    masks: dict[int, ir.Value] = {}
    ceilings = {row: load(at(ceiling, row)) for row in range(0, PANEL, lanes)}
    for q in range(GROUP):
        query_limit = spread(builder.load(at(limit, q)))
        shift = spread(builder.load(at(offset, q)))
        mask: ir.Value = ir.Constant(_i32, 0)
        for row in range(0, PANEL, lanes):
            other = builder.fsub(ceilings[row], shift)
            bound = builder.select(builder.fcmp_ordered(">", other, query_limit), other, query_limit)
            below = builder.bitcast(builder.fcmp_ordered("<", results[q, row], bound), bits)
            any_hit = builder.or_(any_hit, below)
            wide = builder.zext(below, _i32)
            mask = builder.or_(mask, builder.shl(wide, ir.Constant(_i32, row)))
        masks[q] = mask
    found = builder.icmp_unsigned("!=", any_hit, ir.Constant(bits, 0))
    with builder.if_then(found):
        for (q, row), value in results.items():
            address = builder.bitcast(at(sums, q * PANEL + row), vector.as_pointer())
            builder.store(value, address).align = 4
        for q, mask in masks.items():
            builder.store(mask, builder.gep(hits, [ir.Constant(_i64, q)]))
    builder.ret(builder.zext(found, _i32))
    return function


def _emit_pack(module: ir.Module) -> ir.Function:
    """packed[j, q] = −(residual[j, q] + shift[j]); squares[q] = Σ_j (residual[j, q] + shift[j])².

    Arguments: residual (n_columns, 8), shift (n_columns,), n_columns, packed (n_columns, 8) out, squares (8,) out.
    """
    name = "fastbal_pack"
    if name in module.globals:
        return module.globals[name]
    vector = ir.VectorType(_f32, GROUP)
    pointer = _f32.as_pointer()
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [pointer, pointer, _i64, pointer, pointer]), name)
    function.linkage = "internal"
    residual, shift, n_columns, packed, squares = function.args
    builder = ir.IRBuilder(function.append_basic_block("entry"))

    def whole(address: ir.Value) -> ir.Value:
        return builder.bitcast(address, vector.as_pointer())

    before = builder.block
    loop, after = function.append_basic_block("columns"), function.append_basic_block("done")
    builder.branch(loop)
    builder.position_at_end(loop)
    column, total = builder.phi(_i64), builder.phi(vector)
    column.add_incoming(ir.Constant(_i64, 0), before)
    total.add_incoming(ir.Constant(vector, [0.0] * GROUP), before)
    at = builder.mul(column, ir.Constant(_i64, GROUP))
    loaded = builder.load(whole(builder.gep(residual, [at])))
    loaded.align = 4
    undefined = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(undefined, builder.load(builder.gep(shift, [column])), ir.Constant(_i32, 0))
    zeros = ir.Constant(ir.VectorType(_i32, GROUP), [0] * GROUP)
    value = builder.fadd(loaded, builder.shuffle_vector(first, undefined, zeros))
    builder.store(builder.fneg(value), whole(builder.gep(packed, [at]))).align = 4
    multiply_add = cgutils.get_or_insert_function(
        module, ir.FunctionType(vector, [vector] * 3), f"llvm.fmuladd.v{GROUP}f32"
    )
    grown = builder.call(multiply_add, [value, value, total])
    next_column = builder.add(column, ir.Constant(_i64, 1))
    column.add_incoming(next_column, loop)
    total.add_incoming(grown, loop)
    builder.cbranch(builder.icmp_signed("<", next_column, n_columns), loop, after)
    builder.position_at_end(after)
    builder.store(grown, whole(squares)).align = 4
    builder.ret_void()
    return function


def _emit_add(module: ir.Module) -> ir.Function:
    """sums[q, r] += rest[r]. Arguments: sums (8, 32), rest (32,)."""
    name = "fastbal_add"
    if name in module.globals:
        return module.globals[name]
    vector = ir.VectorType(_f32, PANEL)
    pointer = _f32.as_pointer()
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [pointer, pointer]), name)
    function.linkage = "internal"
    sums, rest = function.args
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    term = builder.load(builder.bitcast(rest, vector.as_pointer()))
    term.align = 4
    for q in range(GROUP):
        place = builder.bitcast(builder.gep(sums, [ir.Constant(_i64, q * PANEL)]), vector.as_pointer())
        value = builder.load(place)
        value.align = 4
        builder.store(builder.fadd(value, term), place).align = 4
    builder.ret_void()
    return function


def _everywhere(builder: ir.IRBuilder, scalar: ir.Value, kind: ir.VectorType) -> ir.Value:
    """A block of a list with the same number in all places."""
    undefined = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(undefined, scalar, ir.Constant(_i32, 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(_i32, LIST_BLOCK), [0] * LIST_BLOCK))


def _put(builder: ir.IRBuilder, block: _Entry, before: _Entry, new: _Entry) -> _Entry:
    """A block of a list of (keys, ids) with a new entry in its place, behind equal keys; `before` stands before it."""
    order = [LIST_BLOCK - 1, *range(LIST_BLOCK, 2 * LIST_BLOCK - 1)]

    def moved(values: ir.Value, before: ir.Value) -> ir.Value:
        """The values one place on, `before` in front."""
        undefined = ir.Constant(values.type, ir.Undefined)
        front = builder.insert_element(undefined, before, ir.Constant(_i32, LIST_BLOCK - 1))
        return builder.shuffle_vector(front, values, ir.Constant(ir.VectorType(_i32, LIST_BLOCK), order))

    (keys, ids), (new_key, new_id) = block, new
    moved_keys, moved_ids = moved(keys, before[0]), moved(ids, before[1])
    stays, starts = builder.fcmp_unordered("<=", keys, new_key), builder.fcmp_ordered("<=", moved_keys, new_key)
    return (
        builder.select(stays, keys, builder.select(starts, new_key, moved_keys)),
        builder.select(stays, ids, builder.select(starts, new_id, moved_ids)),
    )


def _emit_keep(module: ir.Module, n_blocks: int) -> ir.Function:
    """Insert the rows of a panel that a word marks into a list; returns its last key then.

    Arguments: keys (8 · n_blocks,), ids (8 · n_blocks,) int32, word, position, sums (32,), offset: row `bit` has the
    key 2 (sums[bit] + offset) and the identity position + bit. The list stays in registers meanwhile, and no branch
    depends on a key: what is too far falls off at once.
    """
    name = f"fastbal_keep_{n_blocks}"
    if name in module.globals:
        return module.globals[name]
    vector, integers = ir.VectorType(_f32, LIST_BLOCK), ir.VectorType(_i32, LIST_BLOCK)
    floats, words = _f32.as_pointer(), _i32.as_pointer()
    function = ir.Function(module, ir.FunctionType(_f32, [floats, words, _i32, _i32, floats, _f32]), name)
    function.linkage = "internal"
    keys, ids, word, position, sums, offset = function.args
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    zero, last = ir.Constant(_i32, 0), ir.Constant(_i32, LIST_BLOCK - 1)
    places = [
        builder.bitcast(builder.gep(first, [ir.Constant(_i64, LIST_BLOCK * block)]), kind.as_pointer())
        for block in range(n_blocks)
        for first, kind in ((keys, vector), (ids, integers))
    ]
    begin = [builder.load(place) for place in places]
    for value in begin:
        value.align = 4
    before_loop = builder.block
    loop, done = function.append_basic_block("row"), function.append_basic_block("done")
    builder.cbranch(builder.icmp_unsigned("!=", word, zero), loop, done)
    builder.position_at_end(loop)
    rest, *running = (builder.phi(value.type) for value in [word, *begin])
    bit = builder.cttz(rest, ir.Constant(ir.IntType(1), 1))
    half = builder.fadd(builder.load(builder.gep(sums, [builder.zext(bit, _i64)])), offset)
    found = builder.add(position, bit)
    new = _everywhere(builder, builder.fadd(half, half), vector), _everywhere(builder, found, integers)
    before: _Entry = ir.Constant(_f32, float("-inf")), ir.Constant(_i32, -1)
    grown: list[ir.Value] = []
    for block in zip(running[::2], running[1::2], strict=True):
        grown += _put(builder, block, before, new)
        before = builder.extract_element(block[0], last), builder.extract_element(block[1], last)
    left = builder.and_(rest, builder.sub(rest, ir.Constant(_i32, 1)))
    for phi, first, then in zip([rest, *running], [word, *begin], [left, *grown], strict=True):
        phi.add_incoming(first, before_loop)
        phi.add_incoming(then, loop)
    builder.cbranch(builder.icmp_unsigned("!=", left, zero), loop, done)
    builder.position_at_end(done)
    kept = [builder.phi(value.type) for value in begin]
    for phi, first, then in zip(kept, begin, grown, strict=True):
        phi.add_incoming(first, before_loop)
        phi.add_incoming(then, loop)
    for phi, place in zip(kept, places, strict=True):
        builder.store(phi, place).align = 4
    builder.ret(builder.extract_element(kept[-2], last))
    return function


def _emit_insert(module: ir.Module) -> ir.Function:
    """Insert (key, identity) into a list of ascending keys, the last entry falling off; returns the last key then.

    Arguments: keys (8 · n_blocks,), ids (8 · n_blocks,) int32, n_blocks, key, identity. Behind equal keys. Without
    branches on the keys: each entry stays, or becomes the new one, or becomes the one before it.
    """
    name = "fastbal_insert"
    if name in module.globals:
        return module.globals[name]
    vector, integers = ir.VectorType(_f32, LIST_BLOCK), ir.VectorType(_i32, LIST_BLOCK)
    function = ir.Function(
        module, ir.FunctionType(_f32, [_f32.as_pointer(), _i32.as_pointer(), _i64, _f32, _i32]), name
    )
    function.linkage = "internal"
    keys, ids, n_blocks, key, identity = function.args
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    new_key, new_id = _everywhere(builder, key, vector), _everywhere(builder, identity, integers)
    before_loop = builder.block
    loop, done = function.append_basic_block("block"), function.append_basic_block("done")
    builder.branch(loop)
    builder.position_at_end(loop)
    block, last = builder.phi(_i64), builder.phi(_f32)
    block.add_incoming(n_blocks, before_loop)
    last.add_incoming(ir.Constant(_f32, 0.0), before_loop)
    current = builder.sub(block, ir.Constant(_i64, 1))
    at = builder.mul(current, ir.Constant(_i64, LIST_BLOCK))
    key_place = builder.bitcast(builder.gep(keys, [at]), vector.as_pointer())
    id_place = builder.bitcast(builder.gep(ids, [at]), integers.as_pointer())
    old_keys, old_ids = builder.load(key_place), builder.load(id_place)
    old_keys.align = old_ids.align = 4
    is_first = builder.icmp_signed("==", current, ir.Constant(_i64, 0))
    previous = builder.select(is_first, at, builder.sub(at, ir.Constant(_i64, 1)))
    low = ir.Constant(_f32, float("-inf"))
    key_before = builder.select(is_first, low, builder.load(builder.gep(keys, [previous])))
    id_before = builder.load(builder.gep(ids, [previous]))
    result, result_ids = _put(builder, (old_keys, old_ids), (key_before, id_before), (new_key, new_id))
    builder.store(result, key_place).align = 4
    builder.store(result_ids, id_place).align = 4
    is_last = builder.icmp_signed("==", block, n_blocks)
    end = builder.extract_element(result, ir.Constant(_i32, LIST_BLOCK - 1))
    kept = builder.select(is_last, end, last)
    block.add_incoming(current, loop)
    last.add_incoming(kept, loop)
    settled = builder.or_(is_first, builder.fcmp_ordered("<=", key_before, key))
    builder.cbranch(settled, done, loop)
    builder.position_at_end(done)
    builder.ret(kept)
    return function


# Kernels hand pointers, not arrays, to the functions of the inner loops: Numba counts references at each call, and the
# counters of eleven arrays cost as much as a tile. And Numba frees an array after the last line that names it, while a
# pointer or a borrowed view names nothing. So both are taken only of what comes into a kernel as an argument.


@intrinsic
def pointers(typingctx, value):
    """Pointer to the first element of an array, which must be C-contiguous; of a tuple, the tuple of those.

    ``pointer[i]`` reads and writes, negative numbers do not count from the end. What is no array stays as it is. A
    pointer keeps nothing alive: only what a kernel is given may be pointed at, never an array that it has made.
    """

    def kind_of(kind):
        if isinstance(kind, types.Array):
            return types.CPointer(kind.dtype)
        if isinstance(kind, types.BaseNamedTuple):
            return types.BaseTuple.from_types([kind_of(part) for part in kind], kind.instance_class)
        return kind

    def point_to(context, builder, kind, whole):
        if isinstance(kind, types.Array):
            return context.make_array(kind)(context, builder, whole).data
        if isinstance(kind, types.BaseNamedTuple):
            parts = [point_to(context, builder, part, builder.extract_value(whole, i)) for i, part in enumerate(kind)]
            return context.make_tuple(builder, kind_of(kind), parts)
        return whole

    def codegen(context, builder, signature, arguments):
        return point_to(context, builder, signature.args[0], arguments[0])

    return kind_of(value)(value), codegen


@intrinsic
def advance(typingctx, pointer, n):
    """The pointer to the element that is `n` elements further on."""

    def codegen(context, builder, signature, arguments):
        return builder.gep(*arguments[:1], [arguments[1]])

    return pointer(pointer, types.int64), codegen


@intrinsic
def borrow(typingctx, value):
    """The same array, or tuple of arrays, without an owner: passing it on counts no references.

    As for `pointers`, the original must outlive it.
    """

    def disown(context, builder, kind, whole):
        if isinstance(kind, types.Array):
            view = context.make_array(kind)(context, builder, whole)
            view.meminfo = cgutils.get_null_value(view.meminfo.type)
            return view._getvalue()
        if isinstance(kind, types.BaseTuple):
            parts = [disown(context, builder, part, builder.extract_value(whole, i)) for i, part in enumerate(kind)]
            return context.make_tuple(builder, kind, parts)
        return whole

    def codegen(context, builder, signature, arguments):
        return disown(context, builder, signature.args[0], arguments[0])

    return value(value), codegen


def pointer_call(emit, result, arguments):
    """Signature and code generator: call the emitted function on pointers and integers."""

    def codegen(context, builder, signature, values):
        returned = builder.call(emit(builder.module), values)
        return context.get_dummy_value() if result is types.void else returned

    kinds = [kind if isinstance(kind, types.CPointer) else types.int64 for kind in arguments]
    return result(*kinds), codegen


@intrinsic
def tile(typingctx, panel, query, n_columns, start, stride, limit, offset, ceiling, sums, hits):
    """Call the tile; see `_emit_tile` for what it computes."""
    arguments = (panel, query, n_columns, start, stride, limit, offset, ceiling, sums, hits)
    return pointer_call(_emit_tile, types.int32, arguments)


@intrinsic
def pack(typingctx, residual, shift, n_columns, packed, squares):
    """Call the packing of eight queries; see `_emit_pack`."""
    return pointer_call(_emit_pack, types.void, (residual, shift, n_columns, packed, squares))


@intrinsic
def add_rest(typingctx, sums, rest):
    """sums[q, r] += rest[r]."""
    return pointer_call(_emit_add, types.void, (sums, rest))


@intrinsic
def insert_candidate(typingctx, keys, ids, n_blocks, key, identity):
    """Insert into the sorted list at the given pointers; see `_emit_insert`. The key must be below the last one."""

    def codegen(context, builder, signature, arguments):
        identity = builder.trunc(arguments[4], _i32)
        return builder.call(_emit_insert(builder.module), [*arguments[:4], identity])

    return types.float32(keys, ids, types.int64, types.float32, types.int64), codegen


def _keep_call(n_blocks, keys, ids, sums):
    """Signature and code generator of `keep_in_block` and `keep_in_two_blocks`."""

    def codegen(context, builder, signature, arguments):
        keys, ids, word, position, sums, offset = arguments
        position = builder.trunc(position, _i32)
        return builder.call(_emit_keep(builder.module, n_blocks), [keys, ids, word, position, sums, offset])

    return types.float32(keys, ids, types.uint32, types.int64, sums, types.float32), codegen


@intrinsic
def keep_in_block(typingctx, keys, ids, word, position, sums, offset):
    """Insert the rows that a word marks into the list of eight at the given pointers; see `_emit_keep`."""
    return _keep_call(1, keys, ids, sums)


@intrinsic
def keep_in_two_blocks(typingctx, keys, ids, word, position, sums, offset):
    """The same of a list of sixteen."""
    return _keep_call(2, keys, ids, sums)


@intrinsic
def root(typingctx, value):
    """The square root as the processor has it: NaN below zero, and no call that keeps a loop from becoming vectors."""

    def codegen(context, builder, signature, arguments):
        kind = arguments[0].type
        square_root = builder.module.declare_intrinsic("llvm.sqrt", [kind], ir.FunctionType(kind, [kind]))
        return builder.call(square_root, arguments)

    return value(value), codegen


@intrinsic
def lowest_bit(typingctx, word):
    """Position of the lowest set bit of a 32-bit word that is not zero."""
    signature = types.int64(types.uint32)

    def codegen(context, builder, signature, arguments):
        count = builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))
        return builder.zext(count, _i64)

    return signature, codegen


@intrinsic
def count_bits(typingctx, word):
    """How many bits of a 32-bit word are set."""
    signature = types.int64(types.uint32)

    def codegen(context, builder, signature, arguments):
        return builder.zext(builder.ctpop(arguments[0]), _i64)

    return signature, codegen
