"""Message formats: with buttons, as Markdown, or as plain text. A format that QQ refuses is not tried again."""

import logging
import re

from bot.platforms.line.recovery import KeyValues

log = logging.getLogger(__name__)

SCOPE, KEY = "qq", "refused_forms"
EMBEDDED = re.compile(r"<(?=[@#!]|emoji|qqbot)", re.IGNORECASE)
PICTURE = re.compile(r"!(?=\[)")
TEXT, MARKDOWN = 0, 2  # msg_type
Json = dict[str, object]


class MessageForms:
    """The formats that the bot may send. Refusals are stored, so that pieces keep their numbers across a restart."""

    def __init__(self, values: KeyValues, *, markdown: bool, keyboards: bool) -> None:
        self._values = values
        self._wanted = {"markdown": markdown, "keyboard": markdown and keyboards}
        self._refused: set[str] | None = None

    async def allows(self, form: str) -> bool:
        """Return whether ``form`` ("markdown", "keyboard") is configured and not refused by QQ."""
        if self._refused is None:
            stored = await self._values.get(SCOPE, KEY)
            self._refused = {str(each) for each in stored} if isinstance(stored, list) else set()
        return self._wanted[form] and form not in self._refused

    async def refuse(self, form: str, reason: str) -> None:
        """Record that QQ does not let this bot send the format."""
        if await self.allows(form) and self._refused is not None:
            log.warning("qq: answers come without %s from now on: %s", form, reason)
            self._refused.add(form)
            await self._values.set(SCOPE, KEY, sorted(self._refused))


def body_of(text: str, *, markdown: bool, keyboard: Json | None = None) -> Json:
    """Return the content fields of a message."""
    if not markdown:
        return {"content": harmless(text), "msg_type": TEXT}
    body: Json = {"markdown": {"content": PICTURE.sub("!\u200b", harmless(text))}, "msg_type": MARKDOWN}
    return body | ({"keyboard": keyboard} if keyboard else {})


def harmless(text: str) -> str:
    """Defuse QQ's embedded tags, so that ``<@everyone>`` from a model mentions nobody."""
    return EMBEDDED.sub("<\u200b", text)
