"""Normalizes host names, origins and URLs in bot.toml to the form in which they are compared later.

Each function returns the normalized value, or raises ValueError that says what is expected and what was found.
"""

import re
from urllib.parse import SplitResult, urlsplit

ACCOUNT = re.compile(r"[a-z]+:\S+")


def account(value: str) -> str:
    """Check ``platform:id``."""
    if not ACCOUNT.fullmatch(value):
        raise ValueError(f'expected "platform:id", like "discord:123456789", found {value[:40]!r}')
    return value


def host_name(value: str) -> str:
    """Return the host name without scheme, port and slash; ``*`` is kept."""
    if value == "*":
        return value
    found = _split(value if "//" in value else f"//{value}")
    if not found.hostname or found.path.strip("/") or found.query or any(char.isspace() for char in value):
        raise ValueError(f'expected the name of a host, like "chat.example.org", found {value[:60]!r}')
    return found.hostname.rstrip(".")


def browser_origin(value: str) -> str:
    """Return ``https://example.org`` or ``https://example.org:8443``, as browsers send it; ``*`` is kept."""
    if value == "*":
        return value
    found = _split(value)
    if found.scheme not in ("http", "https") or not found.hostname or found.path.strip("/") or found.query:
        raise ValueError(f'expected scheme and host, like "https://example.org", found {value[:60]!r}')
    default = {"http": 80, "https": 443}[found.scheme]
    host = f"[{found.hostname}]" if ":" in found.hostname else found.hostname
    return f"{found.scheme}://{host}" + (f":{found.port}" if found.port not in (None, default) else "")


def http_address(value: str) -> str:
    """Return a URL without its trailing slash; an empty one is kept."""
    if not value:
        return value
    found = _split(value)
    if found.scheme not in ("http", "https") or not found.hostname:
        raise ValueError(f'expected an address, like "https://chat.example.org/api", found {value[:60]!r}')
    return value.rstrip("/")


def engine_address(value: str) -> str:
    """Return the URL of a `roost engine`, like ``http://10.0.0.5:8090``, without its trailing slash."""
    if not value or http_address(value) != value.rstrip("/") or _split(value).query or _split(value).username:
        raise ValueError(f'expected the address of an engine, like "http://10.0.0.5:8090", found {value[:60]!r}')
    return value.rstrip("/")


def web_socket_address(value: str) -> str:
    """Check a URL like ``ws://127.0.0.1:3001/``."""
    found = _split(value)
    if found.scheme not in ("ws", "wss") or not found.hostname:
        raise ValueError(f'expected an address, like "ws://127.0.0.1:3001/", found {value[:60]!r}')
    return value


def _split(value: str) -> SplitResult:
    try:
        found = urlsplit(value)
        _ = found.port  # raises ValueError if invalid
    except ValueError:
        raise ValueError(f"{value[:60]!r} is not an address") from None
    return found
