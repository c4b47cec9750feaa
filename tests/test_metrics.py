"""Counters and histograms, and their text form."""

import pytest

from bot import metrics
from bot.metrics import Metric, Metrics

KNOWN = {"calls": Metric("Calls."), "seconds": Metric("Seconds.", (0.1, 1.0))}


def test_the_text_form() -> None:
    counted = Metrics(KNOWN)
    counted.count("calls", command="undo")
    counted.count("calls", 2, command='a"b\\c\n')
    for value in (0.05, 0.1, 0.5, 7):
        counted.observe("seconds", value)
    assert counted.value("calls") == 3
    assert counted.value("calls", command="undo") == 1
    assert counted.render() == (
        "# HELP calls Calls.\n# TYPE calls counter\n"
        'calls{command="a\\"b\\\\c\\n"} 2\ncalls{command="undo"} 1\n'
        "# HELP seconds Seconds.\n# TYPE seconds histogram\n"
        'seconds_bucket{le="0.1"} 2\nseconds_bucket{le="1"} 3\nseconds_bucket{le="+Inf"} 4\n'
        "seconds_sum 7.65\nseconds_count 4\n"
    )


def test_labels_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "MAX_SERIES", 10)
    counted = Metrics(KNOWN)
    for number in range(1000):
        counted.count("calls", command=str(number))
    assert counted.value("calls") == 1000
    assert counted.value("calls", command="other") == 990
    assert counted.render().count("calls{") == 11


def test_a_name_that_nobody_declared_is_an_error() -> None:
    with pytest.raises(KeyError):
        Metrics(KNOWN).count("call")


def test_a_gauge_is_read_when_somebody_looks() -> None:
    counted, rows = Metrics({"rows": Metric("Rows.", gauge=True), "calls": Metric("Calls.")}), [3]
    assert counted.render() == "# HELP rows Rows.\n# TYPE rows gauge\n# HELP calls Calls.\n# TYPE calls counter\n"
    counted.read_from("rows", lambda: rows[0])
    rows[0] = 5
    assert "\nrows 5\n" in counted.render()
    with pytest.raises(KeyError):
        counted.read_from("calls", lambda: 1)
