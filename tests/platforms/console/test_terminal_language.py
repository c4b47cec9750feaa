"""The language of the terminal's locale."""

import pytest

from bot.platforms.console.terminal_language import terminal_language


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "ja_JP.eucJP"}, "ja"),
        ({"LANG": "zh_TW"}, "zh_CN"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, None),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": ""}, "ja"),
        ({"LANG": "en_GB.UTF-8"}, None),
        ({"LANG": "fr_FR.UTF-8"}, None),
        ({"LANG": "C"}, None),
        ({"LANG": ""}, None),
        ({}, None),
    ],
)
def test_the_locale_names_the_language(environment: dict[str, str], language: str | None) -> None:
    assert terminal_language(environment) == language
