"""Compile the kernels for GPUs that may be absent; print one JSON line per kernel: name, capability, assembly."""

import json
import sys
from typing import Any

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from bot.engine.cuda import products, shift_norm, time_mix4, time_mix6, time_mix7

HALF, FLOAT, BYTE, LONG, INT = "*fp16", "*fp32", "*i8", "*i64", "i32"
PLACES = [LONG, LONG, LONG]
SIZES = {"ROWS": 16, "OUTPUTS": 16, "WIDE": False}
KERNELS: list[tuple[str, Any, list[str], dict[str, Any], dict[str, int]]] = [
    (
        "time_mix7",
        time_mix7._time_mix7,
        [HALF, HALF, FLOAT, HALF, HALF, *PLACES, HALF, INT],
        {"N": 64, "LATER": True},
        {},
    ),
    ("time_mix7 fp32", time_mix7._time_mix7, [FLOAT] * 5 + [*PLACES, FLOAT, INT], {"N": 64, "LATER": False}, {}),
    (
        "time_mix6",
        time_mix6._time_mix6,
        [HALF, HALF, FLOAT, HALF, *PLACES, HALF, INT],
        {"N": 64, "GATED": True, "BY_TOKEN": True},
        {},
    ),
    (
        "time_mix5",
        time_mix6._time_mix6,
        ["*bf16", "*bf16", FLOAT, FLOAT, *PLACES, "*bf16", INT],
        {"N": 64, "GATED": False, "BY_TOKEN": False},
        {},
    ),
    ("time_mix4", time_mix4._time_mix4, [HALF] + [FLOAT] * 5 + [*PLACES, HALF, INT], {"BLOCK": 128}, {}),
    (
        "shift_norm",
        shift_norm._shift_norm,
        [HALF] * 6 + [LONG, HALF, INT, INT, "fp32"],
        {"INPUTS": 6, "BLOCK": 4096},
        {"num_warps": 8},
    ),
    (
        "products fp16",
        products._products,
        [HALF, HALF, FLOAT, LONG, HALF, INT, INT, INT],
        SIZES | {"INPUTS": 128, "QUANTIZED": False},
        {"num_stages": 5},
    ),
    (
        "products int8",
        products._products,
        [HALF, BYTE, FLOAT, LONG, HALF, INT, INT, INT],
        SIZES | {"INPUTS": 64, "QUANTIZED": True},
        {"num_stages": 8},
    ),
    (
        "products 64 rows",
        products._products,
        ["*bf16", "*bf16", FLOAT, LONG, "*bf16", INT, INT, INT],
        SIZES | {"ROWS": 64, "INPUTS": 128, "QUANTIZED": False},
        {"num_stages": 4},
    ),
]
WIDTHS = ("x_width", "out_width", "width")  # multiples of 16, as Triton detects at the call


def compiled(kernel: Any, types: list[str], fixed: dict[str, Any], options: dict[str, int], capability: int) -> Any:
    names = kernel.arg_names
    left = iter(types)
    signature = {name: "constexpr" if name in fixed else next(left) for name in names}
    aligned = [at for at, name in enumerate(names) if signature[name].startswith("*") or name in WIDTHS]
    source = ASTSource(
        fn=kernel,
        signature=signature,
        constexprs={(names.index(name),): value for name, value in fixed.items()},
        attrs={(at,): [["tt.divisibility", 16]] for at in aligned},
    )
    return triton.compile(source, target=GPUTarget("cuda", capability, 32), options=options)


if __name__ == "__main__":
    for capability in map(int, sys.argv[1:]):
        for name, kernel, types, fixed, options in KERNELS:
            done = compiled(kernel, types, fixed, options, capability)
            found = {"name": name, "capability": capability, "shared": done.metadata.shared, "ptx": done.asm["ptx"]}
            print(json.dumps(found | {"bytes": len(done.asm["cubin"])}), flush=True)
