"""Pictures for docs/qq.md: real conversations with the bundled model over both interfaces, drawn as QQ shows them.

``python -m tests.platforms.onebot.picture [FOLDER]`` renews docs/images/qq-*.png.
"""

import asyncio
import html
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from bot.app import App, open_app
from bot.config.schema import BotSection, Config, DiscordSection, OneBotSection, PluginsSection, QqSection, WebSection
from bot.platform_specs import make_onebot, make_qq
from bot.platforms.onebot.onebot_platform import OneBotPlatform
from tests.platforms.onebot.talking import at, quoting, words
from tests.platforms.qq.running_bot import private_message
from tests.platforms.web.browser import open_browser
from tests.waiting import until
from tests.wire_onebot.group_chat import GroupChat, Json
from tests.wire_onebot.links import dialled
from tests.wire_qq.tencent import Tencent, running

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "images"
SEED = 5
COLOURS = {"Roost": "#f0b232", "Mira": "#3ba55d", "Tom": "#4f8ff7", "小明": "#3ba55d"}
STYLE = """
body { margin: 0; background: #f2f3f5; color: #1f2329; font: 15px/1.45 "Noto Sans CJK SC", sans-serif; }
header { background: #fff; border-bottom: 1px solid #e3e5e8; padding: 10px 18px; font-weight: bold; }
main { padding: 14px 16px; width: 560px; } article { display: flex; gap: 9px; margin: 0 0 13px; }
article.own { flex-direction: row-reverse; } .face { width: 36px; height: 36px; border-radius: 50%; color: #fff;
font-weight: bold; display: grid; place-content: center; flex: none; } .name { color: #8a8f99; font-size: 12px; }
.own .name { text-align: right; } .side { max-width: 430px; } .bubble { background: #fff; border-radius: 9px;
padding: 8px 11px; white-space: pre-wrap; width: fit-content; } .own .bubble { background: #0099ff; color: #fff;
margin-left: auto; } .quote { background: #f2f3f5; color: #6c717a; border-radius: 5px; font-size: 12.5px;
padding: 4px 8px; margin-bottom: 5px; } .own .quote { background: #1f8ce0; color: #dff1ff; } .keys { display: flex;
gap: 6px; margin-top: 6px; } .keys span { border: 1px solid #0099ff; color: #0099ff; border-radius: 7px; flex: 1;
text-align: center; padding: 4px 12px; background: #fff; font-family: "Noto Sans CJK SC", "Noto Color Emoji"; }
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A message as users see it."""

    name: str
    text: str
    quote: str = ""
    own: bool = False  # written by the person looking at the screen
    buttons: tuple[str, ...] = ()


@asynccontextmanager
async def program(onebot: OneBotSection, qq: QqSection) -> AsyncIterator[App]:
    """Run the whole program with the bundled model."""
    with tempfile.TemporaryDirectory() as folder:
        config = Config(
            bot=BotSection(data=folder), web=WebSection(enabled=False), plugins=PluginsSection(enabled=False),
            discord=DiscordSection(enabled=False), onebot=onebot, qq=qq,
        )  # fmt: skip
        async with open_app(config, seed=SEED) as app:
            yield app


async def group_talk() -> Sequence[Line]:
    """A group: somebody replies to an old answer, and a number presses a button."""
    chat = GroupChat()
    async with program(OneBotSection(enabled=True, port=0, gap_s=0.0, thinking=False), QqSection()) as app:
        platform = make_onebot(app)
        assert isinstance(platform, OneBotPlatform)
        await platform.start()
        async with dialled(chat, platform.listener.port):
            first = await ask(chat, [at(), words(" Hello! My name is Mira.")], "Mira")
            await ask(chat, [at(), words(" I have a cat called Biscuit.")], "Mira")
            await ask(chat, [at(), words(" What is my cat called?")], "Mira")
            other = await ask(chat, [quoting(first), words("What is the capital of France?")], "Tom")
            await ask(chat, [quoting(other), words("1")], "Tom")
        await platform.close()
    return [line_of(event, chat) for event in chat.history["group:1"]]


async def ask(chat: GroupChat, said: list[Json], name: str) -> int:
    """Send a message and return the answer's id."""
    number = await chat.say(said, user=7 if name == "Mira" else 8, name=name)
    await until(lambda: bool(chat.quoting[str(number)]))
    return chat.quoting[str(number)][0].id


