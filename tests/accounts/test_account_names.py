"""Valid account names."""

import pytest

from bot.accounts.account_names import MAX_NAME_LENGTH, clean_name, name_key
from bot.errors import InvalidOption


@pytest.mark.parametrize("name", ["", " ", "!!", "a\u202eb", "x" * (MAX_NAME_LENGTH + 1), "a\x00b", "\u200b"])
def test_not_as_a_name(name: str) -> None:
    with pytest.raises(InvalidOption):
        clean_name(name)


def test_blanks_and_widths_are_one() -> None:
    assert clean_name("  Ann \t Lee ") == "Ann Lee"
    assert clean_name("Ａｎｎ") == "Ann"
    assert clean_name("安") == "安"
    assert name_key("  ANN  lee") == name_key("Ann Lee") == "ann lee"
    assert len(name_key("ß" * 200)) == 64
