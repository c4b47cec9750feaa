#!/usr/bin/env bash
# Check a GPU in about six minutes: run the CUDA tests on the device, then benchmark three shapes. Run in the project's
# root on the GPU machine (Python, torch, Triton, numba, safetensors, tokenizers, pytest). Wheels in .whl/
# (tools/gpu_wheels.sh) are installed first. Results go to $OUT: machine.txt, tests.log, gpu.json. It exits 1 if a test
# failed.
set -u
. "$(dirname "$0")/gpu_env.sh"

{
  nvidia-smi --query-gpu=name,memory.total,driver_version,clocks.max.sm,clocks.max.mem --format=csv,noheader
  python3 -c 'import sys, torch, triton; print(sys.version.split()[0], torch.__version__, triton.__version__)'
} 2>&1 | tee "$OUT/machine.txt"

timeout "${TEST_SECONDS:-170}" python3 -m pytest -q -n 4 --maxfail 40 --timeout 120 tests/engine/cuda \
  >"$OUT/tests.log" 2>&1
tests=$?
grep -E "^(FAILED|ERROR)|passed|failed" "$OUT/tests.log" | cut -c1-200 | tail -45

timeout "${BENCH_SECONDS:-190}" python3 -m bot.engine.bench.gpu --out "$OUT/gpu.json" "$@"
bench=$?
[ $bench -eq 0 ] || echo "the benchmark ended with status $bench"
[ $tests -eq 0 ] && [ $bench -eq 0 ]
