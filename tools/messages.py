"""Extract user-visible messages into the catalogues and compile them (``make messages``).

Messages are found in the sources' syntax trees, not by pattern: the first argument of ``N_``, ``t``, ``translate`` and
of the user errors, or the strings assigned to the variable passed there.
"""

import ast
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from bot.commands.builtin import built_in
from bot.i18n import DEFAULT
from bot.i18n import LANGUAGES as OURS

SOURCES = Path(__file__).resolve().parents[1] / "bot"
LOCALES = SOURCES / "locales"
LANGUAGES = [code for code in OURS if code != DEFAULT]
# Messages that only the person who runs the bot sees in a terminal stay English: ConfigError, ModelError, bot/cli; but
# `roost doctor` speaks the terminal's language.
FIRST = {"N_", "t", "translate", "UserError", "NotAllowed", "NotFound", "InvalidOption", "Busy", "Message"}
TERMINAL = (
    "cli/", "engine/files/convert", "engine/files/download", "engine/models/strategy", "engine/files/weights",
    "platforms/web/server",
)  # fmt: skip
DOCTOR = ("cli/doctor", "cli/model_checks", "cli/operation_checks", "cli/platform_checks")
THIRD = {"Problem"}  # of the web page: (status, code, text)


def messages(path: Path) -> Iterator[str]:
    """The messages in a source file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = _assigned(tree)
    for scope in [
        node for node in ast.walk(tree) if isinstance(node, (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef))
    ]:
        assigned = constants | _assigned(scope)
        for node in _within(scope):
            if isinstance(node, ast.Call):
                yield from _of_call(node, assigned)


def _assigned(scope: ast.AST) -> dict[str, list[str]]:
    """The strings assigned to the variables of a function or module."""
    found: dict[str, list[str]] = {}
    for node in _within(scope):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, []).extend(_strings(node.value))
    return found


def _within(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function or module, without those of nested functions."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield child
            yield from _within(child)
        else:
            for decorator in child.decorator_list:
                yield decorator
                yield from _within(decorator)


def _of_call(call: ast.Call, assigned: dict[str, list[str]]) -> Iterator[str]:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    place = 0 if name in FIRST else 2 if name in THIRD else None
    if place is None or len(call.args) <= place:
        return
    argument = call.args[place]
    yield from assigned.get(argument.id, []) if isinstance(argument, ast.Name) else _strings(argument)


def _strings(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value] if node.value.strip() else []
    if isinstance(node, ast.IfExp):
        return [*_strings(node.body), *_strings(node.orelse)]
    return []


def template() -> Catalog:
    """All messages, in the order of their files."""
    catalog = Catalog(project="roost", fuzzy=False)
    for path in sorted(SOURCES.rglob("*.py")):
        where = path.relative_to(SOURCES).as_posix()
        if where.startswith(DOCTOR) or not where.startswith(TERMINAL):
            for text in messages(path):
                catalog.add(text, locations=[(where, 0)])
    for text in slash_names():
        catalog.add(text)
    return catalog


def slash_names() -> list[str]:
    """The names of slash commands and their options, to be translated: "/undo", ":turns"."""
    commands = list(built_in())
    options = {option.name for command in commands for option in command.options} | {"file"}
    return [f"/{command.name}" for command in commands] + [f":{name}" for name in sorted(options)]


def po_file(language: str) -> Path:
    """The catalogue file of a language."""
    return LOCALES / language / "LC_MESSAGES" / "roost.po"


def updated(language: str) -> Catalog:
    """The catalogue with the current messages: translations are kept, those of removed messages dropped."""
    path, fresh = po_file(language), template()
    catalog = Catalog(locale=language, project="roost", fuzzy=False)
    if path.is_file():
        with path.open("rb") as file:
            catalog = read_po(file, locale=language)
    catalog.update(fresh, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.header_comment = "# Translations of Roost. Made by `make messages`; the texts are for you to write."
    catalog.fuzzy = False
    return catalog


def written(catalog: Catalog) -> bytes:
    """The text of a .po file, deterministic for the same messages."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=110, omit_header=False, sort_output=True, no_location=True)
    lines = buffer.getvalue().decode().splitlines()
    dropped = (
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Language-Team",
        "Report-Msgid",
        "Generated-By",
    )
    return (
        "\n".join(line for line in lines if not line.startswith(tuple(f'"{name}' for name in dropped))) + "\n"
    ).encode()


def compiled(catalog: Catalog) -> bytes:
    """The .mo file."""
    buffer = io.BytesIO()
    plain = read_po(io.BytesIO(written(catalog)), locale=str(catalog.locale))
    plain.mime_headers = [("Content-Type", "text/plain; charset=utf-8")]
    plain.creation_date = datetime(2026, 1, 1, tzinfo=UTC)  # any but the present: the same texts are the same bytes
    write_mo(buffer, plain)
    return buffer.getvalue()


def main() -> int:
    """Write the catalogues. Returns 1 if a translation is missing."""
    missing = 0
    for language in LANGUAGES:
        catalog = updated(language)
        path = po_file(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(catalog))
        path.with_suffix(".mo").write_bytes(compiled(catalog))
        blank = [message.id for message in catalog if message.id and not message.string]
        missing += len(blank)
        print(f"{language}: {len(catalog)} texts, {len(blank)} not translated")
        for text in blank:
            print(f"  {text!r}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
