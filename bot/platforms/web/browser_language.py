"""Which of our languages a browser's reader understands best."""

from starlette.datastructures import Headers

from bot.i18n import match_language


def language_of(headers: Headers, default: str) -> str:
    """The best of ours by ``Accept-Language``; ``default`` where the header names none of them."""
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
