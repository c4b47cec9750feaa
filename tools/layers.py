"""Find violations of tests/layers.toml that tests/exceptions.toml does not allow.

``python -m tools.layers`` removes exceptions that are no longer needed. New ones are only added by hand, and reviewed.
"""

import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from tools.source import ROOT, Module, cycles, mirrored_tests, modules

RULES = ROOT / "tests" / "layers.toml"
EXCEPTIONS = ROOT / "tests" / "exceptions.toml"
MAX_LINES = 30
MAX_PARAMETERS = 6
APART = ("bot.engine.kernels", "bot.engine.cuda")  # numba and Triton code: duplicate names, untyped arguments

Sources = Mapping[str, Module]
Rules = Mapping[str, Mapping[str, list[str]]]


def read_rules() -> Rules:
    """The tables ``rules``, ``values`` and ``libraries``."""
    return tomllib.loads(RULES.read_text(encoding="utf-8"))


def read_exceptions() -> dict[str, dict[str, str]]:
    """Return the exceptions with their reasons, by aspect."""
    return tomllib.loads(EXCEPTIONS.read_text(encoding="utf-8"))


def violations(sources: Sources, rules: Rules, excepted: Collection[str] = ()) -> dict[str, set[str]]:
    """Return all violations by aspect; ``excepted`` are the imports that are known to close a cycle."""
    return {
        "imports": set(forbidden_imports(sources, rules)),
        "libraries": set(forbidden_libraries(sources, rules["libraries"])),
        "cycles": set(imports_in_cycles(sources, excepted)),
        "names": set(shared_names(sources)),
        "untyped": set(untyped_signatures(sources)),
        "long": {item.name for module in sources.values() for item in module.functions if item.lines > MAX_LINES},
        "parameters": {
            item.name for module in sources.values() for item in module.functions if item.parameters > MAX_PARAMETERS
        },
        "untested": {module.name for module in _files(sources) if not mirrored_tests(module).exists()},
    }


def rule_of(name: str, rules: Rules) -> list[str] | None:
    """Return what the module may import, or None if no rule covers it."""
    if name in rules["values"]["modules"]:
        return []
    fitting = [prefix for prefix in rules["rules"] if under(name, [prefix])]
    return rules["rules"][max(fitting, key=len)] if fitting else None


def forbidden_imports(sources: Sources, rules: Rules) -> Iterable[str]:
    for module in sources.values():
        allowed = [*(rule_of(module.name, rules) or []), *rules["values"]["modules"]]
        yield from (f"{module.name} -> {other}" for other in module.imports if not under(other, allowed))


def forbidden_libraries(sources: Sources, libraries: Mapping[str, list[str]]) -> Iterable[str]:
    for module in sources.values():
        for imported in module.outside:
            homes = libraries.get(imported.partition(".")[0])
            if homes is not None and not under(module.name, homes):
                yield f"{module.name} -> {imported.partition('.')[0]}"


def imports_in_cycles(sources: Sources, excepted: Collection[str] = ()) -> Iterable[str]:
    """Return the excepted imports that do close a cycle, and all imports in the cycles that remain without them."""
    imports = {name: module.imports for name, module in sources.items()}
    for group in cycles(imports):
        yield from (item for item in excepted if set(item.split(" -> ")) <= group)
    left = {name: frozenset(o for o in others if f"{name} -> {o}" not in excepted) for name, others in imports.items()}
    for group in cycles(left):
        yield from (f"{name} -> {other}" for name in group for other in left[name] & group)


def shared_names(sources: Sources) -> Iterable[str]:
    by_name = defaultdict(list)
    for module in _files(sources):
        if not under(module.name, APART):
            by_name[module.path.stem].append(module.name)
    for found in by_name.values():
        if len(found) > 1:
            yield " = ".join(found)


def untyped_signatures(sources: Sources) -> Iterable[str]:
    """Public signatures with ``Any`` in modules that another package imports."""
    shared = {
        other for module in sources.values() for other in module.imports if sources[other].package != module.package
    }
    for name in shared:
        if not under(name, APART):
            yield from sources[name].untyped


def under(name: str, prefixes: Iterable[str]) -> bool:
    """``bot.engine`` covers everything below it; ``bot.engine/*`` only the modules directly in that folder."""
    for prefix in prefixes:
        folder, _, direct = prefix.partition("/")
        if direct and name.rpartition(".")[0] == folder:
            return True
        if not direct and (name == folder or name.startswith(folder + ".")):
            return True
    return False


def without(text: str, stale: Mapping[str, Collection[str]]) -> str:
    """Return the exceptions file without the entries that are no longer needed, otherwise unchanged."""
    lines, aspect = [], ""
    for line in text.splitlines():
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            aspect = heading[1]
        entry = re.match(r'"([^"]+)" = ', line)
        if not (entry and entry[1] in stale.get(aspect, ())):
            lines.append(line)
    return "\n".join(lines) + "\n"


def _files(sources: Sources) -> list[Module]:
    return [module for module in sources.values() if module.path.name != "__init__.py"]


def main(file: Path = EXCEPTIONS) -> None:
    """Remove unneeded entries from the exceptions file."""
    known = read_exceptions()
    found = violations(modules(), read_rules(), known["cycles"])
    stale = {aspect: set(entries) - found[aspect] for aspect, entries in known.items()}
    file.write_text(without(file.read_text(encoding="utf-8"), stale), encoding="utf-8")
    sys.stdout.write(f"{sum(map(len, stale.values()))} exceptions removed from {file.name}\n")


if __name__ == "__main__":
    main()
