"""What free writing goes on from: the text that is read, and what people see of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.store.node import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A text to be continued, outside the chat."""

    read: str = ""  # exactly what the model reads; empty: nothing stands between the last piece and more of it
    typed: str = ""  # what was asked for, as it is shown; empty: what is read
    lead: str = ""  # what is shown before what is written: its beginning
    notes: Mapping[str, object] = field(default_factory=dict)  # kept with the turn: the form, for more and again


def passage_of(draft: Node, read: str) -> Passage:
    """The passage that ``draft`` was written after."""
    notes = {name: draft.sampling[name] for name in NOTES if name in draft.sampling}
    return Passage(read=read, typed=draft.input, lead=str(notes.get("lead", "")), notes=notes)


NOTES = ("form", "lead", "cfg")
