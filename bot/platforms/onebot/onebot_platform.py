"""QQ through OneBot v11: bridges connect to us or we to them, and each account has its own line."""

import asyncio
import logging
from collections.abc import Sequence
from ipaddress import ip_address

from bot.config.schema import OneBotSection
from bot.errors import ConfigError
from bot.events import Dispatcher
from bot.i18n import N_, Message
from bot.platforms.line.choices import Choices
from bot.platforms.line.sending import MessageRejected, NotPermitted, Undelivered
from bot.platforms.onebot.accounts import Accounts
from bot.platforms.onebot.bot_account import AccountContext, BotAccount
from bot.platforms.onebot.bridge import Bridge
from bot.platforms.onebot.dialer import Dialer
from bot.platforms.onebot.listener import Listener
from bot.platforms.onebot.message_splitter import MAX_MESSAGE_LENGTH
from bot.platforms.onebot.owner_notices import OwnerNotices
from bot.platforms.onebot.places import PLATFORM, OneBotPlace, place_of
from bot.platforms.onebot.storage import Commands, OneBotStore
from bot.tasks import Tasks

log = logging.getLogger(__name__)

MAIN = "main_account"
ASK_AGAIN = 3.0  # seconds until the database is asked again
OPEN = N_(
    "[onebot] host {host} is open to others, and [onebot] token is empty: put token_env = "
    "\"ROOST_ONEBOT_TOKEN\" there, set that variable, and the same token in the bridge; or put host = \"127.0.0.1\""
)  # fmt: skip
TAKEN = N_(
    "[onebot] {host}:{port} cannot be bound ({reason}). Is Roost running already? Else choose another [onebot] port"
)


class OneBotPlatform:
    """All accounts, and the connections to their bridges."""

    name = PLATFORM

    def __init__(
        self, config: OneBotSection, dispatcher: Dispatcher, commands: Commands, store: OneBotStore, *,
        name: str = "Roost", language: str = "en",
    ) -> None:  # fmt: skip
        self._config = config
        self._accounts = Accounts(frozenset(map(str, config.accounts)), self._join)
        self._bots: dict[str, BotAccount] = {}
        token = config.token.get_secret_value()
        self.listener = Listener(self._accounts, config.host, config.port, token)
        self._dialers = [Dialer(self._accounts, url, token) for url in config.urls]
        self._tasks, self._joining = Tasks(PLATFORM), Tasks(PLATFORM)
        self._lock = asyncio.Lock()

        def face(command: str) -> str:
            found = commands.find(command)
            return found.button or found.name if found else command

        self._shared = AccountContext(
            config=config, dispatcher=dispatcher, commands=commands, store=store,
            choices=Choices(PLATFORM, store.values, face), name=name,
            notices=OwnerNotices([str(admin) for admin in config.admin_ids], language),
            own_accounts=self._own_accounts,
        )  # fmt: skip

    def _own_accounts(self) -> frozenset[str]:
        return frozenset(number for bridge in self._accounts.bridges.values() for number in bridge.own_ids)

    def _join(self, bridge: Bridge) -> None:
        """Open an account that a bridge names for the first time."""
        self._joining.spawn(self._open(bridge))

    async def _open(self, bridge: Bridge) -> None:
        async with self._lock:
            while (is_main := await self._asked_whether_main(bridge.account)) is None:  # noqa: ASYNC110  # a database
                await asyncio.sleep(ASK_AGAIN)
            account = "" if is_main else bridge.account
            bot = self._bots[bridge.account] = BotAccount(self._shared, bridge, account)
            bot.start()

    async def _asked_whether_main(self, account: str) -> bool | None:
        """Return None if the database cannot say it now. The bridge names its account only once."""
        try:
            return await self._is_main(account)
        except Exception as error:
            log.warning("onebot %s: the account cannot be opened yet: %s", account, error)
            return None

    async def _is_main(self, account: str) -> bool:
        """Return whether the account is the main one: the first configured, or else the first ever seen.

        Channels of the main account have no account prefix.
        """
        if self._config.accounts:
            return account == str(self._config.accounts[0])
        values = self._shared.store.values
        main = await values.get(PLATFORM, MAIN)
        if main is None:
            await values.set(PLATFORM, MAIN, main := account)
        return main == account

    # --- bot.events.Platform ------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Bind the port and keep dialling the bridges. Raises ConfigError if the port is taken or unprotected."""
        config = self._config
        if not config.token.get_secret_value() and not is_loopback(config.host):
            raise ConfigError(OPEN, host=config.host)
        try:
            await self.listener.start()
        except OSError as error:
            reason = error.strerror or error
            raise ConfigError(TAKEN, host=config.host, port=config.port, reason=reason) from error
        for dialer in self._dialers:
            self._tasks.spawn(dialer.run())

    async def close(self) -> None:
        """Stop listening, let running answers finish, and disconnect. Idempotent."""
        await self._joining.finish()
        bots = list(self._bots.values())
        closing = Tasks(PLATFORM)
        for bot in bots:
            closing.spawn(bot.close())
        await closing.finish(10.0)
        await self._tasks.finish()
        for bot in bots:
            await bot.bridge.close("Roost has been stopped")
        await self.listener.close()

    async def announce(self, text: str, places: Sequence[str] = ()) -> int:
        """Post in the talk groups and in channels with `+channel on`. Returns the number of places reached."""
        groups = [OneBotPlace("group", str(group)) for group in self._config.talk_groups]
        wanted = dict.fromkeys([*groups, *(place for each in places if (place := place_of(each)) is not None)])
        return sum([await self._announced(place, text[:MAX_MESSAGE_LENGTH]) for place in wanted])

    async def _announced(self, place: OneBotPlace, text: str) -> bool:
        """Post through the account of the place. Returns whether it was sent."""
        for bot in self._bots.values():
            if bot.account != place.account:
                continue
            try:
                if await bot.announce(place, text):
                    return True
            except (NotPermitted, MessageRejected, Undelivered) as error:
                log.info("onebot: nothing was announced in %s: %s", place.channel, error)
        return False

    def describe(self) -> Message:
        """Return one line for the banner, ``status`` and the owner's page."""
        there = [bot for bot in self._bots.values() if bot.bridge.connected]
        if there:
            names = ", ".join(f"{bot.nickname} ({bot.bridge.account})".strip() for bot in there)
            return Message("connected as {names}", names=names)
        if problem := next((dialer.problem for dialer in self._dialers if dialer.problem), None):
            return problem
        address = f"ws://{self._config.host}:{self.listener.port}/onebot/v11/ws"
        return Message("waiting for a bridge at {address} (`roost qq` says how)", address=address)


def is_loopback(host: str) -> bool:
    """Return whether the host can be reached only from this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
