#!/usr/bin/env bash
# Download into .whl/ what a GPU machine without network access needs besides torch, Triton, numba, safetensors,
# tokenizers, Pillow and pytest. PYTHON_VERSION is that machine's (3.12). Run in the project's root; git ignores .whl/.
set -euo pipefail
mkdir -p .whl
fetch() {
  python3 -m pip --disable-pip-version-check download -q --only-binary=:all: \
    --python-version "${PYTHON_VERSION:-3.12}" --implementation cp \
    --platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 --platform any \
    -d .whl "$@"
}
fetch --no-deps ml_dtypes platformdirs psutil zstandard pytest-asyncio pytest-xdist pytest-timeout execnet rwkv \
  google-re2
# With their dependencies, such as the exact version of pydantic-core. tests/conftest.py imports the last three.
fetch -c constraints.txt pydantic 'sqlalchemy[asyncio]' aiosqlite hypothesis
ls .whl
