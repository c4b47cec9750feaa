"""schemathesis: no request allowed by the published schema breaks the server."""

from pathlib import Path

from tests.upstream.conftest import Server, run


def test_nothing_that_fits_the_description_breaks_the_server(server: Server, programs: Path, tmp_path: Path) -> None:
    printed = run(
        [programs / "venv" / "bin" / "schemathesis", "run", f"{server.url}/v1/openapi.json", "--checks",
         "not_a_server_error", "--max-examples", "8", "--request-timeout", "300",
         "--phases", "examples,coverage,fuzzing", "--seed", "1"],
        tmp_path,
    )  # fmt: skip
    assert "operations" in printed.lower()
