# Sourced by the scripts for a GPU machine: the project's root, $OUT, and the wheels in .whl/ (tools/gpu_wheels.sh).
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
OUT=${OUT:-gpu-results}
mkdir -p "$OUT"
if compgen -G ".whl/*.whl" >/dev/null; then
  site=$(mktemp -d)
  python3 -m pip install -q --no-index --no-deps --no-compile --target "$site" .whl/*.whl || exit 2
  export PYTHONPATH=$site${PYTHONPATH:+:$PYTHONPATH}
fi
export PYTHONPATH=$PWD${PYTHONPATH:+:$PYTHONPATH} PYTHONUNBUFFERED=1
