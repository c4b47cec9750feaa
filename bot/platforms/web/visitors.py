"""Who is there: a browser, known by a random cookie. Its channel is its own and nobody else's."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Network, ip_address

from starlette.requests import HTTPConnection
from starlette.responses import Response

from bot.platforms.web.guard import host_name, is_loopback

COOKIE = "roost_visitor"
YEAR_SECONDS = 365 * 24 * 3600
_SECRET = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser (or a program) and the channel that belongs to it."""

    channel: str  # derived from the secret: whoever sees it in a log cannot read the channel with it
    secret: str = ""  # 128 random bits; what the cookie holds
    is_new: bool = False
    is_local: bool = False  # calls this machine from this machine

    def remember(self, response: Response, request: HTTPConnection) -> None:
        """Leave the cookie with the browser (and renew it: it lasts a year from the last visit)."""
        if self.secret:
            response.set_cookie(
                COOKIE,
                self.secret,
                max_age=YEAR_SECONDS,
                path="/",
                httponly=True,
                samesite="lax",
                secure=is_https(request),
            )


def visitor_of(request: HTTPConnection) -> Visitor:
    """Who sends ``request``: by the cookie, or somebody new."""
    secret = request.cookies.get(COOKIE, "")
    known = _SECRET.fullmatch(secret) is not None
    if not known:
        secret = secrets.token_hex(16)
    return Visitor(channel_name("cookie", secret), secret, is_new=not known, is_local=_is_local(request))


def named_visitor(request: HTTPConnection, name: str) -> Visitor:
    """A caller without cookies that names its channel itself (another site's page)."""
    return Visitor(channel_name("name", name), is_local=_is_local(request))


def channel_name(kind: str, secret: str) -> str:
    """The channel of a cookie or of a chosen name: 32 hexadecimal digits."""
    return hashlib.sha256(f"{kind}:{secret}".encode()).hexdigest()[:32]


def network_of(request: HTTPConnection) -> str | None:
    """Where the request comes from: an IPv4 address, or the /64 that one home has in IPv6; None when unknown."""
    try:
        address = ip_address(request.client.host if request.client else "")
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or IPv6Network((address, 64), strict=False))


def is_https(request: HTTPConnection) -> bool:
    """Whether the browser came by https; a proxy on this machine tells by X-Forwarded-Proto."""
    return request.url.scheme == "https"


def _is_local(request: HTTPConnection) -> bool:
    """From this machine, under this machine's own name, and not handed on by a proxy that says so."""
    headers = request.headers
    if any(name in headers for name in ("forwarded", "x-forwarded-for", "x-real-ip", "via")):
        return False
    client = request.client
    return client is not None and is_loopback(client.host) and is_loopback(host_name(headers.get("host", "")))
