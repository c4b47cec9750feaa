"""`roost character`."""

import json
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.library.cards.card_reader import read_card
from tests.library.cards.card_builder import V2_DATA, V3_DATA, packed, png, text, v2, v3


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["character", *arguments])
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def test_show_a_file(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    messy = V3_DATA | {"alternate_greetings": "Yo.", "nickname": ""}
    (here / "mira.png").write_bytes(png(after=text("ccv3", packed(v3(messy)))))
    code, shown = run(capsys, "show", "mira.png", "--user", "Ann")
    assert code == 0
    for part in (
        "Mira: V3 card in png", "repaired:\n  alternate_greetings is a text", "greetings: 2, for groups: 1",
        "lorebook: Sea, 1 entries", "[1] lamp -> before_char, order 10: The lamp is red.", "the model reads (",
        "Ann: Hi\n\nMira: Hello.\n\nA lighthouse keeper.\ncalm\nOn a rock.\n\nMira: Hello, Ann.",
    ):  # fmt: skip
        assert part in shown


def test_show_as_json(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "mira.json").write_text(json.dumps(v2()))
    code, shown = run(capsys, "show", "mira.json", "--json")
    found = json.loads(shown)
    assert code == 0
    assert (found["form"], found["container"], found["data"]) == ("V2", "json", V2_DATA)
    assert found["tokens"] > 10
    assert found["lorebook"][0]["keys"] == ["lamp"]


def test_a_pattern_that_matches_nothing_is_said(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    book = {"extensions": {}, "entries": [{"keys": ["/(?=a)/"], "content": "x", "enabled": False}]}
    (here / "mira.json").write_text(json.dumps(v2(V2_DATA | {"character_book": book})))
    _, shown = run(capsys, "show", "mira.json")
    assert "[at 0] off, /(?=a)/ -> after_char" in shown
    assert "matches nothing: " in shown


@pytest.mark.parametrize(
    ("container", "spec"), [("png", "v2"), ("png", "v3"), ("json", "v2"), ("json", "v3"), ("charx", "v3")]
)
def test_export(capsys: pytest.CaptureFixture[str], here: Path, container: str, spec: str) -> None:
    (here / "mira.json").write_text(json.dumps(v2()))
    out = here / f"out.{container}"
    code, shown = run(capsys, "export", "mira.json", "--to", container, "--spec", spec, "--out", str(out))
    assert (code, f"Mira, {spec} in {container}" in shown) == (0, True)
    card = read_card(out.read_bytes())
    assert (card.form, card.container) == (spec.upper(), container)
    assert {key: card.data[key] for key in V2_DATA if key != "character_book"} == {
        key: V2_DATA[key] for key in V2_DATA if key != "character_book"
    }
    code, shown = run(capsys, "export", "mira.json", "--to", container, "--out", str(out))
    assert (code, "there already" in shown) == (1, True)
    code, _ = run(capsys, "export", "mira.json", "--to", container, "--spec", spec, "--out", str(out), "--force")
    assert code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "none"), 'There is no character "none"'),
        (("show", "folder/none.png"), "There is no file folder/none.png"),
        (("check", "none"), "There is no folder none"),
        (
            ("export", "mira.json", "--to", "charx", "--spec", "v2", "--out", "x.charx"),
            "A CHARX file contains a V3 card",
        ),
        (("export", "mira.json", "--to", "png", "--out", "."), "is a folder"),
        (("export", "mira.json", "--to", "png", "--out", "none/x.png"), "There is no folder none"),
        (("show", "broken.json"), "not JSON"),
    ],
)
def test_wrong_use_is_one_line(capsys: pytest.CaptureFixture[str], here: Path, arguments: list[str], said: str) -> None:
    (here / "mira.json").write_text(json.dumps(v2()))
    (here / "broken.json").write_text("{")
    code, shown = run(capsys, *arguments)
    assert code == 1
    assert said in shown
    assert len(shown.strip().split("\n")) == 1


def test_check_a_folder(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    cards = here / "cards"
    (cards / "inner").mkdir(parents=True)
    (cards / "good.png").write_bytes(png(after=text("chara", packed(v2()))))
    (cards / "inner" / "messy.json").write_text(json.dumps(v2(V2_DATA | {"name": ""})))
    (cards / "inner" / "messy.png").write_bytes(png())
    code, shown = run(capsys, "check", "cards")
    assert code == 0
    assert shown.splitlines() == [
        "ok       good.png: Mira, V2",
        "repaired inner/messy.json: messy, V2; repaired: the card has no name; it is called messy after its file",
        "2 cards looked at, 0 refused.",
    ]
    (cards / "alone.png").write_bytes(png())
    code, shown = run(capsys, "check", "cards")
    assert code == 1
    assert "refused  alone.png: The picture contains no character card." in shown


def test_the_bundled_characters_are_found_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    code, shown = run(capsys, "show", "mira")
    assert code == 0
    assert "the model reads (" in shown


def test_every_bundled_character_is_fine(capsys: pytest.CaptureFixture[str]) -> None:
    from bot.paths import data_file

    code, shown = run(capsys, "check", str(data_file("prompts/characters")))
    lines = shown.splitlines()
    assert code == 0
    assert len(lines) == 13
    assert all(line.startswith("ok ") for line in lines[:-1])
