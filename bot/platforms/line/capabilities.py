"""What a chat platform can do, as data. Everything else about answering is the same on all platforms."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """Capabilities and limits of one platform."""

    edits: bool = False  # messages can be edited, so an answer is shown while it grows
    buttons: bool = False
    threads: bool = False
    files: bool = False
    pushes: bool = True  # unsolicited messages are allowed, so an answer may be sent at any time
    reply_window: float | None = None  # seconds for which a message can be answered, if ``pushes`` is False
    markdown: bool = True  # messages are rendered as Markdown; else a character's name is prefixed as plain text
    message_limit: int = 2000  # characters
    cut: Callable[[str], Sequence[str]] | None = None  # splits finished replies; None: at ``message_limit``
    file_after: int = 8000  # characters; a longer reply is sent as a file if ``files``
    edit_interval: float = 1.0  # seconds between two edits in the same channel
    frames_per_second: float = 20.0  # edits of growing answers across all channels
    typing_lasts: float = 8.0  # seconds until the typing indicator must be sent again
    most_merged: int = 10  # maximum number of one user's messages answered together
