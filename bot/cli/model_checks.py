"""`roost doctor` checks of the model, its memory, and the prompts."""

from typing import TYPE_CHECKING

from bot.findings import Finding
from bot.i18n import N_, Message

if TYPE_CHECKING:
    from bot.config.schema import Config
    from bot.engine.files.weights import ModelFile
    from bot.engine.settings import EngineSettings

MEMORY, PROMPTS = N_("memory"), N_("prompts")


def check_model(config: "Config") -> list[Finding]:
    """Check that the file is a supported model, that its tokenizer fits, and that there is enough memory."""
    from bot.app import engine_settings
    from bot.engine.files.weights import open_model
    from bot.engine.text.tokenizer import choose_tokenizer

    settings = engine_settings(config)
    file = open_model(settings.model)
    spec = file.spec
    model = Message(
        "{path}, RWKV-{version}, {layers} layers of {width}, {strategy}", path=settings.model, version=spec.version,
        layers=spec.layers, width=spec.width, strategy=settings.strategy,
    )  # fmt: skip
    coder = choose_tokenizer(settings.model, spec.vocab_size, settings.tokenizer)
    tokens = Message("{count} tokens, the model has {total}", count=coder.vocab_size, total=spec.vocab_size)
    return [
        Finding("ok", model).about(N_("model")),
        Finding("ok", tokens).about(N_("tokenizer")),
        _memory(file, settings).about(MEMORY),
    ]


def _memory(file: "ModelFile", settings: "EngineSettings") -> Finding:
    """Check that weights and states fit on the strategy's device."""
    from bot.engine.files.memory import estimate, free_memory, gigabytes
    from bot.engine.models.strategy import parse_strategy

    plan = parse_strategy(settings.strategy)
    if plan.layered:
        spread = N_("{strategy} spreads the model over several devices; not looked at")
        return Finding("note", Message(spread, strategy=settings.strategy))
    place = plan.placement(settings.state_precision)
    need = estimate(file.spec, place, rows=settings.rows, stored=file.tensors["emb.weight"].itemsize)
    free = free_memory(place.device)
    text = Message(
        "the model needs about {total} on {device} ({weights} for weights, {states} for the states of {rows} rows), "
        "{free} are free", total=gigabytes(need.total), device=place.device, weights=gigabytes(need.weights),
        states=gigabytes(need.states), rows=need.rows, free=gigabytes(free),
    )  # fmt: skip
    if need.total <= free:
        return Finding("ok", text)
    advice = N_('{text}. Choose a smaller model, fewer [engine] rows, or [model] strategy = "cpu int8"')
    return Finding("bad", Message(advice, text=text))


def check_prompts(config: "Config") -> list[Finding]:
    """Check that every prompt file can be read and that the default prompt exists."""
    from bot.app import make_prompts

    prompts = make_prompts(config)
    names, chosen = prompts.names(), config.chat.prompt
    found = [Finding("bad", Message("{text}", text=line)).about(PROMPTS) for line in prompts.check()]
    if chosen not in names:
        wrong = Message('[chat] prompt is "{prompt}"; there are: {names}', prompt=chosen, names=", ".join(names))
        found.append(Finding("bad", wrong).about(PROMPTS))
    text = Message("{count}, new channels start with {prompt}", count=len(names), prompt=chosen)
    return found or [Finding("ok", text).about(PROMPTS)]
