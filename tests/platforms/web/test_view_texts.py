"""The texts of a part of the page are sent when it is opened."""

from tests.platforms.web.conftest import Web


async def test_words_of_a_part(web: Web) -> None:
    answer = await web.client.get("/api/texts/owner", headers={"Accept-Language": "ja"})
    assert answer.json()["Waiting"] not in ("", "Waiting")
    assert (await web.client.get("/api/texts/owner", headers={"Accept-Language": "en"})).json() == {}


async def test_a_part_that_is_none(web: Web) -> None:
    assert (await web.client.get("/api/texts/nothing")).status_code == 404
