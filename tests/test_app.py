"""The composition root: opens in order, closes in reverse, and isolates platform failures."""

import asyncio
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic import SecretStr

import bot.platforms
from bot.app import best_strategy, engine_settings, make_console, open_app, start_platforms
from bot.config.schema import BotSection, Config, DiscordSection, LimitsSection, ModelSection, QqSection, WebSection
from bot.errors import ConfigError, ModelError, UserError
from bot.events import Author, Origin, Reply, Said
from bot.i18n import Message
from tests.fakes import FakeEngine
from tests.waiting import until


def configuration(folder: Path, **sections: object) -> Config:
    values = {"bot": BotSection(data=str(folder)), "web": WebSection(port=0), **sections}
    return Config.model_validate(values)


class Listener:
    def __init__(self) -> None:
        self.replies: list[Reply] = []

    async def typing(self) -> None:
        pass

    async def update(self, reply: Reply) -> None:
        pass

    async def send(self, reply: Reply) -> tuple[str, ...]:
        self.replies.append(reply)
        return (f"m{len(self.replies)}",)


class Platform:
    def __init__(self, name: str, error: Exception | None = None) -> None:
        self.name, self.error, self.closed = name, error, False
        self.may_start, self.started = asyncio.Event(), asyncio.Event()
        self.may_start.set()

    async def start(self) -> None:
        await self.may_start.wait()
        self.started.set()
        if self.error:
            raise self.error

    async def close(self) -> None:
        self.closed = True
        if self.error:
            raise self.error

    async def announce(self, text: str, places: Sequence[str] = ()) -> int:
        return 0

    def describe(self) -> Message:
        return Message("here")


