"""The inner loops of the matrix products, written as LLVM vector code so that their sums stay in registers.

A tile multiplies up to ``TILE_ROWS`` rows of activations by one panel of ``PANEL`` output channels. For each pair of
input channels a panel contains the two weights of its first channel, then of its second channel, and so on, so the
loop reads weights strictly forwards, whole vectors at a time, for every row of the tile at once (see :mod:`.packing`).

Each output is one running sum over the input channels, in order, whatever the number of rows: a row's result is
bit-identical whichever rows are computed with it.

The vector types are LLVM's generic ones, which LLVM lowers to what the machine has. Only the vector length and the
pairwise int16 product (x86: ``pmaddwd``) depend on the machine.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

FEATURES = binding.get_host_cpu_features()
HAS_DOT = bool(FEATURES.get("avx512bf16") and FEATURES.get("avx512bw"))  # dot products of bfloat16 pairs
LANES = 16 if FEATURES.get("avx512bw") else 8 if FEATURES.get("avx2") else 4  # float32 numbers in a vector register
VECTORS = 2 if LANES == 8 else 4  # vectors in a panel: with 6 rows the sums take 12 of 16, or 24 of 32 registers
PANEL = LANES * VECTORS  # output channels computed together
TILE_ROWS = 6

_F32, _I8, _I16, _I32, _I64 = ir.FloatType(), ir.IntType(8), ir.IntType(16), ir.IntType(32), ir.IntType(64)
_FLOATS = ir.VectorType(_F32, LANES)
_INTS = ir.VectorType(_I32, LANES)
_CONTRACT = ("contract",)  # a product and a sum may become one fused instruction


class _BFloat(ir.types.Type):  # type: ignore[misc]  # llvmlite has no types
    """LLVM's bfloat type, which llvmlite lacks."""

    def _to_string(self) -> str:
        return "bfloat"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _BFloat)

    def __hash__(self) -> int:
        return hash("bfloat")


Codegen = Callable[[Any, ir.IRBuilder, Any, Sequence[ir.Value]], ir.Value]


def _constant(vector: ir.VectorType, value: float) -> ir.Constant:
    return ir.Constant(vector, [value] * vector.count)


def _splat(builder: ir.IRBuilder, scalar: ir.Value) -> ir.Value:
    """Return ``scalar`` in every lane."""
    vector = ir.VectorType(scalar.type, LANES)
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), scalar, ir.Constant(_I32, 0))
    return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), _constant(_INTS, 0))


def _offset(builder: ir.IRBuilder, pointer: ir.Value, *terms: ir.Value | int) -> ir.Value:
    """Advance ``pointer`` by the sum of ``terms`` elements."""
    for term in terms:
        pointer = builder.gep(pointer, [ir.Constant(_I64, term) if isinstance(term, int) else term])
    return pointer


def _load(builder: ir.IRBuilder, pointer: ir.Value, vector: ir.Type, align: int) -> ir.Value:
    return builder.load(builder.bitcast(pointer, vector.as_pointer()), align=align)


def _keep_order(builder: ir.IRBuilder) -> None:
    """Keep the compiler from loading the activations of later rows early, which would spill sums to memory."""
    builder.asm(ir.FunctionType(ir.VoidType(), []), "", "~{memory}", [], True)


def _stack_slot(builder: ir.IRBuilder, vector: ir.VectorType) -> ir.Value:
    with builder.goto_entry_block():
        return builder.alloca(vector)


class _Data:
    """The element pointers of a tile's array arguments."""

    def __init__(self, context: Any, builder: ir.IRBuilder, signature: Any, args: Sequence[ir.Value]) -> None:
        self.context, self.builder, self.signature, self.args = context, builder, signature, args

    def pointer(self, index: int, element: ir.Type) -> ir.Value:
        """Return a pointer to array argument ``index``, advanced by the offset argument that follows it."""
        array = self.context.make_array(self.signature.args[index])(self.context, self.builder, self.args[index])
        return _offset(self.builder, self.builder.bitcast(array.data, element.as_pointer()), self.args[index + 1])

    def address(self, index: int, element: ir.Type) -> ir.Value:
        """Return argument ``index``, an address, as a pointer."""
        return self.builder.inttoptr(self.args[index], element.as_pointer())


