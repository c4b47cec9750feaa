"""Shared counters, and ways for a thread to wait, for compiled code."""

import ctypes
import platform
import sys
from collections.abc import Callable
from typing import Any

from llvmlite import binding, ir
from numba import types
from numba.extending import intrinsic

Codegen = Callable[[Any, ir.IRBuilder, Any, Any], ir.Value]

_I32, _I64 = ir.IntType(32), ir.IntType(64)
_X86 = platform.machine().lower() in ("x86_64", "amd64")
_GIVE_WAY = "roost_give_way"  # the operating system's function that yields the processor
_system = ctypes.CDLL("kernel32" if sys.platform == "win32" else None)
_give_way = _system.SwitchToThread if sys.platform == "win32" else _system.sched_yield
binding.add_symbol(_GIVE_WAY, ctypes.cast(_give_way, ctypes.c_void_p).value)


def _element(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
    """Return a pointer to element ``args[1]`` of the array ``args[0]``."""
    array = context.make_array(signature.args[0])(context, builder, args[0])
    return builder.gep(builder.bitcast(array.data, _I64.as_pointer()), [args[1]])


def _fetch_add(typing_context: Any, counters: Any, index: Any, count: Any) -> tuple[Any, Codegen]:
    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
        return builder.atomic_rmw("add", _element(context, builder, signature, args), args[2], "seq_cst")

    return types.int64(counters, types.intp, types.int64), codegen


def _fetch(typing_context: Any, counters: Any, index: Any) -> tuple[Any, Codegen]:
    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
        return builder.load_atomic(_element(context, builder, signature, args), "acquire", 8)

    return types.int64(counters, types.intp), codegen


def _pause(typing_context: Any) -> tuple[Any, Codegen]:
    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
        if _X86:
            kind, name = ir.FunctionType(ir.VoidType(), []), "llvm.x86.sse2.pause"
            builder.call(builder.module.globals.get(name) or ir.Function(builder.module, kind, name), [])
        return context.get_dummy_value()

    return types.void(), codegen


def _yield(typing_context: Any) -> tuple[Any, Codegen]:
    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
        kind = ir.FunctionType(_I32, [])
        builder.call(builder.module.globals.get(_GIVE_WAY) or ir.Function(builder.module, kind, _GIVE_WAY), [])
        return context.get_dummy_value()

    return types.void(), codegen


# fetch_add(counters, index, count): add to an int64 atomically; returns the previous value
fetch_add: Any = intrinsic(_fetch_add)
# fetch(counters, index): load the int64 with acquire semantics: writes made before it was stored are visible
fetch: Any = intrinsic(_fetch)
# pause(): hint to the processor that this is a spin loop; does nothing where there is no such instruction
pause: Any = intrinsic(_pause)
# give_way(): yield the processor to another thread
give_way: Any = intrinsic(_yield)
