"""Parsing values as people write them."""

import pytest

from bot.errors import InvalidOption
from bot.sampling import require_parameter


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("temp", "0.8", 0.8),
        ("topk", "40", 40),
        ("mirostat", "2", 2),
        ("newline_schedule", "on", True),
        ("no_repeat_punctuation", "否", False),
        ("ban", "11,261", [11, 261]),
        ("bias", "11:-2.5,261:1", [[11, -2.5], [261, 1.0]]),
        ("dry_sequence_breakers", "\\n,:", ["\n", ":"]),
    ],
)
def test_values(name: str, written: str, value: object) -> None:
    assert require_parameter(name).read(written) == value


def test_what_is_wrong_is_told_with_what_would_be_right() -> None:
    with pytest.raises(InvalidOption) as caught:
        require_parameter("mirostat").read("1")
    assert str(caught.value) == "mirostat_mode must be 0, 2, not 1."
    with pytest.raises(InvalidOption, match="seed must be 0 – 9007199254740992"):
        require_parameter("seed").read(True)


def test_a_list_that_is_too_long_is_told_so() -> None:
    found = require_parameter("dry_sequence_breakers")
    with pytest.raises(InvalidOption, match=f"dry_sequence_breakers takes at most {found.most} values, not 40"):
        found.read(",".join(f"w{number}" for number in range(40)))
