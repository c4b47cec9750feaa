"""Timing of entries by the chat's length and earlier firings: sticky, cooldown, delay, decorators."""

from collections.abc import Sequence

from bot.library.lore.lore_entry import LoreEntry


def is_sticky(entry: LoreEntry, fired: Sequence[int], count: int) -> bool:
    """Return whether an entry is still active from an earlier firing. ``fired``: message counts at its firings."""
    return entry.sticky > 0 and any(at < count < at + entry.sticky for at in fired[-1:])


def is_cooling(entry: LoreEntry, fired: Sequence[int], count: int) -> bool:
    """Return whether the entry is in its cooldown, which begins when its stickiness ends."""
    if entry.cooldown <= 0 or not fired:
        return False
    start = fired[-1] + entry.sticky
    return fired[-1] < count and start <= count < start + entry.cooldown


def blocked_by_time(entry: LoreEntry, fired: Sequence[int], count: int) -> str | None:
    """Return "delay" or "cooldown" if that keeps the entry from firing, else None."""
    if count < entry.delay:
        return "delay"
    return "cooldown" if is_cooling(entry, fired, count) else None


def blocked_by_condition(entry: LoreEntry, fired: Sequence[int], replies: int, greeting: int) -> str | None:
    """Return the name of the decorator that keeps the entry from firing, or None."""
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
