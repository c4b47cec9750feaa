"""Compression of dynamic responses. The page's files are compressed once, see ``assets``."""

import gzip

from starlette.requests import Request
from starlette.responses import Response

SMALLEST = 1000  # bytes; below, a network packet is hardly filled
LEVEL = 5


def compressed(response: Response, request: Request) -> Response:
    """Compress the body of ``response`` if it is large enough and the client accepts gzip."""
    response.headers.add_vary_header("Accept-Encoding")
    body = bytes(response.body)
    if len(body) >= SMALLEST and "gzip" in request.headers.get("accept-encoding", ""):
        response.body = gzip.compress(body, LEVEL, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.body))
    return response
