"""Compile a kernel with Numba into machine code that runs without Numba, behind one C signature.

    int32 symbol(const int64 *given, int64 *returned)

`given` has a word for each argument: the address of an array object, an integer, or the bits of a float64. The parts of
a named tuple stand one after the other. `returned` takes a number. The result is 0, or else there was no memory.

Numba compiles each inner function for itself, optimised and to machine code, and once more inside of whatever calls it.
Here all that a kernel needs is put together first, and optimised and translated once: half of the time.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from llvmlite import ir
from numba import njit, typeof
from numba.core import cgutils, config, types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.compiler_lock import global_compiler_lock

_byte, _i32, _i64, _f64 = ir.IntType(8), ir.IntType(32), ir.IntType(64), ir.DoubleType()
_pointer = _byte.as_pointer()
# Before the data of an array that a kernel makes: references, destructor, its argument, address of the data, size, and
# owner.
_HEAD_WORDS = 6
# Bytes that malloc's memory is aligned to.
_ALIGNED_ANYWAY = 16
# Of Numba's runtime, what kernels need that keep nothing but arrays.
_OWN_MEMORY = {"NRT_MemInfo_alloc_aligned", "NRT_MemInfo_alloc", "NRT_Allocate", "NRT_MemInfo_call_dtor", "NRT_Free"}
# Numba's wrappers of C's functions, which need Numba where those need nothing.
_OF_C = {f"numba_{name}": name for name in ("frexp", "ldexp", "nextafter", "nextafterf")}


class Compiled(NamedTuple):
    """Machine code, what it returns (a struct's letter, or nothing), and the functions it takes from the process."""

    code: bytes
    returns: str
    needs: list[str]


class _Unbuilt:
    """A code generator that has nothing in its engine: no address of a function, no environment."""

    def __init__(self, codegen: Any) -> None:
        self._codegen = codegen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)

    def set_env(self, name: str, env: Any) -> None:
        """Kernels do not look at their environment."""


class _Part(JITCodeLibrary):
    """The code of a function and of what it calls, neither optimised nor translated yet."""

    def _optimize_functions(self, module: Any) -> None:
        """All of it is optimised later, with what it becomes a part of."""
        module.data_layout = self._codegen._data_layout

    def finalize(self) -> None:
        """Put together what is called."""
        self._raise_if_finalized()
        for library in dict.fromkeys(self._linking_libraries):
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """There is none."""
        self._ensure_finalized()
        return 0

    @property
    def codegen(self) -> Any:
        """The code generator, without its engine."""
        return _Unbuilt(self._codegen)


class _PartCompiler(Compiler):
    """Numba's compiler, up to LLVM's optimisations."""

    def __init__(self, typing_context: Any, target_context: Any, library: Any, *arguments: Any) -> None:
        super().__init__(typing_context, target_context, library, *arguments)
        if library is None:
            self.state.library = _Part(self.state.targetctx.codegen(), "fastbal part")


