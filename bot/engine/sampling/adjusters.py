"""The adjusters that every engine has, in the order in which they change the logits."""

from bot.engine.sampling.adjuster import Adjuster
from bot.engine.sampling.constraint import Constraint
from bot.engine.sampling.dry import Dry
from bot.engine.sampling.forced_tokens import ForcedTokens
from bot.engine.sampling.grammars import Grammars
from bot.engine.sampling.logit_bias import LogitBias
from bot.engine.sampling.minimum_length import MinimumLength
from bot.engine.sampling.newline_schedule import NewlineSchedule
from bot.engine.sampling.penalties import Penalties
from bot.engine.sampling.repeated_marks import RepeatedMarks
from bot.engine.sampling.token_masks import Vocabulary
from bot.engine.sampling.valid_text import ValidText


def standard_adjusters(slots: int, vocabulary: Vocabulary, grammars: Grammars | None = None) -> list[Adjuster]:
    """Create the adjusters: those that add or scale first, then those that ban, and those that force a token last."""
    return [
        Penalties(slots, vocabulary),
        Dry(slots, vocabulary),
        LogitBias(),
        NewlineSchedule(slots, vocabulary),
        MinimumLength(slots, vocabulary),
        RepeatedMarks(slots, vocabulary),
        ValidText(slots, vocabulary),
        *([] if grammars is None else [Constraint(grammars, vocabulary.size)]),
        ForcedTokens(),
    ]
