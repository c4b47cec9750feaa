"""Replies to a hundred ordinary messages in each language, to be judged by people.

The rule, written down before the first reply was read. A reply is **sensible** when somebody who reads only the message
and the reply would say that the answerer understood it: it answers the question (truly, where there is a truth), says
that it does not know or cannot do it, takes up the feeling or the news, or does what was asked. It is not when it is
about something else, is false, holds a broken sentence, loops, or is in another language than was wanted. Two judges
decide without each other; what only one calls sensible counts half.
"""

from __future__ import annotations

from pathlib import Path

from training.generate import Writer
from training.stage_questions import MESSAGES, read


def replies(writer: Writer, path: Path = MESSAGES) -> dict[str, list[tuple[str, str]]]:
    """Each language's messages with their greedy replies, each the first of a chat."""
    return {
        language: list(zip(asked, writer.replies([f"User: {text}\n\nAssistant:" for text in asked]), strict=True))
        for language, asked in read(path).items()
    }


def table(answered: dict[str, list[tuple[str, str]]]) -> str:
    """The replies as text, one message a line, with a place for each judge's mark."""
    lines: list[str] = []
    for language, pairs in answered.items():
        lines += ["", f"# {language}"]
        lines += [f"[ ][ ] {asked} -> {' / '.join(reply.splitlines())}" for asked, reply in pairs]
    return "\n".join(lines).lstrip()
