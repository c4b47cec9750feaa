"""Standard input and output that are closed, full, or of another encoding."""

import io
import os
import sys


def prepare() -> None:
    """What is closed reads as empty and takes everything; what cannot be encoded is replaced."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:  # `roost run <&-`; also takes the descriptor, which a database must not get
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123  # for the whole program
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace" if name == "stderr" else "replace")


def flushed(code: int) -> int:
    """The exit code once everything has been written: 1 when it could not be, and nobody has closed the pipe."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # `roost ... | head`
        discard_output()
    except OSError as error:
        return output_failed(error)
    return code


def output_failed(error: OSError) -> int:
    """Say so on standard error. Returns the exit code."""
    discard_output()
    print(f"roost: the output cannot be written: {error.strerror}", file=sys.stderr)
    return 1


def discard_output() -> None:
    """Nobody reads any more: what is still buffered must not be an error when Python ends."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
    except (OSError, ValueError):  # no real file
        return
