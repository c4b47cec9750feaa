"""What a platform has heard: one event, and what the line has to know of it before anything is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.events import Called, Edited, Origin, Pressed, Said, Words

Asked = Said | Called | Pressed | Edited


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One event that wants an answer, as a platform's translator makes it."""

    id: str  # of its inbox entry: the message's own, or one made from what was pressed, called or edited
    event: Asked
    at: float  # when it was said; seconds since 1970
    alone: bool = False  # never answered together with other messages: a command, a reply to an old turn, files
    ordered: bool = True  # it waits for what was said before it in the channel, and what comes after it waits for it
    repeatable: bool = True  # all that it changes is one turn, so it can run again when the turn was not committed
    replaces: tuple[str, ...] = ()  # messages that the answer takes the place of, first one first
    panel: str = ""  # the one of them that is a panel
    stored: Mapping[str, object] | None = (
        None  # what a later process needs to answer it, where the platform has no copy
    )

    @property
    def origin(self) -> Origin:
        """Who, and where."""
        return self.event.origin

    @property
    def channel(self) -> str:
        """The platform's id of the channel."""
        return self.event.origin.channel

    @property
    def author(self) -> str:
        """The platform's id of the person."""
        return self.event.origin.author.id


def merged(heards: Sequence[Heard]) -> Asked:
    """Several messages of one person as one: the words of all, under the last one's id."""
    last = heards[-1].event
    said = [each.event for each in heards if isinstance(each.event, Said)]
    if len(heards) == 1 or not isinstance(last, Said):
        return last
    words = tuple(Words(each.id or "", each.text) for each in said)
    files = tuple(file for each in said for file in each.attachments)
    load = next((each.load for each in said if each.load is not None), None)
    text = "\n".join(each.text for each in said if each.text)
    return replace(last, text=text, merged=words, attachments=files, load=load)


def around(event: Asked, heards: Sequence[Heard]) -> Asked:
    """An edit, with the other messages that its own was to be answered together with."""
    if not isinstance(event, Edited) or len(heards) < 2:
        return event
    said = [each.event for each in heards if isinstance(each.event, Said)]
    return replace(
        event, merged=tuple(Words(each.id or "", event.text if each.id == event.id else each.text) for each in said)
    )


def has_files(heard: Heard) -> bool:
    """Whether files came with it: those of two messages are not fetched together."""
    return isinstance(heard.event, Said) and heard.event.load is not None
