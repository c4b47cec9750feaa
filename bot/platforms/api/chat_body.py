"""The request body of ``/v1/chat/completions``."""

from dataclasses import replace
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from bot.chat.chat_form import ChatMessage
from bot.platforms.api.api_errors import bad_request
from bot.platforms.api.grammar_fields import read_grammar
from bot.platforms.api.metadata import Metadata, MetadataBody
from bot.platforms.api.model_names import ChatOptions, manner_of
from bot.platforms.api.request_fields import GenerationBody, refuse
from bot.platforms.api.tool_calls import Tool, Tools, read_tools, written_calls

ROLES = {
    "system": "system", "developer": "system", "user": "user", "assistant": "assistant", "tool": "tool",
    "function": "tool",
}  # fmt: skip


class Part(BaseModel):
    """A part of a message."""

    model_config = ConfigDict(extra="ignore")
    type: str = "text"
    text: str | None = None
    refusal: str | None = None


class PastCall(BaseModel):
    """A function that the model has called before."""

    class Function(BaseModel):
        """Its name and what it was called with, JSON in a text."""

        name: str
        arguments: str | dict[str, object] = "{}"

    model_config = ConfigDict(extra="ignore")
    function: Function


class Message(BaseModel):
    """One message."""

    model_config = ConfigDict(extra="ignore")
    role: str
    content: str | list[Part] | None = None
    name: Annotated[str, Field(max_length=200)] | None = None
    refusal: str | None = None
    tool_calls: list[PastCall] | None = None

    def read(self, place: int) -> ChatMessage:
        """Return the message as text. Raises ApiError if it has an unknown role or is not text."""
        param = f"messages[{place}]"
        role = ROLES.get(self.role)
        if role is None:
            raise bad_request(f"role must be one of {', '.join(ROLES)}, not {self.role[:40]!r}.", f"{param}.role")
        if isinstance(self.content, list):
            wrong = next((part.type for part in self.content if part.type not in ("text", "refusal")), None)
            if wrong is not None:
                raise bad_request(f"This model reads only text, not {wrong[:40]!r}.", f"{param}.content")
            text = "".join(part.text or part.refusal or "" for part in self.content)
        else:
            text = self.content or self.refusal or ""
        if self.tool_calls:
            text = written_calls([(call.function.name, call.function.arguments) for call in self.tool_calls])
        return ChatMessage(role, text, self.name)


class ChatBody(GenerationBody):
    """A chat, and how it is to be gone on with."""

    messages: Annotated[list[Message], Field(min_length=1, max_length=10_000)]
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    tools: list[Tool] | None = None
    tool_choice: str | dict[str, object] | None = None
    parallel_tool_calls: bool | None = True
    store: bool | None = False
    metadata: dict[str, object] | None = None  # proxies send much more than may be stored

    def listed(self, name: str) -> list[dict[str, object]]:
        """Return the messages in the form stored with the answer ``name``."""
        return [
            {**message.model_dump(exclude_none=True), "id": f"{name}-{place}", "content": message.read(place).text}
            for place, message in enumerate(self.messages)
        ]

    def called_tools(self) -> Tools | None:
        """Return the functions that may be called, or None. Raises ApiError."""
        return read_tools(self.tools or [], self.tool_choice, parallel=self.parallel_tool_calls is not False)

    def chat(self) -> list[ChatMessage]:
        """Return the messages. Raises ApiError."""
        return [message.read(place) for place, message in enumerate(self.messages)]

    def told(self) -> list[ChatMessage]:
        """Return the messages, after the functions that may be called. Raises ApiError."""
        tools = self.called_tools()
        return self.chat() if tools is None else [ChatMessage("system", tools.prompt_text()), *self.chat()]

    def thinking(self) -> bool | None:
        """Return whether the model should reason, or None if the request does not say."""
        effort, template = self.others.get("reasoning_effort"), self.others.get("chat_template_kwargs")
        if isinstance(template, dict) and isinstance(template.get("enable_thinking"), bool):
            return bool(template["enable_thinking"])
        return None if effort is None else effort not in ("none", "minimal")

    def chat_options(self) -> ChatOptions:
        """Return the form of the chat that the request asks for. Raises ApiError."""
        bound = self.called_tools() is not None or read_grammar(self.others) is not None
        first = next((item.role for item in self.messages if ROLES.get(item.role) != "system"), "")
        options = manner_of(self.others, thinking=False if bound else self.thinking(), first=first)
        return replace(options, continues=self._continues())

    def _continues(self) -> bool | None:
        """Return whether the reply continues the last message, from vLLM's parameters. Raises ApiError."""
        for name in ("continue_final_message", "add_generation_prompt"):
            if not isinstance(self.others.get(name), bool | None):
                raise bad_request(f"{name} must be true or false.", name)
        continues, cue = (self.others.get(name) for name in ("continue_final_message", "add_generation_prompt"))
        if continues and cue:
            wrong = "continue_final_message and add_generation_prompt cannot both be true."
            raise bad_request(wrong, "continue_final_message")
        if continues is None:
            return None if cue is None else not cue
        return bool(continues)

    @property
    def scores(self) -> int | None:
        """How many of the most likely tokens to report; None: no log-probabilities."""
        return (self.top_logprobs or 0) if self.logprobs else None

    def stored_metadata(self) -> Metadata:
        """Return the metadata to store. Raises ValidationError if it exceeds the limits."""
        if not self.store:
            return {}
        return MetadataBody.model_validate({"metadata": self.metadata}).metadata or {}

    def check(self) -> None:
        """Raise ApiError if the request uses unsupported fields."""
        refuse(self.others, "audio", "web_search_options")
        if self.others.get("functions") and self.others.get("function_call") != "none":
            refuse(self.others, "functions")
        if self.top_logprobs and not self.logprobs:
            raise bad_request("top_logprobs needs logprobs = true.", "top_logprobs")
