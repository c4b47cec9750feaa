"""Entries that depend on how long the chat is and when they fired before: sticky, cooldown, delay, decorators."""

from collections.abc import Sequence

from bot.library.lore.lore_entry import LoreEntry


def is_sticky(entry: LoreEntry, fired: Sequence[int], count: int) -> bool:
    """Whether an entry still holds on from an earlier message. ``fired``: the numbers of messages it fired at."""
    return entry.sticky > 0 and any(at < count < at + entry.sticky for at in fired[-1:])


def is_cooling(entry: LoreEntry, fired: Sequence[int], count: int) -> bool:
    """Whether it rests: for ``cooldown`` messages, counted from the end of its stickiness."""
    if entry.cooldown <= 0 or not fired:
        return False
    start = fired[-1] + entry.sticky
    return fired[-1] < count and start <= count < start + entry.cooldown


def blocked_by_time(entry: LoreEntry, fired: Sequence[int], count: int) -> str | None:
    """What the chat's length keeps an entry from firing by: "delay" or "cooldown"."""
    if count < entry.delay:
        return "delay"
    return "cooldown" if is_cooling(entry, fired, count) else None


def blocked_by_condition(entry: LoreEntry, fired: Sequence[int], replies: int, greeting: int) -> str | None:
    """The decorator that keeps an entry from firing."""
    conditions = entry.conditions
    if conditions.never:
        return "dont_activate"
    if replies < conditions.after_replies:
        return "activate_only_after"
    if conditions.every_replies > 1 and replies % conditions.every_replies:
        return "activate_only_every"
    if conditions.greeting is not None and greeting != conditions.greeting:
        return "is_greeting"
    return "dont_activate_after_match" if conditions.stop_after_match and fired else None
