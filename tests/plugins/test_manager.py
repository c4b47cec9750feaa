"""Plugins are loaded like built-in commands, and their failures are isolated."""

import asyncio
import logging
import re
from pathlib import Path
from typing import Any

import pytest

from bot.commands.context import Context
from bot.plugins.api import background_task, message_filter
from bot.testing import talk as talk_with
from tests.commands.talking import ANN, Talk, talking
from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "plugins"
PAGE = ROOT / "docs" / "plugins.md"
FAST = {"timeout_s": 0.5}  # for plugins that hang, and others that never wait
HEAD = """
import asyncio, time
from bot.commands.command import Option, command
from bot.plugins.api import background_task, message_filter
from bot.library.prompts import ChatPrompt
"""
GOOD = (
    HEAD
    + """
PIRATE = ChatPrompt(name="pirate", text="A pirate.")

@command("greet", summary="Greet.", options=(Option(name="who", default="all", rest=True, help="who"),))
async def greet(context, who):
    await context.say(f"Hello, {who}!")

@message_filter("before")
async def lower(context, text):
    return text.lower()

@message_filter("after")
def sign(context, text):
    return text + " (signed)"

@background_task()
async def once(plugin):
    await plugin.store.set("started", True)
"""
)


def plugin(folder: Path, name: str, text: str) -> None:
    (folder / "plugins").mkdir(exist_ok=True)
    (folder / "plugins" / f"{name}.py").write_text(text, encoding="utf-8")


def config(folder: Path, **plugins: Any) -> dict[str, Any]:
    return {"plugins": {"folder": str(folder / "plugins"), "timeout_s": PATIENCE} | plugins}


async def stored(talk: Talk, plugin: str, key: str, least: int = 1) -> None:
    """Wait until a background task has put a value into its plugin's store."""
    store = talk.dispatcher.services.plugins.handle(plugin).store
    async with asyncio.timeout(PATIENCE):
        while int(await store.get(key, 0)) < least:  # noqa: ASYNC110  # the store has no event
            await asyncio.sleep(0.01)


async def test_all_kinds_of_things_come_in(tmp_path: Path) -> None:
    plugin(tmp_path, "good", GOOD)
    async with talking(tmp_path, config=config(tmp_path)) as talk:
        assert await talk.say("+greet the moon") == "Hello, the moon!"
        assert "`+greet`" in await talk.say("+help")
        talk.engine.enqueue(" Yes.")
        assert await talk.say("HELLO") == "Yes. (signed)"
        assert "User: hello\n" in talk.read()
        assert (await talk.conversation()).channel.head.output == "Yes.", "the turn keeps the model's own words"
        assert "pirate" in await talk.say("+prompts")
        await stored(talk, "good", "started")
        assert "Plugin good: on" in await talk.say("+status")


