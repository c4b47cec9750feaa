"""A card as the model would read it: for card makers, on the command line, in a chat and on the web page."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from bot.library.cards.card import Card
from bot.library.characters.definition import Character, read_character
from bot.library.characters.opening import Opening, OpeningOptions, labels, make_opening
from bot.library.lore.lore_layout import root_entries, without_root
from bot.library.lore.lore_macros import LoreMacros
from bot.library.lore.lore_scan import OpenBook, ScanLine, ScanResult, Scene, scan
from bot.library.macros.expansion import expand
from bot.library.macros.macro_values import MacroValues

SEED = 0  # of the shown text's random macros: the same at each call


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPreview:
    """What is read of a card at the beginning, and which entries of its book would fire for some words."""

    character: Character
    opening: Opening
    tokens: int
    lore: ScanResult


def preview_card(
    card: Card, character_id: str, count_tokens: Callable[[str], int], *, user: str = "", greeting: int = 0,
    said: str = "",
) -> CardPreview:  # fmt: skip
    """Takes time by the size of the card: off the event loop. ``said``: the words that the book is searched for."""
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
        [OpenBook("0", without_root(character.book))],
        Scene(lines=[ScanLine(person, said)], count=2),
        count_tokens,
        Random(SEED),
        LoreMacros(lambda text: expand(text, values, Random(SEED))),
    )
