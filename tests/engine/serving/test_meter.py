"""The rate counts busy seconds only: idle time does not lower it."""

from bot.engine.serving.meter import Meter


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_idle_seconds_do_not_count() -> None:
    clock = Clock()
    meter = Meter(clock)
    assert meter.rate() == 0.0
    meter.count(30)
    assert meter.rate() == 30.0, "the first second, not over yet"
    clock.now += 1
    meter.count(250)
    clock.now += 1
    meter.count(10)
    assert meter.rate() == 140.0, "the second that runs is left out"
    clock.now += 5
    assert meter.rate() == (30 + 250 + 10) / 3
    clock.now += 20
    assert (meter.rate(), meter.total) == (0.0, 290)
