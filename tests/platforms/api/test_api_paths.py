"""The paths that belong to the HTTP API."""

from bot.platforms.api.api_paths import PATHS
from tests.platforms.api.conftest import Api


async def test_every_route_of_the_api_is_reached_through_them(api: Api) -> None:
    described = (await api.http.get("/v1/openapi.json")).json()["paths"]
    assert "/v1/chat/completions" in described
    assert [path for path in described if not path.startswith(tuple(PATHS))] == []
