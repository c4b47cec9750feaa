"""Every version computes what the `rwkv` package computes, however tokens are chunked and batched."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor

from bot.engine.files.random_weights import random_weights
from bot.engine.models.loading import Model, load_model, random_model
from bot.engine.spec import VERSIONS
from bot.engine.state import State
from tests.engine.package_child import CHUNKS, DECODED, PROMPT, package_results, token_list
from tests.engine.tensors import forward, tensors_of

TOLERANCE = 1e-4  # in standard deviations of the logits; the package's own prefill and decode differ by less


@dataclass(frozen=True, slots=True)
class Pair:
    """Our model, the package's results for the same file, and the tokens."""

    version: str
    path: Path
    model: Model
    package: dict[str, Tensor]
    tokens: Tensor


@pytest.fixture(scope="module", params=VERSIONS)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    version: str = request.param
    path = tmp_path_factory.mktemp("models") / f"{version}.pth"
    torch.save(random_weights(version, seed=2), path)
    model = load_model(path)
    tokens = torch.tensor(token_list(PROMPT + DECODED, model.spec.vocab_size))
    return Pair(version, path, model, package_results(path, version), tokens)


def assert_close(found: Tensor, expected: Tensor, tolerance: float = TOLERANCE) -> None:
    worst = float((found - expected).abs().max() / expected.std())
    assert worst <= tolerance, f"off by {worst:.2e} of the logits' spread"


def read(pair: Pair, state: State, slot: int, begin: int, end: int) -> Tensor:
    """Return the logits (V,) after the tokens ``begin`` to ``end``."""
    return forward(pair.model, pair.tokens[begin:end], [end - begin], state, [slot])[0]


def test_prefill_gives_the_packages_logits_for_every_token(pair: Pair) -> None:
    state = pair.model.new_state(2)
    assert_close(
        forward(pair.model, pair.tokens[:PROMPT], [PROMPT], state, [1], full_output=True), pair.package["prompt"]
    )


def test_the_state_is_the_packages(pair: Pair) -> None:
    state = pair.model.new_state(2)
    read(pair, state, 1, 0, PROMPT)
    row = state.take(1)
    for layer in range(pair.model.spec.layers):
        for index, (name, tensor) in enumerate(tensors_of(row).items()):
            expected = pair.package[f"state.{layer * len(row.tensors) + index}"]
            torch.testing.assert_close(
                tensor[layer], expected, rtol=1e-4, atol=1e-4 * float(expected.abs().max()), msg=name
            )


def test_chunks_and_decode_go_on_as_the_package_does(pair: Pair) -> None:
    state = pair.model.new_state(1)
    begin = 0
    for size in CHUNKS:
        logits = read(pair, state, 0, begin, begin + size)
        begin += size
    assert_close(logits, pair.package["chunked"])
    decoded = [read(pair, state, 0, at, at + 1) for at in range(PROMPT, PROMPT + DECODED)]
    assert_close(torch.stack(decoded), pair.package["decoded"])


@pytest.mark.parametrize("sizes", [(48,), (1,) * 48, (47, 1), (1, 47), (16, 16, 16), (3, 2, 1, 42)], ids=str)
def test_any_split_of_a_prompt_gives_the_same(pair: Pair, sizes: tuple[int, ...]) -> None:
    state = pair.model.new_state(1)
    begin = 0
    for size in sizes:
        logits = read(pair, state, 0, begin, begin + size)
        begin += size
    assert_close(logits, pair.package["prompt"][-1])


