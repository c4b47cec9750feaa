"""Finds plugins, in installed packages and in a folder, and records which are switched off."""

import importlib.metadata
import importlib.util
import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from bot.errors import ConfigError, InvalidOption

GROUP = "roost.plugins"
NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class AvailablePlugin:
    """A plugin that can be loaded."""

    name: str
    source: str  # "package NAME VERSION", or the file
    path: Path | None = None
    entry_point: importlib.metadata.EntryPoint | None = None


def find_plugins(folder: Path | None) -> list[AvailablePlugin]:
    """Return the installed plugins, then those of the folder (``NAME.py`` or ``NAME/NAME.py``), each name once.

    Files that start with ``test_`` or an underscore are ignored.
    """
    found: dict[str, AvailablePlugin] = {}
    for point in importlib.metadata.entry_points(group=GROUP):
        package = f"package {point.dist.name} {point.dist.version}" if point.dist else "package"
        found.setdefault(point.name, AvailablePlugin(point.name, package, entry_point=point))
    if folder is not None and folder.is_dir():
        for path in sorted(folder.iterdir()):
            file = path / f"{path.name}.py" if path.is_dir() else path  # `roost plugin new` creates a folder
            name = file.stem
            if file.suffix == ".py" and file.is_file() and NAME.fullmatch(name) and not name.startswith("test_"):
                found.setdefault(name, AvailablePlugin(name, str(file), path=file))
    return list(found.values())


def load_module(plugin: AvailablePlugin) -> ModuleType:
    """Import a plugin. Raises whatever the module raises."""
    if plugin.entry_point is not None:
        module = plugin.entry_point.load()
        if not isinstance(module, ModuleType):
            raise TypeError(f"the entry point {plugin.entry_point.value} is no module")
        return module
    if plugin.path is None:
        raise ImportError(f"{plugin.name} has neither an entry point nor a file")
    name = f"roost_plugins.{plugin.name.replace('-', '_')}"
    spec = importlib.util.spec_from_file_location(name, plugin.path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{plugin.path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look up their module there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


class PluginSwitches:
    """Which plugins `roost plugin disable` or `+plugin` has switched off: a small file in the data folder."""

    def __init__(self, data: Path, configured: Sequence[str] = ()) -> None:
        """Use the file in ``data``. ``configured``: the plugins that bot.toml switches off."""
        self._file = data / "plugins.json"
        self._configured = configured

    def disabled(self) -> list[str]:
        """Return the names. Raises ConfigError if the file is damaged."""
        try:
            table = json.loads(self._file.read_text(encoding="utf-8"))
            return [str(name) for name in table["disabled"]]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as error:
            message = "{file} cannot be read ({problem}). Delete it: then all plugins are on."
            raise ConfigError(message, file=self._file, problem=error) from None

    def switch(self, name: str, *, on: bool) -> None:
        """Record whether a plugin is on. Raises InvalidOption if bot.toml switches it off."""
        if on and name in self._configured:
            raise InvalidOption("{name} is switched off in bot.toml: take it out of [plugins] disabled.", name=name)
        known = {*self.disabled()} - {name}
        self.set_disabled(known if on else known | {name})

    def set_disabled(self, names: Iterable[str]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps({"disabled": sorted(set(names))}, indent=1) + "\n", encoding="utf-8")
        fresh.replace(self._file)


def all_disabled(configured: Sequence[str], data: Path) -> list[str]:
    """Return the plugins switched off in bot.toml or by `roost plugin disable`."""
    return [*configured, *PluginSwitches(data).disabled()]
