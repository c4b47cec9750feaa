"""Places the bot was removed from."""

from datetime import UTC, datetime, timedelta

from bot.policy.departures import Departure, Departures
from bot.policy.scopes import DEPARTURES
from bot.store.store import Store
from tests.store.conftest import store as store


def later(days: float = 1) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


async def test_the_first_time_counts_until_it_comes_back(store: Store) -> None:
    departures = Departures(store.values)
    await departures.left("discord", "guild", "1")
    (first,) = await departures.before(later())
    assert (first.platform, first.kind, first.id) == ("discord", "guild", "1")
    await departures.left("discord", "guild", "1")
    assert await departures.before(later()) == [first]
    assert await departures.before(later(-1)) == []
    await departures.left("qq", "channel", "users:U:1")
    assert [each.id for each in await departures.before(later())] == ["1", "users:U:1"]
    await departures.returned("discord", "guild", "1")
    await departures.returned("discord", "guild", "never left")
    assert [each.id for each in await departures.before(later())] == ["users:U:1"]
    await departures.left("discord", "guild", "1")
    assert (await departures.before(later()))[0].since > first.since


async def test_what_is_no_departure_is_left_out(store: Store) -> None:
    for key, value in {"nonsense": "x", "a:guild:1": "yesterday", "a:town:1": "2026-01-01", "a:guild:2": 5}.items():
        await store.values.set(DEPARTURES, key, value)
    assert await Departures(store.values).before(later()) == []
    await store.values.set(DEPARTURES, "a:guild:3", "2026-01-01T00:00:00+00:00")
    found = Departure("a", "guild", "3", datetime(2026, 1, 1, tzinfo=UTC))
    assert await Departures(store.values).before(later()) == [found]
