"""Input items of a response: as messages for the model, and in the form that is listed."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from bot.chat.chat_form import ChatMessage
from bot.platforms.api.api_errors import bad_request
from bot.platforms.api.api_events import Event
from bot.platforms.api.chat_body import ROLES
from bot.platforms.api.tool_calls import written_calls

TEXTS = ("input_text", "output_text", "text", "summary_text", "refusal")
MAX_ITEMS = 10_000


class ItemPart(BaseModel):
    """A part of an item."""

    model_config = ConfigDict(extra="ignore")
    type: str = "input_text"
    text: str | None = None
    refusal: str | None = None


class Item(BaseModel):
    """A message, a call, what came of a call, or what the model thought."""

    model_config = ConfigDict(extra="ignore")
    type: str = "message"
    id: Annotated[str, Field(max_length=100)] | None = None
    role: str | None = None
    content: str | list[ItemPart] | None = None
    name: Annotated[str, Field(max_length=200)] | None = None
    arguments: str | None = None
    call_id: Annotated[str, Field(max_length=100)] | None = None
    output: str | list[ItemPart] | None = None

    def read(self, place: int) -> ChatMessage | None:
        """Return the item as a message, or None if the model does not read it. Raises ApiError."""
        param = f"input[{place}]"
        match self.type:
            case "message":
                role = ROLES.get(self.role or "")
                if role is None:
                    wrong = f"role must be one of {', '.join(ROLES)}, not {str(self.role)[:40]!r}."
                    raise bad_request(wrong, f"{param}.role")
                return ChatMessage(role, _text(self.content, f"{param}.content"), self.name)
            case "function_call":
                return ChatMessage("assistant", written_calls([(self.name or "", self.arguments or "{}")]))
            case "function_call_output":
                return ChatMessage("tool", _text(self.output, f"{param}.output"))
            case "reasoning":
                return None
        raise bad_request(f"Items of type {self.type[:40]!r} are not read here.", f"{param}.type")

    def listed(self) -> Event:
        """Return the item in the form that is listed and stored."""
        name = self.id or f"{_PREFIXES.get(self.type, 'item')}_{secrets.token_hex(12)}"
        match self.type:
            case "function_call":
                more = {"call_id": self.call_id or name, "name": self.name or "", "arguments": self.arguments or "{}"}
            case "function_call_output":
                more = {"call_id": self.call_id or name, "output": _text(self.output, "output")}
            case "reasoning":
                return {"id": name, "type": "reasoning", "summary": []}
            case _:
                return self._message(name)
        return {"id": name, "type": self.type, "status": "completed", **more}

    def _message(self, name: str) -> Event:
        role = self.role or "user"
        text = _text(self.content, "content")
        part: dict[str, object] = {"type": "input_text", "text": text}
        if role == "assistant":
            part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
        return {"id": name, "type": "message", "status": "completed", "role": role, "content": [part]}


_PREFIXES: Mapping[str, str] = {
    "message": "msg", "function_call": "fc", "function_call_output": "fco", "reasoning": "rs",
}  # fmt: skip


def _text(content: str | list[ItemPart] | None, param: str) -> str:
    if not isinstance(content, list):
        return content or ""
    wrong = next((part.type for part in content if part.type not in TEXTS), None)
    if wrong is not None:
        raise bad_request(f"This model reads only text, not {wrong[:40]!r}.", param)
    return "".join(part.text or part.refusal or "" for part in content)


def read_items(items: Sequence[Item]) -> list[ChatMessage]:
    """Return all items as messages; adjacent calls become one message. Raises ApiError."""
    found: list[ChatMessage] = []
    calls: list[tuple[str, str]] = []
    for place, item in enumerate(items):
        message = item.read(place)
        if item.type == "function_call":
            calls.append((item.name or "", item.arguments or "{}"))
            if len(calls) > 1:
                found.pop()
            message = ChatMessage("assistant", written_calls(calls))
        else:
            calls = []
        if message is not None:
            found.append(message)
    return found