def line_of(event: Json, chat: GroupChat) -> Line:
    """Return a message of the group as a line."""
    sender, parts = event.get("sender"), event["message"]
    name = str(sender["nickname"]) if isinstance(sender, dict) else "Roost"
    assert isinstance(parts, list)
    quote = next((chat.messages[str(_data(part)["id"])] for part in parts if part["type"] == "reply"), None)
    return Line(name, plain(parts), plain_quote(quote, chat) if quote else "", own=name == "Mira")


def plain(parts: list[Json]) -> str:
    """The text of a message, including mentions."""
    return "".join("@Roost" if part["type"] == "at" else str(_data(part).get("text", "")) for part in parts)


def _data(part: Json) -> Json:
    data = part["data"]
    assert isinstance(data, dict)
    return data


def plain_quote(event: Json, chat: GroupChat) -> str:
    """The quote shown above a reply."""
    line = line_of(event | {"message": [part for part in _parts(event) if part["type"] != "reply"]}, chat)
    return f"{line.name}: {line.text.splitlines()[0][:48]}"


def _parts(event: Json) -> list[Json]:
    parts = event["message"]
    assert isinstance(parts, list)
    return parts


async def private_talk() -> Sequence[Line]:
    """The official interface: an answer with buttons under it, one of which is pressed."""
    tencent, shown = Tencent(), list[Line]()
    async with running(tencent) as url:
        section = QqSection(app_id="100", secret=SecretStr("s3cret"), api_base=url, streaming=False)
        async with program(OneBotSection(), section) as app:
            platform = make_qq(app)
            assert platform is not None
            await platform.start()
            await until(lambda: bool(tencent.greetings))
            for number, text in enumerate(("Hi! I am Mira.", "Tell me a joke, please."), 1):
                shown.append(Line("Mira", text, own=True))
                await tencent.say("C2C_MESSAGE_CREATE", **private_message(f"m{number}", text))
                await until(lambda number=number: len(tencent.sent) == number)  # type: ignore[misc]
                shown.append(answer(tencent))
            action = tencent.sent[-1].buttons[0]["action"]
            assert isinstance(action, dict)
            resolved = {"button_data": action["data"], "button_id": "1"}
            await tencent.say("INTERACTION_CREATE", id="P1", user_openid="U1", data={"resolved": resolved})
            await until(lambda: len(tencent.sent) == 3)
            shown.append(answer(tencent))
            await platform.close()
    return shown


def answer(tencent: Tencent) -> Line:
    """Return the bot's last message."""
    sent = tencent.sent[-1]
    labels = [button["render_data"]["label"] for button in sent.buttons]  # type: ignore[index]
    return Line("Roost", sent.text, buttons=tuple(str({"🔄": "↻"}.get(label, label)) for label in labels))


def drawn(line: Line) -> str:
    """Render a message as HTML."""
    quote = f'<div class="quote">{html.escape(line.quote)}</div>' if line.quote else ""
    text = html.escape(line.text).replace("🔄", "↻")  # colour-only symbols in black and white
    keys = "".join(f"<span>{html.escape(each)}</span>" for each in line.buttons)
    return (
        f'<article class="{"own" if line.own else ""}"><div class="face" style="background:'
        f'{COLOURS.get(line.name, "#949ba4")}">{line.name[0]}</div><div class="side">'
        f'<div class="name">{line.name}</div>'
        f'<div class="bubble">{quote}{text}</div>{f"<div class=keys>{keys}</div>" if keys else ""}'
        "</div></article>"
    )


def page_of(title: str, lines: Sequence[Line]) -> str:
    """Render the conversation as a page."""
    body = "".join(map(drawn, lines))
    return f"<meta charset=utf-8><style>{STYLE}</style><header>{title}</header><main>{body}</main>"


async def take_pictures(folder: Path) -> list[Sequence[Line]]:
    """Talk, take the pictures, and return what was said."""
    told = [("group", "The owl's tree (3)", await group_talk()), ("official", "Roost", await private_talk())]
    async with open_browser() as browser:
        for name, title, lines in told:
            page = await browser.new_page(viewport={"width": 592, "height": 100}, device_scale_factor=2)
            await page.set_content(page_of(title, lines))
            await page.screenshot(path=folder / f"qq-{name}.png", full_page=True)
    return [lines for _, _, lines in told]


if __name__ == "__main__":
    for transcript in asyncio.run(take_pictures(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)):
        for each in transcript:
            print(f"{each.name}: {f'[{each.quote}] ' if each.quote else ''}{each.text} {' '.join(each.buttons)}")
        print("---")
