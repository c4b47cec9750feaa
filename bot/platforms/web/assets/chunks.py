"""The text of a chunk: several modules joined into one file, so that a slow network carries fewer requests.

Each module becomes a function that is called at once and returns the module's exports. Lines are kept as they are, and
a source map leads a browser's developer tools to the modules' own files.
"""

import json
import posixpath
from functools import cache

from bot.platforms.web.assets.module_graph import chunks_of
from bot.platforms.web.assets.module_source import Import, ModuleSource, replace_dynamic

FOLDER_DEPTH = 2  # chunks are served at static/VERSION/PAGE/NAME, the modules' own files at static/NAME


@cache
def chunk_files(root: str) -> dict[str, str]:
    """Return the chunks of the page whose first module is ``root``, and their source maps, by file name."""
    chunks = chunks_of(root)
    homes = {module.name: chunk for chunk, modules in chunks.items() for module in modules}
    files: dict[str, str] = {}
    for name, modules in chunks.items():
        chunk = _Chunk(name, modules, homes)
        files[name] = chunk.text()
        files[f"{name}.map"] = chunk.source_map()
    return files


class _Chunk:
    def __init__(self, name: str, modules: tuple[ModuleSource, ...], homes: dict[str, str]) -> None:
        self._name = name
        self._modules = modules
        self._homes = homes  # the chunk of each module
        self._own = {module.name: f"$m{place}" for place, module in enumerate(modules)}
        sources = [homes[each.source] for module in modules for each in module.imports]
        self._others = {chunk: f"$c{place}" for place, chunk in enumerate(sorted({*sources} - {name}))}

    def text(self) -> str:
        return "".join([self._head(), *map(self._module, self._modules), self._tail()])

    def _head(self) -> str:
        imports = [f'import {{ modules as {local} }} from "{self._relative(chunk)}";' for chunk, local in
                   self._others.items()]  # fmt: skip
        return " ".join(imports) + "\n"

    def _module(self, module: ModuleSource) -> str:
        imports = " ".join(self._import(each) for each in module.imports)
        body = replace_dynamic(module, {name: self._load(name) for name in module.dynamic})
        exports = ", ".join(f"{ours}: {local}" for ours, local in module.exports)
        return f"const {self._own[module.name]} = (() => {{ {imports}\n{body}\nreturn {{ {exports} }};\n}})();\n"

    def _import(self, each: Import) -> str:
        names = ", ".join(f"{theirs}: {ours}" for theirs, ours in each.names)
        return f"const {{ {names} }} = {self._exports(each.source)};"

    def _tail(self) -> str:
        entries = ", ".join(f"{json.dumps(name)}: {local}" for name, local in self._own.items())
        return f"export const modules = {{ {entries} }};\n//# sourceMappingURL={posixpath.basename(self._name)}.map\n"

    def _exports(self, module: str) -> str:
        """Return the expression for a module's exports."""
        if local := self._own.get(module):
            return local
        return f"{self._others[self._homes[module]]}[{json.dumps(module)}]"

    def _load(self, module: str) -> str:
        """Return the code that loads a module on demand."""
        return f'import("{self._relative(self._homes[module])}").then((chunk) => chunk.modules[{json.dumps(module)}])'

    def _relative(self, path: str) -> str:
        found = posixpath.relpath(path, posixpath.dirname(self._name) or ".")
        return found if found.startswith(".") else f"./{found}"

    def source_map(self) -> str:
        sections = []
        line = 1
        for module in self._modules:
            count = module.body.count("\n") + 1
            sections.append({
                "offset": {"line": line + 1, "column": 0},
                "map": {"version": 3, "sources": [self._relative("../" * FOLDER_DEPTH + module.name)], "names": [],
                        "mappings": "AAAA" + ";AACA" * (count - 1)},
            })  # fmt: skip
            line += count + 3
        return json.dumps({"version": 3, "sections": sections})
