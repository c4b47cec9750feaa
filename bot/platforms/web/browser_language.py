"""Which of our languages a browser's user has chosen or prefers."""

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from bot.i18n import LANGUAGES, match_language

COOKIE = "roost_language"  # set by the page itself


def language_of(headers: Headers, default: str) -> str:
    """Return the language chosen on the page, else the best match in ``Accept-Language``, else ``default``."""
    chosen = cookie_parser(headers.get("cookie", "")[:10_000]).get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    wishes: list[tuple[float, int, str]] = []
    for place, part in enumerate(headers.get("accept-language", "")[:500].split(",")):
        tag, _, parameter = part.strip().partition(";")
        language = match_language(tag)
        if language:
            wishes.append((-_quality(parameter), place, language))
    wishes.sort()
    return wishes[0][2] if wishes and wishes[0][0] < 0 else default


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
