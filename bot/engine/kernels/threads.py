"""How many threads a parallel loop gets."""

from typing import Any

import numba
import torch
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from bot.engine.kernels.compiling import compiled


def set_threads(count: int) -> None:
    """Use ``count`` threads in the kernels that the calling thread calls, at most as many as numba has.

    torch gets one: what it still does on the CPU is small, and it would wake its own threads even for two rows.
    """
    most: int = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]  # numba fills it in on import
    numba.set_num_threads(max(1, min(count, most)))
    torch.set_num_threads(1)


def _get(typing_context: Any) -> tuple[Any, Any]:
    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
        kind = ir.FunctionType(ir.IntType(32), [])
        return builder.call(_function(builder, "get_num_threads", kind), [])

    return types.int32(), codegen


def _set(typing_context: Any, count: Any) -> tuple[Any, Any]:
    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(32)])
        builder.call(_function(builder, "set_num_threads", kind), args)
        return context.get_dummy_value()

    return types.void(types.int32), codegen


def _function(builder: ir.IRBuilder, name: str, kind: ir.FunctionType) -> ir.Value:
    """A function of numba's threading layer, by name: numba's own way to them cannot be cached."""
    return builder.module.globals.get(name) or ir.Function(builder.module, kind, name)


numba.get_num_threads()  # loads the threading layer, so that LLVM finds its functions
_get_threads: Any = intrinsic(_get)
_set_threads: Any = intrinsic(_set)


@compiled
def enter(work: int, least: int) -> int:
    """Before a parallel loop over ``work``: leave it to one thread when it is less than ``least``.

    Waking threads costs microseconds, and milliseconds on a machine that is busy with other things. Returns the number
    of threads, to be given to :func:`leave`.
    """
    threads: int = _get_threads()
    if work < least:
        _set_threads(1)
    return threads


@compiled
def leave(threads: int) -> None:
    """After the loop: use ``threads`` threads again."""
    _set_threads(threads)
