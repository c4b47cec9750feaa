"""Validation and comparison of account names."""

import unicodedata

from bot.errors import InvalidOption

MAX_NAME_LENGTH = 32


def clean_name(name: str) -> str:
    """Return ``name`` normalized for display. Raises InvalidOption if it is not allowed."""
    name = " ".join(unicodedata.normalize("NFKC", name).split())
    if not 1 <= len(name) <= MAX_NAME_LENGTH or not name.isprintable() or not any(one.isalnum() for one in name):
        raise InvalidOption(
            "A name has 1 to {most} characters, with a letter or a digit among them.", most=MAX_NAME_LENGTH
        )
    return name


def name_key(name: str) -> str:
    """Return the key by which names are compared: case-folded and normalized, cut to 64 characters."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(folded.split())[:64]
