"""Events by webhook: QQ posts them, signed."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.config.schema import QqSection
from bot.errors import ConfigError
from bot.platforms.qq import webhook as module
from bot.platforms.qq.signatures import Signer
from bot.platforms.qq.webhook import CHALLENGE, PATH, SIGNATURE, TIMESTAMP, Webhook
from tests.platforms.qq.running_bot import Running, group_message, talking
from tests.wire_qq.outbox import Json
from tests.wire_qq.tencent import Tencent, running

SIGNER = Signer("s3cret")


class Qq:
    """QQ, posting to a URL."""

    def __init__(self, session: ClientSession, address: str) -> None:
        self._session = session
        self.address = address

    async def post(
        self, frame: object, *, age: float = 0.0, signer: Signer = SIGNER, body: bytes | None = None
    ) -> tuple[int, Json]:
        """Return status and response."""
        data = json.dumps(frame).encode() if body is None else body
        stamp = str(int(time.time() - age))
        headers = {SIGNATURE: signer.sign(stamp, data), TIMESTAMP: stamp, "X-Bot-Appid": "100"}
        return await self.send(data, headers)

    async def send(self, data: bytes, headers: dict[str, str]) -> tuple[int, Json]:
        async with self._session.post(self.address, data=BytesIO(data), headers=headers) as response:
            text = await response.text()
            return response.status, json.loads(text) if text.startswith("{") else {}


def event(number: str, text: str = "hello") -> Json:
    return {"op": 0, "id": f"e-{number}", "t": "GROUP_AT_MESSAGE_CREATE", "s": 1, "d": group_message(number, text)}


@asynccontextmanager
async def posting(tmp_path: Path, tencent: Tencent) -> AsyncIterator[tuple[Qq, Running]]:
    async with (
        running(tencent) as url, ClientSession() as session,
        talking(tmp_path, url, mode="webhook", webhook_port=0) as bot,
    ):  # fmt: skip
        assert bot.platform.bot is not None
        assert bot.platform.bot.webhook is not None
        assert "listening at http://127.0.0.1:" in str(bot.platform.describe())
        yield Qq(session, bot.platform.bot.webhook.address), bot


async def test_an_event_is_acknowledged_and_answered_once(tmp_path: Path) -> None:
    tencent = Tencent()
    async with posting(tmp_path, tencent) as (qq, bot):
        for _ in range(2):  # a replay by an eavesdropper
            assert await qq.post(event("m1")) == (200, {"op": 12})
        await tencent.until(lambda: bool(tencent.sent))
        assert await qq.post(event("m2", "again")) == (200, {"op": 12})
        await tencent.until(lambda: len(tencent.sent) == 2)
        assert await bot.inputs() == ["hello", "again"]
    assert tencent.greetings == [], "nobody dials the gateway"


async def test_what_is_acknowledged_is_in_the_inbox(tmp_path: Path) -> None:
    tencent = Tencent()
    async with posting(tmp_path, tencent) as (qq, bot):
        bot.engine.held = True
        await qq.post(event("m1"))
        assert [entry.message_id for entry in await bot.store.inbox.open("qq")] == ["m1"]


async def test_the_address_is_validated_as_qq_asks(tmp_path: Path) -> None:
    async with posting(tmp_path, Tencent()) as (qq, _):
        asked = {"op": 13, "d": {"plain_token": "Arq0D5A61EgUu4OxUvOp", "event_ts": "1725442341"}}
        signature = SIGNER.sign("1725442341", b"Arq0D5A61EgUu4OxUvOp")
        assert await qq.send(json.dumps(asked).encode(), {}) == (
            200, {"plain_token": "Arq0D5A61EgUu4OxUvOp", "signature": signature},
        )  # fmt: skip


async def test_the_validation_signs_no_event_for_anybody(tmp_path: Path) -> None:
    async with posting(tmp_path, Tencent()) as (qq, _):
        forged = json.dumps(event("m1"))
        for token in (forged, "", "{}", "a b", "a" * 200):
            status, answer = await qq.send(
                json.dumps({"op": 13, "d": {"plain_token": token, "event_ts": "1725442341"}}).encode(), {}
            )
            assert (status, answer) == (400, {})
        assert not CHALLENGE.fullmatch("{")


async def test_what_qq_has_not_signed_is_refused(tmp_path: Path) -> None:
    tencent = Tencent()
    async with posting(tmp_path, tencent) as (qq, bot):
        body = json.dumps(event("m1")).encode()
        stamp = str(int(time.time()))
        signature = SIGNER.sign(stamp, body)
        bad: list[dict[str, str]] = [
            {}, {SIGNATURE: signature}, {TIMESTAMP: stamp}, {SIGNATURE: "00" * 64, TIMESTAMP: stamp},
            {SIGNATURE: "zz", TIMESTAMP: stamp}, {SIGNATURE: signature, TIMESTAMP: str(int(stamp) + 1)},
            {SIGNATURE: signature, TIMESTAMP: "now"}, {SIGNATURE: Signer("other").sign(stamp, body), TIMESTAMP: stamp},
        ]  # fmt: skip
        for headers in bad:
            assert (await qq.send(body, headers))[0] == 401, headers
        assert (await qq.post(event("m1"), age=module.MAX_AGE + 60))[0] == 401
        assert (await qq.post(event("m1"), age=-module.MAX_AGE - 60))[0] == 401
        assert not await bot.store.inbox.open("qq")


async def test_signed_nonsense_ends_nothing(tmp_path: Path) -> None:
    tencent = Tencent()
    async with posting(tmp_path, tencent) as (qq, _):
        nonsense: list[object] = [1, None, [], "x"]
        for frame in nonsense:
            assert (await qq.post(frame))[0] == 400
        for body in (b"{", b"\xff", b"[" * 100_000):
            assert (await qq.post(None, body=body))[0] == 400
        new: list[Json] = [{}, {"op": 0}, {"op": 0, "t": 5, "d": {}}, {"op": 0, "t": "NEW_KIND", "d": {}}, {"op": 99}]
        for frame in new:
            assert await qq.post(frame) == (200, {"op": 12})
        assert (await qq.post(None, body=b"x" * (module.MAX_BODY_BYTES + 1)))[0] == 413
        assert await qq.post(event("m1")) == (200, {"op": 12})
        await tencent.until(lambda: bool(tencent.sent))


async def test_too_many_at_once_are_told_to_come_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 0)
    async with posting(tmp_path, Tencent()) as (qq, _):
        assert (await qq.post(event("m1")))[0] == 503


async def test_a_port_that_is_taken_is_said_plainly(tmp_path: Path) -> None:
    async with posting(tmp_path, Tencent()) as (qq, bot):
        assert bot.platform.bot is not None
        port = int(qq.address.split(":")[2].split("/")[0])
        with pytest.raises(ConfigError, match="choose another webhook_port"):
            async with talking(tmp_path / "second", "http://127.0.0.1:9", mode="webhook", webhook_port=port):
                pass


def test_by_default_only_this_machine_reaches_it() -> None:
    assert QqSection().webhook_host == "127.0.0.1"
    assert Webhook.__doc__
    assert PATH == "/qq/webhook"
