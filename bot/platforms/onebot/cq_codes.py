"""Parser for OneBot's string form of messages, ``text[CQ:face,id=1]``. We send only the array form.

Format: https://github.com/botuniverse/onebot-11, "message/string".
"""

import re
from collections.abc import Iterator

from bot.platforms.onebot.segments import Segment, text_segment

_CODE = re.compile(r"\[CQ:([A-Za-z0-9_.-]+)((?:,[^\[\],]*)*)\]")


def parse_string(text: str) -> Iterator[Segment]:
    """Yield the segments of a string message. Malformed codes stay text."""
    end = 0
    for match in _CODE.finditer(text):
        if match.start() > end:
            yield text_segment(_unescaped(text[end : match.start()]))
        pairs = (part.split("=", 1) for part in match[2].split(",")[1:])
        yield Segment(match[1].casefold(), {pair[0].strip(): _unescaped(pair[1]) for pair in pairs if len(pair) == 2})
        end = match.end()
    if end < len(text):
        yield text_segment(_unescaped(text[end:]))


def _unescaped(text: str) -> str:
    """Replace ``&amp;`` last: "&amp;#91;" is the text "&#91;"."""
    return text.replace("&#91;", "[").replace("&#93;", "]").replace("&#44;", ",").replace("&amp;", "&")
