"""`roost character`: shows, converts and checks character cards."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli.options import add_config_options
from bot.errors import InvalidOption, NotFound, UserError

if TYPE_CHECKING:
    from bot.library.cards.card import Card
    from bot.library.characters.definition import Character
    from bot.library.characters.opening import Opening
    from bot.library.lore.lore_entry import LoreEntry

CONTAINERS = ("png", "json", "charx")


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("character", help="look at character cards, convert and check them")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    show = actions.add_parser("show", help="what was read, what was repaired, the lorebook, and the model's text")
    show.add_argument("card", metavar="FILE|NAME")
    show.add_argument("--json", action="store_true", help="print all of it as JSON")
    show.add_argument(
        "--user", default="", metavar="NAME", help="what {{user}} becomes (default: the card's own, or User)"
    )
    show.add_argument("--greeting", type=int, default=0, metavar="N", help="which greeting begins (default: 0)")
    add_config_options(show)
    show.set_defaults(func=_show)

    export = actions.add_parser("export", help="write a card for other programs; every field is kept")
    export.add_argument("card", metavar="FILE|NAME")
    export.add_argument("--to", required=True, choices=CONTAINERS, dest="container")
    export.add_argument("--spec", choices=("v2", "v3"), default="v3", help="the card's version (default: v3)")
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="the new file")
    export.add_argument("--force", action="store_true", help="write over a file that is there")
    add_config_options(export)
    export.set_defaults(func=_export)

    check = actions.add_parser("check", help="one line for each card of a folder; status 1 when one is refused")
    check.add_argument("folder", type=Path, metavar="FOLDER")
    check.set_defaults(func=_check)


def _show(options: argparse.Namespace) -> int:
    from bot.library.characters.card_preview import preview_card

    path, card = find_card(options)
    count = token_counter(options)
    shown = preview_card(card, path.stem, count or len, user=options.user, greeting=options.greeting)
    tokens = shown.tokens if count is not None else None
    character, opening = shown.character, shown.opening
    if options.json:
        print(json.dumps(as_json(path, card, character, opening, tokens), ensure_ascii=False, indent=2))
    else:
        for line in as_lines(path, card, character, opening, tokens):
            print(line)
    return 0


def as_lines(path: Path, card: "Card", character: "Character", opening: "Opening", tokens: int | None) -> Iterator[str]:
    """Yield a readable description of the card."""
    yield f"{character.name}: {card.form} card in {card.container}, {path} ({path.stat().st_size / 1000:.0f} kB)"
    facts = {
        "{{char}}": character.char,
        "{{user}}": character.user,
        "version": character.version,
        "creator": character.creator,
        "tags": ", ".join(character.tags),
        "picture": describe_picture(card.picture),
        "tuned state": character.state,
        "depth note": f"{character.note.text!r}, {character.note.depth} messages up" if character.note else "",
        "after history": repr(character.after_history) if character.after_history else "",
    }
    yield from (f"  {name}: {text}" for name, text in facts.items() if text)
    yield f"  greetings: {len(character.greetings)}, for groups: {len(character.group_greetings)}"
    if card.repairs:
        yield "repaired:"
        yield from (f"  {line}" for line in card.repairs)
    if character.book is not None:
        yield f"lorebook: {character.book.name or 'without a name'}, {len(character.book.entries)} entries"
        yield from (f"  {describe_entry(entry)}" for entry in character.book.entries)
    yield f"the model reads ({tokens} tokens):" if tokens is not None else "the model reads:"
    yield opening.text


def describe_entry(entry: "LoreEntry") -> str:
    """Return a one-line description of a lorebook entry, including errors in its patterns."""
    from bot.library.lore.lore_patterns import is_pattern, key_pattern

    keys = "always" if entry.constant else ", ".join(entry.keys) or "no keys"
    state = "" if entry.enabled else "off, "
    patterns = [key for key in entry.keys if entry.bare_patterns or is_pattern(key)]
    wrong = [f"; {key[:40]} matches nothing: {problem}" for key in patterns if (problem := key_pattern(key).problem)]
    text = " ".join(entry.content.split())[:60]
    return f"[{entry.id}] {state}{keys[:80]} -> {entry.position}, order {entry.order}: {text}{''.join(wrong)}"


def describe_picture(picture: bytes | None) -> str:
    """Return a picture's size, or "" if there is none."""
    return f"{len(picture) / 1000:.0f} kB" if picture else ""


