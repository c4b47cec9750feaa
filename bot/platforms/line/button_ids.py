"""What a button carries: it names the command and the turn, so it works after a restart as before it."""

import re
from dataclasses import dataclass

NODE = re.compile(r"[0-9]{1,18}")  # longer than that is no key of a database
PREFIX = "roost"
PANEL = "roost-panel"  # the prefix of what stands on a panel


@dataclass(frozen=True, slots=True)
class Press:
    """What a pressed button asks for."""

    command: str
    argument: str
    node: int | None
    on_panel: bool = False


def custom_id(command: str, node: int | None, argument: str = "", prefix: str = PREFIX) -> str:
    """``roost:swipe:left:12``. The argument may be anything, colons included."""
    return f"{prefix}:{command}:{argument}:{'' if node is None else node}"


def read(text: str) -> Press | None:
    """The press that a custom id stands for; None for anything that is not ours."""
    head, _, rest = text.partition(":")
    command, _, rest = rest.partition(":")
    argument, colon, node = rest.rpartition(":")
    if head not in (PREFIX, PANEL) or not command or not colon:
        return None
    if node and not NODE.fullmatch(node):
        return None
    return Press(command, argument, int(node) if node else None, head == PANEL)
