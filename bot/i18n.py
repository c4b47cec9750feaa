"""Translation of user-visible texts. English texts are the message ids; gettext catalogues hold the others."""

import gettext
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.errors import UserError


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the bot's own texts."""

    code: str  # of its catalogue
    name: str  # in the language itself
    html: str  # for the `lang` attribute of pages
    aliases: tuple[str, ...] = ()  # other names, in lower case


KNOWN = (
    Language("en", "English", "en", ("english",)),
    Language("zh_CN", "简体中文", "zh-Hans", ("chinese", "中文", "汉语")),
    Language("ja", "日本語", "ja", ("japanese",)),
)
LANGUAGES = {each.code: each.name for each in KNOWN}
DEFAULT = "en"
DOMAIN = "roost"
FOLDER = Path(__file__).parent / "locales"
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def N_(message: str) -> str:  # noqa: N802  # gettext's customary name for "mark, do not translate yet"
    """Mark ``message`` for the catalogues; it is translated when it is shown."""
    return message


def translate(message: str, language: str | None, /, **values: object) -> str:
    """Translate ``message`` and fill in its ``{placeholders}``; one without a value is left as it is."""
    text = _catalogue(language or DEFAULT).gettext(message) if message else ""
    return fill(text, values) if values else text


class Message:
    """A text that is translated when it is known who reads it. Values may be messages or UserErrors themselves."""

    __slots__ = ("text", "values")

    def __init__(self, text: str, /, **values: object) -> None:
        """Set the English text with its ``{placeholders}``, and what fills them."""
        self.text = text
        self.values = values

    def __str__(self) -> str:
        """Return the English text."""
        return self.in_language(DEFAULT)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and (self.text, self.values) == (other.text, other.values)

    def __hash__(self) -> int:
        return hash(self.text)

    def in_language(self, language: str | None) -> str:
        values = {name: translate_value(value, language) for name, value in self.values.items()}
        return translate(self.text, language, **values)


def translate_value(value: object, language: str | None) -> object:
    """Return a message's or an error's text in ``language``; anything else as it is."""
    if isinstance(value, Message):
        return value.in_language(language)
    return translate_error(value, language) if isinstance(value, UserError) else value


def plural(count: int, one: str, many: str) -> str:
    """Return the singular or plural message for ``count``; both must be marked for the catalogues."""
    return one if count == 1 else many


def translate_error(error: UserError, language: str | None) -> str:
    """Return a UserError's text in ``language``."""
    values = {name: translate_value(value, language) for name, value in error.values.items()}
    return translate(error.message, language, **values)


def fill(text: str, values: dict[str, object]) -> str:
    """Fill in ``{placeholders}``; only plain names are recognized, and values are not expanded again."""
    return PLACEHOLDER.sub(lambda match: str(values.get(match[1], match[0])), text)


def match_language(tag: str | None) -> str | None:
    """Return our language closest to a locale such as "zh-TW", "ja_JP" or "en-GB", or None."""
    if not tag:
        return None
    wanted = tag.strip().replace("-", "_").casefold()
    for each in KNOWN:
        names = (each.code.casefold(), each.name.casefold(), *each.aliases)
        if wanted in names or wanted.split("_")[0] == each.code.split("_")[0]:
            return each.code
    return None


def checked_language(code: str) -> str:
    """Return ``code`` if it is one of our languages. Raises ValueError that lists them otherwise."""
    if code not in LANGUAGES:
        *others, last = (f"'{each}'" for each in LANGUAGES)
        raise ValueError(f"expected {', '.join(others)} or {last}, found {code!r}")
    return code


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == DEFAULT or language not in LANGUAGES:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, FOLDER, [language], fallback=True)
