"""The store: its tables, and the transaction that commits a turn."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.account_tables import AccountTable, InvitationTable
from bot.store.backup import backup
from bot.store.bookmarks import BookmarkTable, add_saves, move_tip
from bot.store.channels import ChannelTable, change_channel
from bot.store.connection import database_url, opened_apart, sqlite_path, writing
from bot.store.database_errors import FULL, StoreError
from bot.store.deletions import Deletions
from bot.store.disk import Disk
from bot.store.expiry import channels_before, expire_rest, expire_turns
from bot.store.forgetting import Place, channels_of, forget_channel, forget_guild, forget_user
from bot.store.inbox import Inbox, mark_answered
from bot.store.key_values import KeyValues
from bot.store.messages import Messages, StoredMessage, add_messages
from bot.store.migrating import opened
from bot.store.node import Node
from bot.store.nodes import FEW, ROWS, NodeCoder, NodeTable, insert_nodes
from bot.store.passkeys import PasskeyTable
from bot.store.process_lock import sharing
from bot.store.rate_counts import RateTable
from bot.store.sign_ins import SignInTable
from bot.store.sole_worker import sole_worker
from bot.store.state_deletions import StateDeletions
from bot.store.states import StateTable, opened_states
from bot.store.stored_answers import AnswerTable, StoredAnswer, add_answer, forget_answers
from bot.store.stored_cards import CardTable
from bot.store.turn_search import TurnSearch
from bot.store.unfinished_import import UnfinishedImport, undo_unfinished
from bot.store.usage import NO_SECONDS, Seconds, Usage, UsageTable, add_usage
from bot.store.user_turns import UserTurn, turns_of_user


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """What one commit writes: new nodes, changes to the channel, and the messages answered."""

    nodes: Sequence[Node]  # with id 0; a parent of -k is the node k places before it in this list
    channel: Mapping[str, object] = field(default_factory=dict)  # columns, in addition to those below
    head: int | None = None  # index in `nodes` of the new HEAD
    draft: int | None = None  # index in `nodes` of the new draft
    pending: int | None = None  # index in `nodes` of the last pending line
    user: str = ""
    turns: int = 1  # number of turns to count as usage
    tokens_read: int = 0
    tokens_written: int | None = None  # None: the length of the nodes' outputs
    seconds: Seconds = NO_SECONDS  # time taken by the replies
    saves: Mapping[str, int] = field(default_factory=dict)  # names for some of `nodes`
    after: int | None = None  # the expected HEAD of the channel; otherwise HeadMoved is raised
    apart: bool = False  # the states come from elsewhere and are not shared with other channels
    messages: Sequence[StoredMessage] = ()  # the messages of the new HEAD
    answers: Sequence[StoredMessage] = ()  # inbox entries answered by the new HEAD
    kept: StoredAnswer | None = None  # an answer that an API client can retrieve by its id, for the last of `nodes`


class Store:
    """The database, with one attribute per table."""

    def __init__(
        self, engine: AsyncEngine, states: StateTable, coder: NodeCoder | None = None, *,
        apart: AsyncEngine | None = None,
    ) -> None:  # fmt: skip
        """``apart``: the same database, for what must not wait behind the other transactions."""
        self.engine = engine
        self._disk = Disk(sqlite_path(engine.url))
        self.nodes = NodeTable(engine, coder)
        self.channels = ChannelTable(engine, self.nodes)
        self.search = TurnSearch(engine)
        self.bookmarks = BookmarkTable(engine)
        self.states = states
        self.values = KeyValues(engine)
        self.heartbeats = KeyValues(apart or engine)
        self.cards = CardTable(engine)
        self.messages = Messages(engine)
        self.answers = AnswerTable(engine)
        self.inbox = Inbox(engine)
        self.usage = UsageTable(engine)
        self.rates = RateTable(engine)
        self.deletions = Deletions(self.values)
        self.state_deletions = StateDeletions(engine)
        self.accounts = AccountTable(engine)
        self.invitations = InvitationTable(engine)
        self.passkeys = PasskeyTable(engine)
        self.sign_ins = SignInTable(engine)

    async def commit(self, channel: int, turn: Commit) -> list[Node]:
        """Write a turn atomically: nodes, HEAD, branch tip, usage and what it answers. Returns the new nodes.

        Raises HeadMoved if another process has moved HEAD, StoreError if the disk is full even after deleting the
        stored states.
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
        """Delete a channel: turns, names, messages, usage, inbox, settings.

        Returns the digests that no longer exist.
        """
        digests = await forget_channel(self.engine, channel)
        await self._deleted(digests)
        return digests

    async def forget_guild(self, platform: str, guild: str) -> None:
        """Delete a server's own data, besides its channels."""
        await forget_guild(self.engine, platform, guild)

    async def back_up(self, target: Path) -> int:
        """Copy the database to a file. Returns its size in bytes. Raises UserError."""
        return await backup(self.engine.url, target)

    async def channels_of(self, user: str, place: Place | None = None) -> set[int]:
        """Return the channels in which ``user`` ("platform:id") has turns."""
        return await channels_of(self.engine, user, place)

    async def forget_user(self, user: str, place: Place | None = None) -> tuple[list[str], set[int]]:
        """Delete the words of ``user`` ("platform:id"), the answers to them and the user's settings.

        ``place`` limits this to a server or a channel. Returns the digests that no longer exist, and the channels:
        their turns must be loaded again.
        """
        digests, found = await forget_user(self.engine, user, place)
        await self._deleted(digests)
        return digests, found

    async def turns_of_user(self, user: str, place: Place | None, most: int) -> list[UserTurn]:
        """Return the last turns of ``user`` ("platform:id"), at ``place`` or everywhere, oldest first."""
        return await turns_of_user(self.engine, user, place, most)

    async def channels_before(self, before: datetime) -> set[int]:
        """Return the channels that contain words from before ``before``."""
        return await channels_before(self.engine, before)

    async def expire(self, before: datetime, channels: Collection[int]) -> list[str]:
        """Delete words of these channels from before ``before``. Returns the digests that no longer exist."""
        digests = await expire_turns(self.engine, before, channels)
        await self._deleted(digests)
        return digests

    async def expire_rest(self, before: datetime) -> None:
        """Delete other data from before ``before``: inbox entries, stored answers of API clients, usage."""
        await expire_rest(self.engine, before)

    async def forget_answers(self, channel: int, names: Sequence[str]) -> list[str]:
        """Delete a client's stored answers and the turns that nothing else needs.

        Returns the digests of these turns.
        """
        _, digests = await forget_answers(self.engine, channel, names)
        await self._deleted(list(digests))
        return list(digests)

    def sole_worker(self, work: str) -> AbstractAsyncContextManager[bool]:
        """Yield whether this one of the processes on the database may do ``work`` now."""
        return sole_worker(self.engine, work)

    async def _deleted(self, digests: Sequence[str]) -> None:
        """Delete the states of turns whose text was deleted, and notify other processes."""
        self.nodes.forget_digests()
        if digests:
            await self.states.forget(digests)
            await self.deletions.note()

    def check_disk_space(self) -> None:
        """Raise StoreError if there is no disk space for another turn."""
        self._disk.check(lambda: self.states.spare)

    async def _commit(self, channel: int, turn: Commit, prepared: Sequence[Node]) -> list[Node]:
        """Write the last nodes and all references to them in one transaction; earlier nodes before it, in pieces."""
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
    """Yield the store of ``[store] url``, or of the folder ``data``. Raises ConfigError, saying what is wrong.

    ``brief``: for a command that changes a row while the bot may be running.
    """
    where = database_url(url, data)
    with sharing(sqlite_path(where), brief=brief) as alone:  # lock before opening: a restore may replace the file
        async with (
            opened(where, upgrade=upgrade) as engine, opened_states(engine) as states, opened_apart(engine) as apart,
        ):  # fmt: skip
            if alone and upgrade:
                await undo_unfinished(engine)
            yield Store(engine, states, coder, apart=apart)
