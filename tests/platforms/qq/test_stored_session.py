import pytest

from bot.platforms.qq.gateway import Session
from bot.platforms.qq.stored_session import StoredSession
from tests.platforms.qq.test_message_forms import Values


async def test_only_what_is_in_the_inbox_counts() -> None:
    values, session = Values(), Session("S1", 7)
    kept = StoredSession(values, lambda: session)
    kept.begun(6)
    kept.begun(7)
    await kept.save()
    assert await StoredSession(values, Session).load() == Session("S1", 5)
    kept.done(6)
    kept.done(7)
    await kept.save()
    assert await StoredSession(values, Session).load() == Session("S1", 7)


async def test_a_session_is_stored_before_its_first_event() -> None:
    values, session = Values(), Session()
    kept = StoredSession(values, lambda: session)
    await kept.save_new()
    assert values.table == {}
    session.id, session.sequence = "S1", 2
    kept.begun(2)
    await kept.save_new()
    assert values.table["qq", "session"] == {"id": "S1", "seq": 1}
    session.sequence = 3
    kept.begun(3)
    await kept.save_new()  # known by now
    assert values.table["qq", "session"] == {"id": "S1", "seq": 1}


async def test_events_of_an_earlier_session_do_not_count_in_a_new_one() -> None:
    """QQ would refuse to resume after a number that it has not reached yet, and nothing would be replayed."""
    values, sessions = Values(), [Session("S1", 500)]
    kept = StoredSession(values, lambda: sessions[-1])
    kept.begun(500)
    sessions.append(Session("S2", 1))
    await kept.save_new()
    assert values.table["qq", "session"] == {"id": "S2", "seq": 1}
    sessions[-1].sequence = 2
    kept.begun(2)
    kept.done(500)
    await kept.save()
    assert values.table["qq", "session"] == {"id": "S2", "seq": 1}


async def test_without_one_a_new_session_begins() -> None:
    values = Values()
    assert await StoredSession(values, Session).load() == Session()
    for odd in (5, {}, {"id": 5, "seq": 1}, {"id": "S1", "seq": "1"}):
        values.table["qq", "session"] = odd
        assert await StoredSession(values, Session).load() == Session()


async def test_what_could_not_be_stored_is_stored_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    values, session = Values(), Session("S1", 7)
    kept = StoredSession(values, lambda: session)

    async def fail(*_: object) -> None:
        raise OSError("no database")

    with monkeypatch.context() as broken:
        broken.setattr(values, "set", fail)
        await kept.save()
    await kept.save()
    assert await StoredSession(values, Session).load() == Session("S1", 7)
