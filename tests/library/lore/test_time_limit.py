"""The time that lore scans may take."""

from bot.library.lore.time_limit import TimeLimit


def test_the_limit_follows_its_clock() -> None:
    now = 5.0
    limit = TimeLimit(2.0, lambda: now)
    assert not limit.is_over()
    now = 6.9
    assert not limit.is_over()
    now = 7.0
    assert limit.is_over()


def test_waiting_costs_nothing() -> None:
    assert not TimeLimit(60.0).is_over()
    assert TimeLimit(0.0).is_over()
