"""Compile what a model needs, so that the first start is quick: ``python -m bot.engine.warm MODEL [STRATEGY]``."""

import sys
import time
from pathlib import Path

from bot.engine.loader import load
from bot.engine.settings import EngineSettings


def main() -> None:
    """Load the model, write a few tokens, and say how long that took."""
    model, strategy = Path(sys.argv[1]), " ".join(sys.argv[2:]) or "cpu fp32"
    began = time.monotonic()
    load(EngineSettings(model=model, strategy=strategy))
    print(f"{model.name} ({strategy}) is ready after {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main()
