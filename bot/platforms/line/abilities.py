"""What a chat platform can do, as data: everything else about answering is the same everywhere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """The abilities and limits of one platform."""

    edits: bool = False  # a message can be changed, so an answer is shown while it grows
    buttons: bool = False
    threads: bool = False
    files: bool = False
    pushes: bool = True  # it may write without being asked: an answer may come at any time
    reply_window: float | None = None  # seconds in which a message can be answered, where it may not push
    markdown: bool = True  # messages are shown formatted; else a character's name is plain text before its words
    message_limit: int = 2000  # characters
    cut: Callable[[str], Sequence[str]] | None = None  # a finished reply into messages; None: by ``message_limit``
    file_after: int = 8000  # characters; a longer reply comes as a file, where files can be sent
    edit_interval: float = 1.0  # seconds between two edits in a channel
    frames_per_second: float = 20.0  # edits of growing answers in all channels together
    typing_lasts: float = 8.0  # seconds until the typing indicator has to be shown again
    most_merged: int = 10  # messages of one person that are answered together
