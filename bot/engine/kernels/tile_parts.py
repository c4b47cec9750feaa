"""What the inner loops of the matrix products share: their vectors, their arguments and their sums."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import binding, ir
from numba.core import cgutils

FEATURES = binding.get_host_cpu_features()
LANES = 16 if FEATURES.get("avx512bw") else 8 if FEATURES.get("avx2") else 4  # float32 numbers in a vector register
VECTORS = 2 if LANES == 8 else 4  # vectors in a panel: with 6 rows the sums take 12 of 16, or 24 of 32 registers
PANEL = LANES * VECTORS  # output channels computed together
TILE_ROWS = 6

F32, I8, I16, I32, I64 = ir.FloatType(), ir.IntType(8), ir.IntType(16), ir.IntType(32), ir.IntType(64)
FLOATS = ir.VectorType(F32, LANES)
INTS = ir.VectorType(I32, LANES)
CONTRACT = ("contract",)  # a product and a sum may become one fused instruction


Codegen = Callable[[Any, ir.IRBuilder, Any, Sequence[ir.Value]], ir.Value]


def constant(vector: ir.VectorType, value: float) -> ir.Constant:
    return ir.Constant(vector, [value] * vector.count)


def splat(builder: ir.IRBuilder, scalar: ir.Value) -> ir.Value:
    """Return ``scalar`` in every lane."""
    vector = ir.VectorType(scalar.type, LANES)
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), scalar, ir.Constant(I32, 0))
    return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), constant(INTS, 0))


def offset(builder: ir.IRBuilder, pointer: ir.Value, *terms: ir.Value | int) -> ir.Value:
    """Advance ``pointer`` by the sum of ``terms`` elements."""
    for term in terms:
        pointer = builder.gep(pointer, [ir.Constant(I64, term) if isinstance(term, int) else term])
    return pointer


def load(builder: ir.IRBuilder, pointer: ir.Value, vector: ir.Type, align: int) -> ir.Value:
    return builder.load(builder.bitcast(pointer, vector.as_pointer()), align=align)


def keep_order(builder: ir.IRBuilder) -> None:
    """Keep the compiler from loading the activations of later rows early, which would spill sums to memory."""
    builder.asm(ir.FunctionType(ir.VoidType(), []), "", "~{memory}", [], True)


def stack_slot(builder: ir.IRBuilder, vector: ir.VectorType) -> ir.Value:
    with builder.goto_entry_block():
        return builder.alloca(vector)


class TileData:
    """The element pointers of a tile's array arguments."""

    def __init__(self, context: Any, builder: ir.IRBuilder, signature: Any, args: Sequence[ir.Value]) -> None:
        self.context, self.builder, self.signature, self.args = context, builder, signature, args

    def pointer(self, index: int, element: ir.Type) -> ir.Value:
        """Return a pointer to array argument ``index``, advanced by the offset argument that follows it."""
        array = self.context.make_array(self.signature.args[index])(self.context, self.builder, self.args[index])
        return offset(self.builder, self.builder.bitcast(array.data, element.as_pointer()), self.args[index + 1])

    def address(self, index: int, element: ir.Type) -> ir.Value:
        """Return argument ``index``, an address, as a pointer."""
        return self.builder.inttoptr(self.args[index], element.as_pointer())


class TileSums:
    """(rows, VECTORS) vectors of running sums: stack slots here, registers once LLVM has promoted them."""

    def __init__(self, builder: ir.IRBuilder, rows: int, vector: ir.VectorType) -> None:
        self.builder, self.zero = builder, constant(vector, 0)
        self.slots = [[stack_slot(builder, vector) for _ in range(VECTORS)] for _ in range(rows)]
        self.clear()

    def clear(self) -> None:
        for row in self.slots:
            for slot in row:
                self.builder.store(self.zero, slot)

    def get(self, row: int, vector: int) -> ir.Value:
        return self.builder.load(self.slots[row][vector])

    def add_product(self, row: int, vector: int, left: ir.Value, right: ir.Value) -> None:
        total = self.builder.fadd(self.get(row, vector), self.builder.fmul(left, right, flags=CONTRACT), flags=CONTRACT)
        self.builder.store(total, self.slots[row][vector])

    def add(self, row: int, vector: int, value: ir.Value) -> None:
        self.builder.store(self.builder.add(self.get(row, vector), value), self.slots[row][vector])


@contextmanager
def pairs_of_group(builder: ir.IRBuilder, group: ir.Value, pairs: ir.Value) -> Iterator[ir.Value]:
    """Loop over the ``pairs`` pairs of ``group``, yielding the pair's index in the whole row."""
    first = builder.mul(group, pairs)
    with cgutils.for_range(builder, pairs) as loop:
        yield builder.add(first, loop.index)


def store_tile(
    builder: ir.IRBuilder, out: ir.Value, stride: ir.Value, rows: int, value: Callable[[int, int], ir.Value]
) -> None:
    """Write the tile: ``value(row, vector)`` to ``out``, rows ``stride`` elements apart."""
    for row in range(rows):
        start = offset(builder, out, builder.mul(stride, ir.Constant(I64, row)))
        for j in range(VECTORS):
            pointer = builder.bitcast(offset(builder, start, j * LANES), FLOATS.as_pointer())
            builder.store(value(row, j), pointer, align=4)
