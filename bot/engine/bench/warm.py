"""Compiles the kernels for a model: ``python -m bot.engine.bench.warm MODEL [STRATEGY]``."""

import sys
import time
from pathlib import Path

from bot.engine.serving.loader import load
from bot.engine.settings import EngineSettings
from bot.errors import ModelError


def main() -> int:
    """Load the model, write a few tokens, print how long that took. Exits with 0 even if plain torch computes."""
    model, strategy = Path(sys.argv[1]), " ".join(sys.argv[2:]) or "cpu fp32"
    began = time.monotonic()
    try:
        load(EngineSettings(model=model, strategy=strategy))
    except ModelError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{model.name} ({strategy}) is ready after {time.monotonic() - began:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
