"""The imports and exports of one JavaScript module.

Only the forms that occur in the page's files are understood. Any other form raises ValueError, so that a module is
never joined wrongly.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

STATIC = Path(__file__).parent.parent / "static"

_FROM = r"""\bfrom\s*["'](?P<source>\.{1,2}/[^"']+)["'];?"""
_IMPORT = re.compile(r"^import\b\s*(?P<names>\{[^}]*\}|[\w$]+)\s*" + _FROM, re.MULTILINE)
_DYNAMIC = re.compile(r"""\bimport\(["'](\./[^"']+)["']\)""")
_REEXPORT = re.compile(r"^export\s*\{(?P<names>[^}]*)\}\s*" + _FROM, re.MULTILINE)
_EXPORT_LIST = re.compile(r"^export\s*\{(?P<names>[^}]*)\};?|(?<=[;}])export\{(?P<last>[^}]*)\};?\s*\Z", re.MULTILINE)
_EXPORT_DEFAULT = re.compile(r"(?:^|(?<=;))export default\b", re.MULTILINE)
_EXPORT_MANY = re.compile(r"^export (?=const \{(?P<names>[\w$, ]*)\} = )", re.MULTILINE)
_EXPORT_ONE = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const) (?P<name>[\w$]+))", re.MULTILINE)
_LEFT_OVER = re.compile(r"^\s*(?:export\b|import\b\s*[^(\s])", re.MULTILINE)
_LINE_COMMENT = re.compile(r"//[^\n]*")


@dataclass(frozen=True, slots=True)
class Import:
    """Names imported from another module, each with its name here."""

    source: str  # path below the static folder
    names: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ModuleSource:
    """A module without its import and export statements. Everything else keeps its line number."""

    name: str  # path below the static folder
    imports: tuple[Import, ...]
    dynamic: tuple[str, ...]  # modules loaded on demand
    exports: tuple[tuple[str, str], ...]  # exported name, local name
    body: str


@cache
def read_module(name: str) -> ModuleSource:
    return parse_module(name, (STATIC / name).read_text(encoding="utf-8"))


def parse_module(name: str, source: str) -> ModuleSource:
    """Take the imports and exports out of ``source``. Raises ValueError if it has forms that are not understood."""
    return _Parser(name).parse(source)


class _Parser:
    def __init__(self, name: str) -> None:
        self._name = name
        self._imports: list[Import] = []
        self._exports: list[tuple[str, str]] = []

    def parse(self, source: str) -> ModuleSource:
        body, count = _IMPORT.subn(self._import, source)
        while count:  # minified files have several on one line
            body, count = _IMPORT.subn(self._import, body)
        body = _REEXPORT.sub(self._reexport, body)
        body = _EXPORT_LIST.sub(self._export_list, body)
        body = _EXPORT_MANY.sub(self._export_many, body)
        body = _EXPORT_ONE.sub(self._export_one, body)
        body = _EXPORT_DEFAULT.sub(self._export_default, body)
        if left := _LEFT_OVER.search(body):
            shown = body[left.start() : left.end() + 60]
            raise ValueError(f"{self._name}: this import or export is not understood: {shown!r}")
        dynamic = tuple(_resolve(self._name, found) for found in _DYNAMIC.findall(body))
        return ModuleSource(self._name, tuple(self._imports), dynamic, tuple(self._exports), body)

    def _import(self, match: re.Match[str]) -> str:
        names = match["names"]
        pairs = _pairs(names[1:-1]) if names.startswith("{") else (("default", names),)
        self._imports.append(Import(_resolve(self._name, match["source"]), pairs))
        return _lines_of(match)

    def _reexport(self, match: re.Match[str]) -> str:
        pairs = [(theirs, f"$r{place}", ours) for place, (theirs, ours) in enumerate(_pairs(match["names"]))]
        imported = tuple((theirs, local) for theirs, local, _ in pairs)
        self._imports.append(Import(_resolve(self._name, match["source"]), imported))
        self._exports += [(ours, local) for _, local, ours in pairs]
        return _lines_of(match)

    def _export_list(self, match: re.Match[str]) -> str:
        self._exports += [(ours, local) for local, ours in _pairs(match["names"] or match["last"])]
        return _lines_of(match)

    def _export_many(self, match: re.Match[str]) -> str:
        self._exports += [(name, name) for name, _ in _pairs(match["names"])]
        return ""

    def _export_one(self, match: re.Match[str]) -> str:
        self._exports.append((match["name"], match["name"]))
        return ""

    def _export_default(self, _: re.Match[str]) -> str:
        self._exports.append(("default", "$default"))
        return "const $default ="


def replace_dynamic(module: ModuleSource, code: Mapping[str, str]) -> str:
    """Return the module's body with other code for each import on demand, by the imported module's name."""
    return _DYNAMIC.sub(lambda match: code[_resolve(module.name, match[1])], module.body)


def _lines_of(match: re.Match[str]) -> str:
    """Return the line breaks within a match, to keep the line numbers of what follows."""
    return "\n" * match[0].count("\n")


def _pairs(names: str) -> tuple[tuple[str, str], ...]:
    """Return (name before "as", name after) for each entry of a list in braces."""
    entries = [entry.split() for entry in _LINE_COMMENT.sub("", names).split(",")]
    return tuple((entry[0], entry[-1]) for entry in entries if entry)


def _resolve(importer: str, source: str) -> str:
    """Return the path below the static folder of a module named in ``importer``. Raises ValueError if it leaves it."""
    parts: list[str] = []
    for part in (PurePosixPath(importer).parent / source).parts:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            raise ValueError(f"{importer}: {source} is outside the static folder")
    return "/".join(parts)
