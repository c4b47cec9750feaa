"""Event values, and a sink that ignores everything."""

from dataclasses import FrozenInstanceError

import pytest

from bot.events import Author, CollectingSink, NullSink, Origin, Reply, Said, Sink


def test_events_are_values() -> None:
    origin = Origin(platform="web", channel="c", author=Author("1", "Ann"))
    assert Said(origin=origin, text="hi") == Said(origin=origin, text="hi")
    with pytest.raises(FrozenInstanceError):
        origin.channel = "d"  # type: ignore[misc]


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
