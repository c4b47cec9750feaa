"""Text logs of conversations, as ChatRWKV shows them: ``Name: words`` paragraphs by two alternating speakers."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from bot.errors import InvalidOption
from bot.library.prompts import LINE_BREAKS, clean_name, typed_text
from bot.store.node import Node

SPEAKER = re.compile(r"([^\W\d_][\w .'’·&~+-]{0,31})[:：](?!//)[ \t]?(.*)", re.DOTALL)
FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)


@dataclass(slots=True)
class Paragraph:
    """Text between two blank lines."""

    text: str
    name: str = ""  # the speaker, if the paragraph starts with a label
    words: str = ""


@dataclass(slots=True)
class Utterance:
    """What somebody said, by paragraph."""

    name: str
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The whole text, as shown."""
        return typed_text("\n\n".join(self.parts))


def parse_log(text: str, most: int) -> list[Node]:
    """Parse a log; the root comes first, and a parent of -1 is the previous node.

    The first speaker is the person and all others are the bot; the text before them is the start. ``most``: maximum
    number of turns. Raises InvalidOption. Runs in linear time.
    """
    start, said = _spoken(list(_paragraphs(LINE_BREAKS.sub("\n", text))))
    if not said:
        raise InvalidOption("This is neither an exported file nor a log with lines such as `User: hello`.")
    if len(said) > most:
        raise InvalidOption("The file is too large: the limit is {most} turns.", most=most)
    nodes = [Node(id=0, channel=0, parent=None, kind="root", author="log", input=typed_text("\n\n".join(start)))]
    person = said[0].name
    for each in said:
        last = nodes[-1]
        if each.name == person:
            nodes.append(Node(id=0, channel=0, parent=-1, kind="imported", author=each.name, input=each.text))
        elif last.kind == "imported" and not last.output:
            nodes[-1] = _answered(last, each)
        else:
            nodes.append(_answered(Node(id=0, channel=0, parent=-1, kind="imported", author=person), each))
    return [node for node in nodes if node.kind == "root" or node.input or node.output]


def _paragraphs(text: str) -> Iterator[Paragraph]:
    fenced = False  # labels inside a code block are ignored
    for part in re.split(r"\n(?:[ \t]*\n)+", text.strip("\n")):
        found = None if fenced else SPEAKER.fullmatch(part.strip())
        yield Paragraph(part, clean_name(found[1]), found[2]) if found else Paragraph(part)
        fenced ^= len(FENCE.findall(part)) % 2 == 1


def _spoken(paragraphs: Sequence[Paragraph]) -> tuple[list[str], list[Utterance]]:
    """Return the text before the first speaker, and who said what."""
    names, start, said = _speakers(paragraphs), [], []
    for part in paragraphs:
        if part.name in names:
            said.append(Utterance(part.name, [part.words]))
        elif said:
            said[-1].parts.append(part.text)
        elif part.text.strip():
            start.append(part.text)
    return start, said


def _speakers(paragraphs: Sequence[Paragraph]) -> set[str]:
    """Return the real speakers: those who speak twice, and one who answers them.

    A single `Note:` in a long text is not a speaker.
    """
    names = [part.name for part in paragraphs if part.name]
    often = {name for name, count in Counter(names).items() if count > 1}
    if len(often) > 1:
        return often
    if not often:
        return set(names)
    answers = (after for before, after in pairwise(names) if before in often and after not in often)
    return often | set([*answers][:1])


def _answered(node: Node, said: Utterance) -> Node:
    return replace(node, output=said.text, speaker=said.name, finish_reason="stop")
