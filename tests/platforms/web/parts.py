"""Every part of the page with content in it, and how to get there by keyboard alone."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from playwright.async_api import FilePayload, Page, expect

from bot.config.schema import WebSection
from bot.platforms.web.route_context import OWNER_COOKIE
from tests.library.cards.card_builder import v2
from tests.platforms.web.browser import ask, expect_script, idle, loaded
from tests.platforms.web.stage import Stage

# The content is Chinese and Japanese, so that untranslated words of the page stand out.
REPLY = (
    "**中文** [链接](https://example.org) `c`\n> 引用\n```py\ne = 1\n```\n- [ ] 任务\n\n"
    "| 一 | 二 |\n|---|---|\n| 三 | 四 |\n\n||秘密||"
)
LONG = "数十年前、灯台守は毎晩ランプに火を入れ、海を眺めながら長い手紙を書いた。" * 3
SCENE = "+scene import 安娜: 谁在那里？\n\n本: 是我，带着信。"
CARD = {
    "name": "鐘", "description": "{{char}}是一座钟。", "personality": "准时", "first_mes": "嘀嗒，{{user}}。",
    "alternate_greetings": ["嗒。"], "tags": ["黄铜"],
    "character_book": {"entries": [{"keys": ["钥匙"], "content": "钥匙丢了。", "extensions": {}}]},
}  # fmt: skip
SCENE_AT, CHARACTER_AT = "0000cafe", "0000face"
TOKEN = "a long token of the owner's"


class Parts:
    """The page with everything in it. A part is opened by name."""

    def __init__(self, stage: Stage, page: Page, shared: str, guarded: str) -> None:
        self.stage, self.page, self.shared, self.guarded = stage, page, shared, guarded

    async def open(self, name: str) -> None:
        await PARTS[name](self)

    async def view(self, address: str, ready: str) -> Page:
        """A part that has its own URL."""
        if not self.page.url.startswith(f"{self.stage.url}#"):
            await self.page.goto(self.stage.url)
        await self.page.evaluate("where => { location.hash = where; }", address)
        await self.page.wait_for_selector(ready)
        return self.page

    async def talk(self, at: str = "-") -> Page:
        page = await self.view(f"#/talk/{at}", "#messages")
        opened = None if at == "-" else json.dumps(at)
        await expect_script(page, "localStorage.getItem('roost.last')", opened)  # not the conversation before
        await page.wait_for_selector("#messages .reply")
        await expect(page.locator("#messages .math")).to_have_count(0)
        return page


async def press_on(page: Page, selector: str, key: str = "Enter") -> None:
    """Focus an element and press a key, without the mouse."""
    await page.wait_for_selector(selector)
    await page.focus(selector)
    await page.keyboard.press(key)


async def _talk(parts: Parts) -> None:
    page = await parts.talk()
    for words, ready in (("+export", "a.download"), ("+nonsense", ".reply.error")):
        if not await page.locator(ready).count():
            await ask(page, words)
            await page.wait_for_selector(ready)


async def _answers(parts: Parts) -> None:
    page = await parts.talk()
    await press_on(page, ".exchange.last [data-action=answers]")
    await page.wait_for_selector(".answer.current")


async def _about(parts: Parts) -> None:
    page = await parts.talk()
    await press_on(page, ".exchange.last [data-action=about]")
    await press_on(page, "[data-action=probabilities]")
    await page.wait_for_selector(".token")


async def _empty(parts: Parts) -> None:
    await parts.view("#/talk/00000bad", "#empty")


async def _offers(parts: Parts) -> None:
    page = await parts.talk()
    await page.focus("#input")
    await page.keyboard.type("+")
    await page.wait_for_selector("#completions li")


async def _conversations(parts: Parts) -> None:
    page = await parts.talk()
    if await page.locator("[data-action=list]").is_visible():
        await press_on(page, "[data-action=list]")
    await page.fill("#sidebar input[type=search]", "故事")
    await page.wait_for_selector("#found .hit")
    await press_on(page, "#sidebar .row [data-action=row-more]")
    await page.wait_for_selector(".row-choices")


async def _tree(parts: Parts) -> None:
    page = await parts.talk()
    await press_on(page, "#tree-button")
    await page.wait_for_selector(".dot.chosen")


async def _settings(parts: Parts) -> None:
    page = await parts.talk()
    await press_on(page, "#settings-button")
    await page.wait_for_selector("#set-temperature")


async def _play(parts: Parts) -> None:
    page = await parts.talk()
    await press_on(page, "#play-button")
    await page.wait_for_selector(".read-text")


async def _gallery(parts: Parts) -> None:
    await parts.view("#/characters", ".tile[href='#/characters/mira']")


async def _card(parts: Parts) -> None:
    page = await parts.view("#/characters", ".tile")
    await press_on(page, ".tile:not([href='#/characters/mira'])")
    await press_on(page, "[data-entry='0'] summary")
    await page.fill("#said", "钥匙")
    await page.wait_for_selector(".fired li")


async def _scenes(parts: Parts) -> None:
    await parts.talk()
    await parts.view("#/stage", ".stage .begin")


async def _scene(parts: Parts) -> None:
    await parts.talk(SCENE_AT)
    await parts.view("#/stage", ".scene-line.waits")


def _owner(name: str, ready: str) -> Callable[[Parts], Awaitable[None]]:
    async def open_section(parts: Parts) -> None:
        await parts.view(f"#/owner/{name}", ready)

    return open_section


async def _elsewhere(page: Page, url: str, ready: str) -> None:
    await page.goto(url)
    await page.wait_for_selector(ready)


async def _shared(parts: Parts) -> None:
    await _elsewhere(parts.page, parts.stage.url + parts.shared, "#messages .reply")


async def _sign_in(parts: Parts) -> None:
    """Show the sign-in page, as seen without a token or owner link."""
    context, url = parts.page.context, parts.stage.url
    cookies = await context.cookies(url)
    secret = next(cookie.get("value", "") for cookie in cookies if cookie.get("name") == OWNER_COOKIE)
    await context.clear_cookies(name=OWNER_COOKIE)
    await _elsewhere(parts.page, parts.guarded, ".sign-in form input")
    await context.add_cookies([{"name": OWNER_COOKIE, "value": secret, "url": url}])


async def _account(parts: Parts) -> None:
    await _elsewhere(parts.page, f"{parts.stage.url}sign-in", "form input")


async def _invitation(parts: Parts) -> None:
    await _elsewhere(parts.page, f"{parts.stage.url}join?code=none", "h1")


async def _owner_link(parts: Parts) -> None:
    await _elsewhere(parts.page, f"{parts.stage.url}owner?code=none", "form button")


PARTS: Mapping[str, Callable[[Parts], Awaitable[None]]] = {
    "talk": _talk,
    "empty talk": _empty,
    "offers": _offers,
    "answers side by side": _answers,
    "about an answer": _about,
    "conversations": _conversations,
    "tree": _tree,
    "settings": _settings,
    "role play": _play,
    "gallery": _gallery,
    "card": _card,
    "scenes": _scenes,
    "scene": _scene,
    "owner": _owner("", "#view .facts"),
    "charts": _owner("charts", ".chart canvas"),
    "access": _owner("access", "#view .fields"),
    "keys": _owner("keys", "#view section"),
    "accounts": _owner("accounts", "#view section"),
    "updates": _owner("updates", "#view section"),
    "texts": _owner("texts", "#view li"),
    "a text": _owner("texts/prompt/chat-en", ".source"),
    "log": _owner("log", "pre.log"),
    "shared link": _shared,
    "owner link": _owner_link,
    "sign in": _sign_in,
    "account": _account,
    "invitation": _invitation,
}


async def _converse(stage: Stage, page: Page) -> str:
    """Create a conversation with two answers, a card, a scene with candidates; return the path of a shared link."""
    stage.engine.delay = 0
    stage.engine.enqueue(LONG, REPLY)
    await ask(page, "讲一个故事。" * 12)
    stage.engine.enqueue("另一个。", finish_reason="timeout")
    await ask(page, "再来一个")
    await page.click(".exchange.last [data-action=again]")
    await expect(page.locator(".place")).to_have_text("2/2")
    await idle(page)
    await page.goto(f"{stage.url}#/characters")
    card: FilePayload = {"name": "clock.json", "mimeType": "application/json", "buffer": json.dumps(v2(CARD)).encode()}
    await page.set_input_files("#cards", card)
    await expect(page.locator(".tile")).to_have_count(2)
    stage.engine.enqueue(" 风大了。", " 请进。", " 放在桌上。")
    for text in (SCENE, "+candidates 3", "+speak 本"):
        await page.request.post(f"{stage.url}api/chat?c={SCENE_AT}", data={"text": text, "stream": False})
    return str((await (await page.request.post(f"{stage.url}api/share")).json())["path"])


@asynccontextmanager
async def open_parts(stage: Stage, page: Page) -> AsyncIterator[Parts]:
    """Fill the page once; tests then switch views and settings without a new browser or server."""
    guarded = stage.another(WebSection.model_validate({"port": 0, "token": TOKEN}))
    await guarded.start()
    try:
        await page.goto(stage.web.owner_link())
        await page.click("form button")
        await loaded(page)
        yield Parts(stage, page, await _converse(stage, page), guarded.url)
    finally:
        await guarded.close()
