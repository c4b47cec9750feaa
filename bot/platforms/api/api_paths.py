"""The paths of the HTTP API, known before its application is built."""

from collections.abc import Sequence

PATHS: Sequence[str] = (
    "/v1/", "/api/v1/", "/api/extra/", "/completion", "/tokenize", "/detokenize", "/props", "/docs",
)  # fmt: skip  # prefixes; all other paths belong to the chat page
