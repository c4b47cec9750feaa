"""Browsers are identified by a cookie; its secret never appears in a channel name."""

import pytest
from starlette.requests import Request

from bot.platforms.web.visitors import COOKIE, channel_name, named_visitor, network_of, visitor_of

SECRET = "0123456789abcdef" * 2


def request(cookie: str = "", query: str = "", client: str = "203.0.113.9") -> Request:
    headers = [(b"cookie", f"{COOKIE}={cookie}".encode())] if cookie else []
    return Request({
        "type": "http", "method": "GET", "path": "/", "scheme": "http", "headers": headers,
        "query_string": query.encode(), "client": (client, 1),
    })  # fmt: skip


def test_a_cookie_is_one_visitor_with_several_conversations() -> None:
    first, again = visitor_of(request(SECRET)), visitor_of(request(SECRET))
    assert first == again
    assert not first.is_new
    assert first.channel == first.id
    second = visitor_of(request(SECRET, "c=0000000a"))
    assert second.id == first.id
    assert second.channel != first.channel
    assert SECRET not in first.channel + second.channel


@pytest.mark.parametrize("cookie", ["", "short", "Z" * 32, SECRET + "0", SECRET.upper()])
def test_anything_else_is_somebody_new(cookie: str) -> None:
    one, two = visitor_of(request(cookie)), visitor_of(request(cookie))
    assert one.is_new
    assert one.channel != two.channel


@pytest.mark.parametrize("query", ["c=", "c=../../x", "c=0000000A", "c=123456789"])
def test_a_conversation_that_is_none_is_the_first(query: str) -> None:
    assert visitor_of(request(SECRET, query)).channel == visitor_of(request(SECRET)).channel


def test_a_chosen_name_is_nobodys_cookie() -> None:
    assert named_visitor(SECRET).channel != channel_name("cookie", SECRET)


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::2", "2001:db8::/64"),
        ("unknown", "unknown"),
        ("garbage 1", "unknown"),
        ("garbage 2", "unknown"),
        ("", "unknown"),
    ],
)
def test_one_home_is_one_network(client: str, network: str) -> None:
    assert network_of(request(client=client)) == network
