"""The scopes of the store's key-value table, one constant each: nobody else may write under them."""

from bot.events import Origin

ACCESS = "access"  # place -> "kind:id" -> "allow" or "block"
LIMITS = "limits"  # place -> limit -> value
TALK = "talk"  # "platform:channel" -> True, where every message is answered
DEPARTURES = "departures"  # "platform:guild:id" or "platform:channel:id" -> when the bot was removed there
CHARACTERS = "characters"  # whose characters -> whether all members may import some
EVERYWHERE = "*"  # the place of what holds everywhere; others are "platform:guild"


def character_scope(origin: Origin) -> str:
    """Whose characters may be played there: a server's, a group's, or one's own."""
    if origin.guild:
        return f"{origin.platform}:{origin.guild}"[:255]
    if origin.is_group:
        return f"{origin.platform}:group:{origin.channel}"[:255]
    return f"user:{origin.platform}:{origin.author.id}"[:255]


def user_scope(origin: Origin) -> str:
    """Where a person's settings lie: each guild knows only its own."""
    return f"user:{origin.platform}:{origin.guild or ''}:{origin.author.id}"[:255]


def channel_key(platform: str, channel: str) -> str:
    """A channel in TALK."""
    return f"{platform}:{channel}"
