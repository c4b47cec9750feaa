"""Who is there: a browser, known by a random cookie, or an account. Its channel is its own and nobody else's."""

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from starlette.requests import HTTPConnection
from starlette.responses import Response

from bot.platforms.web.connections import network

COOKIE = "roost_visitor"
STRICT_COOKIE = "roost_strict"  # the same secret; browsers send it only with requests that our own pages make
ACCOUNT = "roost.account"  # in a request's scope: the account whose browser sends it
IS_TAKEN = "roost.is_taken"  # in a request's scope: whether a visitor became an account
YEAR_SECONDS = 365 * 24 * 3600
_COOKIES: tuple[tuple[str, Literal["lax", "strict"]], ...] = ((COOKIE, "lax"), (STRICT_COOKIE, "strict"))
_CONVERSATION = re.compile(r"[0-9a-f]{8}")
_SECRET = re.compile(r"[0-9a-f]{32}")


class SignedIn(Protocol):
    """An account, as a request finds it."""

    @property
    def id(self) -> str:
        """Of the browser's sign-in."""

    @property
    def account(self) -> int: ...

    @property
    def name(self) -> str: ...

    @property
    def secret(self) -> str:
        """What its conversations hang on."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser (or a program) and the conversation that it is in."""

    id: str  # derived from the secret: whoever sees it in a log cannot read anything with it
    channel: str  # of one of its conversations; the first one's is ``id``
    conversation: str = ""  # which of its conversations; "" is the first
    secret: str = ""  # 128 random bits; what its conversations hang on
    is_new: bool = False
    cookie: str = ""  # what the cookie holds: the secret, or where an account is signed in the browser's own one

    def remember(self, response: Response, request: HTTPConnection) -> None:
        """Leave the cookie with the browser (and renew it: it lasts a year from the last visit)."""
        if not self.cookie:
            return
        secure = is_https(request)
        for name, policy in _COOKIES:
            response.set_cookie(
                name, self.cookie, max_age=YEAR_SECONDS, path="/", httponly=True, samesite=policy, secure=secure
            )


def visitor_of(request: HTTPConnection, cookie: str = COOKIE) -> Visitor:
    """Who sends ``request``: by the account that is signed in, or by the cookie, or somebody new."""
    own = request.cookies.get(cookie, "")
    known = _SECRET.fullmatch(own) is not None and not _is_taken(request, channel_name("cookie", own))
    if not known:
        own = secrets.token_hex(16)
    account = signed_in(request)
    if account is not None and cookie == STRICT_COOKIE and STRICT_COOKIE not in request.cookies:
        account = None  # another site's page sends the request
    secret = account.secret if account else own
    conversation = request.query_params.get("c", "")
    if not _CONVERSATION.fullmatch(conversation):
        conversation = ""
    return Visitor(
        channel_name("cookie", secret), conversation_channel(secret, conversation), conversation, secret,
        is_new=not known and account is None, cookie=own,
    )  # fmt: skip


def new_visitor() -> Visitor:
    """Somebody who was never here."""
    secret = secrets.token_hex(16)
    identity = channel_name("cookie", secret)
    return Visitor(identity, identity, secret=secret, is_new=True, cookie=secret)


def signed_in(request: HTTPConnection) -> SignedIn | None:
    """The account that is signed in where ``request`` comes from."""
    found: SignedIn | None = request.scope.get(ACCOUNT)
    return found


def _is_taken(request: HTTPConnection, visitor: str) -> bool:
    test: Callable[[str], bool] = request.scope.get(IS_TAKEN, lambda _: False)
    return test(visitor)


def conversation_channel(secret: str, conversation: str) -> str:
    """The channel of one of the conversations of whoever has the cookie ``secret``."""
    return channel_name("cookie", f"{secret}:{conversation}" if conversation else secret)


def named_visitor(name: str) -> Visitor:
    """A caller without cookies that names its channel itself (another site's page)."""
    channel = channel_name("name", name)
    return Visitor(channel, channel)


def channel_name(kind: str, secret: str) -> str:
    """The channel of a cookie or of a chosen name: 32 hexadecimal digits."""
    return hashlib.sha256(f"{kind}:{secret}".encode()).hexdigest()[:32]


def network_of(request: HTTPConnection) -> str | None:
    """Where the request comes from: an IPv4 address, or the /64 that one home has in IPv6; None when unknown."""
    return network(request.client.host) if request.client else None


def is_https(request: HTTPConnection) -> bool:
    """Whether the browser came by https; a proxy of ``[web] proxies`` tells by X-Forwarded-Proto."""
    return bool(request.scope["scheme"] == "https")
