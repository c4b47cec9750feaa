"""The sink: what a client is sent, however fast or slowly it reads."""

from hypothesis import given
from hypothesis import strategies as st

from bot.events import Reply
from bot.platforms.web.event_stream import Event
from bot.platforms.web.web_sink import WebSink


async def take(sink: WebSink) -> list[Event]:
    return [event async for event in sink.events()]


async def test_a_slow_client_gets_the_latest_frame_only() -> None:
    sink = WebSink()
    for end in range(1000):
        await sink.update(Reply(text="x" * end))
    events = sink.events()
    assert await anext(events) == {"type": "delta", "text": "x" * 999}
    await sink.send(Reply(text="end"))
    sink.finish()
    assert [event["type"] async for event in events] == ["reply", "done"]


async def test_a_frame_that_takes_something_back_is_sent_whole() -> None:
    sink = WebSink()
    events = sink.events()
    await sink.update(Reply(text="hello wor"))
    assert await anext(events) == {"type": "delta", "text": "hello wor"}
    await sink.update(Reply(text="hello"))
    assert await anext(events) == {"type": "text", "text": "hello"}
    await sink.update(Reply(text="hello you"))
    assert await anext(events) == {"type": "delta", "text": " you"}


@given(st.lists(st.tuples(st.booleans(), st.text(max_size=5)), max_size=12))
async def test_the_client_can_always_put_the_text_together(steps: list[tuple[bool, str]]) -> None:
    sink = WebSink()
    events = sink.events()
    shown, replies = "", []

    def apply(event: Event) -> None:
        nonlocal shown
        text = str(event.get("text", ""))
        if event["type"] == "delta":
            shown += text
        elif event["type"] == "text":
            shown = text
        elif event["type"] == "reply":
            replies.append(text)
            shown = ""

    for final, text in steps:
        if final:
            await sink.send(Reply(text=text))
        else:
            await sink.update(Reply(text=text))
    sink.finish()
    async for event in events:
        apply(event)
    assert replies == [text for final, text in steps if final]
    tail = next((text for final, text in reversed(steps) if not final), "")
    after = bool(steps) and not steps[-1][0]
    assert shown == (tail if after else "")
