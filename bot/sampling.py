"""The sampling parameters: kinds, ranges, short names and descriptions in one table.

`set`, `-temp=0.8`, presets, prompt files, bot.toml, the engine's validation and the help all use it.
"""

import difflib
from collections.abc import Mapping

from bot.errors import InvalidOption
from bot.i18n import N_
from bot.parameter import Parameter

PARAMETERS = (
    Parameter(
        name="temperature",
        kind="float",
        group="draw",
        minimum=0,
        maximum=5,
        engine=(0.0, 10.0),
        short=("temp", "t"),
        help=N_("higher: more surprising words; lower: the likeliest ones; 0: always the likeliest"),
    ),
    Parameter(
        name="top_p",
        kind="float",
        group="draw",
        minimum=0,
        maximum=1,
        short=("topp",),
        help=N_("only the likeliest words that together reach this share of the probability"),
    ),
    Parameter(
        name="top_k",
        kind="int",
        group="draw",
        minimum=0,
        maximum=1000,
        engine=(0, 1000000),
        short=("topk",),
        help=N_("only this many of the likeliest words; 0: all"),
    ),
    Parameter(
        name="min_p",
        kind="float",
        group="draw",
        minimum=0,
        maximum=1,
        short=("minp",),
        help=N_("only words at least this likely, as a share of the likeliest one"),
    ),
    Parameter(
        name="typical_p",
        kind="float",
        group="draw",
        minimum=0,
        maximum=1,
        short=("typical",),
        help=N_("only words that are about as surprising as usual; 1: all"),
    ),
    Parameter(
        name="top_n_sigma",
        kind="float",
        group="draw",
        minimum=0,
        maximum=10,
        engine=(0.0, 100.0),
        short=("sigma",),
        help=N_("only words within this many standard deviations of the best; 0: all"),
    ),
    Parameter(
        name="mirostat_mode",
        kind="int",
        group="draw",
        minimum=0,
        maximum=2,
        choices=(0, 2),
        short=("mirostat",),
        help=N_("2 keeps the surprise of a text steady; of the cuts above only min_p holds then; 0: off"),
    ),
    Parameter(
        name="mirostat_tau",
        kind="float",
        group="draw",
        minimum=0,
        maximum=20,
        engine=(0.0, 100.0),
        short=("tau",),
        help=N_("how much surprise mirostat aims for, in bits"),
    ),
    Parameter(
        name="mirostat_eta",
        kind="float",
        group="draw",
        minimum=0,
        maximum=1,
        engine=(0.0, 10.0),
        short=("eta",),
        help=N_("how fast mirostat corrects itself"),
    ),
    Parameter(
        name="mirostat_decay",
        kind="float",
        group="draw",
        minimum=0,
        maximum=1,
        engine=(0.0, 10.0),
        help=N_("how fast mirostat's eta shrinks while a surprise is ten times what it aims for; 0: not at all"),
    ),
    Parameter(
        name="xtc_threshold",
        kind="float",
        group="draw",
        minimum=0,
        maximum=1,
        help=N_("words at least this likely may be left out, all but the least likely of them"),
    ),
    Parameter(
        name="xtc_probability",
        kind="float",
        group="draw",
        minimum=0,
        maximum=1,
        short=("xtc",),
        help=N_("how often the words above the threshold are left out; 0: never"),
    ),
    Parameter(
        name="dry_multiplier",
        kind="float",
        group="repetition",
        minimum=0,
        maximum=10,
        engine=(0.0, 100.0),
        short=("dry",),
        help=N_("how strongly repeated phrases are suppressed; 0: off"),
    ),
    Parameter(
        name="dry_base",
        kind="float",
        group="repetition",
        minimum=1,
        maximum=4,
        engine=(1.0, 10.0),
        help=N_("how much more each further word of a repeated phrase counts"),
    ),
    Parameter(
        name="dry_allowed_length",
        kind="int",
        group="repetition",
        minimum=1,
        maximum=100,
        engine=(1, 1000),
        help=N_("phrases of up to this many tokens may be repeated"),
    ),
    Parameter(
        name="dry_sequence_breakers",
        kind="texts",
        group="repetition",
        most=32,
        help=N_("texts that end a repeated phrase"),
    ),
    Parameter(
        name="presence_penalty",
        kind="float",
        group="repetition",
        minimum=-2,
        maximum=5,
        engine=(-100.0, 100.0),
        short=("presence", "pres"),
        help=N_("makes every word that was written before less likely"),
    ),
    Parameter(
        name="frequency_penalty",
        kind="float",
        group="repetition",
        minimum=-2,
        maximum=5,
        engine=(-100.0, 100.0),
        short=("frequency", "freq"),
        help=N_("makes a word less likely with each time it was written before"),
    ),
    Parameter(
        name="penalty_decay",
        kind="float",
        group="repetition",
        minimum=0,
        maximum=1,
        short=("decay",),
        help=N_("how slowly the two penalties fade with each token; 1: never"),
    ),
    Parameter(
        name="penalty_exempt_numbers",
        kind="bool",
        group="repetition",
        help=N_("whether digits and spaces may be repeated freely"),
    ),
    Parameter(
        name="repetition_penalty",
        kind="float",
        group="repetition",
        minimum=0.5,
        maximum=3,
        engine=(0.01, 100.0),
        short=("rep", "repeat"),
        help=N_("divides the likelihood of words written recently; 1: off"),
    ),
    Parameter(
        name="repetition_penalty_range",
        kind="int",
        group="repetition",
        minimum=0,
        maximum=8192,
        engine=(0, 1000000),
        help=N_("how many of the last tokens it looks at; 0: all"),
    ),
    Parameter(
        name="logit_bias",
        kind="biases",
        group="tokens",
        short=("bias",),
        help=N_("makes single tokens more or less likely"),
    ),
    Parameter(
        name="banned_tokens",
        kind="ids",
        group="tokens",
        short=("ban", "token_ban"),
        help=N_("tokens that are never written"),
    ),
    Parameter(
        name="newline_schedule",
        kind="bool",
        group="length",
        help=N_("steers long answers to their end, as ChatRWKV's chat does"),
    ),
    Parameter(
        name="no_repeat_punctuation",
        kind="bool",
        group="tokens",
        help=N_("keeps a punctuation mark from following itself"),
    ),
    Parameter(
        name="min_tokens",
        kind="int",
        group="length",
        minimum=0,
        maximum=1024,
        engine=(0, 1000000),
        help=N_("no answer ends before this many tokens"),
    ),
    Parameter(
        name="max_tokens",
        kind="int",
        group="length",
        minimum=1,
        maximum=4096,
        engine=(0, 1000000),
        short=("max", "tokens", "length"),
        help=N_("every answer ends after this many tokens"),
    ),
    Parameter(
        name="seed",
        kind="int",
        group="length",
        minimum=0,
        maximum=2**53,
        engine=(0, 2**63 - 1),
        help=N_("the same number gives the same answer again"),
    ),
)
BY_NAME: Mapping[str, Parameter] = {name: item for item in PARAMETERS for name in (item.name, *item.short)}


