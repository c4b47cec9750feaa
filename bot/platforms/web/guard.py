"""The outermost middleware: which hosts and sites may call, how much they may send, and the security headers."""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.platforms.web.bodies import UPLOAD_PATH, read_body
from bot.platforms.web.browser_language import language_of
from bot.platforms.web.error_responses import Problem, problem_response

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(self), geolocation=()",
}


FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")  # set by a proxy that forwards another machine's request
OTHER_SITES = ("cross-site", "same-site")  # values of Sec-Fetch-Site
LINKED = frozenset(
    {"/", "/join", "/owner", "/reset", "/sign-in"}
)  # pages that open from links anywhere, and change nothing


@dataclass(frozen=True, slots=True)
class GuardPolicy:
    """What the guard allows."""

    host: str  # bind address
    allowed_hosts: Sequence[str] = ()  # additional names accepted in the Host header; "*" allows any
    origins: Sequence[str] = ()  # other sites whose pages may call; "*" allows any
    max_body: int = 256 * 1024  # bytes
    language: str = "en"
    late_bodies: frozenset[str] = frozenset({UPLOAD_PATH})  # paths whose bodies are read only after authentication

    @property
    def host_names(self) -> frozenset[str]:
        """Host names under which this server may be called. IP addresses need no entry: only names can be rebound."""
        names = {self.host, *self.allowed_hosts}
        if not is_loopback(self.host):
            own = socket.gethostname()
            names |= {own, f"{own}.local"}
        return frozenset(name.lower().rstrip(".") for name in names if name)

    def allows_origin(self, origin: str) -> bool:
        """Return whether pages of ``origin`` ("https://example.org") may call."""
        return "*" in self.origins or origin in self.origins


class Guard:
    """ASGI middleware. Refuses unknown hosts (DNS rebinding), foreign sites (CSRF) and large or slow bodies.

    Bodies are read here, whole and bounded, before the application sees the request; uploads are read further inside.
    """

    def __init__(
        self, app: ASGIApp, policy: GuardPolicy, respond: Callable[[Problem, str], Response] = problem_response
    ) -> None:
        """Initialize the guard. ``respond`` builds the response to a refused request, given a language."""
        self._app = app
        self._respond = respond
        self._policy = policy
        self._names = policy.host_names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        foreign = False

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(MutableHeaders(scope=message), scope["path"], foreign=foreign)
            await send(message)

        try:
            self._check_host(headers)
            foreign = self._check_site(scope, headers)
            if scope["path"] not in self._policy.late_bodies:
                receive = await read_body(headers, receive, self._policy.max_body, "[web] max_body_kb")
        except Problem as problem:
            response = self._respond(problem, language_of(headers, self._policy.language))
            # The rest of a refused body must not be parsed as the next request.
            response.headers["Connection"] = "close"
            await response(scope, receive, send_guarded)
            return
        await self._app(scope, receive, send_guarded)

    def _check_host(self, headers: Headers) -> None:
        host = headers.get("host")
        if host is None or "*" in self._names:
            return
        name = host_name(host)
        if name not in self._names and not name.endswith(".localhost") and name != "localhost" and not _is_ip(name):
            raise Problem(
                403,
                "unknown_host",
                "This page may not be opened as {host}. Its owner can allow that under [web] allowed_hosts.",
                host=name[:100],
            )

    def _check_site(self, scope: Scope, headers: Headers) -> bool:
        """Return whether an allowed page of another site sends the request. Raises Problem (403) if it is refused."""
        origin = headers.get("origin")
        host = headers.get("host", "")
        if origin is not None:
            if _netloc(origin) == host.lower() and origin != "null":
                return False
        elif headers.get("sec-fetch-site") not in OTHER_SITES:
            return False  # our own page, an address typed by hand, or not a browser
        elif (scope["path"] in LINKED or scope["path"].startswith("/shared/")) and scope["method"] == "GET":
            return False  # following a link from another site changes nothing
        else:
            origin = _origin_of(headers.get("referer", ""))
        if self._policy.allows_origin(origin):
            return True
        raise Problem(
            403,
            "foreign_site",
            "Pages from {origin} may not call this one. Its owner can allow that under [web] cors_origins.",
            origin=origin[:100] or "another site",
        )


def _add_headers(headers: MutableHeaders, path: str, *, foreign: bool) -> None:
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("Cross-Origin-Resource-Policy", "cross-origin" if foreign else "same-origin")
    if not path.startswith("/static/"):
        headers.setdefault("Cache-Control", "no-store")


def host_name(host: str) -> str:
    """Return the name in a Host header, without the port: "::1" for "[::1]:8080"."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower().rstrip(".")


def is_loopback(host: str) -> bool:
    """Return whether ``host`` is a loopback address or name."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return _is_ip(host) and ipaddress.ip_address(host).is_loopback


def from_this_machine(request: HTTPConnection) -> bool:
    """Return whether the user of this machine sends ``request``, from a program or from our own page.

    Pages of other sites run in this machine's browsers too, and their requests for images carry no Origin header.
    """
    headers = request.headers
    if request.client is None or not is_loopback(request.client.host) or any(name in headers for name in FORWARDED):
        return False
    if "origin" in headers:
        return headers["origin"].partition("://")[2] == headers.get("host")
    return headers.get("sec-fetch-site") not in OTHER_SITES


def _is_ip(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _origin_of(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
