"""Two applications on one port."""

import httpx
from starlette.responses import PlainTextResponse

from bot.platforms.web.shared_port import Beside, SharedPort


async def test_the_path_decides() -> None:
    app = SharedPort(PlainTextResponse("page"), Beside(PlainTextResponse("api"), ["/v1/"]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        answers = {path: (await client.get(path)).text for path in ("/", "/v1", "/v1/models", "/x/v1/")}
    assert answers == {"/": "page", "/v1": "page", "/v1/models": "api", "/x/v1/": "page"}
