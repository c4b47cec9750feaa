"""A command call on its way through the dispatcher."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.commands.command import Command
from bot.dispatch.parsing import SampledText
from bot.errors import NotAllowed
from bot.events import Called, Edited, Event, Origin, Pressed, Said, Sink, Words
from bot.policy.limits import Requester


class Silence(NotAllowed):  # not an error to the reader: nothing is sent
    """The call is not answered, and no reason is given."""

    def __init__(self) -> None:
        super().__init__("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What each stage passes to the next."""

    event: Event
    sink: Sink
    command: Command
    text: str = ""  # typed text after the command's name, or a whole plain message
    is_plain: bool = False  # a message without a command's name
    arguments: Mapping[str, Any] = field(default_factory=dict)
    sampled: SampledText = field(default_factory=lambda: SampledText(""))
    target: int | None = None  # the turn the call refers to; None: HEAD
    answers: int = 1  # replies to be written at once

    @property
    def origin(self) -> Origin:
        """Who calls, and where."""
        return self.event.origin

    @property
    def requester(self) -> Requester:
        """Who the call counts for."""
        origin = self.origin
        return Requester(
            user=f"{origin.platform}:{origin.author.id}", channel=f"{origin.platform}:{origin.channel}",
            guild=f"{origin.platform}:{origin.guild}" if origin.guild else None, address=origin.address,
            answers=self.answers, light=not self.command.needs_model,
        )  # fmt: skip


def storable(event: Event) -> Event:
    """Return the event with lone surrogates replaced, which neither the database nor the tokenizer accepts."""
    name = event.origin.author.name
    if (whole_name := _whole(name)) != name:
        author = replace(event.origin.author, name=whole_name)
        event = replace(event, origin=replace(event.origin, author=author))
    if isinstance(event, (Said, Edited)):
        text = _whole(event.text)
        return event if text == event.text else replace(event, text=text)
    if isinstance(event, (Called, Pressed)):
        given = event.arguments.items()
        whole = {name: _whole(value) if isinstance(value, str) else value for name, value in given}
        return replace(event, arguments=whole)
    return event


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def said(event: Event) -> tuple[Words, ...]:
    """Return the messages that make up a turn, with their own text if there are several."""
    if not isinstance(event, (Said, Edited)) or not event.id:
        return ()
    return event.merged or (Words(event.id, ""),)


def answered(event: Event) -> tuple[str, ...]:
    """Return the platform ids of the messages being answered, to be marked with the turn."""
    if isinstance(event, Edited):
        return (event.edit,) if event.edit else ()
    if isinstance(event, Said) and event.merged:
        return tuple(each.id for each in event.merged)
    return (event.id,) if isinstance(event, (Said, Called, Pressed)) and event.id else ()
