"""What the docs mention exists: files, links, headings, modules, make targets, commands and their options."""

import argparse
import importlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.__main__ import build_parser

ROOT = Path(__file__).parent.parent
# The log describes the past.
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted({*(ROOT / "docs").glob("*.md")} - {ROOT / "docs/log.md"}),
]
# Folders of the checkout; files in models/ and data/ are the reader's own.
OURS = "bot|docs|tests|tools|examples|migrations|training|prompts"
PATH = re.compile(rf"(?<![\w./-])((?:{OURS})/[\w./-]*\w)")
LINK = re.compile(r"\]\(([^)\s]+)\)")
MODULE = re.compile(r"python -m ((?:bot|tests|tools|training)[\w.]*)")
TARGET = re.compile(r"(?m)`make ([a-z][a-z-]*)|^make ([a-z][a-z-]*)")
IMPORT = re.compile(r"(?m)^from (bot[\w.]+) import ([\w, ]+)$")
# in backquotes, or a line in a code block
CALL = re.compile(r"(?m)(?:`|^)(?:\.venv/bin/)?roost ([a-z][^`\n#]*)")
PLACEHOLDERS = re.compile(r"[A-Z]{3,}")


def heading_anchors(text: str) -> set[str]:
    """Return the anchors that GitHub generates for a page's headings."""
    headings = re.findall(r"(?m)^#+ (.*)$", text)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def missing_paths(page: Path, text: str) -> Iterator[str]:
    for found in PATH.findall(text):
        if not PLACEHOLDERS.search(Path(found).stem) and not (ROOT / found).exists():
            yield found


def missing_links(page: Path, text: str) -> Iterator[str]:
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (anchor and anchor not in heading_anchors(target.read_text(encoding="utf-8"))):
            yield link


def missing_modules(page: Path, text: str) -> Iterator[str]:
    for module in MODULE.findall(text):
        place = ROOT / module.replace(".", "/")
        if not place.is_dir() and not place.with_suffix(".py").is_file():
            yield module
    for module, names in IMPORT.findall(text):
        yield from (name for name in names.split(", ") if not hasattr(importlib.import_module(module), name))


def missing_targets(page: Path, text: str) -> Iterator[str]:
    targets = set(re.findall(r"(?m)^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    for quoted, alone in TARGET.findall(text):
        if (quoted or alone) not in targets:
            yield quoted or alone


def missing_commands(page: Path, text: str) -> Iterator[str]:
    for call in CALL.findall(text):
        parser = build_parser()
        options: set[str] = set()
        for word in call.split():
            below = choices_of(parser)
            options |= {string for action in parser._actions for string in action.option_strings}
            if word.startswith("--") and word.split("=")[0] not in options:
                yield f"{call.strip()}: {word}"
            elif below and not word.startswith("-"):
                if word not in below:
                    yield f"{call.strip()}: {word}"
                    break
                parser = below[word]


def choices_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return a parser's subcommands by name."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


Check = Callable[[Path, str], Iterator[str]]
CHECKS: tuple[Check, ...] = (missing_paths, missing_links, missing_modules, missing_targets, missing_commands)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [problem for check in CHECKS for problem in check(page, text)] == []


def test_the_example_of_our_style_is_our_code() -> None:
    (block,) = re.findall(r"(?s)```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert block in (ROOT / "bot/store/digest.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (missing_paths, "see `bot/no_such_thing.py`"),
        (missing_links, "[a page](no-such-page.md)"),
        (missing_links, "[a heading](web.md#no-such-heading)"),
        (missing_modules, "python -m tools.no_such_tool"),
        (missing_modules, "from bot.errors import NoSuchError"),
        (missing_targets, "`make no-such-target`"),
        (missing_commands, "`roost db no-such-action`"),
        (missing_commands, "roost db backup --no-such-option"),
    ],
)
def test_what_does_not_exist_is_found(check: Check, text: str) -> None:
    assert list(check(ROOT / "docs" / "web.md", text)) != []
