"""The inner loops of the matrix products, written as LLVM vector code so that their sums stay in registers.

A tile multiplies up to ``TILE_ROWS`` rows of activations by one panel of ``PANEL`` output channels. For each pair of
input channels a panel contains the two weights of its first channel, then of its second channel, and so on, so the
loop reads weights strictly forwards, whole vectors at a time, for every row of the tile at once (see :mod:`.packing`).

For w8a8 see :mod:`.quad_tiles`.

Each output is one running sum over the input channels, in order, whatever the number of rows: a row's result is
bit-identical whichever rows are computed with it.

The vector types are LLVM's generic ones, which LLVM lowers to what the machine has. Only the vector length and the
pairwise int16 product (x86: ``pmaddwd``) depend on the machine.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from bot.engine.kernels.quad_tiles import HAS_QUADS, quad_codegen
from bot.engine.kernels.tile_parts import (
    F32,
    FEATURES,
    FLOATS,
    I8,
    I16,
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
)

HAS_DOT = bool(FEATURES.get("avx512bf16") and FEATURES.get("avx512bw"))  # dot products of bfloat16 pairs


class _BFloat(ir.types.Type):  # type: ignore[misc]  # llvmlite has no types
    """LLVM's bfloat type, which llvmlite lacks."""

    def _to_string(self) -> str:
        return "bfloat"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _BFloat)

    def __hash__(self) -> int:
        return hash("bfloat")


def _widened_fp32(builder: ir.IRBuilder, pair: ir.Value) -> Iterator[list[ir.Value]]:
    for odd in (0, 1):
        yield [load(builder, offset(builder, pair, odd * PANEL + j * LANES), FLOATS, 4) for j in range(VECTORS)]


def _widened_fp16(builder: ir.IRBuilder, pair: ir.Value) -> Iterator[list[ir.Value]]:
    halves = ir.VectorType(ir.HalfType(), LANES)
    for odd in (0, 1):
        at = [offset(builder, pair, odd * PANEL + j * LANES) for j in range(VECTORS)]
        yield [builder.fpext(load(builder, pointer, halves, 2), FLOATS) for pointer in at]


def _widened_bf16(builder: ir.IRBuilder, pair: ir.Value) -> Iterator[list[ir.Value]]:
    # A 32-bit word contains both weights of a pair, and a bfloat16 is the upper half of a float32.
    words = [load(builder, offset(builder, pair, j * LANES), INTS, 4) for j in range(VECTORS)]
    yield [builder.bitcast(builder.shl(word, constant(INTS, 16)), FLOATS) for word in words]
    yield [builder.bitcast(builder.and_(word, constant(INTS, 0xFFFF0000)), FLOATS) for word in words]


_FLOAT_KINDS = {  # by element type of the packed array: LLVM type, elements per pair of input channels, widening
    "float32": (F32, 2 * PANEL, _widened_fp32),
    "uint16": (ir.HalfType(), 2 * PANEL, _widened_fp16),
    "uint32": (I32, PANEL, _widened_bf16),
}


