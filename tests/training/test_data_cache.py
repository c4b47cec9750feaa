"""Token files built by other processes, and what makes them stale."""

import ast
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training import data_cache, recipe, tokens
from training.data_cache import Order
from training.grammar import phrases

TOKENIZER = recipe.DEMO / "tokenizer.json"


def test_a_file_is_built_once_and_again_when_something_it_was_made_from_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = Order(tmp_path / "data" / "dense.npz", TOKENIZER, "dense", 300, 1)
    assert not data_cache.is_current(order)
    assert data_cache.files([order], workers=1) == [order.path]
    assert list(order.path.parent.iterdir()) == [order.path]
    assert len(tokens.Tokens.load(order.path).ids) >= 300
    read = json.loads(tokens.origin_of(order.path))["phrases"]
    assert "telling" in read
    assert "scenes/english" not in read
    written = order.path.stat().st_mtime_ns
    data_cache.files([order], workers=1)
    assert order.path.stat().st_mtime_ns == written

    copy = tmp_path / "phrases"
    shutil.copytree(phrases.DIRECTORY, copy)
    monkeypatch.setattr(phrases, "DIRECTORY", copy)
    (copy / "scenes" / "english" / "settings.txt").write_text("# settings\n", encoding="utf-8")
    assert data_cache.is_current(order), "a file that no document of it needs"
    (copy / "telling" / "boat.txt").write_text("# boat\n", encoding="utf-8")
    assert not data_cache.is_current(order), "a new file in a folder that it read"
    (copy / "telling" / "boat.txt").unlink()
    assert data_cache.is_current(order)
    with (copy / "telling" / "name.txt").open("a", encoding="utf-8") as file:
        file.write("\n")
    assert not data_cache.is_current(order)


def test_another_order_tokenizer_code_or_corpus_makes_a_file_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "tokenizer.json"
    shutil.copyfile(TOKENIZER, own)
    order = Order(tmp_path / "tokens.npz", own, "dense", 300, 1)
    some = np.zeros(0, np.uint16)
    tokens.Tokens(some, some, some).save(order.path, data_cache._origin(order, ["telling"]))
    assert data_cache.is_current(order)
    for changed in (replace(order, seed=2), replace(order, tokens=301), replace(order, mixture="mixed")):
        assert not data_cache.is_current(changed)
    with monkeypatch.context() as patch:
        patch.setattr(data_cache, "version", lambda package: "0.0")
        assert not data_cache.is_current(order)
    with monkeypatch.context() as patch:
        patch.setattr(data_cache, "_code", lambda: "other code")
        assert not data_cache.is_current(order)
    own.write_text(own.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert not data_cache.is_current(order)


def test_every_module_that_documents_come_from_counts() -> None:
    counted = {path for pattern in data_cache.SOURCES for path in data_cache.ROOT.glob(pattern)}
    left, seen = ["training.data"], set[str]()
    while left:
        module = left.pop()
        path = data_cache.ROOT / f"{module.replace('.', '/')}.py"
        if module in seen or not path.exists() or module == "training.generate":  # that asks a model
            continue
        seen.add(module)
        assert path in counted, module
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("training"):
                left += [node.module, *(f"{node.module}.{name.name}" for name in node.names)]
    assert len(seen) > 30
