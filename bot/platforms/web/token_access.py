"""Token authentication: with ``[web] token`` set, every request must prove that it knows the token."""

import hashlib
import hmac
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.platforms.web.browser_language import language_of
from bot.platforms.web.error_responses import Problem, problem_response
from bot.platforms.web.failure_limiter import FailureLimiter
from bot.platforms.web.visitors import YEAR_SECONDS, is_https, network_of

COOKIE = "roost_key"
PUBLIC = frozenset({"/owner", "/sign-in", "/join", "/reset"})  # these ask for stronger proof than the token
PUBLIC_BELOW = ("/static/", "/api/sign-in/", "/api/join/")


class TokenAccess:
    """ASGI middleware. Accepts ``Authorization: Bearer``, ``?token=`` (sets a cookie), that cookie, or the form."""

    def __init__(
        self,
        app: ASGIApp,
        token: str,
        *,
        is_known: Callable[[Request], bool],
        failures: FailureLimiter,
        language: str,
        form: Callable[[str, bool], str],
    ) -> None:
        """Wrap ``app``. ``is_known``: whether a browser needs no token, being the owner's or signed in to an account.

        ``form`` renders the page that asks for the token, given the language and whether a wrong one was sent.
        """
        self._app = app
        self._form = form
        self._is_known = is_known
        self._failures = failures
        self._token = token.encode()
        # The cookie is derived from the token, so that a stolen cookie does not reveal it.
        self._key = hmac.new(self._token, b"roost web cookie", hashlib.sha256).hexdigest()
        self._language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        # Routing uses the scope's path. That of request.url is built from the Host header, which the client controls.
        path = str(scope["path"])
        public = path.startswith(PUBLIC_BELOW) or path in PUBLIC or request.method == "OPTIONS"  # no secrets there
        if public or self._has_cookie(request):
            await self._app(scope, receive, send)
            return
        try:
            given = await self._given(request)
            right = given is not None and self._is_right(given, network_of(request))
        except Problem as problem:
            await problem_response(problem, language_of(request.headers, self._language))(scope, receive, send)
            return
        if not right:
            await self._refuse(request, wrong=given is not None)(scope, receive, send)
        elif _bearer(request) is not None:
            await self._app(scope, receive, send)
        elif self._is_page(request):
            response: Response = RedirectResponse(_without_token(request), 303)
            response.headers["Set-Cookie"] = self._cookie(request)
            await response(scope, receive, send)
        else:
            await self._app(scope, receive, self._with_cookie(request, send))

    def _has_cookie(self, request: Request) -> bool:
        if hmac.compare_digest(request.cookies.get(COOKIE, "").encode(), self._key.encode()):
            return True
        return self._is_known(request)

    def _is_right(self, given: str, address: str | None) -> bool:
        self._failures.check(address)
        if hmac.compare_digest(given.encode(), self._token):
            return True
        self._failures.record_failure(address)
        return False

    @staticmethod
    def _is_page(request: Request) -> bool:
        return request.scope["path"] == "/" and request.method in ("GET", "HEAD", "POST")

    async def _given(self, request: Request) -> str | None:
        """Return the token from the header, the query string or the sign-in form."""
        if (bearer := _bearer(request)) is not None:
            return bearer
        if "token" in request.query_params:
            return request.query_params["token"]
        if request.method == "POST" and request.scope["path"] == "/":
            fields = parse_qsl((await request.body())[:10_000].decode("utf-8", "replace"), keep_blank_values=True)
            return dict(fields).get("token")
        return None

    def _refuse(self, request: Request, *, wrong: bool) -> Response:
        language = language_of(request.headers, self._language)
        if self._is_page(request) and "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(self._form(language, wrong), 401)
        problem = Problem(
            401,
            "token_needed",
            "This needs the token set in [web] token: send it as the header 'Authorization: Bearer TOKEN'.",
        )
        problem.headers = {"WWW-Authenticate": "Bearer"}
        return problem_response(problem, language)

    def _cookie(self, request: Request) -> str:
        secure = "; Secure" if is_https(request) else ""
        return f"{COOKIE}={self._key}; Path=/; Max-Age={YEAR_SECONDS}; HttpOnly; SameSite=Lax{secure}"

    def _with_cookie(self, request: Request, send: Send) -> Send:
        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"set-cookie", self._cookie(request).encode())]
            await send(message)

        return send_with_cookie


def _bearer(request: Request) -> str | None:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else None


def _without_token(request: Request) -> str:
    rest = [(name, value) for name, value in request.query_params.multi_items() if name != "token"]
    return f"./?{urlencode(rest)}" if rest else "./"
