"""TOML of which every byte may be hostile."""

import contextlib

import pytest

from bot.errors import InvalidOption
from bot.library.cards.card_toml import parse_toml
from bot.library.cards.toml_text import MAX_PARTS, load_toml
from bot.library.scenes.scene_imports import read_scene
from tests.timing import thread_seconds

PARTS = ("a", '"a"', "'a'", '"\\""', 'a . "\\\\"', "a\t.\t'\"'", "1-_")


def refused(text: str) -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        load_toml(text)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("form", ["{} = 1", "[{}]", "[[ {} ]]", "x = {{y=1,{} = 1}}", "x = {{{} = 1}}", "x = 1\r\n{}"])
def test_a_key_of_very_many_parts_is_refused_at_once(part: str, form: str) -> None:
    text = form.format(".".join([part] * (MAX_PARTS + 1)))
    refused(text)
    refused(form.format(".".join([part] * (900_000 // (len(part) + 1)))))


def test_keys_of_several_parts_and_texts_with_many_dots_are_read() -> None:
    deep = load_toml(".".join(["a"] * MAX_PARTS) + " = 1")
    assert list(deep) == ["a"]
    text = "Ha... " * 500 + "No. I said no. " * 500
    assert load_toml(f'a.b."c.d" = """\n{text}"""') == {"a": {"b": {"c.d": text}}}


@pytest.mark.parametrize("text", ["a" * 900_000, " " * 900_000, '"\\"' * 300_000, "'" * 900_000, '" ' * 450_000,
                                  "a. " * 300_000, '[{,"' * 200_000, "a." * 60 + " " * 900_000])  # fmt: skip
def test_looking_for_such_keys_takes_linear_time(text: str) -> None:
    def look() -> None:
        with contextlib.suppress(ValueError):
            load_toml(text)

    assert thread_seconds(look) < 10, "it would be minutes in quadratic time"


def test_tables_nested_beyond_recursion_are_refused_with_a_message() -> None:
    key = ".".join(["a"] * 60)
    text = f"{key} = " + f"{{{key} = " * 60 + "1" + "}" * 60
    with pytest.raises(InvalidOption, match="nested too deeply"):
        parse_toml(text)


def test_a_scene_that_is_hardly_toml_is_refused_or_read_as_text() -> None:
    key = ".".join(["a"] * 400_000)
    with pytest.raises(InvalidOption, match="nested too deeply"):
        read_scene(f"{key} = 1".encode(), "deep.toml")
    assert thread_seconds(lambda: read_scene(b"Ann: hello\n\n" + key.encode()[:10_000], "deep.txt")) < 10
