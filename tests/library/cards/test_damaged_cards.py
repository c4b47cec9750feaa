"""Thousands of damaged files and odd values: each gives a usable card or a one-line error."""

import json
from copy import deepcopy
from random import Random
from typing import Any

import pytest

from bot.errors import InvalidOption
from bot.library.cards.card_reader import read_book, read_card
from bot.library.cards.card_writer import write_card
from bot.library.cards.repairs import Repairs
from bot.library.characters.definition import read_character
from bot.library.characters.opening import OpeningOptions, make_opening
from bot.library.lore.lore_scan import ActiveBook, ScanInput, ScanLine, scan
from tests.library.cards.card_builder import V1, charx_file, compressed, international, packed, png, text, v2, v3

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 1e300, 10**30, "", " ", "x", "0.5", "{{char}}", [], {}, ["a"], [None], [[]],
    {"a": 1}, {"": ""}, "\x00", "a||b", "<START>\nx: y", "User: x\n\nAssistant: y",
)  # fmt: skip
FIELDS = ("name", "entries", "keys", "content", "position", "depth", "id", "extensions", "prompt", "uid", "key",
          "selectiveLogic", "data", "type", "uri", "sticky", "group", "character_book")  # fmt: skip
FORMS: tuple[dict[str, Any], ...] = (
    V1, v2(), v3(),
    {"user": "a", "bot": "b", "greeting": "c", "bot_persona": "d", "example_message": "{{user}}: e", "use_qa": True},
    {"kind": "character", "name": "M", "persona": {"attributes": {"text": ["x"]}},
     "insert": {"prompt": "p", "depth": 1},
     "characterBook": {"entries": [{"keywords": ["a"], "entry": "e"}]}},
    {"char_name": "a", "char_persona": "b"},
    {"name": "a", "context": "b", "greeting": "c"},
    {"entries": {"0": {"uid": 0, "key": ["a"], "content": "x", "order": 1, "position": 4, "depth": 2}}},
)  # fmt: skip
FILES = (
    png(after=text("chara", packed(v2()))),
    png(after=compressed("ccv3", packed(v3()))),
    png(before=international("ccv3", packed(v3()), compress=True)),
    charx_file(v3(), {"assets/icon/a.png": png()}),
    b'name="x"\ndescription="y"\nnote={text="a",depth=1}\n[[lore]]\nkeys=["a"]\ncontent="b"\n',
    b'name: a\ngreeting: |-\n  hi\n  there\ncontext: "x\\ny"\n',
    json.dumps(v3()).encode(),
)


def odd(random: Random, depth: int = 0) -> Any:
    roll = random.random()
    if depth < 3 and roll < 0.2:
        return [odd(random, depth + 1) for _ in range(random.randint(0, 3))]
    if depth < 3 and roll < 0.4:
        return {random.choice(FIELDS): odd(random, depth + 1) for _ in range(random.randint(0, 4))}
    return deepcopy(random.choice(ODD))


def changed(random: Random, form: dict[str, Any]) -> Any:
    """Return a card with some of its values, at any depth, replaced by odd ones."""
    card = json.loads(json.dumps(form))
    for _ in range(random.randint(1, 5)):
        place: Any = card
        while isinstance(place, (dict, list)) and place:
            key = random.choice(list(place)) if isinstance(place, dict) else random.randrange(len(place))
            if random.random() < 0.45 or not isinstance(place[key], (dict, list)):
                place[key] = odd(random)
                break
            place = place[key]
    return card


def damaged(random: Random, file: bytes) -> bytes:
    data = bytearray(file)
    for _ in range(random.randint(1, 6)):
        place = random.randrange(max(1, len(data)))
        action = random.choice(("change", "cut", "insert", "end"))
        if action == "change":
            data[place : place + 1] = random.randbytes(1)
        elif action == "cut":
            del data[place : place + 8]
        elif action == "insert":
            data[place:place] = random.randbytes(4)
        else:
            del data[place:]
    return bytes(data)


def check_line(error: InvalidOption) -> bool:
    assert "\n" not in str(error)
    return False


def play_and_write(random: Random, file: bytes) -> bool:
    """Return whether the file is a card; if so, check that it can be played and survives a round trip."""
    try:
        card = read_card(file, "file")
    except InvalidOption as error:
        return check_line(error)
    character = read_character(card, "file")
    assert character.name.strip()
    assert "\n\n" not in character.name
    make_opening(character, OpeningOptions(constant_lore=character.book.entries if character.book else ()), random)
    if character.book:
        scan_input = ScanInput(lines=[ScanLine("a", "lamp sea a x")], count=3)
        scan([ActiveBook("card", character.book)], scan_input, len, random)
    container = random.choice(("png", "json", "charx"))
    again = read_card(write_card(card, container), "file")
    compared = [key for key in card.data if key not in ("assets", "character_book")]
    assert {key: again.data[key] for key in compared} == {key: card.data[key] for key in compared}
    return True


@pytest.mark.parametrize("seed", range(8))
def test_odd_values_everywhere(seed: int) -> None:
    random = Random(seed)
    read = 0
    for _ in range(150):
        card = changed(random, random.choice(FORMS))
        wrap = random.choice((lambda card: png(after=text("chara", packed(card))), charx_file, None, None))
        read += play_and_write(random, wrap(card) if wrap else json.dumps(card).encode())
    assert read > 30, "most are still cards"


@pytest.mark.parametrize("seed", range(8))
def test_bytes_changed_cut_and_put_in(seed: int) -> None:
    random = Random(seed)
    for _ in range(150):
        file = damaged(random, random.choice(FILES))
        play_and_write(random, file)
        try:
            read_book(file, Repairs())
        except InvalidOption as error:
            check_line(error)