def find_parameter(name: str) -> Parameter | None:
    """Return the parameter with that name or short name, or None."""
    return BY_NAME.get(name.casefold().replace("-", "_"))


def require_parameter(name: str) -> Parameter:
    """Return the parameter with that name. Raises InvalidOption that suggests the closest one."""
    found = find_parameter(name)
    if found is None:
        near = difflib.get_close_matches(name.casefold(), BY_NAME, n=1, cutoff=0.4)
        if near:
            raise InvalidOption('There is no setting "{name}". Did you mean "{near}"?', name=name[:40], near=near[0])
        raise InvalidOption('There is no setting "{name}". The command "settings" lists them.', name=name[:40])
    return found


def checked_sampling(values: Mapping[str, object]) -> dict[str, object]:
    """Validate sampling parameters from outside (an import, a plugin), by full name. Raises InvalidOption."""
    found = {require_parameter(name): value for name, value in values.items()}
    return {item.name: item.read(value) for item, value in found.items() if value is not None}


def sampling_values(values: Mapping[str, object]) -> dict[str, object]:
    """Validate sampling parameters of the owner's files. Raises ValueError with a one-line message."""
    try:
        return checked_sampling(values)
    except InvalidOption as error:
        raise ValueError(str(error)) from None


def within_vocabulary(values: Mapping[str, object], size: int) -> dict[str, object]:
    """Return the values without tokens outside a vocabulary of ``size``: settings outlive a change of models."""
    kept = dict(values)
    if ids := kept.get("banned_tokens"):
        kept["banned_tokens"] = [token for token in as_list(ids) if isinstance(token, int) and token < size]
    if pairs := kept.get("logit_bias"):
        biases = [as_list(pair) for pair in as_list(pairs)]
        kept["logit_bias"] = [pair for pair in biases if isinstance(pair[0], int) and pair[0] < size]
    return kept


def as_list(value: object) -> list[object]:
    """Return a list or tuple as a list; [] for anything else."""
    return list(value) if isinstance(value, (list, tuple)) else []
