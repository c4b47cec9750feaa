"""Chat messages as the model reads them: the start of the prompt, each line, and the cue for the reply."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.chat.character_composer import CharacterComposer
from bot.chat.chat_turns import ForkedTurns, ReadTurn, forked_turns, turn_of
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
class ChatText:
    """The text that the model reads for a chat."""

    text: str
    shared: int = 0  # number of leading characters that the chat's next text will share; 0: all


@dataclass(frozen=True, slots=True)
class ChatForm:
    """How chats sent by API clients are rendered, as whole texts."""

    prompt: ChatPrompt
    start: str = ""  # text at the very start
    initial: str = ""  # name of the tuned state that it is read from
    character: CharacterComposer | None = None  # its lore and notes are read with the last message
    greeting: str = ""  # the first line, as shown; part of ``start``
    continues: bool | None = None  # whether the reply continues the last message; None: if that is the assistant's

    def head(self, messages: Sequence[ChatMessage]) -> str:
        """Return the prefix of a chat that will be continued later: the start and the instructions."""
        text = self.start
        for message in messages:
            text += _line(self.prompt, message, first=not text)
        return text

    def text(self, messages: Sequence[ChatMessage]) -> ChatText:
        """Return the whole text."""
        forked = self.forked([ReadTurn(self._root(), self.start)], messages)
        if forked is None:
            return ChatText(self.start + self.lines(messages, first=not self.start))
        pieces = [piece for piece in forked.pieces if isinstance(piece, str)]
        shared = len(self.start) + sum(map(len, pieces[: forked.plain]))
        return ChatText(self.start + "".join(pieces), shared)

    def lines(self, messages: Sequence[ChatMessage], *, first: bool) -> str:
        """Return the lines and the cue for the reply. ``first``: nothing has been read before."""
        prompt, text = self.prompt, ""
        for message in messages:
            text += _line(prompt, message, first=first and not text)
        if self.continues_last(messages):
            return text
        gap = "" if first and not text else GAP
        return f"{text}{gap}{prompt.bot}{prompt.separator}{CUE_SUFFIX[prompt.think]}"

    def continues_last(self, messages: Sequence[ChatMessage]) -> bool:
        """Return whether the reply continues the last message instead of answering it."""
        if not messages:
            return False
        return messages[-1].role == "assistant" if self.continues is None else self.continues

    def forked(self, above: Sequence[ReadTurn], messages: Sequence[ChatMessage]) -> ForkedTurns | None:
        """Return what is read for the reply to the last of ``messages`` if that is more than the chat itself.

        ``above``: the turns before ``messages``, the root first.
        """
        if self.character is None or not messages or messages[-1].role != "user" or self.continues_last(messages):
            return None
        last = messages[-1]
        turns = [*above, *self._turns(messages[:-1], above)]
        line = Line(text=last.text, author=last.name or "", named=bool(last.name))
        forked = forked_turns(self.character, turns, line)
        if forked is None or forked.above <= len(above):
            return forked
        between = [turn.piece for turn in turns[len(above) : forked.above]]
        return ForkedTurns(len(above), (*between, *forked.pieces), plain=len(between))

    def _root(self) -> Node:
        return replace(turn_of(0, "", self.greeting, ""), kind="root")

    def _turns(self, messages: Sequence[ChatMessage], above: Sequence[ReadTurn]) -> list[ReadTurn]:
        """Return ``messages`` as turns."""
        found: list[ReadTurn] = []
        unread = not any(turn.piece for turn in above)
        for message in messages:
            line = _line(self.prompt, message, first=unread and not found)
            last = found[-1] if found else None
            if message.role == "assistant" and last is not None and not last.node.output:
                found[-1] = ReadTurn(replace(last.node, output=message.text), f"{last.piece}{line}")
                continue
            said, answered = ("", message.text) if message.role == "assistant" else (message.text, "")
            author = message.name or self.prompt.user
            found.append(ReadTurn(turn_of(len(above) + len(found), said, answered, author), line))
        return found


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