def make_tile(rows: int, *, has_dot: bool = HAS_DOT, has_quads: bool = HAS_QUADS) -> Any:
    """Make the inner loop for ``rows`` rows, to be called from compiled code.

    ``tile(x, x_at, x_stride, xs, xs_at, kept, w, s, groups, pairs, out, out_at, out_stride)``

    Offsets and strides are in elements; ``w`` and ``s`` are the addresses of the panel's weights and scales. The dtype
    of the (empty) array ``kept`` is the storage type of the weights: float32; uint16, the bits of float16; uint32, two
    bfloat16; int8; uint8 for w8a8. For the first three ``x`` is float32, there are ``groups * pairs`` pairs of input
    channels, and ``xs`` and ``s`` are not read. For bfloat16 weights ``x`` may also be uint32, two bfloat16 each. For
    int8 ``x`` is int16 with one scale ``xs`` per row, and ``s`` points to a scale for each group and output channel.
    For w8a8 ``x`` is int8 with two numbers ``xs`` for each group of each row: its scale and its sum's initial value.
    ``out`` is float32.
    """

    def tile(
        typing_context: Any,
        x: Any,
        x_at: Any,
        x_stride: Any,
        xs: Any,
        xs_at: Any,
        kept: Any,
        w: Any,
        s: Any,
        groups: Any,
        pairs: Any,
        out: Any,
        out_at: Any,
        out_stride: Any,
    ) -> tuple[Any, Codegen]:
        size = types.intp
        signature = types.void(x, size, size, xs, size, kept, size, size, size, size, out, size, size)
        kind = str(kept.dtype)
        if str(x.dtype) == "uint32":
            return signature, _dot_codegen(rows, has_dot=has_dot)
        if kind == "uint8":
            return signature, quad_codegen(rows, has_quads=has_quads)
        return signature, _int8_codegen(rows) if kind == "int8" else _float_codegen(rows, kind)

    return intrinsic(tile)


def _float_codegen(rows: int, kind: str) -> Codegen:
    element, step, widened = _FLOAT_KINDS[kind]

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Sequence[ir.Value]) -> ir.Value:
        data = TileData(context, builder, signature, args)
        x, x_stride, w = data.pointer(0, F32), args[2], data.address(6, element)
        sums = TileSums(builder, rows, FLOATS)
        with cgutils.for_range(builder, builder.mul(args[8], args[9])) as loop:
            channel = builder.mul(loop.index, ir.Constant(I64, 2))
            pair = offset(builder, w, builder.mul(loop.index, ir.Constant(I64, step)))
            for odd, weights in enumerate(widened(builder, pair)):
                for row in range(rows):
                    keep_order(builder)
                    at = offset(builder, x, builder.mul(x_stride, ir.Constant(I64, row)), channel, odd)
                    activation = splat(builder, builder.load(at))
                    for j in range(VECTORS):
                        sums.add_product(row, j, activation, weights[j])
        store_tile(builder, data.pointer(10, F32), args[12], rows, sums.get)
        return context.get_dummy_value()

    return codegen


def _dot_codegen(rows: int, *, has_dot: bool) -> Codegen:
    """Pairs of bfloat16 on both sides. Without the instruction: the same two fused sums, the odd product first.

    The instruction treats numbers below 1.2e-38 as zero; apart from these the results are bit-identical.
    """

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Sequence[ir.Value]) -> ir.Value:
        data = TileData(context, builder, signature, args)
        x, w = data.pointer(0, I32), data.address(6, I32)
        sums = TileSums(builder, rows, FLOATS)
        with cgutils.for_range(builder, builder.mul(args[8], args[9])) as loop:
            pair = offset(builder, w, builder.mul(loop.index, ir.Constant(I64, PANEL)))
            words = [load(builder, offset(builder, pair, j * LANES), INTS, 4) for j in range(VECTORS)]
            for row in range(rows):
                keep_order(builder)
                at = offset(builder, x, builder.mul(args[2], ir.Constant(I64, row)), loop.index)
                both = splat(builder, builder.load(at))
                for j in range(VECTORS):
                    product = _dot if has_dot else _dot_by_halves
                    builder.store(product(builder, sums.get(row, j), both, words[j]), sums.slots[row][j])
        store_tile(builder, data.pointer(10, F32), args[12], rows, sums.get)
        return context.get_dummy_value()

    return codegen


def _dot(builder: ir.IRBuilder, total: ir.Value, left: ir.Value, right: ir.Value) -> ir.Value:
    pairs = ir.VectorType(_BFloat(), 2 * LANES)
    name = "llvm.x86.avx512bf16.dpbf16ps.512"
    kind = ir.FunctionType(FLOATS, [FLOATS, pairs, pairs])
    function = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
    return builder.call(function, [total, builder.bitcast(left, pairs), builder.bitcast(right, pairs)])