async def test_everything_opens_talks_and_closes(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with open_app(configuration(tmp_path), engine=engine, seed=3) as app:
        await start_platforms(app)
        assert [platform.name for platform in app.platforms] == ["web"]
        assert "DISCORD_TOKEN" in str(app.problems[0])
        listener = Listener()
        message = Said(origin=Origin(platform="test", channel="a", author=Author("1", "Ann")), text="hello")
        await app.dispatcher.handle(message, listener)
        assert listener.replies[-1].kind == "turn"
        assert listener.replies[-1].node == await app.conversations.find_message("test", "a", "m1")
        web = app.platforms[0]
    assert engine.status().state == "closed"
    assert web.describe().text != ""
    async with open_app(configuration(tmp_path), engine=FakeEngine()) as app:
        talk = await app.conversations.open("test", "a")
        assert talk.channel.head.output == listener.replies[-1].text


async def test_a_platform_that_fails_harms_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.app.START_SECONDS", 1.0)
    async with open_app(configuration(tmp_path), engine=FakeEngine()) as app:
        good, slow = Platform("good"), Platform("slow")
        slow.may_start.clear()
        assert not await app.start(Platform("wrong", ConfigError("the token is {what}", what="wrong")))
        assert not await app.start(Platform("broken", RuntimeError("oops")))
        assert await app.start(good)
        assert await app.start(slow), "it goes on connecting in the background"
        assert list(map(str, app.problems)) == [
            "wrong: the token is wrong",
            "broken: could not be started (RuntimeError: oops)",
        ]
        failing = Platform("failing")
        await app.start(failing)
        failing.error = RuntimeError("cannot close")
        slow.may_start.set()
        await slow.started.wait()
    assert good.closed
    assert slow.closed
    assert "cannot close" in caplog.text


async def test_a_busy_port_says_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        config = configuration(tmp_path, web=WebSection(port=port))
        async with open_app(config, engine=FakeEngine()) as app:
            await start_platforms(app)
            assert app.platforms == []
            told = next(line for line in map(str, app.problems) if line.startswith("web: "))
            assert str(port) in told


async def test_what_is_switched_off_says_so(tmp_path: Path) -> None:
    config = configuration(
        tmp_path, web=WebSection(enabled=False), discord=DiscordSection(enabled=False), qq=QqSection(enabled=False)
    )
    async with open_app(config, engine=FakeEngine()) as app:
        await start_platforms(app)
        assert app.platforms == []
        assert all("switched off" in line for line in map(str, app.problems))
        assert str(make_console(app, "x").describe()) == "this terminal, conversation 'x'"


async def test_a_missing_package_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if "bot.platforms.discord" in sys.modules:  # the package's attribute is replaced by the import below
        monkeypatch.setattr(bot.platforms, "discord", sys.modules["bot.platforms.discord"])
    for name in [name for name in sys.modules if name.startswith("bot.platforms.discord")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "discord", None)  # as if it were not installed
    config = configuration(tmp_path, discord=DiscordSection(token=SecretStr("a.b.c")), web=WebSection(enabled=False))
    async with open_app(config, engine=FakeEngine()) as app:
        await start_platforms(app)
        assert "discord: discord is not installed: pip install 'roost[discord]'" in map(str, app.problems)


async def test_an_engine_that_does_not_load_leaves_nothing_open(tmp_path: Path) -> None:
    class Broken(FakeEngine):
        async def start(self) -> None:
            raise ModelError("The file is truncated.")

    with pytest.raises(UserError, match="truncated"):
        async with open_app(configuration(tmp_path), engine=Broken()):
            pass


def test_settings_of_the_engine(tmp_path: Path) -> None:
    model = tmp_path / "small.pth"
    model.write_bytes(b"x")
    config = configuration(tmp_path, model=ModelSection(path=str(model), strategy="cpu bf16"))
    assert engine_settings(config).model == model
    assert engine_settings(config).strategy == "cpu bf16"
    assert best_strategy(model) in ("cpu fp32", "cuda fp16")
    for section in (ModelSection(path="no.pth"), ModelSection(path=str(model), tokenizer="no.json")):
        with pytest.raises(ModelError, match=r"\[model\] (path|tokenizer): there is no file"):
            engine_settings(configuration(tmp_path, model=section))


@pytest.mark.parametrize("shares", [False, True])
async def test_two_processes_of_a_bot_count_a_person_together(shares: bool, tmp_path: Path) -> None:
    discord = DiscordSection(claim_shards=shares, shard_count=2)
    config = configuration(tmp_path, discord=discord, limits=LimitsSection(user_per_minute=2))
    listener = Listener()

    async def stopped(_: object) -> float:
        return 1.7e9

    async with open_app(config, engine=FakeEngine()) as one, open_app(config, engine=FakeEngine()) as other:
        for app in (one, other):  # a minute takes as long as it takes
            app.store.rates._clock = stopped
            app.dispatcher.services.limiter.local._clock = lambda: 0.0
        for number, app in enumerate((one, other, one, other)):
            author = Author("1", "Ann")
            origin = Origin(platform="test", channel=f"{number}", guild=f"{number % 2}", author=author, is_group=True)
            await app.dispatcher.handle(Said(origin=origin, text="hello"), listener)
    refused = [reply for reply in listener.replies if reply.kind == "error"]
    assert len(refused) == (2 if shares else 0)
    assert all("2 messages a minute" in reply.text for reply in refused)


async def test_words_deleted_by_one_process_leave_the_other(tmp_path: Path) -> None:
    config = configuration(tmp_path, discord=DiscordSection(claim_shards=True, shard_count=2))
    async with open_app(config, engine=FakeEngine()) as one, open_app(config, engine=FakeEngine()) as other:
        await until(lambda: one.store.deletions._known is not None)
        message = Said(origin=Origin(platform="test", channel="a", author=Author("1", "Ann")), text="an old secret")
        await one.dispatcher.handle(message, Listener())
        talk = await one.conversations.open("test", "a")
        assert talk.channel.head.input == "an old secret"
        await other.conversations.forget_user("test:1")
        await until(lambda: talk.channel.head.input == "")


async def test_background_work_is_awaited_at_the_end_and_its_errors_are_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    begun, ended = asyncio.Event(), False

    async def endless() -> None:
        nonlocal ended
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended = True

    async def failing() -> None:
        raise RuntimeError("the watch broke")

    monkeypatch.setattr("bot.app.endless_work", lambda app: [endless(), failing()])
    async with open_app(configuration(tmp_path), engine=FakeEngine()):
        await begun.wait()
    assert ended
    assert "the watch broke" in caplog.text
