"""Pictures for docs/discord.md and docs/scenes.md: real conversations with the bundled model, as users see them.

``python -m tests.platforms.discord.picture [FOLDER]`` renews docs/images/discord-*.png.
"""

import asyncio
import html
import re
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.app import open_app
from bot.config.schema import BotSection, Config, DiscordSection, PluginsSection, WebSection
from bot.platform_specs import make_discord
from tests.platforms.discord.wire import until
from tests.platforms.web.browser import open_browser
from tests.wire_discord.server import TOKEN, WireDiscord, wire_discord
from tests.wire_discord.world import Channel

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "images"
SEED = 5
COLOURS = {
    "roost": "#f0b232",
    "mira": "#3ba55d",
    "tom": "#4f8ff7",
    "Alice": "#eb6f92",
    "Mira": "#3ba55d",
    "Grimm": "#9b8cff",
}
SIGNS = {"🔄": "↻", "✏️": "✎", "✅": "✓", "🗑️": "✕"}  # in black and white
STYLE = """
body { margin: 0; background: #313338; color: #dbdee1; font: 15px/1.4 "Noto Sans CJK JP", sans-serif; }
main { padding: 14px 18px; width: 680px; } header { color: #949ba4; border-bottom: 1px solid #26272b;
padding: 10px 18px; font-weight: bold; } article { display: grid; grid-template-columns: 44px 1fr; margin: 0 0 12px; }
.face { width: 34px; height: 34px; border-radius: 50%; color: #1e1f22; font-weight: bold; display: grid;
place-content: center; } .app { background: #5865f2; color: #fff; font-size: 10px; border-radius: 3px;
padding: 1px 4px; margin-left: 5px; } .answers { grid-column: 2; color: #949ba4; font-size: 12px; }
.answers::before { content: "\\21b1  "; } .mention { background: #3c4270; color: #c9cdfb; border-radius: 3px;
padding: 0 2px; } button { background: #4e5058; border: 0; color: #fff; border-radius: 4px; padding: 5px 11px;
margin: 5px 5px 0 0; font: 13px "Noto Sans CJK JP", "Noto Color Emoji", sans-serif; }
button:disabled { opacity: .6; } .text { white-space: pre-wrap; } small { color: #949ba4; }
.menu { background: #1e1f22; border-radius: 4px; color: #949ba4; margin: 6px 0 0; padding: 8px 11px; width: 380px; }
"""


@asynccontextmanager
async def bot_on(wire: WireDiscord, address: str) -> AsyncIterator[None]:
    """Run the whole program with the bundled model, connected to ``wire``."""
    with tempfile.TemporaryDirectory() as folder:
        discord = DiscordSection(
            token=SecretStr(TOKEN), api_base=f"http://{address}/api", gateway_url=f"ws://{address}/gateway/",
            shard_count=1, edit_interval_s=0.3, admin_ids=[int(wire.alice.id)],
        )  # fmt: skip
        config = Config(
            bot=BotSection(data=folder), web=WebSection(enabled=False), plugins=PluginsSection(enabled=False),
            discord=discord,
        )  # fmt: skip
        async with open_app(config, seed=SEED) as app:
            platform = make_discord(app)
            assert platform is not None
            await platform.start()
            await asyncio.wait_for(wire.gateway.ready.wait(), 20)
            try:
                yield
            finally:
                await platform.close()


async def ask(wire: WireDiscord, text: str, channel: Channel, **more: Any) -> dict[str, Any]:
    """Send a message and return the finished answer."""
    before = len(wire.answers(channel))
    await wire.say(text, channel=channel, **more)
    await until(lambda: len(wire.answers(channel)) > before and done(wire.answers(channel)[-1]))
    return wire.answers(channel)[-1]


def done(message: dict[str, Any]) -> bool:
    """Whether a message has the buttons of a finished answer."""
    return any(button["custom_id"].startswith("roost:alternate") for button in buttons(message))


