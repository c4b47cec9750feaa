"""A channel's position in its tree of turns, and every move that needs no model."""

import asyncio
import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bot.chat.head_lock import HeadLock
from bot.errors import InvalidOption, NotFound, UserError
from bot.library.prompts import clean_name
from bot.shielding import run_to_completion
from bot.store.channels import Channel as ChannelRow
from bot.store.node import Bookmark, Node
from bot.store.store import Commit, Store

NAME_LENGTH = 64
MAX_UNDONE = 100
MAX_MARKS = 1000  # saves of a channel, and as many branches; an exported file has at most as many saves


class Channel:
    """One channel's turns and its HEAD. Moves and turns run one at a time, in the order they were requested.

    Every change is written to the store first and then applied in memory, in one step that cancellation cannot split.
    """

    def __init__(self, store: Store, row: ChannelRow, head: Node, beginning: Node) -> None:
        self.id = row.id
        self.platform = row.platform
        self.external_id = row.external_id
        self.guild = row.guild
        self.lock = HeadLock(self._catch_up)
        self._store = store
        self._head = head
        self._beginning = beginning
        self._columns = _columns(row)
        self._settings_lock = asyncio.Lock()  # settings may change while a turn is running

    @property
    def key(self) -> str:
        """The channel's name in the engine's queue."""
        return f"{self.platform}:{self.external_id}"

    @property
    def head(self) -> Node:
        """The turn that the next one follows."""
        return self._head

    @property
    def beginning(self) -> Node:
        """The root of HEAD's path."""
        return self._beginning

    @property
    def draft(self) -> int | None:
        """The id of the last piece of free writing."""
        draft: int | None = self._columns["draft_id"]
        return draft

    @property
    def pending(self) -> int | None:
        """The id of the last line that follows HEAD but has not been accepted."""
        pending: int | None = self._columns["pending_id"]
        return pending

    @property
    def can_redo(self) -> bool:
        """Whether HEAD was moved away from a turn that ``redo`` can return to."""
        return bool(self._columns["undone"])

    @property
    def prompt_name(self) -> str:
        """The name of the prompt chosen in this channel."""
        return str(self._columns["prompt"])

    @property
    def settings(self) -> Mapping[str, Any]:
        """The channel's settings, as JSON values."""
        settings: Mapping[str, Any] = self._columns["settings"]
        return settings

    @property
    def branch_name(self) -> str:
        """The current branch; "main" initially."""
        return str(self._columns["branch"])

    async def refresh_head(self) -> None:
        """Reload HEAD and its root, for example after the model's vocabulary has changed."""
        self._head = await self._store.nodes.get(self._head.id) or self._head
        self._beginning = await self._store.nodes.get(self._beginning.id) or self._beginning

    async def _catch_up(self) -> None:
        """Reload what another process may have changed: HEAD, the settings, the branch."""
        row = await self._store.channels.get(self.id)
        if row is None or row.head is None:
            return
        self._columns = _columns(row)
        if row.head != self._head.id and (head := await self._store.nodes.get(row.head)) is not None:
            await self._stand_on(head)

    # --- reading ------------------------------------------------------------------------------------------------

    async def node(self, node: int) -> Node:
        """Return a turn of this channel by its id. Raises NotFound, also if the turn belongs to another channel."""
        found = await self._store.nodes.get(node)
        if found is None or found.channel != self.id:
            raise NotFound("There is no turn number {number} here.", number=node)
        return found

    async def position(self, node: int | None = None) -> tuple[int, int]:
        """Return the place of ``node`` (default: HEAD) among its siblings: (2, 3) is the second of three answers."""
        return await self.position_of(self._head if node is None else await self.node(node))

    async def position_of(self, node: Node) -> tuple[int, int]:
        """Like ``position``, for a turn that is already loaded."""
        ids = await self._store.nodes.sibling_ids(node)
        return ids.index(node.id) + 1, len(ids)

    async def siblings(self, node: int | None = None) -> list[Node]:
        """Return all answers to the input of ``node`` (default: HEAD), oldest first, including itself."""
        return await self._store.nodes.siblings(self._head if node is None else await self.node(node))

    async def path(self, turns: int | None = None, *, node: int | None = None) -> list[Node]:
        """Return the last ``turns`` turns up to ``node`` (default: HEAD), oldest first; all for None."""
        if turns is not None and turns < 1:
            raise InvalidOption("The number of turns must be at least 1.")
        start = self._head.id if node is None else (await self.node(node)).id
        return await self._named(await self._store.nodes.path(start, turns))

    async def history(self, turns: int | None = None, *, node: int | None = None) -> list[Node]:
        """Return the path up to ``node`` with the free writing done alongside it, in the order people saw it."""
        last = None if node is None else await self.node(node)
        end = last.previous if last is not None and last.kind == "draft" else node
        path = await self.path(turns, node=end)
        beside: dict[int | None, dict[object, Node]] = {}
        for draft in await self._store.nodes.beside([each.id for each in path]):
            if last is not None and draft.previous == end and (last.kind != "draft" or draft.id > last.id):
                continue  # written after ``node``
            same = (draft.parent, draft.input_tokens, draft.author, draft.sampling.get("cfg"))
            beside.setdefault(draft.previous, {})[same] = draft  # rewritten: keep only the latest version
        shown = [each for turn in path for each in (turn, *beside.get(turn.id, {}).values())]
        return shown if turns is None else shown[-turns:]

    async def tree(self, *, drafts: bool = False) -> list[Node]:
        """Return every turn of this channel, oldest first, with bookmark names; free writing only with ``drafts``."""
        return await self._named(await self._store.nodes.of_channel(self.id, drafts=drafts))

    async def _named(self, nodes: list[Node]) -> list[Node]:
        names: dict[int, tuple[str, ...]] = {}
        for mark in await self._store.bookmarks.of(self.id):
            names[mark.node] = (*names.get(mark.node, ()), mark.name)
        return [replace(node, names=names[node.id]) if node.id in names else node for node in nodes]

    # --- moving -------------------------------------------------------------------------------------------------

    async def swipe(self, step: int, *, node: int | None = None) -> Node:
        """Move HEAD ``step`` siblings to the right (left if negative). Raises NotFound beyond the first or last."""
        async with self.lock:
            start = self._head if node is None else await self.node(node)
            siblings = await self._store.nodes.siblings(start)
            place = [sibling.id for sibling in siblings].index(start.id) + step
            if not 0 <= place < len(siblings):
                raise NotFound("There are {count} answers here, and no more in that direction.", count=len(siblings))
            return await self._choose(start, siblings[place])

    async def pick(self, number: int, *, node: int | None = None) -> Node:
        """Move HEAD to answer ``number`` (from 1) to the input of ``node`` (default: HEAD). Raises NotFound."""
        async with self.lock:
            return await self.choose(number, self._head if node is None else await self.node(node))

    async def choose(self, number: int, old: Node) -> Node:
        """Like ``pick``, as a sibling of ``old``. The caller holds the lock."""
        siblings = await self._store.nodes.siblings(old)
        if not 1 <= number <= len(siblings):
            raise NotFound("There is no answer {number} here: there are {count}.", number=number, count=len(siblings))
        return await self._choose(old, siblings[number - 1])

    async def _choose(self, old: Node, new: Node) -> Node:
        """Select ``new`` in place of ``old``. For a pending line or a draft, only that pointer moves; HEAD stays."""
        if old.id == self.pending:
            await self.move_pending(new.id)
            return new
        if old.kind == "draft":
            await self._change(draft_id=new.id)
            return new
        return await self.move(new)

    async def undo(self, turns: int = 1) -> Node:
        """Move HEAD back ``turns`` turns. At a new root this takes the reset back.

        Raises NotFound at the beginning.
        """
        if turns < 1:
            raise InvalidOption("The number of turns must be at least 1.")
        async with self.lock:
            here, undone = self._head, list(self._columns["undone"])
            for _ in range(turns):
                back = here.previous if here.parent is None else here.parent
                if back is None:
                    break
                undone.append(here.id)
                here = await self.node(back)
            if here.id == self._head.id:
                raise NotFound("There is nothing to undo: this is the beginning.")
            return await self.move(here, undone)

    async def settled(self) -> None:
        """Wait until the turn being written has been committed."""
        async with self.lock:
            pass

    async def undo_if_head(self, node: int) -> bool:
        """Undo turn ``node`` if it is still HEAD once the lock is acquired. Returns whether it was undone."""
        async with self.lock:
            if self._head.id != node or self._head.parent is None:
                return False
            await self.move(await self.node(self._head.parent), [*self._columns["undone"], node])
            return True

    async def redo(self, turns: int = 1) -> Node:
        """Take the last ``turns`` undos back. Raises NotFound if nothing was undone."""
        async with self.lock:
            undone = list(self._columns["undone"])
            there = None
            for _ in range(turns):
                if undone:
                    there = undone.pop()
            if there is None:
                raise NotFound("There is nothing to redo.")
            return await self.move(await self.node(there), undone)

    async def go(self, node: int) -> Node:
        """Move HEAD to any turn of this channel; ``redo`` returns. Raises NotFound."""
        async with self.lock:
            return await self._leap(conversational(await self.node(node)))

    async def _leap(self, node: Node) -> Node:
        undone = self._columns["undone"]
        return await self.move(node, undone if node.id == self._head.id else [*undone, self._head.id])

    # --- changing -----------------------------------------------------------------------------------------------

    async def commit(self, turn: Commit) -> list[Node]:
        """Write new turns with the changes that belong to them; return them with their ids.

        The caller holds the lock.
        """
        return await run_to_completion(self._commit(turn))

    async def _commit(self, turn: Commit) -> list[Node]:
        columns = dict(turn.channel)
        if turn.head is not None and turn.pending is None:  # pending lines followed the old HEAD
            columns = {"pending_id": None, **columns}
        turn = replace(turn, channel=columns, after=self._head.id)
        made = await self._store.commit(self.id, turn)
        self._columns.update(turn.channel)
        if turn.pending is not None:
            self._columns["pending_id"] = made[turn.pending].id
        if turn.head is not None:
            await self._stand_on(made[turn.head], known=made[0].parent == self._head.id)
        if turn.draft is not None:
            self._columns["draft_id"] = made[turn.draft].id
        return made

    async def move(self, node: Node, undone: list[int] | None = None, **columns: object) -> Node:
        """Set HEAD to ``node``. Clears the pending lines and the redo list unless they are given.

        The caller holds the lock.
        """
        await self._change(node, **{"undone": (undone or [])[-MAX_UNDONE:], "pending_id": None} | columns)
        return node

    async def move_pending(self, node: int | None) -> None:
        """Make ``node`` the last pending line; None clears the pending lines. The caller holds the lock."""
        await self._change(pending_id=node)

    async def _change(self, head: Node | None = None, **columns: object) -> None:
        await run_to_completion(self._changed(head, columns))

    async def _changed(self, head: Node | None, columns: dict[str, object]) -> None:
        if head is None:
            await self._store.channels.update(self.id, **columns)
        else:
            await self._store.channels.move(self.id, self._head.id, head.id, columns)
        self._columns.update(columns)
        if head is not None:
            await self._stand_on(head)

    async def _stand_on(self, head: Node, *, known: bool = False) -> None:
        """``known``: the path keeps its root, so it need not be looked up."""
        beginning = self._beginning if known else await self._store.nodes.root(head.id)
        self._head, self._beginning = head, beginning

    # --- names --------------------------------------------------------------------------------------------------

    async def branch(self, name: str) -> Node:
        """Start a branch called ``name`` at HEAD, or switch to an existing one. Returns the new HEAD."""
        name = checked_name(name)
        async with self.lock:
            marks = {mark.name: mark for mark in await self._store.bookmarks.of(self.id, "branch")}
            if name not in marks and len(marks.keys() | {self.branch_name}) >= MAX_MARKS:
                raise UserError("A conversation can have {limit} branches.", limit=MAX_MARKS)
            if self.branch_name not in marks or name != self.branch_name:  # remember where to return to
                await self._store.bookmarks.set(self.id, "branch", self.branch_name, self._head.id)
            if name in marks and name != self.branch_name:
                return await self.move(await self.node(marks[name].node), branch=name)
            await run_to_completion(self._name_branch(name))
            return self._head

    async def _name_branch(self, name: str) -> None:
        await self._store.bookmarks.set(self.id, "branch", name, self._head.id, branch=name)
        self._columns["branch"] = name

    async def branches(self) -> list[Bookmark]:
        """Return all branches, with the current one marked."""
        marks = await self._store.bookmarks.of(self.id, "branch")
        return [replace(mark, current=mark.name == self.branch_name) for mark in marks]

    async def save(self, name: str) -> Bookmark:
        """Name HEAD, replacing an older save of that name."""
        name = checked_name(name)
        async with self.lock:
            await self.check_saves([name])
            return await self._store.bookmarks.set(self.id, "save", name, self._head.id)

    async def check_saves(self, names: Iterable[str]) -> None:
        """Raise UserError if there would be too many saves with these."""
        known = {mark.name for mark in await self.saves()}
        new = set(names) - known
        if new and len(known) + len(new) > MAX_MARKS:
            message = "A conversation can have {limit} saves. Delete some with `+forget NAME` first."
            raise UserError(message, limit=MAX_MARKS)

    async def load(self, name: str) -> Node:
        """Move HEAD to the save or branch ``name``; ``redo`` returns. Raises NotFound, suggesting the closest name."""
        name = checked_name(name)
        async with self.lock:
            marks = await self._store.bookmarks.of(self.id)
            found = {mark.name: mark for mark in sorted(marks, key=lambda mark: mark.kind == "save")}
            if name not in found:
                raise missing_name(name, list(found))
            return await self._leap(await self.node(found[name].node))

    async def saves(self) -> list[Bookmark]:
        """Return all saves, newest first."""
        return await self._store.bookmarks.of(self.id, "save")

    async def forget(self, name: str) -> None:
        """Delete the save ``name``; its turns stay in the tree. Raises NotFound."""
        name = checked_name(name)
        async with self.lock:
            if not await self._store.bookmarks.delete(self.id, "save", name):
                raise missing_name(name, [mark.name for mark in await self.saves()])

    async def set_setting(self, name: str, value: object | None) -> None:
        """Set one of the channel's settings to a JSON value; None removes it."""
        async with self._settings_lock:
            settings = {key: old for key, old in self.settings.items() if key != name}
            await self._change(settings=settings if value is None else settings | {name: value})


def _columns(row: ChannelRow) -> dict[str, Any]:
    return {
        "prompt": row.prompt, "settings": row.settings, "branch": row.branch, "undone": list(row.undone),
        "draft_id": row.draft, "pending_id": row.pending,
    }  # fmt: skip


def conversational(node: Node) -> Node:
    """Return ``node`` if the conversation can continue from it. Raises NotFound if it is free writing."""
    if node.kind == "draft":
        raise NotFound("Turn {number} is free writing, not part of the conversation.", number=node.id)
    return node


def checked_name(name: str) -> str:
    """Return ``name`` cleaned up for a save or a branch. Raises InvalidOption if it is not valid."""
    cleaned = clean_name(name) if len(name) <= 4 * NAME_LENGTH else ""
    if not cleaned or cleaned != unicodedata.normalize("NFC", " ".join(name.split())):
        message = "A name must have 1 to {most} characters, without colons or control characters."
        raise InvalidOption(message, most=32)
    return cleaned


def missing_name(name: str, known: list[str]) -> NotFound:
    """Return the error for a save that does not exist."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    if near:
        return NotFound('There is no save "{name}". Did you mean "{near}"?', name=name, near=near[0])
    return NotFound('There is no save "{name}".', name=name)
