import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from training import __main__ as main
from training import evaluate, stage_questions


def test_figures_are_shown_part_by_part_and_written_in_the_cards_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[str] = []

    def later(writer: object, *more: object) -> dict[str, float]:
        shown.append(capsys.readouterr().out)
        return {"recall, name, 1 turn": 0.5}

    def staged(writer: object, quick: bool) -> Iterator[dict[str, float]]:
        yield {"scenes: four candidates differ": 1.0}
        yield {"a card's name after seven turns": 0.25, "lore is used": 0.0}

    monkeypatch.setattr(main, "Writer", lambda model: None)
    monkeypatch.setattr(stage_questions, "figures", staged)
    monkeypatch.setattr(stage_questions, "blind_figures", lambda writer, quick: iter([]))
    monkeypatch.setattr(evaluate, "figures", later)
    monkeypatch.setattr(evaluate, "further_figures", lambda writer, questions, quick: {})
    main._evaluate(tmp_path, quick=False)
    assert "scenes: four candidates differ" in shown[0], "before the next part was asked"
    written = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert list(written) == [
        "recall, name, 1 turn", "scenes: four candidates differ", "a card's name after seven turns", "lore is used",
    ]  # fmt: skip
