"""The inner loop of w8a8: four input channels at a time, an unsigned by a signed byte each (x86: ``vpdpbusd``).

The weights are the unsigned bytes: 128 is added when they are packed, and each group's sum starts from -128 times the
sum of its activations.
"""

from collections.abc import Sequence
from typing import Any

from llvmlite import ir
from numba.core import cgutils

from bot.engine.kernels.tile_parts import (
    F32,
    FEATURES,
    FLOATS,
    I8,
    I32,
    I64,
    INTS,
    LANES,
    PANEL,
    VECTORS,
    Codegen,
    TileData,
    TileSums,
    constant,
    keep_order,
    load,
    offset,
    pairs_of_group,
    splat,
    store_tile,
)  # fmt: skip

HAS_QUADS = bool(FEATURES.get("avx512vnni") and FEATURES.get("avx512bw"))


def quad_codegen(rows: int, *, has_quads: bool) -> Codegen:
    """Return the code of :func:`bot.engine.kernels.tiles.make_tile`.

    A group's sum is exact in int32, so its bits are the same with the instruction and without it.
    """

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Sequence[ir.Value]) -> ir.Value:
        data = TileData(context, builder, signature, args)
        totals, sums = TileSums(builder, rows, FLOATS), TileSums(builder, rows, INTS)
        row_scales = _RowScales(builder, data.pointer(3, F32), builder.sdiv(args[2], args[9]))
        quads = builder.sdiv(args[9], ir.Constant(I64, 2))
        x, w, scales = data.pointer(0, I8), data.address(6, I8), data.address(7, F32)
        with cgutils.for_range(builder, args[8]) as group:
            row_scales.begin(sums, group.index)
            with pairs_of_group(builder, group.index, quads) as quad:
                at = offset(builder, w, builder.mul(quad, ir.Constant(I64, 4 * PANEL)))
                weights = [load(builder, offset(builder, at, 4 * LANES * j), INTS, 4) for j in range(VECTORS)]
                four = offset(builder, x, builder.mul(quad, ir.Constant(I64, 4)))
                _add_quad(builder, sums, four, args[2], weights, has_quads=has_quads)
            at = offset(builder, scales, builder.mul(group.index, ir.Constant(I64, PANEL)))
            row_scales.finish(sums, totals, group.index, at)
        store_tile(builder, data.pointer(10, F32), args[12], rows, totals.get)
        return context.get_dummy_value()

    return codegen


class _RowScales:
    """The scale and the initial value of the sum for each row and group of activations."""

    def __init__(self, builder: ir.IRBuilder, numbers: ir.Value, stride: ir.Value) -> None:
        self.builder, self.numbers, self.stride = builder, numbers, stride

    def begin(self, sums: TileSums, group: ir.Value) -> None:
        """Set the sums of all rows to their initial values."""
        for row, slots in enumerate(sums.slots):
            start = self.builder.load(offset(self.builder, self._at(row, group), 1))
            whole = splat(self.builder, self.builder.fptosi(start, I32))
            for slot in slots:
                self.builder.store(whole, slot)

    def finish(self, sums: TileSums, totals: TileSums, group: ir.Value, scales: ir.Value) -> None:
        """Add the group's sums to the totals; ``scales`` points to the scales of its weights."""
        builder = self.builder
        for row in range(len(sums.slots)):
            x_scale = splat(builder, builder.load(self._at(row, group)))
            for j in range(VECTORS):
                scale = builder.fmul(load(builder, offset(builder, scales, j * LANES), FLOATS, 4), x_scale)
                totals.add_product(row, j, builder.sitofp(sums.get(row, j), FLOATS), scale)

    def _at(self, row: int, group: ir.Value) -> ir.Value:
        before = self.builder.mul(self.stride, ir.Constant(I64, row))
        return offset(self.builder, self.numbers, before, self.builder.mul(group, ir.Constant(I64, 2)))


def _add_quad(
    builder: ir.IRBuilder, sums: TileSums, x: ir.Value, stride: ir.Value, weights: Sequence[ir.Value], *,
    has_quads: bool,
) -> None:  # fmt: skip
    """Add the products of four input channels, which begin at ``x`` in the first row."""
    product = _quads if has_quads else _quads_by_bytes
    for row, slots in enumerate(sums.slots):
        keep_order(builder)
        at = offset(builder, x, builder.mul(stride, ir.Constant(I64, row)))
        four = splat(builder, load(builder, at, I32, 4))
        for j, weight in enumerate(weights):
            builder.store(product(builder, sums.get(row, j), weight, four), slots[j])


def _quads(builder: ir.IRBuilder, total: ir.Value, left: ir.Value, right: ir.Value) -> ir.Value:
    """Add the products of four unsigned bytes of ``left`` with four signed ones of ``right`` to each lane."""
    name = "llvm.x86.avx512.vpdpbusd.512"
    kind = ir.FunctionType(INTS, [INTS, INTS, INTS])
    function = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
    return builder.call(function, [total, left, right])


def _quads_by_bytes(builder: ir.IRBuilder, total: ir.Value, left: ir.Value, right: ir.Value) -> ir.Value:
    top = constant(INTS, 24)
    for byte in range(4):
        up = constant(INTS, 24 - 8 * byte)
        unsigned = builder.lshr(builder.shl(left, up), top)
        signed = builder.ashr(builder.shl(right, up), top)
        total = builder.add(total, builder.mul(unsigned, signed))
    return total
