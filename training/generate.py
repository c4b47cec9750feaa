"""Generate text with an exported model through the bot's own engine, in batches, for evaluation and samples."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer

from bot.engine.arrays import as_tensor
from bot.engine.models.loading import State, load_model
from training import tokenizer as tokenizers_of

ROWS = 32
"""Texts written at once."""
CUT = "…[cut]"
"""Marks a reply that did not end by itself."""


class Writer:
    """Answers prompts; a reply ends at a blank line, at the end of text or after `longest` tokens."""

    def __init__(self, directory: Path, cut_first: bool = False) -> None:
        """Load ``demo.pth`` and ``tokenizer.json`` of a directory.

        With `cut_first` the least likely tokens are left out before the temperature is applied, as the bot does it;
        the figures of the evaluation leave them out afterwards.
        """
        self.cut_first = cut_first
        self.tokenizer: Tokenizer = tokenizers_of.load(directory / "tokenizer.json")
        self.model = load_model(directory / "demo.pth", "cpu fp32")
        self.blank = self.tokenizer.token_to_id("ĊĊ")
        self.generator = torch.Generator().manual_seed(0)

    def replies(
        self, prompts: Sequence[str], temperature: float = 0.0, top_p: float = 0.6, longest: int = 120
    ) -> list[str]:
        """Continue each prompt; a reply that did not end by itself gets a trailing "…[cut]"."""
        texts: list[str] = []
        for i in range(0, len(prompts), ROWS):
            part = prompts[i : i + ROWS]
            texts += self.write(part, self.model.new_state(len(part)), temperature, top_p, longest)
        return texts

    @torch.inference_mode()
    def write(
        self, prompts: Sequence[str], state: State, temperature: float = 0.0, top_p: float = 0.6, longest: int = 120
    ) -> list[str]:
        """Read a prompt into each row of a state and continue it; the blank line at the end of a reply is not read."""
        encoded = [self.tokenizer.encode(prompt).ids for prompt in prompts]
        running = list(range(len(prompts)))
        written: list[list[int]] = [[] for _ in prompts]
        packed = [token for ids in encoded for token in ids]
        logits = as_tensor(self.model.forward(packed, [len(ids) for ids in encoded], state, running))
        for _ in range(longest):
            tokens = self._draw(logits, temperature, top_p)
            kept = [n for n, token in enumerate(tokens.tolist()) if token not in (0, self.blank)]
            for n in kept:
                written[running[n]].append(int(tokens[n]))
            running = [running[n] for n in kept]
            if not running:
                break
            logits = as_tensor(self.model.forward(tokens[kept].tolist(), [1] * len(kept), state, running))
        cut = set(running)
        return [self.tokenizer.decode(ids).strip() + (CUT if n in cut else "") for n, ids in enumerate(written)]

    def copy(self, state: State, count: int) -> State:
        """Return an independent copy of a state's `count` rows."""
        copied = self.model.new_state(count)
        for row in range(count):
            copied.put(row, state.take(row))
        return copied

    def _draw(self, logits: torch.Tensor, temperature: float, top_p: float) -> torch.Tensor:
        """Pick a token for each row of logits (rows, V): the likeliest at temperature 0, else by nucleus sampling."""
        if temperature == 0.0:
            return logits.argmax(-1)
        before, after = (1.0, temperature) if self.cut_first else (temperature, 1.0)
        values, order = torch.softmax(logits / before, -1).sort(dim=-1, descending=True)
        values[values.cumsum(-1) - values > top_p] = 0.0
        values = values ** (1 / after)
        picked = torch.multinomial(values, 1, generator=self.generator)
        return order.gather(-1, picked).squeeze(-1)
