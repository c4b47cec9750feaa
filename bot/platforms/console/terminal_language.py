"""The language of the person at the terminal."""

from collections.abc import Mapping

from bot.i18n import DEFAULT, match_language


def terminal_language(environment: Mapping[str, str]) -> str | None:
    """Return the language of the POSIX locale, or None if it is not known.

    English counts as not known: it is the locale of many machines whose owner chose another language in bot.toml.
    """
    locale = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environment.get(name))), "")
    found = match_language(locale.partition(".")[0].partition("@")[0])
    return None if found == DEFAULT else found
