"""An answer being delivered."""

import asyncio

import pytest

from bot.events import Author, File, Origin, Reply, Said, Speaker
from bot.platforms.line.answer_sink import AnswerSink
from bot.platforms.line.capabilities import Capabilities
from bot.platforms.line.channel_queue import QueuePlace
from bot.platforms.line.inbox_item import InboxItem
from bot.platforms.line.incoming_event import IncomingEvent
from bot.platforms.line.pacing import Pacer
from bot.platforms.line.sending import MessageGone, MessageRejected, NotPermitted, Outgoing
from tests.platforms.line.tiny_platform import EDITING, Server, TinyDelivery
from tests.waiting import until

ORIGIN = Origin(platform="tiny", channel="1", author=Author("ann", "ann"))


def heard(*replaces: str) -> IncomingEvent:
    return IncomingEvent(id="1", event=Said(origin=ORIGIN, text="hello", id="1"), at=0, replaces=replaces)


class FlakyDelivery(TinyDelivery):
    """A delivery whose requests fail, one after the other."""

    def __init__(self, server: Server, *failures: Exception | None) -> None:
        super().__init__(server, "1")
        self.failures = list(failures)
        self.told: list[str] = []
        self.typed = 0

    async def typing(self) -> None:
        self.typed += 1

    async def report_missing(self, permission: str) -> None:
        self.told.append(permission)

    def _check(self, message: Outgoing) -> None:
        if self.failures and (failure := self.failures.pop(0)) is not None:
            raise failure


def sink(delivery: TinyDelivery, item: InboxItem, capabilities: Capabilities = EDITING) -> AnswerSink:
    return AnswerSink(delivery, item, capabilities, Pacer(0.0, 1000.0))


async def posted(server: Server, count: int) -> InboxItem:
    """An item whose answer was posted as that many messages."""
    item = InboxItem(heard(), QueuePlace())
    await sink(TinyDelivery(server, "1"), item).send(Reply(text=" ".join(["word"] * 90 * count)))
    assert len(item.shown) == count
    return item


async def test_another_answer_takes_the_place_of_all_messages() -> None:
    server = Server()
    old = await posted(server, 3)
    item = InboxItem(heard(*old.shown), QueuePlace())
    await sink(TinyDelivery(server, "1"), item).send(Reply(text="short", kind="turn", node=7))
    assert [each.text for each in server.posted.values()] == ["short"]
    assert item.shown == old.shown[:1]
    assert item.node == 7


async def test_an_error_leaves_the_answer_that_it_should_have_replaced() -> None:
    server = Server()
    old = await posted(server, 1)
    item = InboxItem(heard(*old.shown), QueuePlace())
    await sink(TinyDelivery(server, "1"), item).send(Reply(text="no", kind="error", private=True))
    assert [each.text for each in server.posted.values()] == [" ".join(["word"] * 90), "no"]


@pytest.mark.parametrize("failure", [MessageGone("deleted"), MessageRejected("400 cannot be edited")])
async def test_what_cannot_be_edited_comes_as_a_new_message(failure: Exception) -> None:
    server = Server()
    item = InboxItem(heard(), QueuePlace())
    growing = sink(way := FlakyDelivery(server), item)
    await growing.update(Reply(text="Hello. And", kind="turn"))
    await until(lambda: item.shown)  # by a task of the sink's own
    way.failures = [failure]
    await growing.send(Reply(text="Hello. And more.", kind="turn", node=1))
    assert server.posted[item.shown[-1]].text == "Hello. And more."
    assert len(item.shown) == 1


async def test_without_the_permission_the_answer_comes_without_files_and_somebody_is_told() -> None:
    server = Server()
    item = InboxItem(heard(), QueuePlace())
    await sink(way := FlakyDelivery(server, NotPermitted("no files")), item).send(
        Reply(text="hello", files=(File("a.txt", b"a"),))
    )
    assert [(each.text, each.files) for each in server.posted.values()] == [("hello", ())]
    assert way.told == ["files"]


async def test_where_it_may_not_write_somebody_is_told_and_nothing_is_raised() -> None:
    server = Server()
    item = InboxItem(heard(), QueuePlace())
    assert await sink(way := FlakyDelivery(server, NotPermitted("no")), item).send(Reply(text="hello")) == ()
    assert way.told == ["send"]


async def test_typing_ends_though_nothing_was_sent() -> None:
    item = InboxItem(heard(), QueuePlace())
    idle = sink(way := FlakyDelivery(Server()), item, Capabilities(typing_lasts=0.001))
    await idle.typing()
    await until(lambda: way.typed >= 3)
    await idle.close()
    typed = way.typed
    await asyncio.sleep(0.02)
    assert way.typed == typed


async def test_a_reply_that_more_follow_stays() -> None:
    server, item = Server(), InboxItem(heard(), QueuePlace())
    answer = sink(TinyDelivery(server, "1"), item)
    first = await answer.send(Reply(text="one", kind="turn", node=1, more=True))
    assert await answer.send(Reply(text="two", kind="turn", node=2)) == ()
    assert len(first) == 1
    assert (item.node, len(item.shown)) == (2, 1)
    assert item.shown[0] not in first, "the next one is a message of its own"


async def test_a_platform_may_cut_replies_itself_and_shows_plain_names() -> None:
    server, item = Server(), InboxItem(heard(), QueuePlace())
    plain = Capabilities(markdown=False, cut=lambda text: text.split("/"))
    reply = Reply(text="one/two", kind="turn", node=7, speaker=Speaker("*Alice*"))
    await sink(TinyDelivery(server, "1"), item, plain).send(reply)
    assert [text for _, text in server.answers()] == ["*Alice*: one", "two"]
    assert len(item.shown) == 2
