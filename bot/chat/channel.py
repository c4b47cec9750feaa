"""Where a channel stands in its tree of turns, and every move in it that needs no model."""

import asyncio
import difflib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.errors import InvalidOption, NotFound
from bot.library.prompts import clean_name
from bot.store.node import Bookmark, Node
from bot.store.store import Channel, Store

NAME_LENGTH = 64


class TurnTree:
    """One channel's turns and its HEAD. Moves run one after another, in the order of the calls, between its turns."""

    def __init__(self, store: Store, row: Channel, head: Node) -> None:
        self.id = row.id
        self.platform = row.platform
        self.channel = row.external_id
        self.guild = row.guild
        self._store = store
        self._row = row
        self._head = head
        self._lock = asyncio.Lock()  # fair: first come, first served
        self._settings_lock = asyncio.Lock()  # settings change while a turn is running

    @property
    def head(self) -> Node:
        """The turn that the next one follows."""
        return self._head

    @property
    def settings(self) -> Mapping[str, Any]:
        """This channel's settings (JSON values)."""
        return self._row.settings

    @property
    def branch_name(self) -> str:
        """The branch that is being talked on; "main" at first."""
        return self._row.branch

    # --- looking ------------------------------------------------------------------------------------------------

    async def node(self, node: int) -> Node:
        """A turn of this channel by its number. Raises NotFound (also for another channel's)."""
        found = await self._store.node(node)
        if found is None or found.channel != self.id:
            raise NotFound("There is no turn number {number} here.", number=node)
        return found

    async def position(self, node: int | None = None) -> tuple[int, int]:
        """(2, 3): ``node`` (HEAD) is the second of three answers to the same input."""
        found = self._head if node is None else await self.node(node)
        ids = [sibling.id for sibling in await self._store.siblings(found)]
        return ids.index(found.id) + 1, len(ids)

    async def siblings(self, node: int | None = None) -> list[Node]:
        """All answers to the input of ``node`` (HEAD), oldest first, itself included."""
        return await self._store.siblings(self._head if node is None else await self.node(node))

    async def history(self, turns: int | None = None, *, node: int | None = None) -> list[Node]:
        """The last ``turns`` turns up to HEAD (or ``node``), oldest first; all of them, root first, for None."""
        if turns is not None and turns < 1:
            raise InvalidOption("The number of turns must be at least 1.")
        start = self._head.id if node is None else (await self.node(node)).id
        return await self._named(await self._store.path(start, turns))

    async def tree(self) -> list[Node]:
        """Every turn of this channel (drafts left out), oldest first, with bookmark names."""
        return await self._named(await self._store.all_nodes(self.id))

    async def _named(self, nodes: list[Node]) -> list[Node]:
        names: dict[int, tuple[str, ...]] = {}
        for mark in await self._store.bookmarks(self.id):
            names[mark.node] = (*names.get(mark.node, ()), mark.name)
        return [replace(node, names=names[node.id]) if node.id in names else node for node in nodes]

    # --- moving -------------------------------------------------------------------------------------------------

    async def swipe(self, step: int, *, node: int | None = None) -> Node:
        """Move HEAD ``step`` siblings right (left when negative). Raises NotFound past the first or last."""
        async with self._lock:
            start = self._head if node is None else await self.node(node)
            siblings = await self._store.siblings(start)
            place = [sibling.id for sibling in siblings].index(start.id) + step
            if not 0 <= place < len(siblings):
                raise NotFound("There are {count} answers here; there is no further one that way.", count=len(siblings))
            return await self._move(siblings[place])

    async def undo(self, turns: int = 1) -> Node:
        """Move HEAD ``turns`` back. On a fresh start it takes the reset back. Raises NotFound at the beginning."""
        if turns < 1:
            raise InvalidOption("The number of turns must be at least 1.")
        async with self._lock:
            here, undone = self._head, list(self._row.undone)
            for _ in range(turns):
                back = here.previous if here.parent is None else here.parent
                if back is None:
                    break
                undone.append(here.id)
                here = await self.node(back)
            if here.id == self._head.id:
                raise NotFound("There is nothing to undo: this is the beginning.")
            return await self._move(here, undone)

    async def redo(self, turns: int = 1) -> Node:
        """Take undo back. Raises NotFound when nothing was undone."""
        async with self._lock:
            undone = list(self._row.undone)
            there = None
            for _ in range(turns):
                if undone:
                    there = undone.pop()
            if there is None:
                raise NotFound("There is nothing to redo.")
            return await self._move(await self.node(there), undone)

    async def go(self, node: int) -> Node:
        """Move HEAD to any turn of this channel. Raises NotFound."""
        async with self._lock:
            return await self._move(self._talk(await self.node(node)))

    def _talk(self, node: Node) -> Node:
        if node.kind == "draft":
            raise NotFound("Turn {number} is free writing, not a part of the talk.", number=node.id)
        return node

    async def _move(self, node: Node, undone: list[int] | None = None) -> Node:
        """HEAD stands on ``node``; what could be redone is forgotten unless it is given. The lock is held."""
        await self._change(head_id=node.id, undone=(undone or [])[-100:])
        self._head = node
        return node

    async def _change(self, **columns: Any) -> None:
        await self._store.update_channel(self.id, **columns)
        self._note(**columns)

    def _note(self, **columns: Any) -> None:
        """Take over what was written to the channel's row."""
        renamed = {"head_id": "head", "draft_id": "draft"}
        values = {renamed.get(name, name): value for name, value in columns.items()}
        if "undone" in values:
            values["undone"] = tuple(values["undone"])
        self._row = replace(self._row, **values)

    # --- names --------------------------------------------------------------------------------------------------

    async def branch(self, name: str) -> Node:
        """Talk on under a new branch name from HEAD, or change to the branch of that name. Returns the new HEAD."""
        name = checked_name(name)
        async with self._lock:
            marks = {mark.name: mark for mark in await self._store.bookmarks(self.id, "branch")}
            if self._row.branch not in marks or name != self._row.branch:  # where one comes back to
                await self._store.set_bookmark(self.id, "branch", self._row.branch, self._head.id)
            if name in marks and name != self._row.branch:
                head = await self.node(marks[name].node)
                await self._change(branch=name, head_id=head.id, undone=[])
                self._head = head
            else:
                await self._store.set_bookmark(self.id, "branch", name, self._head.id, branch=name)
                self._note(branch=name)
            return self._head

    async def branches(self) -> list[Bookmark]:
        """All branches, the current one marked."""
        marks = await self._store.bookmarks(self.id, "branch")
        return [replace(mark, current=mark.name == self._row.branch) for mark in marks]

    async def save(self, name: str) -> Bookmark:
        """Name HEAD; an older save of that name is replaced."""
        name = checked_name(name)
        async with self._lock:
            return await self._store.set_bookmark(self.id, "save", name, self._head.id)

    async def load(self, name: str) -> Node:
        """Move HEAD to the save (or branch) ``name``. Raises NotFound that names the nearest."""
        name = checked_name(name)
        async with self._lock:
            marks = await self._store.bookmarks(self.id)
            found = {mark.name: mark for mark in sorted(marks, key=lambda mark: mark.kind == "save")}
            if name not in found:
                raise missing_name(name, list(found))
            return await self._move(await self.node(found[name].node))

    async def saves(self) -> list[Bookmark]:
        """All saves, newest first."""
        return await self._store.bookmarks(self.id, "save")

    async def forget(self, name: str) -> None:
        """Drop the save ``name``; its turns stay in the tree. Raises NotFound."""
        name = checked_name(name)
        async with self._lock:
            if not await self._store.delete_bookmark(self.id, "save", name):
                raise missing_name(name, [mark.name for mark in await self.saves()])

    async def set_setting(self, name: str, value: object | None) -> None:
        """Set one of this channel's settings to a JSON value; None removes it."""
        async with self._settings_lock:
            settings = {key: old for key, old in self._row.settings.items() if key != name}
            await self._change(settings=settings if value is None else settings | {name: value})


def checked_name(name: str) -> str:
    """A name for a save or a branch, trimmed. Raises InvalidOption."""
    cleaned = clean_name(name) if len(name) <= 4 * NAME_LENGTH else ""
    if not cleaned or cleaned != " ".join(name.split()):
        message = "A name has 1 to {most} characters, without colons or control characters."
        raise InvalidOption(message, most=32)
    return cleaned


def missing_name(name: str, known: list[str]) -> NotFound:
    """The error for a save that is not there."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    if near:
        return NotFound('There is no save "{name}". Did you mean "{near}"?', name=name, near=near[0])
    return NotFound('There is no save "{name}".', name=name)
