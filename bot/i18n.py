"""Texts that people see, in their language. English is the message id; gettext catalogues hold the others."""

import gettext
import re
from functools import cache
from pathlib import Path

from bot.errors import UserError

LANGUAGES = {"en": "English", "zh_CN": "简体中文", "ja": "日本語"}
DEFAULT = "en"
DOMAIN = "roost"
FOLDER = Path(__file__).parent / "locales"
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def N_(message: str) -> str:  # noqa: N802  # gettext's customary name for "mark, do not translate yet"
    """Mark ``message`` for the catalogues; it is translated where it is shown."""
    return message


def translate(message: str, language: str | None, /, **values: object) -> str:
    """``message`` in ``language``, its ``{placeholders}`` filled in; one without a value stays as it is."""
    text = _catalogue(language or DEFAULT).gettext(message) if message else ""
    return fill(text, values) if values else text


def plural(count: int, one: str, many: str) -> str:
    """The message for ``count`` things; both are marked for the catalogues."""
    return one if count == 1 else many


def translate_error(error: UserError, language: str | None) -> str:
    """A UserError's text in ``language``."""
    return translate(error.message, language, **error.values)


def fill(text: str, values: dict[str, object]) -> str:
    """Put values in place of ``{placeholders}``; only plain names count, so no value can reach into another."""
    return PLACEHOLDER.sub(lambda match: str(values.get(match[1], match[0])), text)


def match_language(tag: str | None) -> str | None:
    """The language of ours that a locale such as "zh-TW", "ja_JP" or "en-GB" comes nearest to, or None."""
    if not tag:
        return None
    wanted = tag.strip().replace("-", "_").casefold()
    for language, own_name in LANGUAGES.items():
        if wanted in (language.casefold(), own_name.casefold()) or wanted.split("_")[0] == language.split("_")[0]:
            return language
    return {"chinese": "zh_CN", "中文": "zh_CN", "japanese": "ja", "english": "en"}.get(wanted)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == DEFAULT or language not in LANGUAGES:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, FOLDER, [language], fallback=True)
