"""The program with a model that is slow on every machine: a long reply is still being written when a test acts."""

import sys
import time

from bot.__main__ import main
from bot.engine.serving.batch_engine import Engine, Reading
from bot.engine.serving.sequence import Reply

PASS_SECONDS = 0.05  # at least; a reply of 1,000 tokens takes 12 s even if three of four are guessed


def slow_down() -> None:
    """Let every pass of the model wait."""
    run_pass = Engine._pass

    def wait_and_run(self: Engine, writing: list[Reply], reading: Reading) -> None:
        time.sleep(PASS_SECONDS)
        run_pass(self, writing, reading)

    Engine._pass = wait_and_run  # type: ignore[method-assign]


if __name__ == "__main__":
    slow_down()
    sys.exit(main())
