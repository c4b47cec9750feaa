"""Messages of a chat as the model reads them: a prompt's beginning, everybody's lines, and the cue for the reply."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.library.prompts import CUE_SUFFIX, GAP, ChatPrompt, clean_text

SYSTEM = "System"


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message, its parts joined."""

    role: str  # system, user, assistant or tool
    text: str
    name: str | None = None


def chat_text(prompt: ChatPrompt, messages: Sequence[ChatMessage]) -> str:
    """What the model reads. A chat that ends with the assistant's words is gone on with from there."""
    text = prompt.start()
    for message in messages:
        text += _line(prompt, message, first=not text)
    if messages and messages[-1].role == "assistant":
        return text
    gap = GAP if text else ""
    return f"{text}{gap}{prompt.bot}{prompt.separator}{CUE_SUFFIX[prompt.think]}"


def _line(prompt: ChatPrompt, message: ChatMessage, *, first: bool) -> str:
    gap = "" if first else GAP
    match message.role:
        case "user":
            return prompt.line(message.text, message.name, first=first)
        case "assistant":
            cue = " <think>\n</think>\n" if prompt.think == "off" else " "
            return f"{gap}{prompt.bot}{prompt.separator}{cue}{clean_text(message.text)}"
        case "tool":
            return f"{gap}Tool{prompt.separator} {clean_text(message.text)}"
        case _:
            return f"{gap}{SYSTEM}{prompt.separator} {clean_text(message.text)}"
