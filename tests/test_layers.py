"""The import rules of docs/how-it-works.md hold: each layer knows only the layers below it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "bot").rglob("*.py"))

# A module (by the longest matching prefix) may import these modules of our own. "" stands for none beyond itself.
# `errors`, `events`, `i18n` and `engine.types` are vocabulary: plain values from the standard library, open to everyone
# (i18n because a message is translated where it is shown).
VOCABULARY = {"bot.errors", "bot.events", "bot.i18n", "bot.engine.types", "bot.paths"}
EVERYTHING = {"bot"}
ALLOWED: dict[str, set[str]] = {
    "bot.__main__": EVERYTHING,
    "bot.cli": EVERYTHING,
    "bot.app": EVERYTHING,
    "bot.platforms": {"bot.platforms", "bot.config.schema", "bot.commands.registry"},
    "bot.dispatch": {"bot.commands", "bot.dispatch", "bot.sampling", "bot.policy", "bot.plugins.manager"},
    "bot.engine": {"bot.engine"},
    "bot.events": set(),
    "bot.errors": set(),
    "bot.i18n": set(),
    "bot.paths": set(),
    "bot.library.prompts": set(),
    "bot.library.prompt_files": {"bot.library.prompts", "bot.problems"},
    "bot.problems": set(),
}
# Packages that only one part of the house may touch.
OUTSIDERS = {
    "torch": ("bot.engine",),
    "numba": ("bot.engine",),
    "triton": ("bot.engine.cuda",),
    "discord": ("bot.platforms.discord",),
    "sqlalchemy": ("bot.store",),
    "fastapi": ("bot.platforms.web",),
    "uvicorn": ("bot.platforms.web",),
    "prompt_toolkit": ("bot.platforms.console",),
}


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield node.module or ""


def under(name: str, prefixes: tuple[str, ...] | set[str]) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: module_name(path))
def test_a_module_imports_only_what_its_layer_may(path: Path) -> None:
    name = module_name(path)
    rules = [prefix for prefix in ALLOWED if under(name, (prefix,))]
    allowed = ALLOWED[max(rules, key=len)] if rules else None
    for imported in imports_of(path):
        for package, homes in OUTSIDERS.items():
            if under(imported, (package,)):
                assert under(name, homes), f"{name} imports {imported}: only {homes} may"
        if allowed is not None and under(imported, ("bot",)):
            assert under(imported, allowed | VOCABULARY | {name}), f"{name} may not import {imported}"


def test_packages_do_nothing_when_imported() -> None:
    for path in SOURCES:
        if path.name == "__init__.py":
            assert not path.read_text(encoding="utf-8").strip(), f"{path} is not empty"


def test_files_stay_short() -> None:
    for path in SOURCES:
        length = len(path.read_text(encoding="utf-8").splitlines())
        assert length <= 400, f"{path} has {length} lines: a file is one noun, 400 lines at most"
