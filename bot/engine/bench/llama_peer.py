"""llama.cpp by its Python package, llama-cpp-python: the same weights as GGUF, rows as sequences of one batch."""

import logging
import sys
from pathlib import Path
from typing import Any

from bot.engine.bench.gguf_file import write_gguf
from bot.engine.bench.peer import PeerSettings
from bot.engine.files.weights import open_model
from bot.errors import ModelError

PRECISIONS = {"fp32": "F32", "fp16": "F16", "bf16": "BF16", "int8": "Q8_0", "w8a8": "Q8_0"}  # by ours
COMPUTED_AT_ONCE = 512  # tokens, llama.cpp's default
CONTEXT_STEP = 256  # tokens: it warns of other lengths


class LlamaCpp:
    """A model of llama.cpp."""

    def __init__(self, settings: PeerSettings) -> None:
        if settings.version != "7":
            sys.exit("llama.cpp is measured with RWKV-7 only")
        import llama_cpp

        logging.getLogger("llama-cpp-python").setLevel(logging.ERROR)  # it logs every tensor
        precision = PRECISIONS[settings.strategy.split()[-1]]
        path = write_gguf(open_model(settings.model), precision, Path(settings.folder) / f"peer-{precision}.gguf")
        llama_cpp.llama_backend_init()
        self._model = llama_cpp.llama_model_load_from_file(str(path).encode(), llama_cpp.llama_model_default_params())
        if not self._model:
            raise ModelError("llama.cpp cannot load {path}.", path=path)
        self._threads = settings.threads
        self._prompts: dict[int, _Sequences] = {}  # by tokens
        self._replies: dict[int, _Sequences] = {}  # by rows

    def prefill(self, tokens: list[int]) -> int:
        if len(tokens) not in self._prompts:
            self._prompts[len(tokens)] = _Sequences(self._model, 1, len(tokens), self._threads)
        prompt = self._prompts[len(tokens)]
        prompt.clear()
        prompt.read([tokens])
        return len(tokens)

    def decode(self, steps: int, rows: int) -> int:
        if rows not in self._replies:
            self._replies[rows] = _Sequences(self._model, rows, 1, self._threads)
        for step in range(steps):
            self._replies[rows].read([[step % 256]] * rows)
        return steps * rows


class _Sequences:
    """A context for several sequences that read the same number of tokens in each step."""

    def __init__(self, model: Any, rows: int, length: int, threads: int) -> None:
        import llama_cpp

        self._llama = llama_cpp
        size = rows * length
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = rows * -(-length // CONTEXT_STEP) * CONTEXT_STEP  # an RWKV has no limit, and needs no more
        params.n_batch, params.n_ubatch, params.n_seq_max = size, min(size, COMPUTED_AT_ONCE), rows
        params.n_threads = params.n_threads_batch = threads
        self._context = llama_cpp.llama_init_from_model(model, params)
        if not self._context:
            raise ModelError("llama.cpp cannot compute {rows} rows of {length} tokens.", rows=rows, length=length)
        self._batch = llama_cpp.llama_batch_init(size, 0, 1)
        self._position = 0  # of the next token

    def clear(self) -> None:
        """Forget everything read."""
        self._llama.llama_memory_clear(self._llama.llama_get_memory(self._context), True)
        self._position = 0

    def read(self, sequences: list[list[int]]) -> None:
        """Feed each sequence its tokens, and compute the logits after the last."""
        batch, place = self._batch, 0
        for row, tokens in enumerate(sequences):
            for offset, token in enumerate(tokens):
                batch.token[place] = token
                batch.pos[place] = self._position + offset
                batch.n_seq_id[place] = 1
                batch.seq_id[place][0] = row
                batch.logits[place] = offset == len(tokens) - 1
                place += 1
        batch.n_tokens = place
        if error := self._llama.llama_decode(self._context, batch):
            raise ModelError("llama.cpp failed with error {error}.", error=error)
        self._llama.llama_synchronize(self._context)
        self._position += len(sequences[0])
