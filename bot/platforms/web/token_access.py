"""With ``[web] token`` set, every request proves that it knows the token."""

import hashlib
import hmac
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.platforms.web.browser_language import language_of
from bot.platforms.web.error_responses import Problem, problem_response
from bot.platforms.web.template import render_sign_in
from bot.platforms.web.visitors import YEAR_SECONDS, is_https

COOKIE = "roost_key"


class Access:
    """ASGI middleware: ``Authorization: Bearer``, ``?token=`` (once: it leaves a cookie), that cookie, or the form."""

    def __init__(self, app: ASGIApp, token: str, *, language: str = "en", name: str = "Roost") -> None:
        self._app = app
        self._token = token.encode()
        # The cookie is derived, so that a stolen one does not tell the token.
        self._key = hmac.new(self._token, b"roost web cookie", hashlib.sha256).hexdigest()
        self._language = language
        self._name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        public = request.url.path.startswith("/static/") or request.method == "OPTIONS"  # nothing secret in either
        if public or self._knows(request):
            await self._app(scope, receive, send)
            return
        given = await self._given(request)
        if given is None or not hmac.compare_digest(given.encode(), self._token):
            await self._refuse(request, wrong=given is not None)(scope, receive, send)
        elif self._is_page(request):
            response: Response = RedirectResponse(_without_token(request), 303)
            response.headers["Set-Cookie"] = self._cookie(request)
            await response(scope, receive, send)
        else:
            await self._app(scope, receive, self._with_cookie(request, send))

    def _knows(self, request: Request) -> bool:
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(credentials.strip().encode(), self._token):
            return True
        return hmac.compare_digest(request.cookies.get(COOKIE, "").encode(), self._key.encode())

    @staticmethod
    def _is_page(request: Request) -> bool:
        return request.url.path == "/" and request.method in ("GET", "POST")

    async def _given(self, request: Request) -> str | None:
        """The token as it came in the address or in the sign-in form."""
        if "token" in request.query_params:
            return request.query_params["token"]
        if request.method == "POST" and request.url.path == "/":
            fields = parse_qsl((await request.body())[:10_000].decode("utf-8", "replace"), keep_blank_values=True)
            return dict(fields).get("token")
        return None

    def _refuse(self, request: Request, *, wrong: bool) -> Response:
        language = language_of(request.headers, self._language)
        if self._is_page(request) and "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(render_sign_in(language, self._name, wrong=wrong), 401)
        problem = Problem(
            401,
            "token_needed",
            "This needs the token of [web] token: send it as the header 'Authorization: Bearer TOKEN'.",
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


def _without_token(request: Request) -> str:
    rest = [(name, value) for name, value in request.query_params.multi_items() if name != "token"]
    return f"/?{urlencode(rest)}" if rest else "/"
