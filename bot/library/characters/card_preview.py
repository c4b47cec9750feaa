"""Previews how the model would read a card, for card authors (command line, chat and web page)."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from bot.library.cards.card import Card
from bot.library.characters.definition import Character, read_character
from bot.library.characters.opening import Opening, OpeningOptions, labels, make_opening
from bot.library.lore.lore_layout import root_entries, without_root
from bot.library.lore.lore_macros import LoreMacros
from bot.library.lore.lore_scan import ActiveBook, ScanInput, ScanLine, ScanResult, scan
from bot.library.macros.expansion import expand
from bot.library.macros.macro_values import MacroValues

SEED = 0  # of random macros, so that previews are repeatable


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPreview:
    """The text that opens a chat, and the lorebook entries that would fire."""

    character: Character
    opening: Opening
    tokens: int
    lore: ScanResult


def preview_card(
    card: Card, character_id: str, count_tokens: Callable[[str], int], *, user: str = "", greeting: int = 0,
    said: str = "",
) -> CardPreview:  # fmt: skip
    """Preview a card. CPU-bound: do not call on the event loop. ``said`` is a message to scan the lorebook for."""
    character = read_character(card, character_id)
    constant = root_entries([character.book]) if character.book else ()
    opening = make_opening(
        character, OpeningOptions(user=user, greeting=greeting, constant_lore=constant), Random(SEED)
    )
    return CardPreview(
        character=character, opening=opening, tokens=count_tokens(opening.text),
        lore=_fired(character, user, said, count_tokens),
    )  # fmt: skip


def _fired(character: Character, user: str, said: str, count_tokens: Callable[[str], int]) -> ScanResult:
    if character.book is None or not said:
        return ScanResult((), (), ())
    person, char = labels(character, user)
    values = MacroValues(char=char, user=user or person)
    return scan(
        [ActiveBook("0", without_root(character.book))],
        ScanInput(lines=[ScanLine(person, said)], count=2),
        count_tokens,
        Random(SEED),
        LoreMacros(lambda text: expand(text, values, Random(SEED))),
    )
