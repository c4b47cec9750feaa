"""Where the files that come with the program are: beside the package in a checkout, inside it in an installed wheel."""

from pathlib import Path

from platformdirs import user_data_path

_PACKAGE = Path(__file__).resolve().parent


def data_file(name: str) -> Path:
    """Path of a bundled file or folder such as ``"prompts"`` or ``"models/demo"``; it need not exist."""
    return (_PACKAGE.parent if _in_checkout() else _PACKAGE / "_data") / name


def own_folder() -> Path:
    """Where data is kept when there is no bot.toml of the user's own: the checkout, else the user's data folder."""
    return _PACKAGE.parent if _in_checkout() else user_data_path("roost", appauthor=False)


def _in_checkout() -> bool:
    """Only a checkout has pyproject.toml beside the package; site-packages may hold anybody's "prompts"."""
    return (_PACKAGE.parent / "pyproject.toml").is_file()


def find_file(name: str | Path, base: Path | None = None) -> Path:
    """``name`` as a user wrote it: from the home folder, from ``base`` (the configuration's folder), else bundled."""
    path = Path(name).expanduser()
    if path.is_absolute():
        return path
    own = (base or Path.cwd()) / path
    bundled = data_file(str(path))
    return bundled if bundled.exists() and not own.exists() else own
