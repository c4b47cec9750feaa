"""Open pages: limited per visitor and per network."""

import pytest

from bot.platforms.web.error_responses import Problem
from bot.platforms.web.live import BACKLOG, PAGES_PER_ADDRESS, PAGES_PER_VISITOR, Listener, Live


async def test_one_stranger_cannot_take_all_places() -> None:
    live = Live(most=PAGES_PER_ADDRESS + 5)
    for number in range(PAGES_PER_ADDRESS):  # a new visitor each time, as without cookies
        live.join(f"visitor{number}", "", "203.0.113.9")
    with pytest.raises(Problem) as refused:
        live.join("one more", "", "203.0.113.9")
    assert refused.value.status == 429
    assert len(live) == PAGES_PER_ADDRESS
    live.join("somebody", "", "203.0.113.10")


async def test_one_visitor_has_so_many_pages() -> None:
    live = Live()
    pages = [live.join("ann", str(tab), f"10.0.0.{tab}") for tab in range(PAGES_PER_VISITOR)]
    with pytest.raises(Problem):
        live.join("ann", "more", "10.0.1.1")
    await live.leave(pages[0])
    live.join("ann", "more", "10.0.1.1")


async def test_all_places_taken() -> None:
    live = Live(most=1)
    live.join("ann", "", "10.0.0.1")
    with pytest.raises(Problem) as refused:
        live.join("ben", "", "10.0.0.2")
    assert refused.value.status == 503


async def test_a_slow_page_misses_the_oldest_and_never_the_end() -> None:
    listener = Listener("ann", "1")
    for number in range(BACKLOG * 2):
        listener.put({"type": "changed", "number": number})
    listener.put(None)
    heard = [event async for event in listener.events()]
    assert heard[0] == {"type": "hello"}
    assert [event["number"] for event in heard[1:]] == list(range(BACKLOG + 1, BACKLOG * 2))


async def test_other_tabs_are_told_and_announcements_count_visitors() -> None:
    live = Live()
    one, two, other = live.join("ann", "1"), live.join("ann", "2"), live.join("ben", "1")
    live.tell("ann", "1", {"type": "changed"})
    assert live.announce("tea") == 2
    live.close()
    heard = [[event["type"] async for event in each.events()][1:] for each in (one, two, other)]
    assert heard == [["announcement"], ["changed", "announcement"], ["announcement"]]
