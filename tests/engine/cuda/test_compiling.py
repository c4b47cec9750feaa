"""The kernels compile to GPU machine code, which needs only Triton's compiler, not a GPU."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CAPABILITIES = (75, 80, 90)  # Turing; Ampere; Hopper
SHARED = {75: 64 << 10, 80: 99 << 10, 90: 227 << 10}  # bytes a program may take; for 80, that of the smaller 8.6


@pytest.fixture(scope="module")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Compile in a separate process, because Triton interprets in this one."""
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    environment["TRITON_CACHE_DIR"] = str(tmp_path_factory.mktemp("triton"))
    command = [sys.executable, "-m", "tests.engine.cuda.compile_child", *map(str, CAPABILITIES)]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[3]
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_all_kernels_become_machine_code_that_fits(kernels: list[dict[str, Any]]) -> None:
    assert len(kernels) == 9 * len(CAPABILITIES)
    for kernel in kernels:
        assert kernel["bytes"] > 1000
        assert kernel["shared"] <= SHARED[kernel["capability"]], kernel["name"]


@pytest.mark.parametrize("name", ["products fp16", "products int8"])
def test_weights_are_read_ahead_16_bytes_at_a_time_and_multiplied_by_tensor_cores(
    kernels: list[dict[str, Any]], name: str
) -> None:
    for kernel in kernels:
        if kernel["name"] == name and kernel["capability"] >= 80:
            assert kernel["ptx"].count("cp.async.commit_group") >= 4
            assert "0x10" in kernel["ptx"]
            assert "mma.sync" in kernel["ptx"] or "wgmma" in kernel["ptx"]


def test_the_state_is_read_and_written_16_bytes_at_a_time(kernels: list[dict[str, Any]]) -> None:
    for kernel in kernels:
        if kernel["name"].startswith("time_mix7"):
            assert "ld.global.v4" in kernel["ptx"]
            assert "st.global.v4" in kernel["ptx"]
