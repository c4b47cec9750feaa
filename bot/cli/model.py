"""`roost model`: lists, downloads and converts models."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.errors import ConfigError, InvalidOption, ModelError, UserError
from bot.paths import data_file

if TYPE_CHECKING:
    from bot.engine.files.weights import ModelFile

ENDINGS = (".pth", ".safetensors")
STRATEGIES = ("cpu fp32", "cpu bf16", "cpu int8", "cpu w8a8", "cuda fp16", "cuda fp16i8")
SIZES = "0.1b, 0.4b, 1.5b, 2.9b, 7.2b, 13.3b"


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("model", help="list, fetch and convert models")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    _add_readers(actions)
    _add_writers(actions)


def _add_readers(actions: Any) -> None:
    listing = actions.add_parser("list", help="models found here, and the memory they need")
    _folder(listing, "look here too (default: ./models and the bundled demo)")
    listing.set_defaults(func=_list)

    info = actions.add_parser("info", help="what is in a model file")
    info.add_argument("file", type=Path, metavar="FILE")
    info.add_argument("--rows", type=int, default=32, metavar="N", help="replies written at once (default: 32)")
    info.set_defaults(func=_info)

    pull = actions.add_parser("pull", help="fetch a model from the Hugging Face hub")
    pull.add_argument("model", metavar="SIZE|REPO[/FILE]", help=f"the newest RWKV-7 chat model of a size ({SIZES})")
    _folder(pull, "where to put it (default: ./models)")
    pull.set_defaults(func=_pull)


def _add_writers(actions: Any) -> None:
    convert = actions.add_parser("convert", help="write a model in another precision")
    convert.add_argument("file", type=Path, metavar="FILE")
    convert.add_argument("--to", required=True, choices=("bf16", "fp16", "int8"), dest="precision")
    _out(convert, "the new file, .safetensors")
    convert.set_defaults(func=_convert)

    random = actions.add_parser("random", help="make a model with random weights, for benchmarks")
    random.add_argument(
        "--version", type=str.lower, default="7", metavar="V", help="4, 5.0, 5.1, 5.2, 6, 7 or 7a (default: 7)"
    )
    random.add_argument(
        "--shape", type=str.lower, default="0.1b", metavar="S", help="tiny, 0.1b, 0.4b, 1.5b, 2.9b or 7.2b"
    )
    random.add_argument("--seed", type=int, default=0)
    _out(random, "the new file, .pth or .safetensors")
    random.set_defaults(func=_random)


def _folder(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--folder", type=Path, metavar="DIR", help=text)


def _out(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help=text)
    parser.add_argument("--force", action="store_true", help="overwrite an existing file")


def _list(options: argparse.Namespace) -> int:
    from bot.engine.files.memory import gigabytes

    rows: list[tuple[str, ...]] = [("file", "version", "weights", "stored as", "size", *STRATEGIES)]
    unusable: list[str] = []
    for path in model_files(options.folder):
        try:
            file = _open(path)
        except UserError as error:
            unusable.append(str(error))
            continue
        sizes = [path.stat().st_size, *needed(file, rows=1)]
        rows.append((str(path), f"RWKV-{file.spec.version}", parameters(file), file.precision, *map(gigabytes, sizes)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if len(rows) > 1:
        for row in rows:
            print("  ".join(f"{text:{width}}" for text, width in zip(row, widths, strict=True)).rstrip())
        print("Under the name of a strategy: the memory that it needs, for cuda the GPU's.")
        print("Each further reply written at once needs the memory of one state: roost model info FILE.")
    else:
        print("No models found. Fetch one: roost model pull 0.4b")
    for line in unusable:
        print(f"not usable: {line}")
    return 0


def model_files(folder: Path | None) -> Iterator[Path]:
    """Yield the model files of ./models, of ``folder`` and of the bundle, each once."""
    seen: set[Path] = set()
    if folder is not None and not folder.is_dir():
        raise ConfigError("There is no folder {folder}.", folder=folder)
    for place in (folder, Path("models"), data_file("models")):
        for path in sorted(place.rglob("*")) if place is not None else ():
            if path.suffix in ENDINGS and path.is_file() and path.resolve() not in seen:
                seen.add(path.resolve())
                yield path


def needed(file: "ModelFile", rows: int) -> list[int]:
    """Return the bytes of memory needed with each of STRATEGIES, on CPU or GPU, even if there is no GPU."""
    from bot.engine.files.memory import estimate
    from bot.engine.models.strategy import parse_strategy

    stored = file.tensors["emb.weight"].itemsize
    placements = [parse_strategy(strategy).planned() for strategy in STRATEGIES]
    return [estimate(file.spec, placement, rows=rows, stored=stored).total for placement in placements]


def _memory(strategy: str) -> str:
    return "GPU memory" if strategy.startswith("cuda") else "memory"


def parameters(file: "ModelFile") -> str:
    """Return the number of weights, like ``0.19 B`` or ``5.9 M``. A matrix shared by two names counts once."""
    tensors = {tensor.ctypes.data: tensor for name, tensor in file.tensors.items() if not name.endswith(".scale")}
    count = sum(tensor.size for tensor in tensors.values())
    return f"{count / 1e9:.2f} B" if count >= 1e8 else f"{count / 1e6:.1f} M"


def _open(path: Path) -> "ModelFile":
    from bot.engine.files.weights import open_model

    return open_model(path)


def _tokenizer(model: Path, vocab_size: int) -> str:
    """Return which tokenizer the model would use, or why none fits."""
    from bot.engine.text.tokenizer import choose_tokenizer
    from bot.engine.text.world_tokenizer import WorldTokenizer

    try:
        coder = choose_tokenizer(model, vocab_size)
    except ModelError as error:
        return str(error)
    name = "World" if isinstance(coder, WorldTokenizer) else "tokenizer.json"
    return f"{name}, {coder.vocab_size} tokens"


def _info(options: argparse.Namespace) -> int:
    from bot.engine.files.memory import gigabytes

    if options.rows < 1:
        raise InvalidOption("--rows must be at least 1.")
    file = _open(options.file)
    spec = file.spec
    lines = {
        "file": f"{options.file}, {gigabytes(options.file.stat().st_size)}",
        "version": f"RWKV-{spec.version}",
        "weights": f"{parameters(file)}, stored as {file.precision}",
        "shape": f"{spec.layers} layers of {spec.width}, {spec.heads} heads of {spec.head_size}, ffn {spec.ffn_width}",
        "vocabulary": str(spec.vocab_size),
        "tokenizer": _tokenizer(options.file, spec.vocab_size),
        "state": f"{4 * spec.state_numbers / 1e6:.1f} MB a row in fp32",
    }
    if "blocks.0.att.time_state" in file.tensors:
        lines["tuned state"] = "inside"
    for strategy, need in zip(STRATEGIES, needed(file, options.rows), strict=True):
        lines[f"needs, {strategy}"] = f"{gigabytes(need)} of {_memory(strategy)} with {options.rows} rows"
    width = max(map(len, lines))
    for name, text in lines.items():
        print(f"{name:{width}}  {text}")
    return 0


def _pull(options: argparse.Namespace) -> int:
    from bot.engine.files.download import download, find_remote
    from bot.engine.files.memory import gigabytes

    remote = find_remote(options.model)
    print(f"{remote.repository}/{remote.name}, {gigabytes(remote.size)}")
    try:
        with _bar(remote.size) as progress:
            path = download(remote, options.folder or Path("models"), progress)
    except KeyboardInterrupt:
        print("Interrupted. The part that has arrived is kept: the same command continues from there.", file=sys.stderr)
        raise
    file = _open(path)
    print(f"{path}: RWKV-{file.spec.version}, {parameters(file)}. To use it, write in bot.toml:")
    print(f'\n[model]\npath = "{path.resolve().as_posix()}"')
    return 0


def _convert(options: argparse.Namespace) -> int:
    from bot.engine.files.convert import convert
    from bot.engine.files.memory import gigabytes

    _check_out(options)
    file = _open(options.file)
    if options.out.exists() and options.out.samefile(options.file):
        raise InvalidOption("--out must be another file than the one that is converted.")
    convert(file, options.precision, options.out, _percent("writing"))
    before, after = (gigabytes(path.stat().st_size) for path in (options.file, options.out))
    print(f"{options.out}: {options.precision}, {after} (was {before})")
    return 0


def _random(options: argparse.Namespace) -> int:
    from bot.engine.files.convert import write_random
    from bot.engine.files.memory import gigabytes
    from bot.engine.spec import SHAPES, VERSIONS

    _check_out(options)
    if options.version not in VERSIONS:
        raise InvalidOption("--version must be one of {known}.", known=", ".join(VERSIONS))
    if options.shape not in SHAPES:
        raise InvalidOption("--shape must be one of {known}.", known=", ".join(SHAPES))
    if not 0 <= options.seed < 1 << 63:
        raise InvalidOption("--seed must be between 0 and {most}.", most=(1 << 63) - 1)
    write_random(options.version, options.shape, options.seed, options.out)
    print(f"{options.out}: RWKV-{options.version} {options.shape}, random, {gigabytes(options.out.stat().st_size)}")
    return 0


def _check_out(options: argparse.Namespace) -> None:
    if options.out.is_dir():
        raise InvalidOption("{out} is a folder: name the new file in it.", out=options.out)
    if options.out.exists() and not options.force:
        raise InvalidOption("{out} exists already: give another name, or --force to overwrite it.", out=options.out)
    if not options.out.parent.is_dir():
        raise InvalidOption("There is no folder {folder}.", folder=options.out.parent)


@contextmanager
def _bar(total: int) -> Iterator[Callable[[int], None]]:
    """Show a progress bar with speed and remaining time if standard error is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("pull", total=total)
        yield lambda done: progress.update(task, completed=done)


def _percent(what: str) -> Callable[[int, int], None]:
    """Return a callback that shows progress on one line if standard error is a terminal."""

    def report(done: int, total: int) -> None:
        if sys.stderr.isatty():
            end = "\n" if done >= total else ""
            print(f"\r{what} {100 * done // max(1, total):3d} %", end=end, file=sys.stderr, flush=True)

    return report
