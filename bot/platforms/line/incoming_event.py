"""An incoming event, with what the line must know before it handles it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.events import Called, Edited, Origin, Pressed, Said, Words

Asked = Said | Called | Pressed | Edited


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingEvent:
    """One event that wants an answer, as produced by a platform's translator."""

    id: str  # inbox key: the message's id, or one derived from a press, call or edit
    event: Asked
    at: float  # when it was sent; seconds since the epoch
    alone: bool = False  # never merged with other messages: a command, a reply to an old turn, files
    ordered: bool = True  # waits for earlier messages in the channel, and later ones wait for it
    repeatable: bool = True  # changes nothing but one turn, so it can be rerun if that turn was not committed
    replaces: tuple[str, ...] = ()  # messages that the answer replaces, in order
    panel: str = ""  # the one of ``replaces`` that is a panel
    stored: Mapping[str, object] | None = None  # what a later process needs to answer it, if the platform has no copy

    @property
    def origin(self) -> Origin:
        return self.event.origin

    @property
    def channel(self) -> str:
        """The platform's channel id."""
        return self.event.origin.channel

    @property
    def author(self) -> str:
        """The platform's user id."""
        return self.event.origin.author.id


def merged(events: Sequence[IncomingEvent]) -> Asked:
    """Merge several messages of one user into one: the text of all, under the id of the last."""
    last = events[-1].event
    said = [each.event for each in events if isinstance(each.event, Said)]
    if len(events) == 1 or not isinstance(last, Said):
        return last
    words = tuple(Words(each.id or "", each.text) for each in said)
    files = tuple(file for each in said for file in each.attachments)
    load = next((each.load for each in said if each.load is not None), None)
    text = "\n".join(each.text for each in said if each.text)
    return replace(last, text=text, merged=words, attachments=files, load=load)


def around(event: Asked, events: Sequence[IncomingEvent]) -> Asked:
    """Add to an edit the other messages that were to be answered together with the edited one."""
    if not isinstance(event, Edited) or len(events) < 2:
        return event
    said = [each.event for each in events if isinstance(each.event, Said)]
    return replace(
        event, merged=tuple(Words(each.id or "", event.text if each.id == event.id else each.text) for each in said)
    )


def has_files(incoming: IncomingEvent) -> bool:
    """Return whether files are attached. Two messages with files are never merged."""
    return isinstance(incoming.event, Said) and incoming.event.load is not None
