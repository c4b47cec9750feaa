"""The store: its tables' parts, and the one transaction of a turn."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.backup import backup
from bot.store.bookmarks import BookmarkTable, add_saves, move_tip
from bot.store.channels import ChannelTable, change_channel
from bot.store.connection import database_url, sqlite_path, writing
from bot.store.disk import Disk
from bot.store.expiry import channels_before, expire_rest, expire_turns
from bot.store.forgetting import Place, channels_of, forget_channel, forget_guild, forget_user
from bot.store.inbox import Inbox, mark_answered
from bot.store.kept_accounts import AccountTable, InvitationTable
from bot.store.kept_answers import AnswerTable, KeptAnswer, add_answer, forget_answers
from bot.store.kept_cards import CardTable
from bot.store.key_values import KeyValues
from bot.store.messages import Messages, StoredMessage, add_messages
from bot.store.migrating import opened
from bot.store.node import Node
from bot.store.nodes import FEW, ROWS, NodeCoder, NodeTable, insert_nodes
from bot.store.own_words import OwnTurn, own_words
from bot.store.passkeys import PasskeyTable
from bot.store.process_lock import sharing
from bot.store.sign_ins import SignInTable
from bot.store.states import StateTable, opened_states
from bot.store.trouble import FULL, StoreError
from bot.store.turn_search import TurnSearch
from bot.store.unfinished_import import UnfinishedImport, undo_unfinished
from bot.store.usage import NO_SECONDS, Seconds, Usage, UsageTable, add_usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """What one commit writes: new nodes, what of the channel changes with them, and what they answer."""

    nodes: Sequence[Node]  # id 0; a parent of -k is the node k places before it in this list
    channel: Mapping[str, object] = field(default_factory=dict)  # columns, besides those below
    head: int | None = None  # which of `nodes` HEAD moves to
    draft: int | None = None  # which of `nodes` the draft moves to
    pending: int | None = None  # which of `nodes` is the tip of the lines that are not accepted
    user: str = ""
    turns: int = 1  # that it counts as in the usage
    tokens_read: int = 0
    tokens_written: int | None = None  # None: those of the nodes' outputs
    seconds: Seconds = NO_SECONDS  # what the replies took
    saves: Mapping[str, int] = field(default_factory=dict)  # names for some of `nodes`
    after: int | None = None  # the HEAD that the channel must still have, else HeadMoved is raised
    apart: bool = False  # their states come from elsewhere: they are shared with no other channel
    messages: Sequence[StoredMessage] = ()  # what was said: stands for the head
    answers: Sequence[StoredMessage] = ()  # inbox entries that it answers: marked with the head
    kept: KeptAnswer | None = None  # what a program can ask for again, by its id: the last of `nodes`


class Store:
    """The database: one part a table."""

    def __init__(self, engine: AsyncEngine, states: StateTable, coder: NodeCoder | None = None) -> None:
        self.engine = engine
        self._disk = Disk(sqlite_path(engine.url))
        self.nodes = NodeTable(engine, coder)
        self.channels = ChannelTable(engine, self.nodes)
        self.search = TurnSearch(engine)
        self.bookmarks = BookmarkTable(engine)
        self.states = states
        self.values = KeyValues(engine)
        self.cards = CardTable(engine)
        self.messages = Messages(engine)
        self.answers = AnswerTable(engine)
        self.inbox = Inbox(engine)
        self.usage = UsageTable(engine)
        self.accounts = AccountTable(engine)
        self.invitations = InvitationTable(engine)
        self.passkeys = PasskeyTable(engine)
        self.sign_ins = SignInTable(engine)

    async def commit(self, channel: int, turn: Commit) -> list[Node]:
        """Write a turn: nodes, HEAD, branch tip, usage and what it answers, all or nothing. Returns the new nodes.

        Raises HeadMoved where another process has moved HEAD, StoreError when the disk has no room for it, not even
        that of the kept states.
        """
        prepared = await self.nodes.prepared(channel, turn.nodes, apart=turn.apart)
        await self.states.make_room()
        try:
            return await self._commit(channel, turn, prepared)
        except StoreError as error:
            if error.message != FULL or not await self.states.make_room(now=True):
                raise
            return await self._commit(channel, turn, prepared)

    async def forget_channel(self, channel: int) -> list[str]:
        """Delete a channel: turns, names, messages, usage, inbox, settings. Returns the digests that are no more."""
        digests = await forget_channel(self.engine, channel)
        await self.states.forget(digests)
        self.nodes.forget_digests()
        return digests

    async def forget_guild(self, platform: str, guild: str) -> None:
        """Delete what is kept of a server beside its channels."""
        await forget_guild(self.engine, platform, guild)

    async def back_up(self, target: Path) -> int:
        """Copy the database to a file. Returns bytes. Raises UserError."""
        return await backup(self.engine.url, target)

    async def channels_of(self, user: str, place: Place | None = None) -> set[int]:
        """The channels in which ``user`` ("platform:id") has turns."""
        return await channels_of(self.engine, user, place)

    async def forget_user(self, user: str, place: Place | None = None) -> tuple[list[str], set[int]]:
        """Delete the words of ``user`` ("platform:id"), the answers to them, and their settings; everywhere, or there.

        Returns the digests that are no more, and the channels: whoever holds turns of these must read them again.
        """
        digests, found = await forget_user(self.engine, user, place)
        await self.states.forget(digests)
        self.nodes.forget_digests()
        return digests, found

    async def own_words(self, user: str, place: Place | None, most: int) -> list[OwnTurn]:
        """The last turns of ``user`` ("platform:id"), there or everywhere, the oldest first."""
        return await own_words(self.engine, user, place, most)

    async def channels_before(self, before: datetime) -> set[int]:
        """The channels with words from before then."""
        return await channels_before(self.engine, before)

    async def expire(self, before: datetime, channels: Collection[int]) -> list[str]:
        """Delete words of these channels from before then. Returns the digests that are no more."""
        digests = await expire_turns(self.engine, before, channels)
        await self.states.forget(digests)
        self.nodes.forget_digests()
        return digests

    async def expire_rest(self, before: datetime) -> None:
        """Delete what else is from before then: messages that came in, programs' answers, who used how much."""
        await expire_rest(self.engine, before)

    async def forget_answers(self, channel: int, names: Sequence[str]) -> list[str]:
        """Delete what a program has had kept, and the turns that nobody else needs. Returns the digests of these."""
        _, digests = await forget_answers(self.engine, channel, names)
        if digests:
            await self.states.forget(digests)
            self.nodes.forget_digests()
        return list(digests)

    def check_room(self) -> None:
        """Raise StoreError when nothing that is begun now could be kept."""
        self._disk.check(lambda: self.states.spare)

    async def _commit(self, channel: int, turn: Commit, prepared: Sequence[Node]) -> list[Node]:
        """The last nodes and all that points at them in one transaction; of many, the others in some before it."""
        unfinished = UnfinishedImport(self.engine, channel)
        made: list[Node] = []
        try:
            while len(prepared) - len(made) > ROWS:
                made += await unfinished.insert(prepared[len(made) : len(made) + ROWS], made)
            async with writing(self.engine, quick=len(prepared) - len(made) <= FEW) as connection:
                made += await insert_nodes(connection, prepared[len(made) :], made)
                await self._point_at(connection, channel, turn, made)
                await unfinished.finish(connection)
        except BaseException:
            await unfinished.undo()
            raise
        return self.nodes.stored(made)

    async def _point_at(self, connection: AsyncConnection, channel: int, turn: Commit, made: Sequence[Node]) -> None:
        columns = dict(turn.channel)
        for name in ("head", "draft", "pending"):
            if (place := getattr(turn, name)) is not None:
                columns[f"{name}_id"] = made[place].id
        if turn.head is not None:
            await move_tip(connection, channel, made[turn.head].id)
        if columns:
            await change_channel(connection, channel, columns, after=turn.after)
        await add_saves(connection, channel, {name: made[place].id for name, place in turn.saves.items()})
        answer = made[turn.head or 0].id if made else 0
        await add_messages(connection, [replace(each, node=answer, said=True) for each in turn.messages])
        if turn.answers:
            await mark_answered(connection, turn.answers, answer)
        if turn.kept is not None:
            await add_answer(connection, channel, replace(turn.kept, node=made[-1].id if made else None))
        written = turn.tokens_written
        if written is None:
            written = sum(len(node.output_tokens) for node in made)
        new = Usage(turn.turns, turn.tokens_read, written, turn.seconds)
        await add_usage(connection, channel, turn.user, new)


@asynccontextmanager
async def open_store(
    url: str, data: Path, *, upgrade: bool = True, coder: NodeCoder | None = None, brief: bool = False
) -> AsyncIterator[Store]:
    """The store of ``[store] url``, or of the folder ``data``. Raises ConfigError that says what is wrong.

    ``brief``: for a command that changes a row while the bot may be running.
    """
    where = database_url(url, data)
    with sharing(sqlite_path(where), brief=brief) as alone:  # first: whoever restores it puts another file there
        async with opened(where, upgrade=upgrade) as engine, opened_states(engine) as states:
            if alone and upgrade:
                await undo_unfinished(engine)
            yield Store(engine, states, coder)