class _Sums:
    """(rows, VECTORS) vectors of running sums: stack slots here, registers once LLVM has promoted them."""

    def __init__(self, builder: ir.IRBuilder, rows: int, vector: ir.VectorType) -> None:
        self.builder, self.zero = builder, _constant(vector, 0)
        self.slots = [[_stack_slot(builder, vector) for _ in range(VECTORS)] for _ in range(rows)]
        self.clear()

    def clear(self) -> None:
        for row in self.slots:
            for slot in row:
                self.builder.store(self.zero, slot)

    def get(self, row: int, vector: int) -> ir.Value:
        return self.builder.load(self.slots[row][vector])

    def add_product(self, row: int, vector: int, left: ir.Value, right: ir.Value) -> None:
        total = self.builder.fadd(
            self.get(row, vector), self.builder.fmul(left, right, flags=_CONTRACT), flags=_CONTRACT
        )
        self.builder.store(total, self.slots[row][vector])

    def add(self, row: int, vector: int, value: ir.Value) -> None:
        self.builder.store(self.builder.add(self.get(row, vector), value), self.slots[row][vector])


def _widened_fp32(builder: ir.IRBuilder, pair: ir.Value) -> Iterator[list[ir.Value]]:
    for odd in (0, 1):
        yield [_load(builder, _offset(builder, pair, odd * PANEL + j * LANES), _FLOATS, 4) for j in range(VECTORS)]


def _widened_fp16(builder: ir.IRBuilder, pair: ir.Value) -> Iterator[list[ir.Value]]:
    halves = ir.VectorType(ir.HalfType(), LANES)
    for odd in (0, 1):
        at = [_offset(builder, pair, odd * PANEL + j * LANES) for j in range(VECTORS)]
        yield [builder.fpext(_load(builder, pointer, halves, 2), _FLOATS) for pointer in at]


def _widened_bf16(builder: ir.IRBuilder, pair: ir.Value) -> Iterator[list[ir.Value]]:
    # A 32-bit word contains both weights of a pair, and a bfloat16 is the upper half of a float32.
    words = [_load(builder, _offset(builder, pair, j * LANES), _INTS, 4) for j in range(VECTORS)]
    yield [builder.bitcast(builder.shl(word, _constant(_INTS, 16)), _FLOATS) for word in words]
    yield [builder.bitcast(builder.and_(word, _constant(_INTS, 0xFFFF0000)), _FLOATS) for word in words]


_FLOAT_KINDS = {  # by element type of the packed array: LLVM type, elements per pair of input channels, widening
    "float32": (_F32, 2 * PANEL, _widened_fp32),
    "uint16": (ir.HalfType(), 2 * PANEL, _widened_fp16),
    "uint32": (_I32, PANEL, _widened_bf16),
}


