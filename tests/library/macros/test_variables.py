"""A chat's variables."""

from bot.library.macros.variables import Variables


def test_what_each_does() -> None:
    given = {"a": "1"}
    variables = Variables(given)
    assert variables.run("getvar", ["a"]) == "1"
    assert variables.run("getvar", ["no"]) == ""
    assert variables.run("setvar", ["b", "x", "y"]) == ""
    assert variables.values["b"] == "x::y"
    assert [variables.run("incvar", ["a"]), variables.run("decvar", ["n"])] == ["2", "-1"]
    variables.run("addvar", ["a", "2.5"])
    variables.run("addvar", ["b", "!"])
    assert variables.values == {"a": "4.5", "b": "x::y!", "n": "-1"}
    assert given == {"a": "1"}, "what was given is not changed"
    assert variables.run("setglobalvar", ["g", "1"]) == ""
    assert (variables.run("dropvar", ["a"]), variables.run("getvar", [" "]), variables.run("getvar", [])) == (None,) * 3


def test_bounds() -> None:
    variables = Variables({})
    for number in range(300):
        variables.run("setvar", [f"name{number}" * 50, "x" * 10_000])
    assert len(variables.values) == 100
    assert max(map(len, variables.values)) <= 64
    assert max(map(len, variables.values.values())) <= 2_000
    variables.run("setvar", ["name0" * 50, "1e308"])
    for _ in range(5):
        variables.run("addvar", ["name0" * 50, "1e308"])
