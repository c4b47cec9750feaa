"""The page in a real browser, on real conversations in a real database; only the model is a fake. Fixtures."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from bot.accounts.account_service import Accounts
from bot.app import open_dispatcher
from bot.chat.api_keys import ApiKeys
from bot.chat.conversations import Conversations
from bot.config.schema import Config, PluginsSection, WebSection
from bot.dispatch.dispatcher import Dispatcher
from bot.i18n import Message
from bot.library.cards import pictures
from bot.library.characters.character_folder import CharacterFolder
from bot.library.text_files import TextFiles
from bot.monitor.backups import Backups
from bot.monitor.load_history import LoadHistory
from bot.monitor.not_running import NotRunning
from bot.monitor.overview import Overview
from bot.monitor.update_notes import UpdateNotes
from bot.paths import data_file
from bot.platforms.web.owner_tools import OwnerTools
from bot.platforms.web.scene_list_routes import scene_list_routes
from bot.platforms.web.stage_routes import stage_routes
from bot.platforms.web.web_platform import WebPlatform
from tests.conversations import open_conversations
from tests.fakes import FakeEngine
from tests.platforms.web.browser import open_browser, open_page

CHARACTER = 'name = "Mira"\ngreeting = "Come in."\ngreetings = ["You again?"]\n'


@dataclass
class Stage:
    """The page, conversations and engine of a test."""

    browser: Browser
    engine: FakeEngine
    web: WebPlatform
    accounts: Accounts
    another: Callable[[WebSection], WebPlatform]  # not started; serves the same conversations on another port

    @property
    def url(self) -> str:
        return self.web.url


def real_tools(folder: Path, chats: Conversations, dispatcher: Dispatcher) -> OwnerTools:
    services, store = dispatcher.services, chats.core.store
    history = LoadHistory(chats.core.engine.status, chats.core.metrics)
    history.take()
    history.take()
    refused = Message("Discord rejected the token. Create a new one on the Bot page of the developer portal.")
    backups = Backups(store.back_up, folder / "backups")
    overview = Overview(services, history, backups, [NotRunning("discord", refused)])
    texts = TextFiles(services.prompts, [data_file("prompts"), folder])
    updates = UpdateNotes(store.values, folder / "CHANGELOG.md", "0.2.0")
    return OwnerTools(overview=overview, keys=ApiKeys(store.values), texts=texts, updates=updates)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    engine = FakeEngine(delay=0.01)
    folder: Path = tmp_path_factory.mktemp("web")
    (folder / "cast").mkdir()
    (folder / "cast" / "mira.toml").write_text(CHARACTER)
    (folder / "cast" / "mira.png").write_bytes(pictures.blank("Mira"))
    characters = CharacterFolder([folder / "cast"])
    characters.refresh()
    config = Config(plugins=PluginsSection(enabled=False))
    async with (
        open_browser() as browser,
        open_conversations(folder, engine, characters=characters) as conversations,
        open_dispatcher(config, conversations) as dispatcher,
    ):
        accounts = Accounts(conversations.core.store, "Roost")

        def make(section: WebSection) -> WebPlatform:
            return WebPlatform(
                section,
                dispatcher,
                conversations=conversations,
                characters=conversations.core.characters,
                presets=dispatcher.services.presets,
                registry=dispatcher.services.registry,
                engine_status=engine.status,
                data=folder,
                values=conversations.core.store.values,
                tools=real_tools(folder, conversations, dispatcher),
                accounts=accounts,
                more=[stage_routes(conversations), scene_list_routes(conversations, dispatcher.services.scenes)],
            )

        web = make(WebSection(port=0))
        await web.start()
        try:
            yield Stage(browser, engine, web, accounts, make)
        finally:
            await web.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(stage: Stage) -> AsyncIterator[Page]:
    stage.engine.delay, stage.engine.held, stage.engine.held_after = 0.01, False, 1
    stage.engine.forget_scripts()
    async with open_page(stage.browser, stage.url) as page:
        yield page
