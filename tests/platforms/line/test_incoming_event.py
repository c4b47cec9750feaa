"""Merging several messages into one."""

from bot.events import Attachment, Author, Edited, Origin, Said, Words
from bot.platforms.line.incoming_event import IncomingEvent, around, has_files, merged

ORIGIN = Origin(platform="tiny", channel="1", author=Author("ann", "ann"))


def said(number: str, text: str, **more: object) -> IncomingEvent:
    event = Said(origin=ORIGIN, text=text, id=number, **more)  # type: ignore[arg-type]  # whatever a test gives
    return IncomingEvent(id=number, event=event, at=0)


async def nothing(_: bool) -> tuple[Attachment, ...]:
    return ()


def test_words_are_joined_and_each_message_keeps_its_own() -> None:
    event = merged([said("1", "one"), said("2", ""), said("3", "three", load=nothing)])
    assert isinstance(event, Said)
    assert event.text == "one\nthree"
    assert event.id == "3"
    assert event.merged == (Words("1", "one"), Words("2", ""), Words("3", "three"))
    assert event.load is nothing


def test_one_message_is_what_it_was() -> None:
    incoming = said("1", "one")
    assert merged([incoming]) is incoming.event


def test_an_edit_knows_what_was_to_be_answered_with_it() -> None:
    edit = Edited(origin=ORIGIN, id="2", text="TWO")
    event = around(edit, [said("1", "one"), said("2", "two")])
    assert isinstance(event, Edited)
    assert event.merged == (Words("1", "one"), Words("2", "TWO"))
    assert around(edit, [said("2", "two")]) is edit


def test_files() -> None:
    assert has_files(said("1", "", load=nothing))
    assert not has_files(said("1", "one"))
