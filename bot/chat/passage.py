"""What free writing continues: the text to read, and what people see of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.store.node import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A text to continue, outside the chat."""

    read: str = ""  # exactly what the model reads; empty: continue the last piece directly
    typed: str = ""  # the request as shown; empty: same as ``read``
    lead: str = ""  # shown in front of the output
    notes: Mapping[str, object] = field(default_factory=dict)  # stored with the turn, for continuing and rewriting it


def passage_of(draft: Node, read: str) -> Passage:
    """Return the passage that ``draft`` continues."""
    notes = {name: draft.sampling[name] for name in NOTES if name in draft.sampling}
    return Passage(read=read, typed=draft.input, lead=str(notes.get("lead", "")), notes=notes)


NOTES = ("form", "lead", "cfg")
