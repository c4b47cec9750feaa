"""Load samples."""

from dataclasses import replace

from bot.engine.types import EngineStatus
from bot.metrics import Metrics
from bot.monitor.load_history import MAX_SAMPLES, LoadHistory

IDLE = EngineStatus(
    rows_running=0, rows_limit=4, queue_length=0, queue_limit=8, tokens_per_second=0, tokens_read=0, tokens_written=0
)


class Busy:
    def __init__(self) -> None:
        self.now = 1000.0
        self.status = IDLE
        self.metrics = Metrics()
        self.history = LoadHistory(lambda: self.status, self.metrics, lambda: self.now)

    def minute(self, written: int = 0, rows: int = 0, waiting: int = 0) -> None:
        self.now += 60
        written += self.status.tokens_written
        self.status = replace(self.status, tokens_written=written, rows_running=rows, queue_length=waiting)
        self.history.take()


def test_what_a_minute_was_like() -> None:
    busy = Busy()
    busy.minute(600, rows=2, waiting=1)
    for waited, read in ((1.0, 0.5), (0.0, 0.5)):
        busy.metrics.observe("roost_request_queue_time_seconds", waited)
        busy.metrics.observe("roost_request_prefill_time_seconds", read)
    busy.minute()
    series = busy.history.series()
    assert series["time"] == [1060.0, 1120.0]
    assert series["tokens_per_second"] == [10.0, 0.0]
    assert series["rows"] == [2, 0]
    assert series["waiting"] == [1, 0]
    assert series["first_token_seconds"] == [None, 1.0]
    assert all(bytes_used for bytes_used in series["memory"])


def test_another_model_begins_to_count_anew() -> None:
    busy = Busy()
    busy.minute(600)
    busy.minute(-600)
    assert busy.history.series()["tokens_per_second"] == [10.0, 0.0]


def test_a_day_is_kept() -> None:
    busy = Busy()
    for _ in range(MAX_SAMPLES + 5):
        busy.minute()
    times = busy.history.series()["time"]
    assert len(times) == MAX_SAMPLES
    assert times[0] == 1000.0 + 6 * 60