async def test_switched_off(tmp_path: Path) -> None:
    plugin(tmp_path, "good", GOOD)
    async with talking(tmp_path, config=config(tmp_path, disabled=["good"])) as talk:
        assert "no command +greet" in await talk.say("+greet")
        assert "Plugin good: off" in await talk.say("+status")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1/0", "ZeroDivisionError"),
        ("def (", "SyntaxError"),
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        ("raise SystemExit(3)", "SystemExit"),
        (HEAD + '@command("undo", summary="x")\nasync def undo(context): pass', "there are two commands 'undo'"),
        (HEAD + '@command("Bad Name", summary="x")\nasync def f(context): pass', "command name"),
        (HEAD + '@command("f", summary="x")\nasync def f(context, y): pass', "the function takes"),
        (HEAD + '@command("f", summary="x")\ndef f(context): pass', "async function"),
    ],
)
async def test_a_plugin_that_cannot_be_loaded_is_named(
    tmp_path: Path, text: str, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    plugin(tmp_path, "bad", text)
    plugin(tmp_path, "good", GOOD)
    with caplog.at_level(logging.ERROR):
        async with talking(tmp_path, config=config(tmp_path)) as talk:
            assert await talk.say("+greet") == "Hello, all!"
            status = await talk.say("+status")
            assert "Plugin bad: failed" in status
            assert problem in status
            assert "Plugin bad: failed" in await talk.say("+status", author=ANN)
            assert problem not in await talk.say("+status", author=ANN)
    assert "the plugin bad cannot be loaded" in caplog.text


async def test_an_import_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.plugins.manager.LOAD_SECONDS", 0.1)
    plugin(tmp_path, "slow", "import time; time.sleep(5)")
    async with talking(tmp_path, config=config(tmp_path)) as talk:
        assert "took too long" in await talk.say("+status")


async def test_commands_that_raise_or_hang(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    text = (
        HEAD
        + """
@command("boom", summary="x")
async def boom(context):
    raise RuntimeError("boom")

@command("wait", summary="x")
async def wait(context):
    await asyncio.sleep(60)
"""
    )
    plugin(tmp_path, "bad", text)
    async with talking(tmp_path, config=config(tmp_path, **FAST)) as talk:
        with caplog.at_level(logging.ERROR):
            assert "went wrong" in await talk.say("+boom")
            assert "went wrong" in await talk.say("+wait")
        assert "of the plugin bad" in caplog.text
        assert "took too long" in await talk.say("+status")
        assert (await talk("hello")).kind == "turn"
        for _ in range(5):
            await talk("+boom")
        assert "no command +boom" in await talk.say("+boom"), "switched off after five in a row"


async def test_filters_that_fail_are_passed_over(tmp_path: Path) -> None:
    text = (
        HEAD
        + """
@message_filter("before")
def hang(context, text):
    time.sleep(3)

@message_filter("before")
async def wrong(context, text):
    return None

@message_filter("after")
async def boom(context, text):
    raise RuntimeError("boom")
"""
    )
    plugin(tmp_path, "bad", text)
    async with talking(tmp_path, config=config(tmp_path, **FAST)) as talk:
        talk.engine.enqueue(" Yes.")
        assert await talk.say("hello") == "Yes."
        assert "User: hello\n" in talk.read()
        assert "Plugin bad: failed" in await talk.say("+status"), "too many failures in a row"
        assert (await talk("again")).kind == "turn"


async def test_background_tasks_repeat_and_fail_alone(tmp_path: Path) -> None:
    text = (
        HEAD
        + """
@background_task(every=0.05)
async def tick(plugin):
    await plugin.store.set("ticks", await plugin.store.get("ticks", 0) + 1)
"""
    )
    plugin(tmp_path, "ticker", text)
    plugin(tmp_path, "broken", HEAD + "@background_task(every=0.05)\ndef tick(plugin):\n    1/0\n")
    async with talking(tmp_path, config=config(tmp_path)) as talk:
        await stored(talk, "ticker", "ticks", 2)
        async with asyncio.timeout(PATIENCE):
            while "Plugin broken: failed" not in await talk.say("+status"):  # noqa: ASYNC110  # no event
                await asyncio.sleep(0.01)
        assert await talk.dispatcher.services.plugins.handle("broken").store.get("ticks") is None
        assert "Plugin broken: failed (ZeroDivisionError" in await talk.say("+status")
        assert "Plugin ticker: on" in await talk.say("+status")


# --- the examples and the page ------------------------------------------------------------------------------------


def test_the_examples_are_short() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == {"dice.py", "word_filter.py"}
    for path in EXAMPLES.glob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 60


async def test_dice() -> None:
    replies = await talk_with(EXAMPLES / "dice.py", "+roll", "+roll 3d1000+5", "+roll best", "+roll x", "+roll 1d1")
    assert re.fullmatch(r"🎲 \d = \*\*\d\*\*", replies[0])
    best = re.search(r"\*\*(\d+)\*\*", replies[1])
    assert best is not None
    assert replies[2] == f"The best roll so far: {best[1]}"
    assert all("Dice are written" in reply for reply in replies[3:])


async def test_word_filter() -> None:
    file, settings = EXAMPLES / "word_filter.py", {"words": ["darn", "heck"]}
    replies = await talk_with(file, "hello", "oh DARN it", "+filtered", settings=settings, says="What the Heck!")
    assert replies == ["What the ****!", "That word is not used here.", "2"]
    assert await talk_with(file, "darn", says="Heck.") == ["Heck."], "without settings it lets everything through"


def blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


async def test_the_page_tells_the_truth(tmp_path: Path) -> None:
    source = tmp_path / "page.py"
    source.write_text("\n".join(blocks()), encoding="utf-8")
    replies = await talk_with(source, "+greet", "+greet THE MOON", "Hello", "+prompts pirate", says="Aye")
    assert replies[0] == "Hello, everybody!"
    assert replies[1] == "Hello, THE MOON!"
    assert replies[2] == "Aye 🦉"
    assert "Captain is a grumpy pirate." in replies[3]


def test_the_page_names_what_there_is() -> None:
    page = PAGE.read_text(encoding="utf-8")
    table = re.findall(r"^\| (`.*?) \|", page, re.MULTILINE)
    names = [name.split("(")[0].split(".")[0] for row in table for name in re.findall(r"`([\w.()*, ]+)`", row)]
    assert len(names) >= 8
    for name in names:
        assert hasattr(Context, name), name
    assert callable(message_filter)
    assert callable(background_task)
    for action in ("new NAME", "list", "disable NAME", "enable NAME"):
        assert action in page


async def test_switched_at_run_time_and_for_good(tmp_path: Path) -> None:
    text = GOOD + "\n@background_task(every=0.05)\nasync def count(plugin):\n" \
        "    await plugin.store.set('count', int(await plugin.store.get('count', 0)) + 1)\n"  # fmt: skip
    plugin(tmp_path, "good", text)
    async with talking(tmp_path, config=config(tmp_path)) as talk:
        await stored(talk, "good", "count")
        assert await talk.say("+plugin good off") == "Plugin good: off"
        assert "no command +greet" in await talk.say("+greet")
        plugins = talk.dispatcher.services.plugins
        assert not plugins.filters("after")
        kept = int(await plugins.handle("good").store.get("count", 0))
        assert await talk.say("+plugin good off") == "Plugin good: off"
    async with talking(tmp_path, config=config(tmp_path)) as talk:
        assert await talk.say("+plugin") == "Plugin good: off"
        assert int(await talk.dispatcher.services.plugins.handle("good").store.get("count", 0)) <= kept + 1
        for _ in range(2):
            assert await talk.say("+plugin good on") == "Plugin good: on"
        assert await talk.say("+greet") == "Hello, all!"
        await stored(talk, "good", "count", kept + 2)
    async with talking(tmp_path, config=config(tmp_path)) as talk:
        assert await talk.say("+greet") == "Hello, all!"


async def test_one_that_cannot_be_loaded_is_said(tmp_path: Path) -> None:
    plugin(tmp_path, "bad", "1/0")
    async with talking(tmp_path, config=config(tmp_path)) as talk:
        for _ in range(2):
            assert await talk.say("+plugin bad on") == "Plugin bad: failed (ZeroDivisionError: division by zero)"
        plugin(tmp_path, "bad", GOOD)
        assert await talk.say("+plugin bad on") == "Plugin bad: on"
        assert await talk.say("+greet") == "Hello, all!"


async def test_who_may_switch_which(tmp_path: Path) -> None:
    plugin(tmp_path, "good", GOOD)
    async with talking(tmp_path, config=config(tmp_path, disabled=["good"])) as talk:
        assert "take it out of [plugins] disabled" in await talk.say("+plugin good on")
        assert "Installed: good" in await talk.say("+plugin nothing off")
        assert "+plugin dice off" in await talk.say("+plugin good")
        assert "Plugin good" not in await talk.say("+plugin good off", author=ANN)
