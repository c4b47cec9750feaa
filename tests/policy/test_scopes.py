"""Scopes of the key-value table are separate for each person and each guild."""

from bot.events import Author, Origin
from bot.policy.scopes import channel_key, user_scope


def test_settings_do_not_cross_guilds() -> None:
    ann = Author("1", "Ann")
    origins = [Origin(platform="discord", channel="c", author=ann, guild=guild) for guild in ("g", "h", None)]
    scopes = {user_scope(origin) for origin in origins}
    assert len(scopes) == 3
    assert all(len(scope) <= 255 for scope in scopes)
    assert len(user_scope(Origin(platform="web", channel="c", author=Author("x" * 999, "X")))) == 255
    assert channel_key("discord", "5") == "discord:5"
