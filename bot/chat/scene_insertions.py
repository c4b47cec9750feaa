"""Text read for a single scene line only: its speaker's keyed lore and instructions, and the channel's notes."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.chat.character_composer import CharacterComposer
from bot.chat.composer import Composition, Line
from bot.chat.core import Core
from bot.chat.insertions import Insertions
from bot.chat.play import Play
from bot.chat.scene_stage import Encode, Stage, cue, said
from bot.chat.turn import Plan, PlannedFork
from bot.library.lore.lore_entry import Role as LoreRole
from bot.store.node import Node


async def with_insertions(core: Core, stage: Stage, plan: Plan, encode: Encode, place: tuple[str, str]) -> Plan:
    """Return the plan with a fork that reads these texts, which leaves no trace.

    ``place``: whose characters may be played, and the channel's key.
    """
    turns = stage.known(plan.speaker, encode)
    role = stage.roles.get(plan.speaker)
    play = Play(
        character=role.character if role else "", bot=plan.speaker, user=_person(stage, plan.speaker),
        seed=f"{stage.rules.get('id')}", lore=role.lore if role else (),
    )  # fmt: skip
    composer = await core.character_composer(play, *place)
    if len(turns) < 2 or not isinstance(composer, CharacterComposer):
        return plan
    *path, last = map(as_talk, turns)
    spoken = cue(plan.speaker)
    composition = Composition(
        line=Line(text=last.input, author=last.author),
        read=f"{cue(last.author)}{said(last.author, last.input)}{spoken}",
    )
    fork = (await asyncio.to_thread(_named(composer.insertions, plan.speaker).forked, path, composition, spoken)).fork
    if fork is None:
        return plan
    start = next((at for at, turn in enumerate(path) if fork.start is not None and turn.id == fork.start.id), 0)
    pieces = [encode(piece) if isinstance(piece, str) else piece for piece in fork.pieces]
    return replace(plan, fork=PlannedFork(
        start=None, view=view_of(path[: start + 1]), tokens=tuple(token for piece in pieces for token in piece),
    ))  # fmt: skip


def _person(stage: Stage, speaker: str) -> str:
    """Return the value of {{user}}, as in the card's own texts: the first other role that a person plays."""
    return next((name for name, role in stage.roles.items() if role.player and name != speaker), "")


def _named(insertions: Insertions, name: str) -> Insertions:
    """Rename the character: a card may be played under another name than its own."""
    labels: dict[LoreRole, str] = {"user": insertions.labels.get("user", ""), "assistant": f"{name}:"}
    return replace(insertions, bot=name, values=replace(insertions.values, char=name), labels=labels)


def as_talk(turn: Node) -> Node:
    """Return a scene line as a chat turn, for the lore scan."""
    if turn.kind == "root":
        return turn
    return replace(turn, kind="chat", author=turn.speaker, input=turn.output or turn.input, output="",
                   input_tokens=turn.tokens, output_tokens=())  # fmt: skip


def view_of(turns: Sequence[Node]) -> tuple[tuple[int, ...], ...]:
    """Return the tokens of each turn that has any."""
    return tuple(turn.tokens for turn in turns if turn.tokens)