def make_tile(rows: int, *, has_dot: bool = HAS_DOT) -> Any:
    """Make the inner loop for ``rows`` rows, to be called from compiled code.

    ``tile(x, x_at, x_stride, xs, xs_at, kept, w, s, groups, pairs, out, out_at, out_stride)``

    Offsets and strides are in elements; ``w`` and ``s`` are the addresses of the panel's weights and scales. The dtype
    of the (empty) array ``kept`` is the storage type of the weights: float32; uint16, the bits of float16; uint32, two
    bfloat16; int8. For the first three ``x`` is float32, there are ``groups * pairs`` pairs of input channels, and
    ``xs`` and ``s`` are not read. For bfloat16 weights ``x`` may also be uint32, two bfloat16 each. For int8 ``x`` is
    int16 with one scale ``xs`` per row, and ``s`` points to a scale for each group and output channel. ``out`` is
    float32.
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
        return signature, _int8_codegen(rows) if kind == "int8" else _float_codegen(rows, kind)

    return intrinsic(tile)


def _float_codegen(rows: int, kind: str) -> Codegen:
    element, step, widened = _FLOAT_KINDS[kind]

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Sequence[ir.Value]) -> ir.Value:
        data = _Data(context, builder, signature, args)
        x, x_stride, w = data.pointer(0, _F32), args[2], data.address(6, element)
        sums = _Sums(builder, rows, _FLOATS)
        with cgutils.for_range(builder, builder.mul(args[8], args[9])) as loop:
            channel = builder.mul(loop.index, ir.Constant(_I64, 2))
            pair = _offset(builder, w, builder.mul(loop.index, ir.Constant(_I64, step)))
            for odd, weights in enumerate(widened(builder, pair)):
                for row in range(rows):
                    _keep_order(builder)
                    at = _offset(builder, x, builder.mul(x_stride, ir.Constant(_I64, row)), channel, odd)
                    activation = _splat(builder, builder.load(at))
                    for j in range(VECTORS):
                        sums.add_product(row, j, activation, weights[j])
        _store(builder, data.pointer(10, _F32), args[12], rows, sums.get)
        return context.get_dummy_value()

    return codegen


def _dot_codegen(rows: int, *, has_dot: bool) -> Codegen:
    """Pairs of bfloat16 on both sides. Without the instruction: the same two fused sums, the odd product first.

    The instruction treats numbers below 1.2e-38 as zero; apart from these the results are bit-identical.
    """

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Sequence[ir.Value]) -> ir.Value:
        data = _Data(context, builder, signature, args)
        x, w = data.pointer(0, _I32), data.address(6, _I32)
        sums = _Sums(builder, rows, _FLOATS)
        with cgutils.for_range(builder, builder.mul(args[8], args[9])) as loop:
            pair = _offset(builder, w, builder.mul(loop.index, ir.Constant(_I64, PANEL)))
            words = [_load(builder, _offset(builder, pair, j * LANES), _INTS, 4) for j in range(VECTORS)]
            for row in range(rows):
                _keep_order(builder)
                at = _offset(builder, x, builder.mul(args[2], ir.Constant(_I64, row)), loop.index)
                both = _splat(builder, builder.load(at))
                for j in range(VECTORS):
                    product = _dot if has_dot else _dot_by_halves
                    builder.store(product(builder, sums.get(row, j), both, words[j]), sums.slots[row][j])
        _store(builder, data.pointer(10, _F32), args[12], rows, sums.get)
        return context.get_dummy_value()

    return codegen


def _dot(builder: ir.IRBuilder, total: ir.Value, left: ir.Value, right: ir.Value) -> ir.Value:
    pairs = ir.VectorType(_BFloat(), 2 * LANES)
    name = "llvm.x86.avx512bf16.dpbf16ps.512"
    kind = ir.FunctionType(_FLOATS, [_FLOATS, pairs, pairs])
    function = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
    return builder.call(function, [total, builder.bitcast(left, pairs), builder.bitcast(right, pairs)])


def _dot_by_halves(builder: ir.IRBuilder, total: ir.Value, left: ir.Value, right: ir.Value) -> ir.Value:
    """Products of two bfloat16 are exact in float32, so each sum is rounded once."""

    def odd(word: ir.Value) -> ir.Value:
        return builder.bitcast(builder.and_(word, _constant(_INTS, 0xFFFF0000)), _FLOATS)

    def even(word: ir.Value) -> ir.Value:
        return builder.bitcast(builder.shl(word, _constant(_INTS, 16)), _FLOATS)

    for half in (odd, even):
        total = builder.fadd(total, builder.fmul(half(left), half(right)))
    return total


def _int8_codegen(rows: int) -> Codegen:
    """A group's sum is exact in int32: with groups of 64 it stays below 64 * 127 * 32767 < 2^31."""

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Sequence[ir.Value]) -> ir.Value:
        data = _Data(context, builder, signature, args)
        x, w, scales = data.pointer(0, _I16), data.address(6, _I8), data.address(7, _F32)
        totals, sums = _Sums(builder, rows, _FLOATS), _Sums(builder, rows, _INTS)
        with cgutils.for_range(builder, args[8]) as group:
            sums.clear()
            with _pairs_of_group(builder, group.index, args[9]) as pair:
                weights = _widened_int8(builder, w, pair)
                for row in range(rows):
                    _keep_order(builder)
                    stride = builder.mul(args[2], ir.Constant(_I64, row))
                    at = _offset(builder, x, stride, builder.mul(pair, ir.Constant(_I64, 2)))
                    both = builder.bitcast(_splat(builder, _load(builder, at, _I32, 2)), weights[0].type)
                    for j in range(VECTORS):
                        sums.add(row, j, _pairwise_products(builder, both, weights[j]))
            scale_row = _offset(builder, scales, builder.mul(group.index, ir.Constant(_I64, PANEL)))
            for j in range(VECTORS):
                scale = _load(builder, _offset(builder, scale_row, j * LANES), _FLOATS, 4)
                for row in range(rows):
                    totals.add_product(row, j, builder.sitofp(sums.get(row, j), _FLOATS), scale)
        row_scales = data.pointer(3, _F32)

        def scaled(row: int, j: int) -> ir.Value:
            scale = _splat(builder, builder.load(_offset(builder, row_scales, row)))
            return builder.fmul(totals.get(row, j), scale)

        _store(builder, data.pointer(10, _F32), args[12], rows, scaled)
        return context.get_dummy_value()

    return codegen


