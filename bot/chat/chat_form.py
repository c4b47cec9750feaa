"""Chat messages as the model reads them: the start of the prompt, each line, and the cue for the reply."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.chat.character_composer import CharacterComposer
from bot.chat.composer import Line
from bot.library.prompts import CUE_SUFFIX, GAP, ChatPrompt, clean_text
from bot.store.node import Node

SYSTEM = "System"


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message, with its content parts joined."""

    role: str  # system, user, assistant or tool
    text: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ChatForm:
    """How chats sent by API clients are rendered, as whole texts."""

    prompt: ChatPrompt
    start: str = ""  # text at the very start
    initial: str = ""  # name of the tuned state that it is read from
    character: CharacterComposer | None = None  # its lore and notes are read with the last message

    def head(self, messages: Sequence[ChatMessage]) -> str:
        """Return the prefix of a chat that will be continued later: the start and the instructions."""
        text = self.start
        for message in messages:
            text += _line(self.prompt, message, first=not text)
        return text

    def text(self, messages: Sequence[ChatMessage]) -> str:
        """Return the whole text. A chat that ends with an assistant message is continued from there."""
        if self.character is not None and messages and messages[-1].role == "user":
            return self._with_lore(self.character, messages)
        return self.start + self.lines(messages, first=not self.start)

    def lines(self, messages: Sequence[ChatMessage], *, first: bool) -> str:
        """Return the lines and the cue for the reply. ``first``: nothing has been read before."""
        prompt, text = self.prompt, ""
        for message in messages:
            text += _line(prompt, message, first=first and not text)
        if messages and messages[-1].role == "assistant":
            return text
        gap = "" if first and not text else GAP
        return f"{text}{gap}{prompt.bot}{prompt.separator}{CUE_SUFFIX[prompt.think]}"

    def _with_lore(self, character: CharacterComposer, messages: Sequence[ChatMessage]) -> str:
        """Like ``text``, with the lore that is read for this reply only."""
        path, texts = self._turns(messages[:-1])
        last = messages[-1]
        composition = character.turn(path, Line(text=last.text, author=last.name or "", named=bool(last.name)))
        if composition.fork is None:
            return self.start + self.lines(messages, first=not self.start)
        start = composition.fork.start
        above = path.index(start) + 1 if start is not None else 0
        pieces = (piece if isinstance(piece, str) else texts[piece[0]] for piece in composition.fork.pieces)
        return "".join([*texts[:above], *pieces])

    def _turns(self, messages: Sequence[ChatMessage]) -> tuple[list[Node], list[str]]:
        """Return the chat as turns, and the text of each. The single token of a turn is its index."""
        path, texts = [replace(_turn(0, "", ""), kind="root", input_tokens=(0,) if self.start else ())], [self.start]
        for message in messages:
            line = _line(self.prompt, message, first=not any(texts))
            if message.role == "assistant" and path[-1].kind == "chat" and not path[-1].output:
                texts[-1] += line
                path[-1] = replace(path[-1], output=message.text)
                continue
            texts.append(line)
            said, answered = ("", message.text) if message.role == "assistant" else (message.text, "")
            path.append(replace(_turn(len(path), said, answered), author=message.name or self.prompt.user))
        return path, texts


def _turn(place: int, said: str, answered: str) -> Node:
    return Node(
        id=place + 1, channel=0, parent=place or None, kind="chat", input=said, output=answered, input_tokens=(place,)
    )  # fmt: skip


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
