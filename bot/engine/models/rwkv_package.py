"""Models that run in the `rwkv` package: for strategies that spread the layers over several devices.

The package fixes one model version per process on import, and prints to stdout, so it runs in a child process. Frames
go through its pipes: a length (8 bytes, little-endian) and safetensors bytes. The states are kept in this process and
sent with each call; they are the package's own, layer by layer, which have the same layout as ours for versions 4 to
6.
"""

import hashlib
import json
import os
import struct
import subprocess
import sys
import weakref
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, cast

import safetensors.torch
import torch
from torch import Tensor

from bot.engine.arrays import as_tensor
from bot.engine.files.weights import ModelFile
from bot.engine.models.layered import check_devices_memory
from bot.engine.models.strategy import Strategy
from bot.engine.state import RowState, State, empty_row
from bot.errors import ModelError

CHILD = "bot.engine.models.rwkv_package_child"
CPU = torch.device("cpu")


def write_frame(pipe: IO[bytes], tensors: dict[str, Tensor], note: dict[str, str] | None = None) -> None:
    """Send tensors and a dict of strings."""
    packed = {name: tensor.contiguous() for name, tensor in tensors.items()}
    data = safetensors.torch.save(packed, {"note": json.dumps(note or {})})
    pipe.write(struct.pack("<Q", len(data)) + data)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Receive a frame sent by :func:`write_frame`; raises ``EOFError`` if the other side has gone."""
    head = pipe.read(8)
    if len(head) < 8:
        raise EOFError
    data = pipe.read(struct.unpack("<Q", head)[0])
    header = json.loads(data[8 : 8 + struct.unpack("<Q", data[:8])[0]])
    return safetensors.torch.load(data), json.loads(header["__metadata__"]["note"])


class PackageModel:
    """The package's model as a :class:`~bot.engine.models.loading.Model`; rows run one after another."""

    def __init__(self, file: ModelFile, strategy: Strategy, *, rows: int = 1) -> None:
        """Start the child process and load the model there, for ``rows`` rows. Raises ``ModelError`` if that fails."""
        if file.path.suffix != ".pth":
            raise ModelError("The strategy {strategy} needs the model as .pth.", strategy=strategy.text)
        if file.spec.version.startswith("7"):
            raise ModelError(
                "RWKV-7 runs on one device: write a strategy such as cuda fp16 instead of {strategy}.",
                strategy=strategy.text,
            )
        strategy.check_devices()
        check_devices_memory(file.spec, strategy.text, rows, file.path.name)
        self.spec = file.spec
        self.reads_ahead = False
        self.device = CPU  # of tokens, logits and states
        self.precision = strategy.text
        self.weight_bytes = sum(tensor.nbytes for tensor in file.tensors.values())
        self.fingerprint = hashlib.sha256(f"{file.digest()} {strategy.text}".encode()).hexdigest()[:32]
        self.initial = empty_row(file.spec)
        command = [sys.executable, "-m", CHILD, str(file.path), strategy.text]
        environment = os.environ | {"RWKV_V7_ON": "0", "RWKV_JIT_ON": "1"}
        environment["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[3]), environment.get("PYTHONPATH", "")])
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        self._finalizer = weakref.finalize(self, _stop, self._child)
        self._requests, self._answers = cast(IO[bytes], self._child.stdin), cast(IO[bytes], self._child.stdout)
        self._receive()  # the result of loading

    def computing(self) -> AbstractContextManager[object]:
        """Return the context in which the thread that calls :meth:`forward` should run."""
        return torch.inference_mode()

    def new_state(self, slots: int) -> State:
        """Create a pool of ``slots`` rows in the initial state."""
        return State(self.initial, slots)

    def forward(
        self,
        tokens: Tensor | Sequence[int],
        lengths: Sequence[int],
        state: State,
        slots: Sequence[int],
        *,
        full_output: bool = False,
    ) -> Tensor:
        """See :meth:`bot.engine.models.network.Network.forward`."""
        tokens = torch.as_tensor(tokens)
        if tokens.shape != (sum(lengths),) or len(lengths) != len(slots) or len(set(slots)) != len(slots):
            raise ValueError(f"{tuple(tokens.shape)} tokens for the lengths {lengths} and the slots {slots}")
        rows = []
        for piece, slot in zip(torch.split(tokens, list(lengths)), slots, strict=True):
            logits, row = self._row(piece, state.take(slot))
            state.put(slot, row)
            rows.append(logits if full_output else logits[-1:])
        return torch.cat(rows)

    def _row(self, tokens: Tensor, row: RowState) -> tuple[Tensor, RowState]:
        """Feed one row in the child; return logits (T, V) and the new state."""
        try:
            write_frame(
                self._requests,
                {"tokens": tokens, **{name: as_tensor(numbers) for name, numbers in row.tensors.items()}},
            )
        except OSError as error:
            raise self._gone() from error
        answer = self._receive()
        logits = answer.pop("logits")
        return logits, RowState({name: answer[name] for name in row.tensors})

    def _receive(self) -> dict[str, Tensor]:
        try:
            tensors, note = read_frame(self._answers)
        except EOFError as error:
            raise self._gone() from error
        if "error" in note:
            raise ModelError("The rwkv package says: {reason}", reason=note["error"])
        return tensors

    def _gone(self) -> ModelError:
        code = self._child.wait(timeout=10)
        return ModelError("The process that runs the rwkv package ended (code {code}): out of memory?", code=code)

    def close(self) -> None:
        """End the child process."""
        self._finalizer()


def _stop(child: "subprocess.Popen[bytes]") -> None:
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:  # already closed
                continue
    child.terminate()
    child.wait(timeout=10)
