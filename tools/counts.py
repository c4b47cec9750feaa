"""Print statistics of bot/: packages and their imports, cycles, names, types, functions, tests (``make counts``)."""

import ast
import sys
from collections.abc import Iterable, Mapping
from statistics import median, quantiles

from tools.architecture import package_of
from tools.layers import MAX_LINES, MAX_PARAMETERS, read_rules, violations
from tools.source import Module, cycles, mirrored_tests, modules


def figures(sources: Mapping[str, Module]) -> dict[str, str]:
    """Return each count with its label."""
    files = [module for module in sources.values() if module.path.name != "__init__.py"]
    graph = {package_of(module): set[str]() for module in sources.values()}
    for module in sources.values():
        graph[package_of(module)] |= {package_of(sources[other]) for other in module.imports} - {package_of(module)}
    frozen = {name: frozenset(others) for name, others in graph.items()}
    found = violations(sources, read_rules())
    functions = [item for module in files for item in module.functions]
    longest = max(functions, key=lambda item: item.lines)
    untested = [module for module in files if not mirrored_tests(module).exists()]
    return {
        "modules, lines": f"{len(files)}, {sum(module.lines for module in files)}",
        "lines of a module": _spread(module.lines for module in files),
        "packages": str(len({module.package for module in files})),
        "modules directly in bot/": str(sum(module.package == "bot" for module in files)),
        "imports between packages": str(sum(map(len, frozen.values()))),
        "cycles of packages": _groups(cycles(frozen)),
        "cycles of modules": _groups(cycles({name: module.imports for name, module in sources.items()})),
        "names used twice": str(len(found["names"])),
        "the word Any": str(sum(_anys(module.tree) for module in files)),
        "Any in shared signatures": str(len(found["untyped"])),
        "lines of a function": _spread(item.lines for item in functions),
        "longest function": f"{longest.name}, {longest.lines} lines",
        f"functions over {MAX_LINES} lines": str(len(found["long"])),
        f"functions over {MAX_PARAMETERS} parameters": str(len(found["parameters"])),
        "imports against the rules": str(len(found["imports"]) + len(found["libraries"])),
        "modules without a test file of their own": f"{len(untested)} of {len(files)}",
    }


def _spread(values: Iterable[int]) -> str:
    given = sorted(values)
    return f"median {median(given):.0f}, p90 {quantiles(given, n=10)[-1]:.0f}, max {given[-1]}"


def _groups(found: list[frozenset[str]]) -> str:
    return f"{len(found)}" + (f" ({'; '.join(' = '.join(sorted(group)) for group in found)})" if found else "")


def _anys(tree: ast.Module) -> int:
    return sum(isinstance(node, ast.Name) and node.id == "Any" for node in ast.walk(tree))


def main() -> None:
    for name, value in figures(modules()).items():
        sys.stdout.write(f"{name:42} {value}\n")


if __name__ == "__main__":
    main()
