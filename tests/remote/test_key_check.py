"""Without the key, no part of a request is read."""

import pytest
from starlette.types import Message, Receive, Scope, Send

from bot.remote.key_check import KeyCheck


async def answered(key: str, given: bytes | None) -> int:
    """Return the response status."""
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("the body is not asked for")

    async def send(message: Message) -> None:
        sent.append(message)

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    headers = [] if given is None else [(b"authorization", given)]
    await KeyCheck(app, key)({"type": "http", "headers": headers}, receive, send)
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    "given", [None, b"", b"Bearer", b"Bearer ", b"Bearer k", b"bearer key", b"Bearer key ", b"\xff"]
)
async def test_any_other_key_is_refused(given: bytes | None) -> None:
    assert await answered("key", given) == 401
    assert await answered("", given) == 200


async def test_the_key_opens() -> None:
    assert await answered("key", b"Bearer key") == 200
