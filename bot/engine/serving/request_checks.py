"""Requests that cannot be run as asked are refused with the reason before anything is computed."""

import math

from bot.engine.types import Request, SamplingParams
from bot.errors import InvalidOption

# name: (least, most); every number outside is refused by name
RANGES: dict[str, tuple[float, float]] = {
    "temperature": (0.0, 10.0),
    "top_p": (0.0, 1.0),
    "top_k": (0, 1_000_000),
    "min_p": (0.0, 1.0),
    "typical_p": (0.0, 1.0),
    "top_n_sigma": (0.0, 100.0),
    "mirostat_tau": (0.0, 100.0),
    "mirostat_eta": (0.0, 10.0),
    "xtc_threshold": (0.0, 1.0),
    "xtc_probability": (0.0, 1.0),
    "dry_multiplier": (0.0, 100.0),
    "dry_base": (1.0, 10.0),
    "dry_allowed_length": (1, 1000),
    "presence_penalty": (-100.0, 100.0),
    "frequency_penalty": (-100.0, 100.0),
    "penalty_decay": (0.0, 1.0),
    "repetition_penalty": (0.01, 100.0),
    "repetition_penalty_range": (0, 1_000_000),
    "min_tokens": (0, 1_000_000),
    "max_tokens": (0, 1_000_000),
}
_MOST_STOPS = 64
_LONGEST_STOP = 1000  # characters
_MOST_BREAKERS = 32


def check_sampling(params: SamplingParams) -> None:
    """Raise ``InvalidOption`` that names the first parameter outside its range."""
    for name, (least, most) in RANGES.items():
        value = getattr(params, name)
        if isinstance(value, bool) or not math.isfinite(value) or not least <= value <= most:
            raise InvalidOption(
                "{name} must be between {least} and {most}, not {value}.",
                name=name,
                least=least,
                most=most,
                value=value,
            )
    if params.mirostat_mode not in (0, 2):
        raise InvalidOption("mirostat_mode must be 0 (off) or 2, not {value}.", value=params.mirostat_mode)
    if len(params.dry_sequence_breakers) > _MOST_BREAKERS:
        raise InvalidOption("dry_sequence_breakers: at most {most} texts.", most=_MOST_BREAKERS)
    if any(not math.isfinite(value) and value != -math.inf for _, value in params.logit_bias):
        raise InvalidOption("logit_bias: every bias must be a number.")


def check_request(request: Request, vocab_size: int, rows: int) -> None:
    """Raise ``InvalidOption`` where ``request`` cannot be run on a model of ``vocab_size`` tokens in ``rows`` rows."""
    check_sampling(request.sampling)
    prompts = [request.tokens] if request.guidance is None else [request.tokens, request.guidance.tokens]
    if not all(prompts):
        raise InvalidOption("There is nothing to read: the prompt is empty.")
    named = (token for token, _ in request.sampling.logit_bias)
    for tokens in (*prompts, request.history, request.sampling.banned_tokens, tuple(named)):
        if tokens and not (min(tokens) >= 0 and max(tokens) < vocab_size):
            wrong = next(token for token in tokens if not 0 <= token < vocab_size)
            raise InvalidOption("Token {token} is not in the vocabulary of {size}.", token=wrong, size=vocab_size)
    if request.guidance is not None and not math.isfinite(request.guidance.factor):
        raise InvalidOption("The guidance factor must be a number.")
    most = rows // (1 if request.guidance is None else 2)
    if not 1 <= request.n <= most:
        raise InvalidOption(
            "The number of answers must be between 1 and {most}, not {value}.", most=most, value=request.n
        )
    if len(request.stop) > _MOST_STOPS or any(len(stop) > _LONGEST_STOP for stop in request.stop):
        raise InvalidOption(
            "At most {most} stop texts of at most {longest} characters.", most=_MOST_STOPS, longest=_LONGEST_STOP
        )
