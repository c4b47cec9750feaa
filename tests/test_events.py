"""Event values, and a sink that ignores everything."""

from dataclasses import FrozenInstanceError

import pytest

from bot.events import Author, CollectingSink, NullSink, Origin, Panel, Reply, Said, Sink, in_one


def test_events_are_values() -> None:
    origin = Origin(platform="web", channel="c", author=Author("1", "Ann"))
    assert Said(origin=origin, text="hi") == Said(origin=origin, text="hi")
    with pytest.raises(FrozenInstanceError):
        origin.channel = "d"  # type: ignore[misc]


def test_a_panel_without_a_message_of_its_own_has_no_discord_markup() -> None:
    shown = in_one(Reply(text="", panel=Panel(text="**1.** Come in.\n-# One line is pending.\n-# a -# b")))
    assert shown.text == "**1.** Come in.\nOne line is pending.\na -# b"
    assert in_one(Reply(text="", panel=Panel(text="x", plain="-# as it is"))).text == "-# as it is"


async def test_the_null_sink_is_a_sink() -> None:
    sink: Sink = NullSink()
    await sink.typing()
    await sink.update(Reply(text="a"))
    assert await sink.send(Reply(text="a")) == ()


async def test_the_collecting_sink_keeps_what_is_finished() -> None:
    sink: Sink = (kept := CollectingSink())
    await sink.update(Reply(text="a"))
    assert await sink.send(Reply(text="ab")) == ()
    assert kept.replies == [Reply(text="ab")]
