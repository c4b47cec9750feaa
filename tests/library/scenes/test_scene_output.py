"""Scenes to read: each form holds the words, and no word is markup."""

import io
import zipfile
from xml.etree import ElementTree

import pytest

from bot.library.scenes.scene_definition import SceneLine
from bot.library.scenes.scene_output import FORMS, OutputForm, Play, written

PLAY = Play(
    title="<The> *well*", setting="Dark & dry.", language="zh_CN", pictures={"小明": b"\x89PNG picture"},
    lines=(SceneLine("小明", "# a\n\n<b>\x00"), SceneLine("", "It_rains_.")),
)  # fmt: skip


def test_plain_text() -> None:
    assert written(PLAY, "text").decode() == "<The> *well*\n\nDark & dry.\n\n小明: # a\n\n<b>\x00\n\nIt_rains_.\n"


def test_markdown() -> None:
    text = written(PLAY, "markdown").decode()
    assert text.startswith("# \\<The\\> \\*well\\*\n\n*Dark & dry.*\n\n**小明:** \\# a  \n\\<b\\>")


def test_html_holds_the_pictures() -> None:
    text = written(PLAY, "html").decode()
    assert '<html lang="zh-CN">' in text
    assert "&lt;b&gt;</p>" in text
    assert "data:image/png;base64,iVBORyBwaWN0dXJl" in text
    assert "<b>\x00" not in text


def test_epub_is_one() -> None:
    with zipfile.ZipFile(io.BytesIO(written(PLAY, "epub"))) as book:
        first = book.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        for name in ("scene.xhtml", "contents.xhtml", "scene.opf", "META-INF/container.xml"):
            ElementTree.fromstring(book.read(name))  # noqa: S314  # our own text
        package = book.read("scene.opf").decode()
        assert all(f'href="{name}"' in package for name in ("scene.xhtml", "contents.xhtml", "p0.png"))
        assert b'src="p0.png"' in book.read("scene.xhtml")
        assert book.read("p0.png") == b"\x89PNG picture"


@pytest.mark.parametrize("form", FORMS)
def test_the_same_scene_is_the_same_file(form: OutputForm) -> None:
    assert written(PLAY, form) == written(PLAY, form)
    assert written(Play(title=""), form)
