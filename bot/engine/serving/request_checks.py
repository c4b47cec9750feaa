"""Refuse requests that cannot be run as asked, with the reason, before anything is computed."""

import math

from bot import sampling
from bot.engine.types import Request, SamplingParams
from bot.errors import InvalidOption
from bot.parameter import Parameter

_MAX_STOPS = 128
_MAX_STOP_LENGTH = 1000  # characters
MAX_SCORES = 20


def check_sampling(params: SamplingParams) -> None:
    """Raise ``InvalidOption`` naming the first parameter outside its range."""
    for item in sampling.PARAMETERS:
        value = getattr(params, item.name)
        if item.kind in ("float", "int") and value is not None:
            _check_number(item, value)
        elif item.kind == "texts" and len(value) > item.most:
            raise InvalidOption("{name}: at most {most} texts.", name=item.name, most=item.most)
    if any(not math.isfinite(value) and value != -math.inf for _, value in params.logit_bias):
        raise InvalidOption("logit_bias: every bias must be a number.")


def _check_number(item: Parameter, value: float) -> None:
    least, most = item.engine_range
    if isinstance(value, bool) or not math.isfinite(value) or not least <= value <= most:
        message = "{name} must be between {least} and {most}, not {value}."
        raise InvalidOption(message, name=item.name, least=least, most=most, value=value)
    if item.choices and value not in item.choices:
        raise InvalidOption("{name} must be {range}, not {value}.", name=item.name, range=item.range(), value=value)


def check_request(request: Request, vocab_size: int, rows: int) -> None:
    """Raise ``InvalidOption`` if ``request`` cannot be run on a model of ``vocab_size`` tokens with ``rows`` rows."""
    check_sampling(request.sampling)
    prompts = [request.tokens] if request.guidance is None else [request.tokens, request.guidance.tokens]
    if not all(prompts):
        raise InvalidOption("There is nothing to read: the prompt is empty.")
    named = (token for token, _ in request.sampling.logit_bias)
    if request.scores is not None and not 0 <= request.scores <= MAX_SCORES:
        raise InvalidOption("Scores are reported for at most {most} tokens.", most=MAX_SCORES)
    for tokens in (*prompts, request.forced, request.history, request.sampling.banned_tokens, tuple(named)):
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
    if len(request.stop) > _MAX_STOPS or any(len(stop) > _MAX_STOP_LENGTH for stop in request.stop):
        raise InvalidOption(
            "At most {most} stop texts of at most {longest} characters.", most=_MAX_STOPS, longest=_MAX_STOP_LENGTH
        )