@contextmanager
def _pairs_of_group(builder: ir.IRBuilder, group: ir.Value, pairs: ir.Value) -> Iterator[ir.Value]:
    """Loop over the ``pairs`` pairs of ``group``, yielding the pair's index in the whole row."""
    first = builder.mul(group, pairs)
    with cgutils.for_range(builder, pairs) as loop:
        yield builder.add(first, loop.index)


def _widened_int8(builder: ir.IRBuilder, w: ir.Value, pair: ir.Value) -> list[ir.Value]:
    """Return the pair's weights as int16: VECTORS vectors of LANES times two neighbours."""
    bytes_, shorts = ir.VectorType(_I8, 2 * LANES), ir.VectorType(_I16, 2 * LANES)
    row = _offset(builder, w, builder.mul(pair, ir.Constant(_I64, 2 * PANEL)))
    at = [_offset(builder, row, 2 * LANES * j) for j in range(VECTORS)]
    return [builder.sext(_load(builder, pointer, bytes_, 1), shorts) for pointer in at]


def _pairwise_products(builder: ir.IRBuilder, left: ir.Value, right: ir.Value) -> ir.Value:
    """Sum neighbouring products: (2 * LANES,) int16 each -> (LANES,) int32."""
    if LANES > 4:
        name = "llvm.x86.avx512.pmaddw.d.512" if LANES == 16 else "llvm.x86.avx2.pmadd.wd"
        kind = ir.FunctionType(_INTS, [left.type, right.type])
        function = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
        return builder.call(function, [left, right])
    wide = ir.VectorType(_I32, 2 * LANES)
    products = builder.mul(builder.sext(left, wide), builder.sext(right, wide))
    halves = [
        builder.shuffle_vector(
            products, ir.Constant(wide, ir.Undefined), ir.Constant(_INTS, list(range(odd, 2 * LANES, 2)))
        )
        for odd in (0, 1)
    ]
    return builder.add(*halves)


def _store(
    builder: ir.IRBuilder, out: ir.Value, stride: ir.Value, rows: int, value: Callable[[int, int], ir.Value]
) -> None:
    """Write the tile: ``value(row, vector)`` to ``out``, rows ``stride`` elements apart."""
    for row in range(rows):
        start = _offset(builder, out, builder.mul(stride, ir.Constant(_I64, row)))
        for j in range(VECTORS):
            pointer = builder.bitcast(_offset(builder, start, j * LANES), _FLOATS.as_pointer())
            builder.store(value(row, j), pointer, align=4)
