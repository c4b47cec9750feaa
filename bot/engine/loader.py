"""From settings to a running engine."""

import os

import torch

from bot.engine.engine import Engine
from bot.engine.model import Model, load_model
from bot.engine.settings import EngineSettings
from bot.engine.tokenizer import choose_tokenizer
from bot.engine.types import EngineInfo, TokenCoder
from bot.engine.worker import EngineWorker


def build_engine(settings: EngineSettings) -> EngineWorker:
    """A worker that loads ``settings.model`` when it is started; nothing is opened before."""

    def load() -> tuple[Engine, EngineInfo]:
        torch.set_num_threads(settings.threads or os.cpu_count() or 1)
        model = load_model(settings.model, settings.strategy, tuned_state=settings.tuned_state, rows=settings.rows)
        coder = choose_tokenizer(settings.model, model.spec.vocab_size, settings.tokenizer)
        return assemble(model, coder, settings)

    return EngineWorker(load, rows=settings.rows, queue_limit=settings.queue_limit)


def assemble(model: Model, coder: TokenCoder, settings: EngineSettings) -> tuple[Engine, EngineInfo]:
    """An engine around a model that is already there, and what is to be known of it."""
    engine = Engine(model, coder, settings)
    info = EngineInfo(
        name=settings.model.stem,
        version=model.spec.version,
        fingerprint=model.fingerprint,
        vocab_size=model.spec.vocab_size,
        layers=model.spec.layers,
        width=model.spec.width,
        precision=model.precision,
        device=str(model.device),
        state_bytes=engine.initial.nbytes,
        weight_bytes=model.weight_bytes,
    )
    return engine, info
