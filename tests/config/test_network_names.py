"""Hosts, origins, addresses and accounts are accepted in all common forms, and normalised."""

from collections.abc import Callable

import pytest

from bot.config.network_names import account, browser_origin, host_name, http_address


@pytest.mark.parametrize(
    ("read", "written", "kept"),
    [
        (host_name, "chat.example.org", "chat.example.org"),
        (host_name, "https://Chat.Example.org/", "chat.example.org"),
        (host_name, "b.example.org:8443", "b.example.org"),
        (host_name, "b.example.org.", "b.example.org"),
        (host_name, "[::1]:80", "::1"),
        (host_name, "*", "*"),
        (browser_origin, "https://example.org/", "https://example.org"),
        (browser_origin, "http://B.example:80", "http://b.example"),
        (browser_origin, "https://c.example:8443", "https://c.example:8443"),
        (browser_origin, "http://[::1]:81", "http://[::1]:81"),
        (browser_origin, "*", "*"),
        (http_address, "https://chat.example.org/api/", "https://chat.example.org/api"),
        (http_address, "", ""),
        (account, "discord:123", "discord:123"),
    ],
)
def test_accepted(read: Callable[[str], str], written: str, kept: str) -> None:
    assert read(written) == kept


@pytest.mark.parametrize(
    ("read", "written", "told"),
    [
        (host_name, "a.example/chat", "expected the name of a host"),
        (host_name, "a b", "expected the name of a host"),
        (host_name, "", "expected the name of a host"),
        (host_name, "a.example:99999", "is not an address"),
        (browser_origin, "example.org", "expected scheme and host"),
        (browser_origin, "ftp://example.org", "expected scheme and host"),
        (browser_origin, "https://example.org/page", "expected scheme and host"),
        (browser_origin, "https://[half", "is not an address"),
        (http_address, "chat.example.org", "expected an address"),
        (account, "123", 'expected "platform:id"'),
        (account, "discord: 5", 'expected "platform:id"'),
    ],
)
def test_refused(read: Callable[[str], str], written: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read(written)
