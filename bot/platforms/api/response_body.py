"""The request body of ``/v1/responses``."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.chat.chat_form import ChatMessage
from bot.engine.types import Grammar
from bot.platforms.api.api_errors import bad_request
from bot.platforms.api.grammar_fields import read_grammar
from bot.platforms.api.metadata import Metadata
from bot.platforms.api.request_fields import GenerationBody, refuse
from bot.platforms.api.response_items import MAX_ITEMS, Item
from bot.platforms.api.tool_calls import Function, Tool, Tools, read_tools


class Reasoning(BaseModel):
    """How much is to be thought."""

    model_config = ConfigDict(extra="ignore")
    effort: str | None = None
    summary: str | None = None


class TextForm(BaseModel):
    """What the answer has to look like."""

    model_config = ConfigDict(extra="ignore")
    format: dict[str, object] | None = None
    verbosity: str | None = None


class ResponseBody(GenerationBody):
    """What was said, what it follows, and how it is to be answered."""

    input: str | Annotated[list[Item], Field(max_length=MAX_ITEMS)] | None = None
    instructions: str | None = None
    previous_response_id: Annotated[str, Field(max_length=64)] | None = None
    store: bool | None = True
    metadata: Metadata | None = None
    tools: Annotated[list[dict[str, object]], Field(max_length=128)] | None = None
    tool_choice: str | dict[str, object] | None = None
    parallel_tool_calls: bool | None = True
    max_output_tokens: Annotated[int, Field(ge=1)] | None = None
    text: TextForm | None = None
    reasoning: Reasoning | None = None
    include: list[str] | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None

    @property
    def sampling(self) -> dict[str, object]:
        """The fields from which sampling parameters are read."""
        return {**self.others, "max_output_tokens": self.max_output_tokens}

    @property
    def scores(self) -> int | None:
        """How many of the most likely tokens to report; None: no log-probabilities."""
        wanted = "message.output_text.logprobs" in (self.include or ()) or self.top_logprobs
        return (self.top_logprobs or 0) if wanted else None

    @property
    def keeps(self) -> bool:
        """Whether the response is stored, so that it can be retrieved and continued."""
        return self.store is not False

    def items(self) -> list[Item]:
        """Return the input as items."""
        if isinstance(self.input, str):
            return [Item(role="user", content=self.input)]
        return self.input or []

    def called_tools(self) -> Tools | None:
        """Return the functions that may be called, or None. Raises ApiError."""
        tools = [_tool(item, place) for place, item in enumerate(self.tools or ())]
        choice = self.tool_choice
        if isinstance(choice, dict) and "name" in choice:
            choice = {"type": choice.get("type"), "function": {"name": choice["name"]}}
        return read_tools(tools, choice, parallel=self.parallel_tool_calls is not False)

    def grammar(self) -> Grammar | None:
        """Return the form that the answer must have, or None. Raises ApiError."""
        form = self.text.format if self.text else None
        return read_grammar({**self.others, **({"response_format": form} if form else {})})

    def instructed(self, tools: Tools | None) -> list[ChatMessage]:
        """Return the system messages that precede the chat."""
        told = [ChatMessage("system", self.instructions)] if self.instructions else []
        return told + ([ChatMessage("system", tools.prompt_text())] if tools is not None else [])

    def thinking(self) -> bool | None:
        """Return whether the model should reason, or None if the request does not say."""
        effort = self.reasoning.effort if self.reasoning else None
        return None if effort is None else effort not in ("none", "minimal")

    def check(self) -> None:
        """Raise ApiError if the request uses unsupported fields."""
        refuse(self.others, "background", "conversation", "prompt")


def _tool(item: Mapping[str, object], place: int) -> Tool:
    """Parse a tool in the format of the Responses API. Raises ApiError."""
    if item.get("type") != "function":
        message = f"Only functions can be called here, not {str(item.get('type'))[:40]!r}."
        raise bad_request(message, f"tools[{place}].type")
    try:
        function = Function.model_validate(item.get("function") or item)
    except ValidationError as error:
        raise bad_request(f"tools[{place}]: {error.errors()[0]['msg']}", f"tools[{place}]") from None
    return Tool(type="function", function=function)
