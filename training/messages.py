"""Replies to a hundred ordinary messages in each language, to be judged by people.

The rule was written down before the first reply was read. A reply is **sensible** if someone who reads only the
message and the reply would say that the message was understood: it answers the question (correctly, if there is a
correct answer), says that it does not know or cannot do it, responds to the feeling or the news, or does what was
asked. It is not sensible if it is about something else, is false, contains a broken sentence, loops, or is in the
wrong language. Two judges decide independently; a reply that only one of them calls sensible counts half.
"""

from __future__ import annotations

from pathlib import Path

from training.generate import Writer
from training.stage_questions import MESSAGES, read


def replies(writer: Writer, path: Path = MESSAGES) -> dict[str, list[tuple[str, str]]]:
    """Each language's messages with their greedy replies, each as the first message of a chat."""
    return {
        language: list(zip(asked, writer.replies([f"User: {text}\n\nAssistant:" for text in asked]), strict=True))
        for language, asked in read(path).items()
    }


def table(answered: dict[str, list[tuple[str, str]]]) -> str:
    """Format the replies as text, one message per line, with a column for each judge's mark."""
    lines: list[str] = []
    for language, pairs in answered.items():
        lines += ["", f"# {language}"]
        lines += [f"[ ][ ] {asked} -> {' / '.join(reply.splitlines())}" for asked, reply in pairs]
    return "\n".join(lines).lstrip()
