"""Scene output: each format contains the text, and no text becomes markup."""

import io
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from bot.library.scenes.scene_definition import SceneLine
from bot.library.scenes.scene_output import FORMS, OutputForm, SceneExport, written

PLAY = SceneExport(
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


OPF, DC, XHTML = (
    "{http://www.idpf.org/2007/opf}", "{http://purl.org/dc/elements/1.1/}", "{http://www.w3.org/1999/xhtml}",
)  # fmt: skip
CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"


def test_the_epub_is_built_as_the_standard_asks() -> None:
    play = replace(PLAY, title="A <b> & \x01c", lines=(*PLAY.lines, SceneLine("Ann", "1 < 2 & \ufffe")))
    with zipfile.ZipFile(io.BytesIO(written(play, "epub"))) as book:
        names = set(book.namelist())
        assert book.read("mimetype") == b"application/epub+zip"
        assert book.infolist()[0].extra == b"", "readers look for the type at a fixed place"
        container = ElementTree.fromstring(book.read("META-INF/container.xml"))  # noqa: S314  # our own text
        root = container.find(f".//{CONTAINER}rootfile")
        assert root is not None
        package = ElementTree.fromstring(book.read(root.attrib["full-path"]))  # noqa: S314  # our own text
        named = package.find(f".//{DC}identifier")
        assert named is not None
        assert (named.attrib["id"], bool(named.text)) == (package.attrib["unique-identifier"], True)
        for name in ("title", "language"):
            assert (found := package.find(f".//{DC}{name}")) is not None
            assert found.text
        assert [meta.attrib["property"] for meta in package.iter(f"{OPF}meta")] == ["dcterms:modified"]
        items = {item.attrib["id"]: item.attrib for item in package.iter(f"{OPF}item")}
        assert len(items) == len(list(package.iter(f"{OPF}item"))), "every id once"
        assert {item["href"] for item in items.values()} | {"mimetype", "META-INF/container.xml", "scene.opf"} == names
        assert [ref.attrib["idref"] in items for ref in package.iter(f"{OPF}itemref")] == [True]
        (navigation,) = (item["href"] for item in items.values() if item.get("properties") == "nav")
        contents = ElementTree.fromstring(book.read(navigation))  # noqa: S314  # our own text
        links = [link.attrib["href"] for link in contents.iter(f"{XHTML}a")]
        assert links == ["scene.xhtml"]
        page = ElementTree.fromstring(book.read("scene.xhtml"))  # noqa: S314  # our own text
        assert {picture.attrib["src"] for picture in page.iter(f"{XHTML}img")} <= names
        assert "1 < 2 &" in "".join(page.itertext())


@pytest.mark.parametrize("form", FORMS)
def test_the_same_scene_is_the_same_file(form: OutputForm) -> None:
    assert written(PLAY, form) == written(PLAY, form)
    assert written(SceneExport(title=""), form)
