"""Limits, lists and announcements, and who may change them."""

from collections.abc import Sequence
from pathlib import Path

from bot.events import Author
from bot.i18n import Message
from tests.commands.talking import ANN, BOB, talking

MODERATOR = Author("3", "Mod", roles=("77",))


class RecordingPlatform:
    """A platform that counts its announcements, or fails."""

    def __init__(self, name: str, *, broken: bool = False) -> None:
        self.name = name
        self.said: list[str] = []
        self._broken = broken

    async def start(self) -> None:
        return

    async def close(self) -> None:
        return

    async def announce(self, text: str, places: Sequence[str] = ()) -> int:
        if self._broken:
            raise ConnectionError("gone")
        self.said += [text, *places]
        return 2

    def describe(self) -> Message:
        return Message("here")


async def test_limits(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "user_per_minute: 20" in await talk.say("+limit")
        await talk("+limit user_per_minute 2")
        await talk("one", author=ANN)
        await talk("two", author=ANN)
        reply = await talk("three", author=ANN)
        assert reply.kind == "error"
        assert "2 messages a minute" in reply.text
        assert (await talk("+history", author=ANN)).kind == "info", "what needs no model is not held up"
        assert (await talk("one", author=BOB)).kind == "turn"
        assert (await talk("four")).kind == "turn", "administrators are not limited"
        await talk("+limit user_per_minute default")
        assert (await talk("three", author=ANN)).kind == "turn"
        assert "0 – 1000000" in await talk.say("+limit user_per_day -3")
        assert "user_per_minute" in await talk.say("+limit nonsense 3")


async def test_a_server_only_tightens_its_own_limits(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk("+limit user_per_minute 500", guild="g", is_group=True)
        assert "user_per_minute: 20" in await talk.say("+limit", guild="g", is_group=True)
        await talk("+limit user_per_minute 1", guild="g", is_group=True)
        assert "user_per_minute: 1" in await talk.say("+limit", guild="g", is_group=True)
        assert "user_per_minute: 20" in await talk.say("+limit", guild="h", is_group=True, channel="d")


async def test_block_and_allow(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        here = {"guild": "g", "is_group": True}
        assert "for administrators" in await talk.say("+block user 2", author=ANN, **here)
        assert "everyone is answered" in await talk.say("+block", **here)
        assert "block user:1" in await talk.say("+block user <@1>", **here)
        assert "not on the list" in await talk.say("+history", author=ANN, **here)
        before = len(talk.sink.replies)
        await talk.dispatcher.handle(talk.message("hello", author=ANN, **here), talk.sink)
        assert len(talk.sink.replies) == before, "plain words of the blocked get no answer"
        assert (await talk("hello", author=ANN, guild="h", is_group=True, channel="d")).kind == "turn"
        await talk("+block user 1 on", **here)
        await talk("+allow role 77", **here)
        assert (await talk("hello", author=MODERATOR, **here)).kind == "turn"
        assert "not on the list" in await talk.say("+history", author=BOB, **here)
        assert (await talk("hello", **here)).kind == "turn", "an administrator cannot shut themselves out"
        assert "kind must be user, channel, role" in await talk.say("+block planet 3", **here)


async def test_announce_reaches_all_platforms_and_survives_a_broken_one(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        loud = RecordingPlatform("loud")
        talk.dispatcher.services.platforms = [RecordingPlatform("broken", broken=True), loud]
        assert "2 places" in await talk.say("+announce Back soon.")
        assert loud.said == ["Back soon."]
        await talk("+channel on", platform="loud", channel="77")
        await talk("+announce Again.")
        assert loud.said[1:] == ["Again.", "77"], "also where every message is answered by command"
        assert "bot's owner" in await talk.say("+announce Hi", guild="g", is_group=True)
        assert "loud: here" in await talk.say("+status")
        assert "loud: here" not in await talk.say("+status", author=ANN)


async def test_a_channel_where_every_message_is_answered(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "every message" in await talk.say("+channel on")
        values = talk.dispatcher.services.core.store.values
        assert list(await values.items("talk")) == [f"{talk.platform}:{talk.channel}"]
        assert "spoken to" in await talk.say("+channel off")
        assert not await values.items("talk")
        assert (await talk("+channel on", author=ANN)).kind == "error"
        assert "on" in (await talk("+channel maybe")).text
