"""A call of a command on its way through the dispatcher."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.commands.command import Command
from bot.dispatch.parsing import Sampled
from bot.errors import NotAllowed
from bot.events import Called, Edited, Event, Origin, Pressed, Said, Sink, Words
from bot.policy.limits import Spender


class Silence(NotAllowed):  # no error to the reader: nobody answers
    """Nothing is answered, and nobody is told why."""

    def __init__(self) -> None:
        super().__init__("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What each stage hands to the next one."""

    event: Event
    sink: Sink
    command: Command
    text: str = ""  # typed: what follows the command's name, or the whole of plain talk
    is_plain: bool = False  # talk without a command's name
    arguments: Mapping[str, Any] = field(default_factory=dict)
    sampled: Sampled = field(default_factory=lambda: Sampled(""))
    target: int | None = None  # the turn that is meant; None: HEAD
    answers: int = 1  # replies that are written at once

    @property
    def origin(self) -> Origin:
        """Who asks, and where."""
        return self.event.origin

    @property
    def spender(self) -> Spender:
        """Whom it counts for."""
        origin = self.origin
        return Spender(
            user=f"{origin.platform}:{origin.author.id}", channel=f"{origin.platform}:{origin.channel}",
            guild=f"{origin.platform}:{origin.guild}" if origin.guild else None, address=origin.address,
            answers=self.answers, light=not self.command.needs_model,
        )  # fmt: skip


def storable(event: Event) -> Event:
    """The event with lone surrogates replaced, which neither the database nor the tokenizer accepts."""
    author = replace(event.origin.author, name=_whole(event.origin.author.name))
    event = replace(event, origin=replace(event.origin, author=author))
    if isinstance(event, (Said, Edited)):
        return replace(event, text=_whole(event.text))
    if isinstance(event, (Called, Pressed)):
        given = event.arguments.items()
        whole = {name: _whole(value) if isinstance(value, str) else value for name, value in given}
        return replace(event, arguments=whole)
    return event


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def said(event: Event) -> tuple[Words, ...]:
    """The messages that a turn is made of; their own words where there are several."""
    if not isinstance(event, (Said, Edited)) or not event.id:
        return ()
    return event.merged or (Words(event.id, ""),)


def answered(event: Event) -> tuple[str, ...]:
    """The platform's ids of what came in and is answered: they are marked with the turn."""
    if isinstance(event, Edited):
        return (event.edit,) if event.edit else ()
    if isinstance(event, Said) and event.merged:
        return tuple(each.id for each in event.merged)
    return (event.id,) if isinstance(event, (Said, Called, Pressed)) and event.id else ()
