import pytest

from bot.platforms.onebot.places import OneBotPlace, as_number, place_of


def test_a_channel_names_its_place() -> None:
    assert place_of("group:12") == OneBotPlace("group", "12")
    assert place_of("private:-7") == OneBotPlace("private", "-7")
    assert OneBotPlace("group", "12").channel == "group:12"
    assert OneBotPlace("private", "abc").params == {"user_id": "abc"}
    assert place_of("7/group:12") == OneBotPlace("group", "12", "7")
    assert OneBotPlace("group", "12", "7").channel == "7/group:12"
    for channel in ("", "group", "group:", "channel:1", "1"):
        assert place_of(channel) is None


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("-12", -12), ("9" * 19, int("9" * 19)), ("9" * 20, "9" * 20), ("a1", "a1")]
)
def test_ids_are_numbers_where_they_can_be(text: str, number: int | str) -> None:
    assert as_number(text) == number
