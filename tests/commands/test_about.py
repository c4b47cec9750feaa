"""Help, status, about, the model."""

from pathlib import Path

import pytest

from bot.app import open_dispatcher
from bot.chat.completions import Completion, Completions
from bot.commands.builtin import built_in
from bot.config.schema import BotSection, Config
from bot.engine.types import SamplingParams
from bot.i18n import LANGUAGES, translate
from bot.store.disk import Disk
from bot.store.state_file import StateFile
from tests.commands.talking import ANN, BOB, Talk, talking
from tests.conversations import open_conversations
from tests.fakes import FakeEngine
from tests.remote.served import connected, serve


@pytest.mark.parametrize("language", LANGUAGES)
async def test_help_in_every_language(tmp_path: Path, language: str) -> None:
    async with talking(tmp_path) as talk:
        overview = await talk.say("+help", language=language)
        for item in built_in():
            assert f"`+{item.name}`" in overview
            explained = await talk.say(f"+help {item.name}", language=language)
            assert item.examples[0] in explained
            assert translate(item.summary, language) in explained


async def test_help_shows_what_one_may_use(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "`+block`" not in await talk.say("+help", author=ANN)
        assert "alternate" in await talk.say("+help +")
        assert "List the commands" in await talk.say("+help all", author=ANN)
        assert len(await talk.say("+help", author=ANN)) < 1500
        assert "Did you mean +undo?" in await talk.say("+help udno")
        assert "Did you mean +set temp?" in await talk.say("+temp 0.5")


async def test_status_and_about(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        text = await talk.say("+status")
        assert "fake, RWKV-7, fp32 on cpu" in text
        assert "0 of 64" in text
        assert "Turns today" not in text
        about = await talk.say("+about", author=ANN)
        assert "fake" in about
        assert "Roost runs on Roost" not in about
        await talk("hello")
        await talk("hello -n=2")
        expected = "Turns today: 2; each on average 0.8 s waiting, 0.4 s reading, 3.0 s writing"
        assert expected in await talk.say("+status"), "the seconds of both candidates count"


async def test_what_each_key_used_is_told_to_the_owner(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        core = talk.conversations.core
        wanted = Completion(text="hello", sampling=SamplingParams(), caller="bee")
        completions = Completions(core)
        async with completions.running(wanted) as run:
            async for _ in run.chunks():
                pass
        read = len(run.tokens)
        await core.close([], 5)
        assert f"Key bee today: 1 requests, {read} tokens read" in await talk.say("+status")
        assert "Key bee" not in await talk.say("+status", author=BOB)


async def test_a_bot_of_another_name_runs_on_roost(tmp_path: Path) -> None:
    config = {"bot": {"name": "Owl", "data": str(tmp_path / "data")}}
    async with talking(tmp_path, config=config) as talk:
        assert (await talk.say("+about")).startswith("Owl runs on Roost")


async def test_what_happens_is_counted(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        metrics = talk.conversations.core.metrics
        await talk("hello")
        await talk("+undo")
        await talk("+nonsense")
        assert metrics.value("roost_events_total", platform="test", kind="said") == 3
        assert metrics.value("roost_calls_total", command="undo") == 1
        assert metrics.value("roost_refusals_total", kind="NotFound") == 1
        assert metrics.value("roost_turns_total") == 1
        assert "roost_answer_seconds_count 2" in metrics.render()


async def test_the_model_is_changed_by_its_owner_only(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "fake" in await talk.say("+model", author=ANN)
        assert "administrator" in await talk.say("+model other", author=ANN)
        assert "owner" in await talk.say("+model other", guild="g", is_group=True)
        assert "cannot switch" in await talk.say("+model other")


async def test_the_owner_is_told_of_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with talking(tmp_path, config={"bot": {"data": str(tmp_path), "admins": ["test:9"]}}) as talk:
        assert "disk" not in await talk.say("+status")
        monkeypatch.setattr(Disk, "_has_plenty", lambda disk: False)  # which may be known from a moment ago
        monkeypatch.setattr(Disk, "free", lambda disk: 0)
        monkeypatch.setattr(StateFile, "spare", 0)
        assert "The disk is full" in await talk.say("+status")
        assert "The disk is full" in await talk.say("hello")
        assert "The disk is full" not in await talk.say("+status", author=BOB)


async def test_engines_elsewhere_are_told_to_the_owner(tmp_path: Path) -> None:
    here, gone = await serve(FakeEngine()), await serve(FakeEngine())
    await gone.stop()
    async with (
        connected(here, gone) as engine,
        open_conversations(tmp_path, engine) as conversations,
        open_dispatcher(Config(bot=BotSection(data=str(tmp_path))), conversations) as dispatcher,
    ):
        talk = Talk(dispatcher, here.engine)
        told = await talk.say("+status")
        assert f"Engine {here.url}: 0 of 64 replies" in told
        assert f"Engine {gone.url} is not used: " in told
        assert here.url not in await talk.say("+status", author=ANN)
    await here.stop()
