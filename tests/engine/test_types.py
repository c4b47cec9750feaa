"""Request and result values of the engine, which do not need torch."""

import subprocess
import sys
from dataclasses import FrozenInstanceError, fields

import pytest

from bot.engine.types import EngineError, Request, SamplingParams, StateHandle
from bot.errors import UserError
from bot.sampling import PARAMETERS


def test_nothing_heavy_is_loaded_with_them() -> None:
    code = "import sys, bot.engine.types, bot.engine.settings; print({'torch', 'numpy'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


def test_every_parameter_of_sampling_is_declared_once() -> None:
    assert sorted(item.name for item in PARAMETERS) == sorted(item.name for item in fields(SamplingParams))
    assert {item.name: item.default for item in PARAMETERS if item.kind in ("float", "bool")} == {
        item.name: getattr(SamplingParams(), item.name) for item in PARAMETERS if item.kind in ("float", "bool")
    }


def test_values_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Request(tokens=(1,)).n = 2  # type: ignore[misc]  # that is the point
    assert not hasattr(StateHandle(None, 1), "__dict__")


def test_accidents_are_no_users_errors() -> None:
    assert not issubclass(EngineError, UserError)
