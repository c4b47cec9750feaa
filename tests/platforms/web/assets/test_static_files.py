"""The page's files: what is kept for how long, and how much the first load carries."""

import gzip

from bot.platforms.web.assets.static_files import KEPT_FOR_GOOD, find_file, joined_files, static_files, version
from bot.platforms.web.template import render_page
from tests.platforms.web.conftest import Web

FIRST = ("page.css", "app/app.js")


def test_the_first_load_is_light() -> None:
    page = len(gzip.compress(render_page("ja", "Roost", {}).encode()))
    needed = page + sum(len(joined_files()[name].compressed) for name in FIRST)
    assert needed < 55_000  # bytes until a message can be sent
    whole = needed + len(joined_files()["app/growing_text.js"].compressed)
    whole += sum(len(static_files()[name].compressed) for name in ("icon.svg", "roost.webmanifest"))
    assert whole < 120_000


def test_the_first_load_needs_one_script_and_one_style_sheet() -> None:
    page = render_page("en", "Roost", {})
    assert page.count("<script src") + page.count('<script type="module" src') == 1
    assert page.count('rel="stylesheet"') == 1
    assert "import {" not in joined_files()["app/app.js"].data.decode().splitlines()[0]
    assert b"markdownit" not in joined_files()["app/app.js"].data.lower().replace(b"-", b"")


async def test_files_of_this_version_are_kept_for_good(web: Web) -> None:
    for name, start in (("app/app.js", b"\n"), ("page.css", b"/*"), ("app/app.js.map", b"{")):
        answer = await web.client.get(f"/static/{version()}/{name}")
        assert answer.headers["cache-control"] == KEPT_FOR_GOOD
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.content.startswith(start)
        again = await web.client.get(f"/static/{version()}/{name}", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304


async def test_files_of_another_version_are_not_kept(web: Web) -> None:
    answer = await web.client.get(f"/static/{'0' * 16}/app/tree.js")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


async def test_unknown_files(web: Web) -> None:
    for path in (
        f"{version()}/app/nothing.js",
        f"{version()}/",
        f"{version()}/app/../app.js",
        "0/app/app.js",
        "app",
        "",
    ):
        assert (await web.client.get(f"/static/{path}")).status_code == 404, path
    assert find_file("vendor/preact.js") is not None
    assert find_file("page.html") is None
