"""Scopes of the store's key-value table. Each belongs to one module; no other writes to it."""

from bot.events import Origin

ACCESS = "access"  # place -> "kind:id" -> "allow" or "block"
LIMITS = "limits"  # place -> limit -> value
TALK = "talk"  # "platform:channel" -> True, if every message is answered
DEPARTURES = "departures"  # "platform:guild:id" or "platform:channel:id" -> when the bot was removed
CHARACTERS = "characters"  # character scope -> whether all members may import characters
EVERYWHERE = "*"  # the place of global entries; other places are "platform:guild"


def character_scope(origin: Origin) -> str:
    """Return the scope of the characters available in a place: a server's, a group's, or the user's own."""
    if origin.guild:
        return f"{origin.platform}:{origin.guild}"[:255]
    if origin.is_group:
        return f"{origin.platform}:group:{origin.channel}"[:255]
    return f"user:{origin.platform}:{origin.author.id}"[:255]


def user_scope(origin: Origin) -> str:
    """Return the scope of a user's settings, which are separate for each guild."""
    return f"user:{origin.platform}:{origin.guild or ''}:{origin.author.id}"[:255]


def channel_key(platform: str, channel: str) -> str:
    """Return the key of a channel in TALK."""
    return f"{platform}:{channel}"
