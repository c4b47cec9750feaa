"""The loss plot and the table of figures of the model card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

_BEGIN, _END = "<!-- figures -->", "<!-- end of figures -->"


def plot_losses(logs: Sequence[Path], path: Path) -> None:
    """Draw the loss over all tokens of the stages' logs, one after another."""
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    mpl.rcParams |= {"svg.hashsalt": "roost", "svg.fonttype": "none", "path.simplify_threshold": 1.0}
    figure, axes = plt.subplots(figsize=(7, 3.2))
    offset = 0
    for log in logs:
        lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        axes.plot([(offset + line["tokens"]) / 1e6 for line in lines], [line["loss"] for line in lines], linewidth=1.2)
        offset += lines[-1]["tokens"]
        axes.axvline(offset / 1e6, color="0.8", linewidth=0.8)
    axes.set(xlabel="tokens read (millions)", ylabel="weighted loss (nats a token)", ylim=(0, 4))
    axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def table(figures: dict[str, float]) -> str:
    """Return the figures as a Markdown table, recall by kind and distance first."""
    recall = {name: value for name, value in figures.items() if name.startswith("recall, ")}
    kinds = dict.fromkeys(name.removeprefix("recall, ").rpartition(", ")[0] for name in recall)
    distances = list(dict.fromkeys(name.rpartition(", ")[2] for name in recall))
    lines = ["| said before, asked after | " + " | ".join(distances) + " |", "|---|" + "---|" * len(distances)]
    lines += [
        f"| {kind} | " + " | ".join(f"{100 * recall[f'recall, {kind}, {d}']:.0f} %" for d in distances) + " |"
        for kind in kinds
    ]
    lines += ["", "| what | measured |", "|---|---|"]
    lines += [f"| {name} | {100 * value:.0f} % |" for name, value in figures.items() if name not in recall]
    return "\n".join(lines)


def update(card: Path, figures: dict[str, float]) -> None:
    """Replace the figures between the two marks of a card.

    Raises:
        ValueError: the card lacks the marks.

    """
    text = card.read_text(encoding="utf-8")
    if _BEGIN not in text or _END not in text:
        raise ValueError(f"{card} has no place for the figures: it needs the lines {_BEGIN} and {_END}")
    head, _, rest = text.partition(_BEGIN)
    tail = rest.partition(_END)[2]
    card.write_text(f"{head}{_BEGIN}\n{table(figures)}\n{_END}{tail}", encoding="utf-8")