def _dot_by_halves(builder: ir.IRBuilder, total: ir.Value, left: ir.Value, right: ir.Value) -> ir.Value:
    """Products of two bfloat16 are exact in float32, so each sum is rounded once."""

    def odd(word: ir.Value) -> ir.Value:
        return builder.bitcast(builder.and_(word, constant(INTS, 0xFFFF0000)), FLOATS)

    def even(word: ir.Value) -> ir.Value:
        return builder.bitcast(builder.shl(word, constant(INTS, 16)), FLOATS)

    for half in (odd, even):
        total = builder.fadd(total, builder.fmul(half(left), half(right)))
    return total


def _int8_codegen(rows: int) -> Codegen:
    """A group's sum is exact in int32: with groups of 64 it stays below 64 * 127 * 32767 < 2^31."""

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Sequence[ir.Value]) -> ir.Value:
        data = TileData(context, builder, signature, args)
        x, w, scales = data.pointer(0, I16), data.address(6, I8), data.address(7, F32)
        totals, sums = TileSums(builder, rows, FLOATS), TileSums(builder, rows, INTS)
        with cgutils.for_range(builder, args[8]) as group:
            sums.clear()
            with pairs_of_group(builder, group.index, args[9]) as pair:
                weights = _widened_int8(builder, w, pair)
                for row in range(rows):
                    keep_order(builder)
                    stride = builder.mul(args[2], ir.Constant(I64, row))
                    at = offset(builder, x, stride, builder.mul(pair, ir.Constant(I64, 2)))
                    both = builder.bitcast(splat(builder, load(builder, at, I32, 2)), weights[0].type)
                    for j in range(VECTORS):
                        sums.add(row, j, _pairwise_products(builder, both, weights[j]))
            scale_row = offset(builder, scales, builder.mul(group.index, ir.Constant(I64, PANEL)))
            for j in range(VECTORS):
                scale = load(builder, offset(builder, scale_row, j * LANES), FLOATS, 4)
                for row in range(rows):
                    totals.add_product(row, j, builder.sitofp(sums.get(row, j), FLOATS), scale)
        row_scales = data.pointer(3, F32)

        def scaled(row: int, j: int) -> ir.Value:
            scale = splat(builder, builder.load(offset(builder, row_scales, row)))
            return builder.fmul(totals.get(row, j), scale)

        store_tile(builder, data.pointer(10, F32), args[12], rows, scaled)
        return context.get_dummy_value()

    return codegen


def _widened_int8(builder: ir.IRBuilder, w: ir.Value, pair: ir.Value) -> list[ir.Value]:
    """Return the pair's weights as int16: VECTORS vectors of LANES times two neighbours."""
    bytes_, shorts = ir.VectorType(I8, 2 * LANES), ir.VectorType(I16, 2 * LANES)
    row = offset(builder, w, builder.mul(pair, ir.Constant(I64, 2 * PANEL)))
    at = [offset(builder, row, 2 * LANES * j) for j in range(VECTORS)]
    return [builder.sext(load(builder, pointer, bytes_, 1), shorts) for pointer in at]


def _pairwise_products(builder: ir.IRBuilder, left: ir.Value, right: ir.Value) -> ir.Value:
    """Sum neighbouring products: (2 * LANES,) int16 each -> (LANES,) int32."""
    if LANES > 4:
        name = "llvm.x86.avx512.pmaddw.d.512" if LANES == 16 else "llvm.x86.avx2.pmadd.wd"
        kind = ir.FunctionType(INTS, [left.type, right.type])
        function = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
        return builder.call(function, [left, right])
    wide = ir.VectorType(I32, 2 * LANES)
    products = builder.mul(builder.sext(left, wide), builder.sext(right, wide))
    halves = [
        builder.shuffle_vector(
            products, ir.Constant(wide, ir.Undefined), ir.Constant(INTS, list(range(odd, 2 * LANES, 2)))
        )
        for odd in (0, 1)
    ]
    return builder.add(*halves)
