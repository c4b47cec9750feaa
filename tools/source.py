"""Read bot/ as syntax trees: the imports, the functions and the public signatures."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Function:
    """``name`` is qualified: ``bot.chat.core:Core.close``; ``lines`` counts from ``def`` to the last statement."""

    name: str
    lines: int
    parameters: int


@dataclass(frozen=True)
class Module:
    """A source file; ``imports`` holds first-party modules by full name, including lazy and type-checking imports."""

    name: str
    path: Path
    tree: ast.Module = field(repr=False)
    lines: int
    imports: frozenset[str]
    outside: frozenset[str]

    @property
    def package(self) -> str:
        """The dotted name of the folder that contains the module."""
        return self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        return tuple(
            Function(f"{self.name}:{name}", (node.end_lineno or node.lineno) - node.lineno + 1, _parameters(node))
            for name, node in _functions(self.tree, "")
        )

    @cached_property
    def untyped(self) -> frozenset[str]:
        """Public functions, methods and attributes with ``Any`` in their annotation."""
        return frozenset(f"{self.name}:{name}" for name in _untyped(self.tree, ""))


def modules(folder: Path = ROOT / "bot") -> dict[str, Module]:
    """Every module under the folder by full name, in order."""
    paths = sorted(folder.rglob("*.py"))
    names = {_name(path, folder): path for path in paths}
    return {name: _module(name, path, names) for name, path in names.items()}


def cycles(imports: Mapping[str, frozenset[str]]) -> list[frozenset[str]]:
    """The groups of modules that import each other (strongly connected components of two or more)."""
    reach = {name: reachable(name, imports) for name in imports}
    groups = {frozenset(other for other in reach[name] if name in reach.get(other, ())) for name in imports}
    return sorted((group for group in groups if len(group) > 1), key=sorted)


def reachable(start: str, imports: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Everything that ``start`` imports, directly or indirectly."""
    seen: set[str] = set()
    ahead = list(imports[start])
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += imports.get(name, ())
    return frozenset(seen)


def mirrored_tests(module: Module) -> Path:
    """The path where a module's tests belong: bot/x/y.py is tested in tests/x/test_y.py."""
    *folders, name = module.name.split(".")
    top = module.path.parents[len(folders)]
    return top.joinpath("tests", *folders[1:], f"test_{name.strip('_')}.py")


def _name(path: Path, folder: Path) -> str:
    return ".".join(path.relative_to(folder.parent).with_suffix("").parts).removesuffix(".__init__")


def _module(name: str, path: Path, names: Mapping[str, Path]) -> Module:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    top = name.partition(".")[0]
    imported = set(_imports(tree, path))
    ours = frozenset(
        found for found in (_resolve(item, names) for item in imported if item.partition(".")[0] == top) if found
    )
    outside = frozenset(item for item in imported if item.partition(".")[0] != top)
    return Module(name, path, tree, len(text.splitlines()), ours - {name}, outside)


def _imports(tree: ast.Module, path: Path) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise ValueError(f"{path}:{node.lineno}: imports are absolute here")
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _resolve(imported: str, names: Mapping[str, Path]) -> str:
    """The module of a dotted name that may end in a class or function."""
    while imported and imported not in names:
        imported = imported.rpartition(".")[0]
    return imported


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, FunctionNode]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, FunctionNode):
            yield prefix + child.name, child
        name = f"{prefix}{child.name}." if isinstance(child, FunctionNode | ast.ClassDef) else prefix
        yield from _functions(child, name)


def _parameters(node: FunctionNode) -> int:
    named = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return len([item for item in named if item.arg not in {"self", "cls"}])


def _untyped(node: ast.Module | ast.ClassDef, prefix: str) -> Iterator[str]:
    for child in node.body:
        if isinstance(child, ast.ClassDef) and not child.name.startswith("_"):
            yield from _untyped(child, f"{prefix}{child.name}.")
        elif isinstance(child, FunctionNode) and (not child.name.startswith("_") or child.name == "__init__"):
            if any(_says_any(annotation) for annotation in _annotations(child)):
                yield prefix + child.name
        elif isinstance(child, ast.AnnAssign) and isinstance(child.target, ast.Name):
            public = not child.target.id.startswith("_")
            if public and _says_any(child.annotation):
                yield prefix + child.target.id


def _annotations(node: FunctionNode) -> Iterator[ast.expr]:
    given = node.args
    for item in [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]:
        if item is not None and item.annotation is not None:
            yield item.annotation
    if node.returns is not None:
        yield node.returns


def _says_any(annotation: ast.expr) -> bool:
    for node in ast.walk(annotation):
        if isinstance(node, ast.Name) and node.id == "Any":
            return True
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "Any" in node.value:
            return True
    return False
