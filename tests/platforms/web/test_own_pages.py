"""The owner's own pages beside the chat page."""

from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.platforms.web.own_pages import OwnPages
from tests.platforms.web.conftest import Web

PAGE = "<script>new ChatUx().init({api: {endpoint: '/chat_api'}})</script>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pages = tmp_path / "html"
    (pages / "js").mkdir(parents=True)
    (pages / "index.html").write_text(PAGE)
    (pages / "js" / "chatux.js").write_text("var ChatUx")
    (tmp_path / "secret.txt").write_text("owl")
    (pages / "out.txt").symlink_to(tmp_path / "secret.txt")
    return pages


async def test_they_stand_beside_the_chat_page_and_talk_to_it(folder: Path) -> None:
    async with Web(pages=str(folder)).running() as web:
        page = await web.client.get("/index.html")
        assert page.text == PAGE
        assert "'unsafe-inline'" in page.headers["content-security-policy"]
        assert (await web.client.get("/js/chatux.js")).text == "var ChatUx"
        assert (await web.client.head("/js/chatux.js")).status_code == 200
        own = await web.client.get("/")
        assert PAGE not in own.text
        assert "'unsafe-inline'" not in own.headers["content-security-policy"]
        assert "output" in (await web.client.get("/chat_api", params={"text": "hello"})).json()


@pytest.mark.parametrize(
    "path", ["/out.txt", "/../secret.txt", "/js/..%2f..%2fsecret.txt", "/%2e%2e/secret.txt", "/no.html"]
)
async def test_nothing_beyond_the_folder_is_served(folder: Path, path: str) -> None:
    async with Web(pages=str(folder)).running() as web:
        answer = await web.client.get(path)
        assert answer.status_code == 404
        assert "owl" not in answer.text


async def test_without_the_setting_nothing_is_served(folder: Path) -> None:
    async with Web().running() as web:
        assert (await web.client.get("/index.html")).status_code == 404


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\[web\] pages: there is no folder .*nowhere"):
        OwnPages(tmp_path / "nowhere")
