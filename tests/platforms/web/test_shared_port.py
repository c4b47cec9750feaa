"""Two applications on one port."""

import httpx
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from bot.platforms.web.shared_port import MountedApplication, SharedPort


async def test_the_path_decides() -> None:
    built = []

    def build() -> ASGIApp:
        built.append("api")
        return PlainTextResponse("api")

    app = SharedPort(PlainTextResponse("page"), MountedApplication(build, ["/v1/"]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        paths = ("/", "/v1", "/x/v1/", "/v1/models", "/v1/chat")
        answers = {path: ((await client.get(path)).text, len(built)) for path in paths}
    assert answers == {
        "/": ("page", 0), "/v1": ("page", 0), "/x/v1/": ("page", 0), "/v1/models": ("api", 1), "/v1/chat": ("api", 1),
    }  # fmt: skip
