"""Exports scenes for reading: Markdown, HTML with pictures, EPUB, plain text."""

import base64
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from html import escape
from typing import Literal

from bot.library.scenes.scene_definition import SceneLine

OutputForm = Literal["markdown", "html", "epub", "text"]
FORMS: tuple[OutputForm, ...] = ("markdown", "html", "epub", "text")
ENDINGS: Mapping[OutputForm, str] = {"markdown": "md", "html": "html", "epub": "epub", "text": "txt"}
MIMES: Mapping[OutputForm, str] = {
    "markdown": "text/markdown", "html": "text/html", "epub": "application/epub+zip", "text": "text/plain",
}  # fmt: skip
MADE = (2000, 1, 1, 0, 0, 0)  # fixed, so that equal scenes give equal files
STYLE = (
    "body{max-width:42em;margin:2em auto;padding:0 1em;line-height:1.6;font-family:serif}"
    ".line{display:flex;gap:.8em;margin:.8em 0}.line img{width:3em;height:3em;border-radius:50%}"
    ".line b{display:block}.line p,.told{margin:0;white-space:pre-line}.told{margin:1em 0;font-style:italic}"
)
MARKUP = str.maketrans({char: f"\\{char}" for char in "\\`*_[]<>#"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneExport:
    """What to export: the title, the setting and the lines."""

    title: str
    setting: str = ""
    language: str = "en"
    lines: Sequence[SceneLine] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict)  # small PNGs by speaker


def written(play: SceneExport, form: OutputForm) -> bytes:
    """Return the file's content."""
    match form:
        case "markdown":
            return _markdown(play).encode()
        case "html":
            return _html(play).encode()
        case "epub":
            return _epub(play)
        case "text":
            return _text(play).encode()


def _text(play: SceneExport) -> str:
    parts = [play.title, play.setting, *(_labelled(line) for line in play.lines)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _labelled(line: SceneLine) -> str:
    return f"{line.speaker}: {line.text}" if line.speaker else line.text


def _markdown(play: SceneExport) -> str:
    parts = [f"# {_plain(play.title)}"]
    parts += [f"*{_plain(play.setting)}*"] if play.setting else []
    for line in play.lines:
        words = _plain(line.text).replace("\n", "  \n")
        parts.append(f"**{_plain(line.speaker)}:** {words}" if line.speaker else f"*{words}*")
    return "\n\n".join(parts) + "\n"


def _plain(text: str) -> str:
    return "\n".join(line for line in text.translate(MARKUP).splitlines() if line.strip())


def _html(play: SceneExport) -> str:
    sources = {
        name: f"data:image/png;base64,{base64.b64encode(data).decode()}" for name, data in play.pictures.items()
    }  # fmt: skip
    language = escape(play.language.replace("_", "-"))
    return (
        f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{escape(play.title)}</title>'
        f"<style>{STYLE}</style></head>\n<body>\n{_body(play, sources)}</body></html>\n"
    )


def _body(play: SceneExport, sources: Mapping[str, str]) -> str:
    parts = [f"<h1>{_xml(play.title)}</h1>"]
    parts += [f'<p class="told">{_xml(play.setting)}</p>'] if play.setting else []
    for line in play.lines:
        if not line.speaker:
            parts.append(f'<p class="told">{_xml(line.text)}</p>')
            continue
        source = sources.get(line.speaker)
        picture = f'<img src="{source}" alt=""/>' if source else ""
        parts.append(f'<div class="line">{picture}<div><b>{_xml(line.speaker)}</b><p>{_xml(line.text)}</p></div></div>')
    return "\n".join(parts) + "\n"


def _xml(text: str) -> str:
    """Escape a text and remove characters that XML forbids."""
    return escape(
        "".join(char for char in text if char >= " " or char in "\n\t").replace("\ufffe", "").replace("\uffff", "")
    )


def _epub(play: SceneExport) -> bytes:
    """Return an EPUB 3 with one chapter and its pictures."""
    places = {name: f"p{number}.png" for number, name in enumerate(play.pictures)}
    language = escape(play.language.replace("_", "-"))
    page = (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
        f'<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="{language}">'
        f"<head><title>{_xml(play.title)}</title><style>{STYLE}</style></head><body>\n{{}}</body></html>\n"
    )
    navigation = f'<nav epub:type="toc"><ol><li><a href="scene.xhtml">{_xml(play.title)}</a></li></ol></nav>\n'
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        _add(file, "mimetype", b"application/epub+zip", zipfile.ZIP_STORED)
        _add(file, "META-INF/container.xml", CONTAINER.encode())
        _add(file, "scene.opf", _package(play, list(places.values()), language).encode())
        _add(file, "scene.xhtml", page.replace("{}", _body(play, places)).encode())
        _add(file, "contents.xhtml", page.replace("{}", navigation).encode())
        for name, place in places.items():
            _add(file, place, play.pictures[name])
    return data.getvalue()


CONTAINER = (
    '<?xml version="1.0"?>\n<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
    '<rootfiles><rootfile full-path="scene.opf" media-type="application/oebps-package+xml"/></rootfiles></container>\n'
)


def _package(play: SceneExport, pictures: Sequence[str], language: str) -> str:
    identity = blake2b(_text(play).encode(), digest_size=16).hexdigest()
    items = "".join(f'<item id="{name[:-4]}" href="{name}" media-type="image/png"/>' for name in pictures)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id"><metadata '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">{identity}</dc:identifier>'
        f"<dc:title>{_xml(play.title)}</dc:title><dc:language>{language}</dc:language>"
        '<meta property="dcterms:modified">2000-01-01T00:00:00Z</meta></metadata><manifest>'
        '<item id="scene" href="scene.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="contents" href="contents.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
        f'{items}</manifest><spine><itemref idref="scene"/></spine></package>\n'
    )


def _add(file: zipfile.ZipFile, name: str, data: bytes, compression: int = zipfile.ZIP_DEFLATED) -> None:
    file.writestr(zipfile.ZipInfo(name, MADE), data, compression)