def part(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    """A Numba function to be compiled as part of a kernel."""
    if config.DISABLE_JIT:
        raise RuntimeError("NUMBA_DISABLE_JIT is set, but fastbal's kernels run as machine code alone. Unset it.")
    return njit(pipeline_class=_PartCompiler, no_cpython_wrapper=True, no_cfunc_wrapper=True, **options)(function)


def compiled(dispatcher: Any, arguments: tuple[Any, ...], symbol: str, head_bytes: int) -> Compiled:
    """Machine code of a part for arguments such as these. `head_bytes`: what each Python object begins with."""
    with global_compiler_lock, _no_garbage_collected():
        return _compiled(dispatcher, tuple(map(_kind, arguments)), symbol, head_bytes)


@contextmanager
def _no_garbage_collected() -> Iterator[None]:
    """What a compiler makes is reachable until it is done: looking for garbage in it is an eighth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _compiled(dispatcher: Any, signature: tuple[Any, ...], symbol: str, head_bytes: int) -> Compiled:
    dispatcher.compile(signature)
    result = dispatcher.overloads[signature]
    context, library = result.target_context, _Part(result.library._codegen, symbol)
    module = context.create_module(symbol)
    returns = _add_entry(context, module, result, symbol, head_bytes)
    asked = {function.name for function in result.library._final_module.functions if function.is_declaration}
    if {name for name in asked if name.startswith("NRT_")} <= _OWN_MEMORY:
        _add_memory(module)  # all or nothing: what one runtime makes, the other must not take down
    library.add_ir_module(module)
    library.add_linking_library(result.library)
    library.finalize()
    final = library._final_module
    for defined in (*final.functions, *final.global_variables):
        if not defined.is_declaration and defined.name != symbol and defined.linkage.name != "private":
            defined.linkage = "internal"
    library._optimize_final_module()
    final = library._final_module
    for function in final.functions:
        if function.is_declaration and function.name in _OF_C:
            function.name = _OF_C[function.name]
    final.verify()
    needs = [function.name for function in final.functions if function.is_declaration]
    code = library._codegen._tm.emit_object(final)
    return Compiled(code, returns, [name for name in needs if not name.startswith("llvm.")])


def _kind(argument: Any) -> Any:
    """Numba's type; arrays that may not be written to are no other kernel, since none writes to its input."""
    if isinstance(argument, tuple):
        named = type(argument) if hasattr(argument, "_fields") else None
        return types.BaseTuple.from_types([_kind(part) for part in argument], named)
    kind = typeof(argument)
    return kind.copy(readonly=False) if isinstance(kind, types.Array) else kind


def _add_entry(context: Any, module: ir.Module, result: Any, symbol: str, head_bytes: int) -> str:
    """The function with the C signature; what it returns, as a letter."""
    word = _i64.as_pointer()
    entry = ir.Function(module, ir.FunctionType(_i32, [word, word]), symbol)
    builder = ir.IRBuilder(entry.append_basic_block("entry"))
    given, returned = entry.args
    place = iter(range(1 << 30))

    def unpack(kind: Any) -> Any:
        if isinstance(kind, types.BaseTuple):
            return context.make_tuple(builder, kind, [unpack(part) for part in kind])
        value = builder.load(builder.gep(given, [ir.Constant(_i64, next(place))]))
        if isinstance(kind, types.Array):
            return _array_at(context, builder, kind, builder.inttoptr(value, _pointer), head_bytes)
        if isinstance(kind, types.Float):
            value = builder.bitcast(value, _f64)
            return value if kind.bitwidth == 64 else builder.fptrunc(value, context.get_value_type(kind))
        if isinstance(kind, types.Boolean):
            return builder.icmp_unsigned("!=", value, ir.Constant(_i64, 0))
        assert isinstance(kind, types.Integer), kind
        return value if kind.bitwidth == 64 else builder.trunc(value, context.get_value_type(kind))

    arguments = [unpack(kind) for kind in result.signature.args]
    function = context.declare_function(module, result.fndesc)
    kind = result.signature.return_type
    status, value = context.call_conv.call_function(builder, function, kind, result.signature.args, arguments)
    returns = ""
    if kind != types.none:
        returns = "d" if isinstance(kind, types.Float) else "q"
        if isinstance(kind, types.Float):
            value = value if kind.bitwidth == 64 else builder.fpext(value, _f64)
        elif value.type.width < 64:
            value = builder.sext(value, _i64) if getattr(kind, "signed", False) else builder.zext(value, _i64)
        builder.store(value, builder.bitcast(returned, value.type.as_pointer()))
    builder.ret(builder.select(status.is_ok, ir.Constant(_i32, 0), ir.Constant(_i32, 1)))
    return returns


def _array_at(context: Any, builder: ir.IRBuilder, kind: Any, address: ir.Value, head_bytes: int) -> ir.Value:
    """The array whose Python object is at an address.

    Behind the head of the object NumPy keeps data, number of dimensions, shape and strides; compiled extensions are
    built upon that. No references are counted: the caller's array outlives the call.
    """
    words = builder.bitcast(builder.gep(address, [ir.Constant(_i64, head_bytes)]), _i64.as_pointer())

    def numbers(word: int) -> list[ir.Value]:
        start = builder.inttoptr(builder.load(builder.gep(words, [ir.Constant(_i64, word)])), _i64.as_pointer())
        return [builder.load(builder.gep(start, [ir.Constant(_i64, i)])) for i in range(kind.ndim)]

    array = context.make_array(kind)(context, builder)
    shape = numbers(2)
    size: ir.Value = ir.Constant(_i64, 1)
    for length in shape:
        size = builder.mul(size, length)
    array.meminfo = cgutils.get_null_value(array.meminfo.type)
    array.parent = cgutils.get_null_value(array.parent.type)
    array.data = builder.inttoptr(builder.load(words), array.data.type)
    array.itemsize = ir.Constant(_i64, context.get_abi_sizeof(context.get_data_type(kind.dtype)))
    array.nitems = size
    array.shape = cgutils.pack_array(builder, shape)
    array.strides = cgutils.pack_array(builder, numbers(3))
    return array._getvalue()


def _add_memory(module: ir.Module) -> None:
    """What kernels call to make an array and to be rid of it, by malloc: where Numba would ask its own runtime."""
    malloc = ir.Function(module, ir.FunctionType(_pointer, [_i64]), "malloc")
    free = ir.Function(module, ir.FunctionType(ir.VoidType(), [_pointer]), "free")
    make = ir.Function(module, ir.FunctionType(_pointer, [_i64, _i32]), "NRT_MemInfo_alloc_aligned")
    builder = ir.IRBuilder(make.append_basic_block("entry"))
    size, align = make.args[0], builder.zext(make.args[1], _i64)
    head = ir.Constant(_i64, 8 * _HEAD_WORDS)
    memory = builder.call(malloc, [builder.add(size, builder.add(head, align))])
    with builder.if_then(builder.icmp_unsigned("==", memory, ir.Constant(_pointer, None))):
        builder.ret(memory)
    end = builder.add(builder.ptrtoint(memory, _i64), builder.add(head, builder.sub(align, ir.Constant(_i64, 1))))
    data = builder.and_(end, builder.neg(align))
    words = builder.bitcast(memory, _i64.as_pointer())
    zero = ir.Constant(_i64, 0)
    for word, value in enumerate([ir.Constant(_i64, 1), zero, zero, data, size, zero]):
        builder.store(value, builder.gep(words, [ir.Constant(_i64, word)]))
    builder.ret(memory)
    unaligned = ir.Function(module, ir.FunctionType(_pointer, [_i64]), "NRT_MemInfo_alloc")
    builder = ir.IRBuilder(unaligned.append_basic_block("entry"))
    builder.ret(builder.call(make, [unaligned.args[0], ir.Constant(_i32, _ALIGNED_ANYWAY)]))
    bare = ir.Function(module, ir.FunctionType(_pointer, [_i64]), "NRT_Allocate")
    builder = ir.IRBuilder(bare.append_basic_block("entry"))
    builder.ret(builder.call(malloc, bare.args))
    for name in ("NRT_MemInfo_call_dtor", "NRT_Free"):
        rid = ir.Function(module, ir.FunctionType(ir.VoidType(), [_pointer]), name)
        builder = ir.IRBuilder(rid.append_basic_block("entry"))
        builder.call(free, rid.args)
        builder.ret_void()
