"""A plugin's failure, in one line and in full."""

from bot.commands.plugin_failures import details, place_of


def failure() -> Exception:
    try:
        try:
            raise KeyError("x")
        except KeyError as error:
            raise RuntimeError("exit") from error
    except RuntimeError as error:
        return error


def test_the_line_names_where_the_plugins_own_code_failed() -> None:
    assert place_of(failure()) == "RuntimeError: exit (test_plugin_failures.py, line 9)"
    assert place_of(ValueError("y" * 900)).endswith("y")
    assert len(place_of(ValueError("y" * 900))) == 500
    assert "KeyError" in details(failure())["details"]
