"""What a guessed token costs. A wrong estimate only costs time: too high, and nothing is guessed any more."""

FIRST_COST = 0.12  # steps, before anything is measured
MIN_COST = 0.01  # steps
MEMORY = 0.2  # weight of the newest measurement
SPIKE = 4.0  # a measurement counts at most as this multiple: the process may have been interrupted
FADING = 0.002  # per step without guesses; an estimate too high for guessing is never measured again


class GuessCost:
    """Learns, from passes without prompts, the cost of one more token in steps of the rows that are writing."""

    def __init__(self) -> None:
        self._steps: dict[int, float] = {}  # seconds of a pass without guesses, by the bit length of its row count
        self._costs: dict[int, float] = {}  # likewise

    def cost(self, rows: int) -> float:
        """Return the cost of one more token beside ``rows`` rows, in steps of these rows."""
        return self._costs.get(rows.bit_length(), FIRST_COST)

    def observe(self, rows: int, more: int, seconds: float) -> None:
        """Record that a pass of ``rows`` rows, which read ``more`` tokens than one each, took ``seconds``."""
        size, cost = rows.bit_length(), self.cost(rows)
        step = self._steps.get(size)
        if not more:
            self._steps[size] = seconds if step is None else step + MEMORY * (min(seconds, SPIKE * step) - step)
            if cost > FIRST_COST:
                self._costs[size] = cost + FADING * (FIRST_COST - cost)
        elif step:
            measured = (seconds / step - 1) / more
            self._costs[size] = cost + MEMORY * (min(max(measured, MIN_COST), SPIKE * cost) - cost)
