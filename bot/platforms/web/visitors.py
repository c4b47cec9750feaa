"""Visitors: a browser, known by a random cookie, or an account. Each has channels that nobody else can reach."""

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
STRICT_COOKIE = "roost_strict"  # same secret; browsers send it only with requests made by our own pages
ACCOUNT = "roost.account"  # scope key: the signed-in account
IS_TAKEN = "roost.is_taken"  # scope key: tests whether a visitor has become an account
UNKNOWN = "unknown"  # as proxies name an address that they do not know
YEAR_SECONDS = 365 * 24 * 3600
_COOKIES: tuple[tuple[str, Literal["lax", "strict"]], ...] = ((COOKIE, "lax"), (STRICT_COOKIE, "strict"))
_CONVERSATION = re.compile(r"[0-9a-f]{8}")
_SECRET = re.compile(r"[0-9a-f]{32}")


class SignedIn(Protocol):
    """A signed-in account, as attached to a request."""

    @property
    def id(self) -> str:
        """The session's id."""

    @property
    def account(self) -> int: ...

    @property
    def name(self) -> str: ...

    @property
    def secret(self) -> str:
        """The secret from which its channels are derived."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser (or a program) and its current conversation."""

    id: str  # derived from the secret, so that logging it gives no access
    channel: str  # of the current conversation; the first one's equals ``id``
    conversation: str = ""  # id of the current conversation; "" is the first
    secret: str = ""  # 128 random bits, from which the channels are derived
    is_new: bool = False
    cookie: str = ""  # the cookie's value: ``secret``, or with an account the browser's own secret

    def remember(self, response: Response, request: HTTPConnection) -> None:
        """Set the cookie, or renew it: it expires a year after the last visit."""
        if not self.cookie:
            return
        secure = is_https(request)
        for name, policy in _COOKIES:
            response.set_cookie(
                name, self.cookie, max_age=YEAR_SECONDS, path="/", httponly=True, samesite=policy, secure=secure
            )


def visitor_of(request: HTTPConnection, cookie: str = COOKIE) -> Visitor:
    """Return the sender of ``request``: the signed-in account, else the cookie's visitor, else a new one."""
    own = request.cookies.get(cookie, "")
    known = _SECRET.fullmatch(own) is not None and not _is_taken(request, channel_name("cookie", own))
    if not known:
        own = secrets.token_hex(16)
    is_foreign = cookie == STRICT_COOKIE and STRICT_COOKIE not in request.cookies  # maybe another site's page began it
    account = None if is_foreign else signed_in(request)
    secret = account.secret if account else own
    conversation = request.query_params.get("c", "")
    if not _CONVERSATION.fullmatch(conversation):
        conversation = ""
    return Visitor(
        channel_name("cookie", secret), conversation_channel(secret, conversation), conversation, secret,
        is_new=not known and account is None,
        cookie="" if is_foreign and COOKIE in request.cookies else own,  # another page must not replace the visitor
    )  # fmt: skip


def new_visitor() -> Visitor:
    secret = secrets.token_hex(16)
    identity = channel_name("cookie", secret)
    return Visitor(identity, identity, secret=secret, is_new=True, cookie=secret)


def signed_in(request: HTTPConnection) -> SignedIn | None:
    """Return the account signed in on the browser that sent ``request``."""
    found: SignedIn | None = request.scope.get(ACCOUNT)
    return found


def _is_taken(request: HTTPConnection, visitor: str) -> bool:
    test: Callable[[str], bool] = request.scope.get(IS_TAKEN, lambda _: False)
    return test(visitor)


def conversation_channel(secret: str, conversation: str) -> str:
    """Return the channel of a conversation of the visitor whose cookie is ``secret``."""
    return channel_name("cookie", f"{secret}:{conversation}" if conversation else secret)


def named_visitor(name: str) -> Visitor:
    """Return the visitor for a caller without cookies that chooses its own channel (another site's page)."""
    channel = channel_name("name", name)
    return Visitor(channel, channel)


def channel_name(kind: str, secret: str) -> str:
    """Return the channel for a cookie or a chosen name: 32 hexadecimal digits."""
    return hashlib.sha256(f"{kind}:{secret}".encode()).hexdigest()[:32]


def network_of(request: HTTPConnection) -> str | None:
    """Return the sender's IPv4 address or IPv6 /64 (one household); None if the connection has none.

    All senders for whom a proxy names something else than an address are one network.
    """
    return network(request.client.host) or UNKNOWN if request.client else None


def is_https(request: HTTPConnection) -> bool:
    """Return whether the browser uses HTTPS; behind ``[web] proxies``, X-Forwarded-Proto tells."""
    return bool(request.scope["scheme"] == "https")
