"""Open pages: limited per visitor and per network."""

import pytest

from bot.platforms.web.error_responses import Problem
from bot.platforms.web.open_pages import BACKLOG, PAGES_PER_ADDRESS, PAGES_PER_VISITOR, Listener, OpenPages


async def test_one_stranger_cannot_take_all_places() -> None:
    open_pages = OpenPages(most=PAGES_PER_ADDRESS + 5)
    for number in range(PAGES_PER_ADDRESS):  # a new visitor each time, as without cookies
        open_pages.join(f"visitor{number}", "", "203.0.113.9")
    with pytest.raises(Problem) as refused:
        open_pages.join("one more", "", "203.0.113.9")
    assert refused.value.status == 429
    assert len(open_pages) == PAGES_PER_ADDRESS
    open_pages.join("somebody", "", "203.0.113.10")


async def test_one_visitor_has_so_many_pages() -> None:
    open_pages = OpenPages()
    pages = [open_pages.join("ann", str(tab), f"10.0.0.{tab}") for tab in range(PAGES_PER_VISITOR)]
    with pytest.raises(Problem):
        open_pages.join("ann", "more", "10.0.1.1")
    await open_pages.leave(pages[0])
    open_pages.join("ann", "more", "10.0.1.1")


async def test_all_places_taken() -> None:
    open_pages = OpenPages(most=1)
    open_pages.join("ann", "", "10.0.0.1")
    with pytest.raises(Problem) as refused:
        open_pages.join("ben", "", "10.0.0.2")
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
    open_pages = OpenPages()
    one, two, other = open_pages.join("ann", "1"), open_pages.join("ann", "2"), open_pages.join("ben", "1")
    open_pages.tell("ann", "1", {"type": "changed"})
    assert open_pages.announce("tea") == 2
    open_pages.close()
    heard = [[event["type"] async for event in each.events()][1:] for each in (one, two, other)]
    assert heard == [["announcement"], ["changed", "announcement"], ["announcement"]]


async def test_a_page_that_joins_at_the_end_is_told_so_at_once() -> None:
    open_pages = OpenPages()
    before = open_pages.join("ann", "1")
    open_pages.close()
    after = open_pages.join("ann", "2")
    for page in (before, after):
        assert [event["type"] async for event in page.events()] == ["hello"]
