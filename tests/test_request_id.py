"""Related log lines have the same id."""

import asyncio

from bot.request_id import new_request, request_id


async def test_tasks_of_a_request_bear_its_id_and_others_do_not() -> None:
    assert request_id() == ""
    with new_request() as first:
        inner = asyncio.create_task(asyncio.to_thread(request_id))
    with new_request() as second:
        pass
    assert await inner == first != second
    assert request_id() == ""
