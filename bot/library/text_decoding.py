"""Decodes text files of unknown encoding: by byte order mark, by declaration, or else by plausibility."""

import encodings
import functools
import pkgutil
import re
from collections.abc import Callable

from bot.errors import InvalidOption

# UTF-32 first, since its mark begins with UTF-16's.
MARKS = (
    (b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\0\0", "utf-32-le"), (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"),
)  # fmt: skip
DECLARED = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")  # Python's syntax, in the first two lines
# Codecs that are no character sets of files. Decoding punycode takes quadratic time.
NO_CHARACTER_SETS = frozenset(
    {"aliases", "idna", "punycode", "raw_unicode_escape", "undefined", "unicode_escape", "utf_7"}
)
SAMPLE = 64_000  # bytes examined
MIN_COMMON_SHARE = 0.6  # of the non-ASCII characters
FREQUENT_SYLLABLES = frozenset("이다는을가에의하고지도한니로기를은서나자어사리아시일인그들해으요세안대습정있것수전부보")


def decoded(data: bytes) -> str:
    """Decode ``data`` and strip its byte order mark. Raises InvalidOption if no encoding is plausible."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding)
    text = _try(data, "utf-8")
    if text is not None and (
        "\0" not in text or guessed(data) is None
    ):  # ASCII in UTF-16 is also valid UTF-8, full of NULs
        return text
    if (named := declared(data)) is not None:
        return _strict(data, named)
    found = guessed(data)
    text = None if found is None else _try(data, found)
    if text is None:
        raise InvalidOption("The file is not readable text. Save it as UTF-8.")
    return text.removeprefix("\ufeff")


def declared(data: bytes) -> str | None:
    """Return the encoding named by a ``coding:`` line, if it is a character set that Python knows."""
    for line in data[:1000].split(b"\n")[:2]:
        if found := DECLARED.match(line):
            encoding = found[1].decode("ascii")
            if not _is_character_set(encoding):
                return None
            try:
                b"abc".decode(encoding)
            except LookupError:
                return None
            except UnicodeError:
                pass  # a multi-byte encoding: it exists
            return encoding
    return None


def _is_character_set(name: str) -> bool:
    """Return whether Python may have such a character set. It would remember each unknown name that it is asked for."""
    module = encodings.normalize_encoding(name).lower()
    module = encodings.aliases.aliases.get(module, module)
    return module in _codec_modules() and module not in NO_CHARACTER_SETS


@functools.cache
def _codec_modules() -> frozenset[str]:
    return frozenset(module.name for module in pkgutil.iter_modules(encodings.__path__))


def guessed(data: bytes) -> str | None:
    """Return the encoding in which the most characters are common ones; None if too few are."""
    sample = data[:SAMPLE]
    if b"\0" in sample:
        zeros = [sample[start::2].count(0) for start in (0, 1)]
        wide = "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
        return wide if max(zeros) > len(sample) // 8 and _try(data[: len(data) // 2 * 2], wide) is not None else None
    if _is_korean(sample):
        return "euc_kr"
    scores = {encoding: _score(sample, encoding, common) for encoding, common in COMMON.items()}
    best = max(scores, key=lambda encoding: scores[encoding])
    if scores[best] >= MIN_COMMON_SHARE:
        return best
    letters = sum(byte >= 0xC0 for byte in sample)
    if not letters or any(byte < 32 and byte not in b"\t\n\f\r\x1b" for byte in sample):
        return None
    return "cp1251" if letters > sum(chr(byte).isalpha() for byte in sample if byte < 128) else "cp1252"


def _score(sample: bytes, encoding: str, common: Callable[[str, bytes], bool]) -> float:
    text = _try(sample, encoding)
    if text is None:
        text = _try(sample[:-1], encoding) or _try(sample[:-2], encoding) or ""  # the sample may end mid-character
    found = [char for char in text if ord(char) > 127]
    return sum(common(char, char.encode(encoding)) for char in found) / len(found) if found else 0.0


def _is_korean(sample: bytes) -> bool:
    """Tell Korean from Chinese, which uses the same bytes, by the share of frequent Korean syllables."""
    text = _try(sample, "euc_kr") or _try(sample[:-1], "euc_kr") or ""
    found = [char for char in text if ord(char) > 127]
    return sum(char in FREQUENT_SYLLABLES for char in found) > len(found) / 6


def _is_kana(char: str) -> bool:
    return "\u3041" <= char <= "\u30fe"


def _is_sign(char: str) -> bool:
    return "\u3000" <= char <= "\u301f" or "\uff01" <= char <= "\uff5e" or "\u2010" <= char <= "\u2026"


def _leads(low: int, high: int) -> Callable[[str, bytes], bool]:
    """Return a test for punctuation and for characters whose first byte is in the range of frequent ones."""
    return lambda char, code: (len(code) == 2 and low <= code[0] <= high) or _is_sign(char)


def _japanese(low: int, high: int) -> Callable[[str, bytes], bool]:
    """Return the same test for Japanese, where kana are common too."""
    return lambda char, code: _is_kana(char) or _leads(low, high)(char, code)


# Each standard has its frequent characters in the first rows. In case of a tie the earlier encoding wins.
COMMON: dict[str, Callable[[str, bytes], bool]] = {
    "gb18030": _leads(0xB0, 0xD7),
    "shift_jis": _japanese(0x88, 0x97),
    "euc_jp": _japanese(0xB0, 0xCF),
    "big5": _leads(0xA4, 0xC6),
}


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeError:
        return None


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeError:
        message = "The file says that it is {encoding}, but it is not. Save it as UTF-8."
        raise InvalidOption(message, encoding=encoding) from None
