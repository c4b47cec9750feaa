"""The parts of the program that the routes share."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request

from bot.commands.command import Command
from bot.config.schema import WebSection
from bot.engine.types import EngineStatus
from bot.errors import NotAllowed
from bot.events import Attachment, Author, Called, Origin, Said
from bot.platforms.web.accounts.account_access import AccountAccess
from bot.platforms.web.browser_language import language_of
from bot.platforms.web.character_lists import Characters
from bot.platforms.web.client_turn import ClientTurns
from bot.platforms.web.conversation_list import ConversationList, KeyValues
from bot.platforms.web.error_responses import Problem
from bot.platforms.web.failure_limiter import FailureLimiter
from bot.platforms.web.history import Conversations
from bot.platforms.web.open_pages import OpenPages
from bot.platforms.web.owner_tools import OwnerTools
from bot.platforms.web.owners import Owners
from bot.platforms.web.shared_links import SharedLinks
from bot.platforms.web.visitors import Visitor, network_of, signed_in
from bot.policy.access import OUTSIDE

AUTHOR_NAME = "User"
OWNER_COOKIE = "roost_owner"


class Preset(Protocol):
    """A named set of sampling parameters."""

    @property
    def title(self) -> str:
        """The display title."""


class Presets(Protocol):
    """All presets."""

    def names(self) -> list[str]:
        """Return the names in order."""

    def get(self, name: str) -> Preset:
        """Return a preset. Raises NotFound if there is none of that name."""

    def sampling(self, name: str) -> Mapping[str, object]:
        """Return a preset's parameters; none if it no longer exists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Created once by the platform and passed to every route."""

    config: WebSection
    turns: ClientTurns
    open_pages: OpenPages
    conversations: Conversations
    characters: Characters
    presets: Presets
    commands: Iterable[Command]
    engine_status: Callable[[], EngineStatus]
    name: str  # the bot's name
    language: str  # default, if the browser names none of ours
    owners: Owners
    list: ConversationList
    values: KeyValues
    shared: SharedLinks
    tools: OwnerTools | None  # None: there is no owner's view
    failures: FailureLimiter  # for wrong tokens and owner codes
    accounts: AccountAccess | None = None  # None: the packages for accounts are not installed

    def language_of(self, request: Request) -> str:
        """Return the user's language: chosen on the page, or the browser's."""
        return language_of(request.headers, self.language)

    def is_owner(self, request: Request) -> bool:
        """Return whether this browser is signed in as owner."""
        return self.owners.knows(request.cookies.get(OWNER_COOKIE, ""))

    def is_known(self, request: Request) -> bool:
        """Return whether this browser is the owner's or signed in to an account."""
        return self.is_owner(request) or signed_in(request) is not None

    def check_owner(self, request: Request) -> None:
        """Raise Problem (403) unless the owner sent ``request``."""
        if not self.is_owner(request):
            raise Problem(403, "owner_only", "Only the owner of this Roost may see this.")

    def origin(self, request: Request, visitor: Visitor, *, as_owner: bool = True) -> Origin:
        """Return the origin of ``request`` for the dispatcher."""
        return Origin(
            platform="web",
            channel=visitor.channel,
            author=Author(visitor.id, AUTHOR_NAME, is_admin=as_owner and self.is_owner(request)),
            language=self.language_of(request),
            address=network_of(request),
        )

    async def admit(self, origin: Origin) -> None:
        """Raise NotAllowed if the author may not use the bot."""
        if await self.turns.refuses(origin):
            raise NotAllowed(OUTSIDE)

    def said(
        self,
        request: Request,
        visitor: Visitor,
        text: str,
        *,
        node: int | None = None,
        attachments: tuple[Attachment, ...] = (),
        as_owner: bool = True,
    ) -> Said:
        """Build the event for typed text. Raises Problem if the text is too long or invalid.

        Pass ``as_owner=False`` if another site's page may have made the request.
        """
        self.check_text(text)
        origin = self.origin(request, visitor, as_owner=as_owner)
        return Said(origin=origin, text=text, node=node, attachments=attachments)

    def check_text(self, text: str) -> None:
        """Raise Problem if ``text`` is too long or contains a lone surrogate."""
        limit = self.config.max_message_chars
        if len(text) > limit:
            raise Problem(
                413,
                "message_too_long",
                "The message is too long: {count} characters; the limit is {limit}.",
                count=len(text),
                limit=limit,
            )
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise Problem(400, "invalid_text", "The message is not valid text: it contains half a character.")

    def called(
        self,
        request: Request,
        visitor: Visitor,
        command: str,
        *,
        arguments: Mapping[str, object] | None = None,
        node: int | None = None,
    ) -> Called:
        """Build the event for a pressed button."""
        origin = self.origin(request, visitor)
        return Called(origin=origin, command=command, arguments=arguments or {}, node=node)
