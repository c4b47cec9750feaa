"""Readable messages for pydantic's errors."""

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.problems import line_of, place, problems


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    size: int = Field(default=1, le=9)
    names: list[str] = []
    wide: bool = False


@pytest.mark.parametrize(
    ("text", "values", "told"),
    [
        ('wide = true\nsize = "x"', {"size": "x"}, "line 2: size: expected an integer, found 'x'"),
        ("size = 10", {"size": 10}, "line 1: size: must be at most 9, found 10"),
        ("siez = 1", {"siez": 1}, "line 1: siez: unknown key (did you mean size?)"),
        ("\nnames = [1]", {"names": [1]}, "line 2: names[0]: expected a text in quotes, found 1"),
        ("qqq = 1", {"qqq": 1}, "line 1: qqq: unknown key (known are: names, size, wide)"),
    ],
)
def test_each_problem_names_its_line_and_what_is_right(text: str, values: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Shape.model_validate(values)
    assert problems(caught.value, text, Shape.model_fields) == [told]


def test_places() -> None:
    assert place(["a", "b", 2, "c"]) == "a.b[2].c"
    assert line_of("a = 1\n[x]\nb = 2", "b") == 3
    assert line_of("a = 1", "b") == 1
    assert line_of("x = 1\nnote = { text = 'a', depth = 2 }", "depth") == 2
