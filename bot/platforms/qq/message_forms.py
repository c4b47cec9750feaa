"""In which form an answer goes out: with buttons, as Markdown, or as plain text. What QQ refuses is not tried again."""

import logging
import re

from bot.platforms.line.recovery import Values

log = logging.getLogger(__name__)

SCOPE, KEY = "qq", "refused_forms"
EMBEDDED = re.compile(r"<(?=[@#!]|emoji|qqbot)", re.IGNORECASE)
PICTURE = re.compile(r"!(?=\[)")
TEXT, MARKDOWN = 0, 2  # msg_type
Json = dict[str, object]


class MessageForms:
    """What the bot may send. Refusals are kept, so that a restart goes the same way: a piece keeps its number."""

    def __init__(self, values: Values, *, markdown: bool, keyboards: bool) -> None:
        self._values = values
        self._wanted = {"markdown": markdown, "keyboard": markdown and keyboards}
        self._refused: set[str] | None = None

    async def allows(self, form: str) -> bool:
        """Whether ``form`` ("markdown", "keyboard") is wanted and QQ has not refused it."""
        if self._refused is None:
            stored = await self._values.get(SCOPE, KEY)
            self._refused = {str(each) for each in stored} if isinstance(stored, list) else set()
        return self._wanted[form] and form not in self._refused

    async def refuse(self, form: str, reason: str) -> None:
        """QQ does not let this bot send it."""
        if await self.allows(form) and self._refused is not None:
            log.warning("qq: answers come without %s from now on: %s", form, reason)
            self._refused.add(form)
            await self._values.set(SCOPE, KEY, sorted(self._refused))


def body_of(text: str, *, markdown: bool, keyboard: Json | None = None) -> Json:
    """The part of a message that says something."""
    if not markdown:
        return {"content": harmless(text), "msg_type": TEXT}
    body: Json = {"markdown": {"content": PICTURE.sub("!\u200b", harmless(text))}, "msg_type": MARKDOWN}
    return body | ({"keyboard": keyboard} if keyboard else {})


def harmless(text: str) -> str:
    """``text`` without QQ's embedded forms: ``<@everyone>`` of a model mentions nobody."""
    return EMBEDDED.sub("<\u200b", text)
