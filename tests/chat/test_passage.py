"""A passage is recovered from the text written after it."""

from bot.chat.passage import Passage, passage_of
from bot.store.node import Node


def test_a_draft_tells_its_passage() -> None:
    passage = Passage(read="\nQ: why\nA:", typed="why", lead="", notes={"form": "qq", "cfg": 1.5})
    sampling = {"seed": 3, "temperature": 0.5, **passage.notes}
    draft = Node(id=1, channel=1, parent=None, kind="draft", input=passage.typed, sampling=sampling)
    assert passage_of(draft, passage.read) == passage


def test_a_draft_of_an_older_version_has_no_notes() -> None:
    draft = Node(id=1, channel=1, parent=None, kind="draft", input="\nOnce")
    assert passage_of(draft, "\nOnce") == Passage(read="\nOnce", typed="\nOnce")
