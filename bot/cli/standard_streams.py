"""Handles standard streams that are closed, full, or in another encoding."""

import io
import os
import sys


def prepare() -> None:
    """Replace closed streams by the null device, and let unencodable characters be replaced."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:  # `roost run <&-`; also occupies the descriptor, so that the database cannot get it
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123  # for the whole program
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace" if name == "stderr" else "replace")


def flushed(code: int) -> int:
    """Flush standard output and return the exit code: 1 if writing fails, except for a closed pipe."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # `roost ... | head`
        discard_output()
    except OSError as error:
        return output_failed(error)
    return code


def output_failed(error: OSError) -> int:
    """Report the error on standard error and return the exit code."""
    discard_output()
    print(f"roost: the output cannot be written: {error.strerror}", file=sys.stderr)
    return 1


def discard_output() -> None:
    """Redirect the output to the null device, so that buffered text causes no error at exit."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
    except (OSError, ValueError):  # not a real file
        return
