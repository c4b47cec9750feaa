"""Incoming events: valid characters, and the ids of the messages answered."""

from bot.dispatch.call import answered, storable
from bot.events import Author, Called, Edited, Event, Origin, Said, Words

ORIGIN = Origin(platform="test", channel="c", author=Author("1", "A\ud800nn"))


def test_halves_of_characters_go() -> None:
    said = storable(Said(origin=ORIGIN, text="x\udfff"))
    assert isinstance(said, Said)
    assert (said.text, said.origin.author.name) == ("x?", "A?nn")
    called = storable(Called(origin=ORIGIN, command="save", arguments={"name": "\ud800", "n": 2}))
    assert isinstance(called, Called)
    assert called.arguments == {"name": "?", "n": 2}


def test_ids_of_what_is_answered() -> None:
    events: list[tuple[Event, tuple[str, ...]]] = [
        (Said(origin=ORIGIN, text="x"), ()),
        (Said(origin=ORIGIN, text="x", id="1"), ("1",)),
        (Said(origin=ORIGIN, text="x", id="2", merged=(Words("1", "a"), Words("2", "b"))), ("1", "2")),
        (Edited(origin=ORIGIN, id="1", text="x", edit="e"), ("e",)),
        (Called(origin=ORIGIN, command="gen", id="i"), ("i",)),
    ]
    for event, ids in events:
        assert answered(event) == ids
