"""Who is there: a browser, known by a random cookie. Its channel is its own and nobody else's."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Literal

from starlette.requests import HTTPConnection
from starlette.responses import Response

from bot.platforms.web.connections import network

COOKIE = "roost_visitor"
STRICT_COOKIE = "roost_strict"  # the same secret; browsers send it only with requests that our own pages make
YEAR_SECONDS = 365 * 24 * 3600
_COOKIES: tuple[tuple[str, Literal["lax", "strict"]], ...] = ((COOKIE, "lax"), (STRICT_COOKIE, "strict"))
_CONVERSATION = re.compile(r"[0-9a-f]{8}")
_SECRET = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser (or a program) and the conversation that it is in."""

    id: str  # derived from the secret: whoever sees it in a log cannot read anything with it
    channel: str  # of one of its conversations; the first one's is ``id``
    conversation: str = ""  # which of its conversations; "" is the first
    secret: str = ""  # 128 random bits; what the cookie holds
    is_new: bool = False

    def remember(self, response: Response, request: HTTPConnection) -> None:
        """Leave the cookie with the browser (and renew it: it lasts a year from the last visit)."""
        if not self.secret:
            return
        secure = is_https(request)
        for name, policy in _COOKIES:
            response.set_cookie(
                name, self.secret, max_age=YEAR_SECONDS, path="/", httponly=True, samesite=policy, secure=secure
            )


def visitor_of(request: HTTPConnection, cookie: str = COOKIE) -> Visitor:
    """Who sends ``request``: by the cookie, or somebody new."""
    secret = request.cookies.get(cookie, "")
    known = _SECRET.fullmatch(secret) is not None
    if not known:
        secret = secrets.token_hex(16)
    identity = channel_name("cookie", secret)
    conversation = request.query_params.get("c", "")
    if not _CONVERSATION.fullmatch(conversation):
        conversation = ""
    return Visitor(identity, conversation_channel(secret, conversation), conversation, secret, is_new=not known)


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
