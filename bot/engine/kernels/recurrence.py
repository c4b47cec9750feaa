"""The inner loops of the recurrences as explicit vector code.

Without it, the compiler checks for overlapping arrays in every row of a head's matrix, and computes the horizontal
sums one after another.

Sums run in a fixed order, as in :mod:`.tiles`. A head's matrix is (N, N) float32 with N a multiple of :data:`STEP`;
other sizes use plain loops.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from bot.engine.kernels.tile_parts import LANES

ROWS = 4  # matrix rows at a time: their sums are independent, so that none waits for another
STEP = max(ROWS, LANES)

_F32, _I32, _I64 = ir.FloatType(), ir.IntType(32), ir.IntType(64)
_FLOATS = ir.VectorType(_F32, LANES)
_CONTRACT = ("contract",)  # a product and a sum may become one fused instruction

Codegen = Callable[[Any, ir.IRBuilder, Any, Sequence[ir.Value]], ir.Value]


class _Vectors:
    """Array arguments by index, read and written one vector or one number at a time."""

    def __init__(self, context: Any, builder: ir.IRBuilder, signature: Any, args: Sequence[ir.Value]) -> None:
        self.builder = builder
        arrays = [
            context.make_array(kind)(context, builder, arg) for kind, arg in zip(signature.args, args, strict=True)
        ]
        self.data = [builder.bitcast(array.data, _F32.as_pointer()) for array in arrays]
        self.size = builder.extract_value(arrays[0].shape, 0)

    def place(self, array: int, *terms: ir.Value) -> ir.Value:
        """Return a pointer to the element of ``array`` at the sum of ``terms``."""
        pointer = self.data[array]
        for term in terms:
            pointer = self.builder.gep(pointer, [term])
        return pointer

    def load(self, array: int, *terms: ir.Value) -> ir.Value:
        return self.builder.load(self.builder.bitcast(self.place(array, *terms), _FLOATS.as_pointer()), align=4)

    def store(self, value: ir.Value, array: int, *terms: ir.Value) -> None:
        self.builder.store(value, self.builder.bitcast(self.place(array, *terms), _FLOATS.as_pointer()), align=4)

    def splat(self, array: int, *terms: ir.Value) -> ir.Value:
        """Return one number of ``array`` in every lane."""
        return self.spread(self.builder.load(self.place(array, *terms)))

    def spread(self, scalar: ir.Value) -> ir.Value:
        """Return ``scalar`` in every lane."""
        none = ir.Constant(_FLOATS, ir.Undefined)
        first = self.builder.insert_element(none, scalar, ir.Constant(_I32, 0))
        return self.builder.shuffle_vector(first, none, ir.Constant(ir.VectorType(_I32, LANES), [0] * LANES))

    def multiply(self, left: ir.Value, right: ir.Value) -> ir.Value:
        return self.builder.fmul(left, right, flags=_CONTRACT)

    def multiply_add(self, left: ir.Value, right: ir.Value, total: ir.Value) -> ir.Value:
        return self.builder.fadd(total, self.multiply(left, right), flags=_CONTRACT)

    def across(self, vector: ir.Value) -> ir.Value:
        """Return the sum of all lanes, adding halves first."""
        lanes = LANES
        while lanes > 1:
            lanes //= 2
            order = ir.Constant(ir.VectorType(_I32, lanes), list(range(lanes)))
            upper = ir.Constant(ir.VectorType(_I32, lanes), list(range(lanes, 2 * lanes)))
            none = ir.Constant(vector.type, ir.Undefined)
            halves = [self.builder.shuffle_vector(vector, none, half) for half in (order, upper)]
            vector = self.builder.fadd(*halves)
        return self.builder.extract_element(vector, ir.Constant(_I32, 0))

    def sums(self, count: int) -> list[ir.Value]:
        """Allocate stack slots for ``count`` zero vectors; LLVM keeps them in registers."""
        with self.builder.goto_entry_block():
            slots = [self.builder.alloca(_FLOATS) for _ in range(count)]
        for slot in slots:
            self.builder.store(ir.Constant(_FLOATS, [0.0] * LANES), slot)
        return slots

    def add_product(self, slot: ir.Value, left: ir.Value, right: ir.Value) -> None:
        self.builder.store(self.multiply_add(left, right, self.builder.load(slot)), slot)

    @contextmanager
    def each(self, step: int) -> Iterator[ir.Value]:
        """Loop over 0, step, ... below N."""
        steps = self.builder.udiv(self.size, ir.Constant(_I64, step))
        with cgutils.for_range(self.builder, steps) as loop:
            yield self.builder.mul(loop.index, ir.Constant(_I64, step))


def _advance7(
    typing_context: Any, state: Any, r: Any, w: Any, k: Any, v: Any, a: Any, b: Any, y: Any
) -> tuple[Any, Codegen]:
    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Sequence[ir.Value]) -> ir.Value:
        on = _Vectors(context, builder, signature, args)
        S, R, W, K, V, A, B, Y = range(8)
        with on.each(ROWS) as first:
            rows = [builder.add(first, ir.Constant(_I64, row)) for row in range(ROWS)]
            starts = [builder.mul(row, on.size) for row in rows]
            removed, read = on.sums(ROWS), on.sums(ROWS)
            with on.each(LANES) as j:
                key = on.load(A, j)
                for row in range(ROWS):
                    on.add_product(removed[row], on.load(S, starts[row], j), key)
            gone = [on.spread(on.across(builder.load(slot))) for slot in removed]
            values = [on.splat(V, row) for row in rows]
            with on.each(LANES) as j:
                decay, back, key, receptance = (on.load(array, j) for array in (W, B, K, R))
                for row in range(ROWS):
                    new = on.multiply(on.load(S, starts[row], j), decay)
                    new = on.multiply_add(values[row], key, on.multiply_add(gone[row], back, new))
                    on.store(new, S, starts[row], j)
                    on.add_product(read[row], new, receptance)
            for row in range(ROWS):
                builder.store(on.across(builder.load(read[row])), on.place(Y, rows[row]))
        return context.get_dummy_value()

    return types.void(state, r, w, k, v, a, b, y), codegen


def _advance6(typing_context: Any, state: Any, r: Any, w: Any, k: Any, v: Any, own: Any, y: Any) -> tuple[Any, Codegen]:
    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Sequence[ir.Value]) -> ir.Value:
        on = _Vectors(context, builder, signature, args)
        S, R, W, K, V, OWN, Y = range(7)
        with on.each(LANES) as j:
            (total,), value = on.sums(1), on.load(V, j)
            with on.each(1) as i:
                receptance, decay, key, bonus = (on.splat(array, i) for array in (R, W, K, OWN))
                start = builder.mul(i, on.size)
                old = on.load(S, start, j)
                on.add_product(total, receptance, on.multiply_add(bonus, value, old))
                on.store(on.multiply_add(key, value, on.multiply(old, decay)), S, start, j)
            on.store(builder.load(total), Y, j)
        return context.get_dummy_value()

    return types.void(state, r, w, k, v, own, y), codegen


# advance7(state, r, w, k, v, a, b, y): S' = S diag(w) + (S a) b^T + v k^T and y = S' r; S is (values, keys)
advance7: Any = intrinsic(_advance7)
# advance6(state, r, w, k, v, own, y): y = r (own^T v + S) and S' = k^T v + diag(w) S; S is (keys, values)
advance6: Any = intrinsic(_advance6)
