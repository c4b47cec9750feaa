"""The web platform: a chat page, and interfaces for programs."""

from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.command import Command
from bot.config.schema import WebSection
from bot.engine.types import EngineStatus
from bot.events import Dispatcher
from bot.i18n import N_, Message
from bot.platforms.web.accounts.account_access import AccountAccess
from bot.platforms.web.application import Routes, build_application
from bot.platforms.web.character_lists import Characters
from bot.platforms.web.client_turn import ClientTurns
from bot.platforms.web.connections import Connections, connection_limit
from bot.platforms.web.conversation_list import ConversationList, KeyValues
from bot.platforms.web.failure_limiter import FailureLimiter
from bot.platforms.web.guard import is_loopback
from bot.platforms.web.history import Conversations
from bot.platforms.web.open_pages import OpenPages
from bot.platforms.web.owner_tools import OwnerTools
from bot.platforms.web.owners import Owners
from bot.platforms.web.route_context import Presets, Site
from bot.platforms.web.server import EmbeddedServer, local_url, open_listener
from bot.platforms.web.shared_links import SharedLinks
from bot.platforms.web.shared_port import MountedApplication, SharedPort

if TYPE_CHECKING:
    from bot.accounts.account_service import Accounts


class WebPlatform:
    """Serves the page from ``start`` to ``close`` in the running event loop."""

    name = "web"

    def __init__(
        self, config: WebSection, dispatcher: Dispatcher, *, conversations: Conversations, characters: Characters,
        presets: Presets, registry: Iterable[Command], engine_status: Callable[[], EngineStatus], data: Path,
        values: KeyValues, name: str = "Roost", language: str = "en", mounted: MountedApplication | None = None,
        tools: OwnerTools | None = None, accounts: "Accounts | None" = None, more: Sequence[Routes] = (),
    ) -> None:  # fmt: skip
        """Set up the platform. ``mounted``: another application on the same port. ``more``: additional routes."""
        self._config = config
        self._port = config.port
        self._connections = Connections(connection_limit(), is_proxy=_proxy_test(config.proxies))
        self._open_pages = OpenPages(self._connections.most // 2)
        self._turns = ClientTurns(dispatcher)
        self._server: EmbeddedServer | None = None
        self._beside, self._more = mounted, more
        chats = ConversationList(values)
        self.site = Site(
            config=config, turns=self._turns, open_pages=self._open_pages, conversations=conversations,
            characters=characters, presets=presets,
            commands=registry, engine_status=engine_status, name=name, language=language, owners=Owners(data),
            list=chats, values=values, failures=FailureLimiter(), tools=tools, shared=SharedLinks(values, chats),
            accounts=AccountAccess(accounts) if accounts else None,
        )  # fmt: skip

    @property
    def url(self) -> str:
        """The URL to open in a browser on this machine."""
        return local_url(self._config.host, self._port)

    def owner_link(self) -> str:
        """Return a one-time URL, valid for a day, that signs the opening browser in as owner."""
        return f"{self.url}owner?code={self.site.owners.link_code()}"

    async def start(self) -> None:
        """Bind and serve. Raises UserError if the address cannot be used."""
        listener = await open_listener(self._config.host, self._config.port)
        self._port = listener.getsockname()[1]
        app = build_application(self.site, self._more)
        if self._beside is not None:
            app = SharedPort(app, self._beside)
        self._server = EmbeddedServer(app, self._connections, proxies=self._config.proxies)
        await self._server.start(listener)

    async def close(self) -> None:
        """Stop running replies, let their last events arrive, and close all connections. Idempotent."""
        server, self._server = self._server, None
        if server is None:
            return
        await self._turns.close()
        self._open_pages.close()
        await server.stop()

    async def announce(self, text: str, _places: Sequence[str] = ()) -> int:
        """Show ``text`` on every open page; return the number of visitors reached."""
        return self._open_pages.announce(text)

    def describe(self) -> Message:
        """Return one line for the start-up banner, ``status`` and the owner's page."""
        if self._server is None:
            return Message("not started")
        local, guarded = is_loopback(self._config.host), bool(self._config.token.get_secret_value())
        return Message(REACH[local, guarded], url=self.url)


REACH = {  # (this machine only?, with a token?)
    (True, False): N_("{url} (this machine only)"),
    (True, True): N_("{url} (this machine only, with a token)"),
    (False, False): N_("{url} (everyone who can reach this machine)"),
    (False, True): N_("{url} (everyone who can reach this machine, with a token)"),
}


def _proxy_test(proxies: Sequence[str]) -> Callable[[str], bool]:
    """Return a test for whether an address is among ``[web] proxies``."""
    networks = [ip_network(proxy, strict=False) for proxy in proxies]

    def is_proxy(address: str) -> bool:
        try:
            found = ip_address(address)
        except ValueError:
            return False
        return any(found.version == network.version and found in network for network in networks)

    return is_proxy
