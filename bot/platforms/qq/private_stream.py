"""A streamed answer in a private chat.

Each request repeats the whole text, and text that QQ has received is final: only more may be appended.
https://bot.q.qq.com/wiki/develop/api-v2/server-inter/message/send-receive/stream.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.platforms.qq.message_forms import PICTURE, harmless
from bot.platforms.qq.reply_windows import MAX_MESSAGE_LENGTH
from bot.platforms.qq.rest import Rest

GROWING, DONE = 1, 10  # input_state
STEADY = MAX_MESSAGE_LENGTH // 2 - 20  # characters; text beyond may still move to the next message
ENDING = re.compile(r"\n(?:`{3,8}|~{3,8})$")  # closing fence of an incomplete code block
RESUMED = 1_000_000  # index of the first frame sent by a later process
FIRST_NUMBER = 1000  # first msg_seq of streams; whole messages have smaller ones
NAME = "stream"


class Changed(Exception):  # noqa: N818  # named for what happened
    """The text does not begin with what has been shown."""


@dataclass(slots=True)
class PrivateStream:
    """One streamed message."""

    path: str
    answered: str  # id of the message that it answers
    number: int  # msg_seq, the same for all frames
    id: str = ""  # of the stream, from QQ's first response
    shown: str = ""  # the text that QQ has
    offered: str = ""  # the text last passed to ``show``, which may be longer than ``shown``
    index: int = 0
    done: bool = False
    tried: bool = False  # the last frame was sent, perhaps without success

    @property
    def key(self) -> str:
        """What a later process needs to continue the stream."""
        return f"{NAME}:{self.id}:{self.number}"

    async def show(self, rest: Rest, text: str, *, last: bool = False) -> Mapping[str, object]:
        """Show ``text``. Raises Changed, QQError or Unreachable."""
        offered = text
        text = PICTURE.sub("!\u200b", harmless(text if last else ENDING.sub("", text)[:STEADY].rstrip()))
        if not text.startswith(self.shown):
            raise Changed
        if text == self.shown and not last:
            self.offered = offered
            return {}
        body: dict[str, object] = {
            "input_mode": "replace", "input_state": DONE if last else GROWING, "index": self.index,
            "content_type": "markdown", "content_raw": text, "msg_id": self.answered, "msg_seq": self.number,
        }  # fmt: skip
        self.index += 1
        self.tried = self.tried or last
        answer = await rest.request("POST", self.path, body | ({"stream_msg_id": self.id} if self.id else {}))
        self.id = self.id or str(answer.get("stream_msg_id") or answer.get("id") or "")[:150]
        self.shown, self.offered, self.done = text, offered, last
        return answer


def resumed(key: str, path: str, answered: str) -> PrivateStream | None:
    """Restore the stream of an earlier process. Returns None if ``key`` does not name a stream."""
    name, _, rest = key.partition(":")
    number, _, sequence = rest.rpartition(":")
    if name != NAME or not number or not sequence.isascii() or not sequence.isdigit():
        return None
    return PrivateStream(path, answered, int(sequence), number, index=RESUMED)