def buttons(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all buttons under a message."""
    return [button for row in message["components"] for button in row["components"]]


async def branches(wire: WireDiscord, channel: Channel) -> None:
    """A conversation that forks: somebody replies to an old answer."""
    tom = wire.world.person("tom")
    first = await ask(wire, "Hello! My name is Mira.", channel)
    await ask(wire, "I have a cat called Biscuit.", channel)
    await ask(wire, "What is my cat called?", channel)
    other = await ask(wire, "What is the capital of France?", channel, author=tom, answers=first["id"], mention=False)
    await wire.press(other, 0)
    await until(lambda: any("2/2" in str(button.get("label")) for button in buttons(other)))


async def characters(wire: WireDiscord, channel: Channel) -> None:
    """A character speaks under its own name."""
    await wire.say("+prompt friends-en", channel=channel)
    await until(lambda: wire.answers(channel))
    await ask(wire, "Hi Alice! How are you today?", channel)
    await ask(wire, "Tell me a joke, please.", channel)


async def scene(wire: WireDiscord, channel: Channel) -> None:
    """A scene: lines under their speakers' names, and the panel below."""
    await wire.say("+scene begin storm-night", channel=channel)
    await until(lambda: panelled(wire.answers(channel)))
    for text in ("+speak Grimm", "+speak Mira -n=3"):
        before = wire.answers(channel)[-1]["id"]
        await wire.say(text, channel=channel)
        await until(partial(newer, wire, channel, before))


def newer(wire: WireDiscord, channel: Channel, before: str) -> bool:
    """Whether the last message is a newer panel than that one."""
    answers = wire.answers(channel)
    return answers[-1]["id"] != before and panelled(answers)


def panelled(answers: list[dict[str, Any]]) -> bool:
    """Whether the last message is a scene's panel."""
    return any(button["custom_id"].startswith("roost-panel") for message in answers[-1:] for button in buttons(message))


def drawn(message: dict[str, Any], channel: Channel, bot: str) -> str:
    """Render a message as users see it."""
    author = message["author"]
    name, colour = author["username"], COLOURS.get(author["username"], "#949ba4")
    text = html.escape(message["content"]).replace(f"&lt;@{bot}&gt;", '<span class="mention">@roost</span>')
    text = re.sub(r"(?m)^-# (.*)$", r"<small>\1</small>", text)
    text = re.sub(r"`([^`\n]+)`", r"<code>\1</code>", re.sub(r"\*\*([^*\n]+)\*\*", r"<b>\1</b>", text))
    answered = channel.messages.get(message.get("message_reference", {}).get("message_id", ""))
    line = ""
    if answered is not None:
        words = html.escape(answered["content"].replace(f"<@{bot}>", "@roost")[:60])
        line = f'<div class="answers"><b>{answered["author"]["username"]}</b> {words}</div>'
    row = "".join(
        f"<button{' disabled' if button.get('disabled') else ''}>{face(button)}</button>"
        for button in buttons(message)
        if button["type"] == 2
    )
    row += "".join(
        f'<div class="menu">{part.get("placeholder", "")}</div>' for part in buttons(message) if part["type"] == 3
    )
    app = '<span class="app">APP</span>' if author.get("bot") else ""
    return (
        f'<article>{line}<div class="face" style="background:{colour}">{name[0].upper()}</div><div>'
        f'<b style="color:{colour}">{name}</b>{app}<div class="text">{text}</div>{row}</div></article>'
    )


def face(button: dict[str, Any]) -> str:
    """The label of a button; symbols that exist only in colour fonts are drawn in black and white."""
    sign = (button.get("emoji") or {}).get("name") or button.get("label") or ""
    return str(SIGNS.get(sign, sign))


def page_of(wire: WireDiscord, channel: Channel) -> str:
    """Render the whole channel as a page."""
    body = "".join(drawn(message, channel, wire.world.bot.id) for message in channel.messages.values())
    return f"<meta charset=utf-8><style>{STYLE}</style><header># {channel.name}</header><main>{body}</main>"


async def take_pictures(folder: Path) -> list[list[tuple[str, str]]]:
    """Talk, take the pictures, and return what was said."""
    told = []
    async with wire_discord() as (wire, address):
        wire.alice.name = "mira"
        general = wire.channel
        tavern = wire.world.channel("tavern", general.guild)
        harbour = wire.world.channel("harbour", general.guild)
        talks = ((general, branches, "branches"), (tavern, characters, "characters"), (harbour, scene, "scene"))
        async with bot_on(wire, address), open_browser() as browser:
            for channel, talk, name in talks:
                await talk(wire, channel)
                page = await browser.new_page(viewport={"width": 716, "height": 100}, device_scale_factor=2)
                await page.set_content(page_of(wire, channel))
                await page.screenshot(path=folder / f"discord-{name}.png", full_page=True)
                told.append(wire.world.transcript(channel))
        assert not wire.refusals, wire.refusals
    return told


if __name__ == "__main__":
    for transcript in asyncio.run(take_pictures(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)):
        for who, words in transcript:
            print(f"{who}: {words}")
        print("---")
