"""Example dialogue in every format."""

import pytest

from bot.library.characters.example_turns import example_turns
from tests.timing import thread_seconds

MIRA_ANN = [("Ann", "Hi"), ("Mira", "Hello.")]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("<START>\nAnn: Hi\nMira: Hello.", [MIRA_ANN]),
        ("Ann: Hi\nMira: Hello.", [MIRA_ANN]),
        ("<start>\nAnn: Hi\n\nMira: Hello.\n <START> \nMira: Hello.", [MIRA_ANN, [("Mira", "Hello.")]]),
        ("Ann：Hi\nMira ： Hello.", [MIRA_ANN]),
        ("You: Hi\nMira: Hello.", [MIRA_ANN]),
        ("ann: Hi\nMIRA: Hello.", [MIRA_ANN]),
        ('**Ann**: Hi\n"Mira": Hello.', [MIRA_ANN]),
        ("Mira: one\n\ntwo\nthree: four", [[("Mira", "one\n\ntwo\nthree: four")]]),
        ("A storm.\nMira: Hello.", [[(None, "A storm."), ("Mira", "Hello.")]]),
        ("Mira:\nHello.", [[("Mira", "Hello.")]]),
        ("Ann: Hi\r\nMira: Hello.\r\n", [MIRA_ANN]),
        ("", []),
        ("<START>\n<START>\n", []),
        ("Ann:\nMira:", []),
    ],
)
def test_a_text(text: str, wanted: list[list[tuple[str | None, str]]]) -> None:
    found = [[(turn.speaker, turn.text) for turn in block] for block in example_turns(text, "Ann", ["Mira"])]
    assert found == wanted


def test_the_number_of_turns_is_bounded() -> None:
    assert sum(map(len, example_turns("<START>\nAnn: a\nMira: b\n" * 5_000, "Ann", ["Mira"]))) == 2_000


@pytest.mark.parametrize("line", [" " * 50_000 + "x", "a" + " " * 50_000 + "x", " \t" * 25_000, "a " * 25_000])
def test_white_space_takes_linear_time(line: str) -> None:
    text = f"Ann: hi\n{line}\nend"
    assert len(example_turns(text, "Ann", ["Mira"])) == 1
    assert thread_seconds(lambda: example_turns(text, "Ann", ["Mira"])) < 5, "it would be minutes in quadratic time"
