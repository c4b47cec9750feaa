"""From settings to a running engine."""

import os
from dataclasses import replace

from bot.engine.files.weights import open_model
from bot.engine.kernels.threads import set_threads
from bot.engine.models.loading import Model, load_model
from bot.engine.out_of_memory import is_out_of_memory, out_of_memory
from bot.engine.serving.batch_engine import Engine
from bot.engine.serving.worker import EngineWorker
from bot.engine.settings import EngineSettings
from bot.engine.text.tokenizer import choose_tokenizer
from bot.engine.types import Coder, EngineInfo, Request, SamplingParams
from bot.errors import ModelError
from bot.metrics import Metrics


def build_engine(settings: EngineSettings, metrics: Metrics | None = None) -> EngineWorker:
    """Create a worker that loads ``settings.model`` when it is started; nothing is opened before."""
    return EngineWorker(lambda: load(settings, metrics), rows=settings.rows, queue_limit=settings.queue_limit)


def load(settings: EngineSettings, metrics: Metrics | None = None) -> tuple[Engine, EngineInfo]:
    """Load model and tokenizer in this thread. Raises ``ModelError`` if they cannot be used."""
    set_threads(settings.threads or os.cpu_count() or 1)
    vocab_size = open_model(settings.model).spec.vocab_size  # report a wrong tokenizer before anything is allocated
    coder = choose_tokenizer(settings.model, vocab_size, settings.tokenizer)
    model = load_model(
        settings.model,
        settings.strategy,
        tuned_state=settings.tuned_state,
        rows=settings.rows,
        state_precision=settings.state_precision,
    )
    try:
        with model.computing():
            warm_up(model, coder, settings)
            return assemble(model, coder, settings, metrics)
    except Exception as error:
        if is_out_of_memory(error):
            raise out_of_memory(f"the states of {settings.rows} rows", str(model.device)) from error
        raise


def warm_up(model: Model, coder: Coder, settings: EngineSettings) -> None:
    """Write a few tokens and discard them, so that all that is compiled on first use is ready for the first reply."""
    samplings = (
        SamplingParams(temperature=0.0, max_tokens=2),
        SamplingParams(top_p=0.5, max_tokens=2, presence_penalty=0.5, frequency_penalty=0.5),
        SamplingParams(max_tokens=2, mirostat_mode=2),
        SamplingParams(max_tokens=2, typical_p=0.5),
        SamplingParams(max_tokens=2, top_n_sigma=1.0),
        SamplingParams(max_tokens=2),
    )
    queue_limit = 2 * len(samplings)  # one owner may fill half of the queue
    engine = Engine(model, coder, replace(settings, rows=4, timeout=None, queue_limit=queue_limit))
    for sampling in samplings:
        engine.submit(Request(tokens=(1, 2, 3), sampling=sampling))
    while engine.busy:
        for event in engine.step():
            if isinstance(event.result, Exception):
                raise ModelError("The model cannot be run: {reason}", reason=str(event.result)) from event.result


def assemble(
    model: Model, coder: Coder, settings: EngineSettings, metrics: Metrics | None = None
) -> tuple[Engine, EngineInfo]:
    """Create an engine around a loaded model, and the description of that model."""
    engine = Engine(model, coder, settings, metrics=metrics)
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
