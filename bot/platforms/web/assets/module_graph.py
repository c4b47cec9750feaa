"""Which modules of the page are sent together.

A page's first module and all that it imports are one chunk. Of the others, those that are needed by the same modules
loaded on demand are one chunk, so that nothing is loaded twice and nothing before it is needed.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from bot.platforms.web.assets.module_source import ModuleSource, read_module


@cache
def chunks_of(root: str) -> dict[str, tuple[ModuleSource, ...]]:
    """Return the chunks of a page by name; in each, a module comes after those it imports.

    A chunk is named after its last module. Raises ValueError if there is an import cycle.
    """
    needed_by: dict[ModuleSource, frozenset[str]] = dict.fromkeys(_closure(root), frozenset({root}))
    for entry in _entries(root):
        for module in _closure(entry):
            before = needed_by.get(module, frozenset())
            needed_by[module] = before if root in before else before | {entry}
    groups: dict[frozenset[str], list[ModuleSource]] = defaultdict(list)
    for module, entries in needed_by.items():
        groups[entries].append(module)
    return {modules[-1].name: tuple(modules) for modules in groups.values()}


def _entries(root: str) -> list[str]:
    """Return the modules that the page loads on demand."""
    found: list[str] = []
    waiting = [root]
    while waiting:
        for module in _closure(waiting.pop()):
            new = [name for name in module.dynamic if name not in found]
            found += new
            waiting += new
    return found


def _closure(root: str) -> list[ModuleSource]:
    """Return a module and all that it imports, the imported ones first."""
    return list(_visit(root, set(), ()))


def _visit(name: str, done: set[str], path: tuple[str, ...]) -> Iterator[ModuleSource]:
    if name in path:
        raise ValueError(f"modules import each other: {' -> '.join((*path, name))}")
    if name in done:
        return
    module = read_module(name)
    for each in module.imports:
        yield from _visit(each.source, done, (*path, name))
    done.add(name)
    yield module
