"""Helpers shared by the account routes."""

import pytest
from starlette.requests import Request

from bot.platforms.web.accounts.account_access import browser_of, location_of

AGENTS = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox, Linux",
    "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0": "Edge, Windows",
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36": "Chrome, Android",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18 Safari/604.1": "Safari, iPhone",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605 Version/18 Safari/605.1": "Safari, macOS",
    "curl/8": "",
    "<b>": "",
}


def request(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "scheme": "https", "headers": raw, "client": ("203.0.113.9", 1)})


@pytest.mark.parametrize("agent", AGENTS)
def test_browsers_by_the_names_that_people_know(agent: str) -> None:
    assert browser_of(request(user_agent=agent)) == AGENTS[agent]


def test_where_a_browser_is() -> None:
    location = location_of(request(host="Roost.Example:8443"))
    assert (location.site, location.origin, location.address) == (
        "roost.example",
        "https://Roost.Example:8443",
        "203.0.113.9",
    )
