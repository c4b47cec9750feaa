"""What is compressed, and for whom."""

import gzip

import pytest
from starlette.requests import Request
from starlette.responses import Response

from bot.platforms.web.compression import SMALLEST, compressed


def request(encodings: str) -> Request:
    return Request({"type": "http", "headers": [(b"accept-encoding", encodings.encode())]})


@pytest.mark.parametrize(
    ("size", "encodings", "expected"),
    [(SMALLEST, "br, gzip", True), (SMALLEST - 1, "gzip", False), (SMALLEST, "", False), (SMALLEST, "br", False)],
)
def test_large_answers_for_those_who_understand_it(size: int, encodings: str, *, expected: bool) -> None:
    response = compressed(Response(b"a" * size), request(encodings))
    assert response.headers["vary"] == "Accept-Encoding"
    assert (response.headers.get("content-encoding") == "gzip") is expected
    assert int(response.headers["content-length"]) == len(response.body)
    body = bytes(response.body)
    assert (gzip.decompress(body) if expected else body) == b"a" * size
