"""What the owner's view reads and changes; everyone else is refused on each of its routes."""

from fastapi import APIRouter
from fastapi.routing import APIRoute

from bot.platforms.web.owner_view_routes import PREFIX, owner_view_routes
from tests.platforms.web.conftest import Web

BODIES = {
    "/keys/add": {"name": "a"}, "/keys/revoke": {"name": "a"},
    "/texts/check": {"kind": "prompt", "name": "a", "text": ""},
    "/texts/save": {"kind": "prompt", "name": "a", "text": ""},
}  # fmt: skip


def routes_of(router: APIRouter) -> list[tuple[str, str]]:
    return [
        (route.path, method) for route in router.routes if isinstance(route, APIRoute) for method in route.methods or ()
    ]


async def test_every_route_refuses_everybody_else(web: Web) -> None:
    found = routes_of(owner_view_routes(web.platform.site))
    assert len(found) >= 12
    for path, method in found:
        assert path.startswith(PREFIX)
        for host in ("127.0.0.1", f"localhost:{web.port}"):  # an IP address proves nothing
            answer = await web.client.request(
                method, path, json=BODIES.get(path.removeprefix(PREFIX)), headers={"Host": host},
                params={"kind": "prompt", "name": "a"},
            )  # fmt: skip
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "owner_only"), path
    assert web.tools.keys.known == {}
    assert web.tools.overview.backups == 0


async def test_the_owner_looks(web: Web) -> None:
    await web.become_owner()
    found = {
        path: (await web.client.get(f"{PREFIX}/{path}")).json() for path in ("status", "overview", "charts", "log")
    }
    assert found == {
        "status": {"rows_running": 1, "rows_limit": 4, "pages_open": 0},
        "overview": {"turns": 12},
        "charts": {"time": [1.0, 2.0], "rows": [0.0, None]},
        "log": {"lines": ["one", "two"]},
    }
    assert (await web.client.post(f"{PREFIX}/backup")).json() == {"path": "backups/1.db"}


async def test_keys(web: Web) -> None:
    await web.become_owner()
    made = await web.client.post(f"{PREFIX}/keys/add", json={"name": "a", "per_minute": 5})
    assert made.json() == {"secret": "secret of a"}
    (key,) = (await web.client.get(f"{PREFIX}/keys")).json()["keys"]
    assert key == {"name": "a", "per_minute": 5, "tokens_per_day": 0, "created": ""}
    assert (await web.client.post(f"{PREFIX}/keys/add", json={"name": "a", "per_minute": -1})).status_code == 400
    assert (await web.client.post(f"{PREFIX}/keys/revoke", json={"name": "a"})).status_code == 204
    assert (await web.client.post(f"{PREFIX}/keys/revoke", json={"name": "a"})).status_code == 400


async def test_prompts_and_scenes(web: Web) -> None:
    await web.become_owner()
    assert len((await web.client.get(f"{PREFIX}/texts")).json()["texts"]) == 2
    one = await web.client.get(f"{PREFIX}/texts/one", params={"kind": "scene", "name": "forest/night"})
    assert one.json() == {"text": "scene forest/night"}
    body = {"kind": "prompt", "name": "mine", "text": "wrong"}
    assert (await web.client.post(f"{PREFIX}/texts/check", json=body)).json() == {"problems": ["line 1: wrong"]}
    assert (await web.client.post(f"{PREFIX}/texts/save", json=body)).status_code == 400
    assert (await web.client.post(f"{PREFIX}/texts/save", json=body | {"text": "right"})).status_code == 204
    assert web.tools.texts.saved == {("prompt", "mine"): "right"}
    assert (await web.client.post(f"{PREFIX}/texts/save", json=body | {"kind": "secret"})).status_code == 400
