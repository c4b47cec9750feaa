"""The lower bounds in pyproject.toml."""

import pytest

from tools.lowest import lowest, main


def test_floors_are_read() -> None:
    assert lowest(["a>=1.2", "b-c[d]>=3,<4", "e", "f<2"]) == {"a": "1.2", "b-c": "3"}


def test_the_pages_libraries_have_floors(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fastapi", "starlette", "uvicorn"]) == 0
    assert capsys.readouterr().out.count("==") == 3