def test_rows_of_a_batch_do_not_touch_each_other(pair: Pair) -> None:
    """Rows of 1 to 48 tokens in one pass, in shuffled slots, give each row the same result as alone."""
    ends = [48, 1, 7, 30, 2, 48]
    slots = [5, 0, 3, 1, 4, 2]
    state = pair.model.new_state(7)
    before = state.take(6)
    logits = forward(pair.model, torch.cat([pair.tokens[:end] for end in ends]), ends, state, slots)
    for row, end in zip(logits, ends, strict=True):
        assert_close(row, pair.package["prompt"][end - 1])
    for name, tensor in tensors_of(state.take(6)).items():
        assert torch.equal(tensor, tensors_of(before)[name]), f"the idle slot's {name} changed"
    mixed = forward(pair.model, pair.tokens[[1, 30, 31, 32, 48]], [1, 3, 1], state, [0, 1, 5])
    assert_close(mixed[0], pair.package["prompt"][1])
    assert_close(mixed[1], pair.package["prompt"][32])
    assert_close(mixed[2], pair.package["decoded"][0])


def test_greedy_replies_of_64_rows_that_join_and_leave_equal_each_row_alone(pair: Pair) -> None:
    model, vocab = pair.model, pair.model.spec.vocab_size
    prompts = [[*token_list(2 + row % 23, vocab)[-(1 + row % 23) :], row] for row in range(64)]
    budgets = [2 + row * 7 % 11 for row in range(64)]
    joined = [row // 8 for row in range(64)]  # eight more rows at each step
    state = model.new_state(64)
    written: list[list[int]] = [[] for _ in prompts]
    for step in range(max(joined) + max(budgets) + 1):
        rows = [row for row in range(64) if joined[row] <= step and len(written[row]) < budgets[row]]
        if not rows:
            break
        pieces = [written[row][-1:] or prompts[row] for row in rows]
        tokens = torch.tensor([token for piece in pieces for token in piece])
        logits = forward(model, tokens, [len(piece) for piece in pieces], state, rows)
        for row, token in zip(rows, logits.argmax(-1).tolist(), strict=True):
            written[row].append(token)
    single = model.new_state(1)
    for prompt, budget, reply in zip(prompts, budgets, written, strict=True):
        single.zero(0)
        piece, alone = prompt, list[int]()
        while len(alone) < budget:
            alone.append(int(forward(model, torch.tensor(piece), [len(piece)], single, [0])[0].argmax()))
            piece = alone[-1:]
        assert reply == alone


@pytest.mark.slow
def test_2000_tokens(pair: Pair) -> None:
    package = package_results(pair.path, pair.version, 2000)
    tokens = torch.tensor(token_list(2000, pair.model.spec.vocab_size))
    state = pair.model.new_state(1)
    pieces = [
        forward(pair.model, piece, [len(piece)], state, [0], full_output=True) for piece in torch.split(tokens, 499)
    ]
    assert_close(torch.cat(pieces), package["prompt"])
    together = pair.model.new_state(3)  # the same tokens one by one, between two rows that read others
    steps = zip(tokens.roll(1).tolist(), tokens.tolist(), tokens.roll(2).tolist(), strict=True)
    decoded = [forward(pair.model, torch.tensor(step), [1, 1, 1], together, [2, 0, 1])[1] for step in steps]
    assert_close(torch.stack(decoded), package["prompt"])


# Error from rounding the matrices: the standard deviation of the error, in standard deviations of the logits, measured
# on these random models (0.003 to 0.010 for bf16, 0.010 to 0.028 for int8) with some room.
@pytest.mark.parametrize(("strategy", "limit"), [("cpu bf16", 0.03), ("cpu int8", 0.05)])
@pytest.mark.parametrize("version", VERSIONS)
def test_narrow_matrices_stay_within_their_tolerance(version: str, strategy: str, limit: float) -> None:
    tokens = torch.tensor(token_list(200, 320))
    exact, narrow = random_model(version), random_model(version, strategy=strategy)
    expected = forward(exact, tokens, [200], exact.new_state(1), [0], full_output=True)
    found = forward(narrow, tokens, [200], narrow.new_state(1), [0], full_output=True)
    error = float((found - expected).std() / expected.std())
    assert 0 < error < limit
