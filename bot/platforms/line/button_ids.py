"""Custom ids of buttons. They name the command and the turn, so buttons keep working after a restart."""

import re
from dataclasses import dataclass

NODE = re.compile(r"[0-9]{1,18}")  # more digits cannot be a database key
PREFIX = "roost"
PANEL = "roost-panel"  # prefix for buttons on a panel


@dataclass(frozen=True, slots=True)
class Press:
    """What a pressed button asks for."""

    command: str
    argument: str
    node: int | None
    on_panel: bool = False


def custom_id(command: str, node: int | None, argument: str = "", prefix: str = PREFIX) -> str:
    """Return an id such as ``roost:swipe:left:12``. The argument may contain anything, even colons."""
    return f"{prefix}:{command}:{argument}:{'' if node is None else node}"


def read(text: str) -> Press | None:
    """Parse a custom id. Returns None if it is not one of ours."""
    head, _, rest = text.partition(":")
    command, _, rest = rest.partition(":")
    argument, colon, node = rest.rpartition(":")
    if head not in (PREFIX, PANEL) or not command or not colon:
        return None
    if node and not NODE.fullmatch(node):
        return None
    return Press(command, argument, int(node) if node else None, head == PANEL)
