"""Texts for users in their language: gettext catalogues, read once, looked up by the English text."""

import gettext
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "zh_CN", "ja")
DOMAIN = "roost"
FOLDER = Path(__file__).resolve().parent / "locales"


def N_(message: str) -> str:  # noqa: N802  # gettext's name for "mark now, translate later"
    """Mark ``message`` for the catalogues without translating it."""
    return message


def normalize(locale: str | None) -> str:
    """The language of ours that fits a locale such as "zh-TW", "ja_JP.UTF-8" or "en-GB"; English when none does."""
    head = (locale or "").replace("-", "_").split(".")[0].lower()
    if head.startswith("zh"):
        return "zh_CN"
    return "ja" if head.split("_")[0] == "ja" else "en"


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, FOLDER, languages=[language], fallback=True)


def translate(message: str, language: str | None = None, /, **values: object) -> str:
    """``message`` in ``language`` with its ``{placeholders}`` filled. Without values no placeholder is looked for."""
    language = normalize(language)
    text = message if language == "en" or not message else _catalogue(language).gettext(message)
    return text.format(**values) if values else text
