"""Locates bundled files: next to the package in a checkout, inside it in an installed wheel."""

from pathlib import Path

from platformdirs import user_data_path

_PACKAGE = Path(__file__).resolve().parent


def data_file(name: str) -> Path:
    """Return the path of a bundled file or folder such as ``"prompts"`` or ``"models/demo"``; it need not exist."""
    return (_PACKAGE.parent if _in_checkout() else _PACKAGE / "_data") / name


def own_folder() -> Path:
    """Return the data folder to use without a bot.toml of one's own: the checkout, else the user's data folder."""
    return _PACKAGE.parent if _in_checkout() else user_data_path("roost", appauthor=False)


def _in_checkout() -> bool:
    """Only a checkout has pyproject.toml next to the package; site-packages may contain anyone's "prompts"."""
    return (_PACKAGE.parent / "pyproject.toml").is_file()


def find_file(name: str | Path, base: Path | None = None) -> Path:
    """Resolve a user's path: absolute, ``~``, relative to ``base`` (the configuration's folder), or bundled."""
    path = Path(name).expanduser()
    if path.is_absolute():
        return path
    own = (base or Path.cwd()) / path
    bundled = data_file(str(path))
    return bundled if bundled.exists() and not own.exists() else own