def as_json(
    path: Path, card: "Card", character: "Character", opening: "Opening", tokens: int | None
) -> dict[str, object]:
    """Return the description of the card for ``--json``."""
    from dataclasses import asdict

    return {
        "file": str(path),
        "form": card.form,
        "container": card.container,
        "name": character.name,
        "repairs": list(card.repairs),
        "root": card.root,
        "data": card.data,
        "picture_bytes": len(card.picture) if card.picture else 0,
        "lorebook": [asdict(entry) for entry in character.book.entries] if character.book else [],
        "text": opening.text,
        "tokens": tokens,
        "greeting": opening.greeting,
        "macros": [{"macro": item.macro, "became": item.became} for item in opening.record],
    }


def _export(options: argparse.Namespace) -> int:
    from bot.library.cards.card_writer import write_card

    path, card = find_card(options)
    out: Path = options.out
    if out.is_dir():
        raise InvalidOption("{out} is a folder: name the new file in it.", out=out)
    if out.exists() and not options.force:
        raise InvalidOption("{out} is there already: give another name, or --force to write over it.", out=out)
    if not out.parent.is_dir():
        raise InvalidOption("There is no folder {folder}.", folder=out.parent)
    data = write_card(card, options.container, options.spec)
    out.write_bytes(data)
    print(f"{out}: {card.name}, {options.spec} in {options.container}, {len(data) / 1000:.0f} kB (from {path})")
    return 0


def _check(options: argparse.Namespace) -> int:
    from bot.library.cards.card_file import CARD_ENDINGS, read_card_file
    from bot.library.prompts import clean_text

    folder: Path = options.folder
    if not folder.is_dir():
        raise NotFound("There is no folder {folder}.", folder=folder)
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in CARD_ENDINGS and path.is_file()]
    texts = {path.with_suffix("") for path in paths if path.suffix.lower() in (".toml", ".json", ".yaml", ".yml")}
    seen = refused = 0
    for path in paths:
        try:
            card = read_card_file(path, keep_picture=False)
        except UserError as error:
            if path.suffix.lower() in (".png", ".jpg", ".jpeg") and path.with_suffix("") in texts:
                continue  # the image that belongs to the text card of the same name
            seen += 1
            refused += 1
            print(f"refused  {path.relative_to(folder)}: {error}")
            continue
        seen += 1
        repairs = f"; repaired: {'; '.join(card.repairs)}" if card.repairs else ""
        name = " ".join(clean_text(card.name).split())  # strips characters that reverse the terminal's text direction
        print(f"{'repaired' if repairs else 'ok':8} {path.relative_to(folder)}: {name}, {card.form}{repairs}")
    print(f"{seen} cards looked at, {refused} refused." if seen else f"No cards in {folder}.")
    return 1 if refused else 0


def find_card(options: argparse.Namespace) -> tuple[Path, "Card"]:
    """Return the card of a file, or of a name in the character folders."""
    from bot.library.cards.card_file import read_card_file
    from bot.library.characters.character_folder import CharacterFolder

    path = Path(options.card)
    if path.is_file():
        return path, read_card_file(path)
    if path.suffix and path.parent != Path():
        raise NotFound("There is no file {path}.", path=path)
    folder = CharacterFolder(character_folders(options))
    found = folder.path(options.card)
    return found, read_card_file(found)


def character_folders(options: argparse.Namespace) -> list[Path]:
    """Return the ``characters`` folders of the bundled prompts and of ``[chat] prompts``."""
    from bot.config.file import load_config
    from bot.paths import data_file, find_file

    config = load_config(options.config, data=options.data)
    places = [data_file("prompts"), *(find_file(name, config.base) for name in config.chat.prompts)]
    places.append(config.data / "prompts")
    return list(dict.fromkeys((place / "characters").resolve() for place in places))


def token_counter(options: argparse.Namespace) -> "Callable[[str], int] | None":
    """Return a token counter for the configured model; None, with a message on stderr, if it cannot be opened."""
    from bot.app import engine_settings
    from bot.config.file import load_config
    from bot.engine.files.weights import open_model
    from bot.engine.text.tokenizer import choose_tokenizer

    try:
        settings = engine_settings(load_config(options.config, data=options.data))
        coder = choose_tokenizer(settings.model, open_model(settings.model).spec.vocab_size, settings.tokenizer)
    except UserError as error:
        print(f"roost: tokens were not counted: {error}", file=sys.stderr)
        return None
    return lambda text: len(coder.encode(text))
