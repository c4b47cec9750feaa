"""Details of a turn, and all answers to the same message."""

from datetime import UTC, datetime

from tests.platforms.web.conftest import Web
from tests.platforms.web.fakes import FakeTurn


async def test_who_wrote_it_and_how(web: Web) -> None:
    await web.client.get("/")
    assert (await web.client.get("/api/turn")).status_code == 404
    await web.chat("hi")
    sampling = {"temperature": 0.5, "top_p": 1.0, "tokens_per_second": 31.5, "form": "gen"}
    made = datetime(2026, 5, 1, tzinfo=UTC)
    web.conversations.turns = [FakeTurn(1, kind="root"), FakeTurn(2, "hi", "hello", sampling=sampling, created=made)]
    found = (await web.client.get("/api/turn", params={"node": 2})).json()
    assert found == {
        "author": "User", "speaker": "", "kind": "chat", "edited_by": "", "created": "2026-05-01T00:00:00+00:00",
        "tokens": 3, "tokens_per_second": 31.5, "sampling": {"temperature": 0.5},
    }  # fmt: skip
    assert (await web.client.get("/api/turn")).json() == found
    assert (await web.client.get("/api/turn", params={"node": 77})).status_code == 400  # nor another visitor's
    assert (await web.client.get("/api/turn", params={"node": -1})).status_code == 400


async def test_all_answers(web: Web) -> None:
    await web.client.get("/")
    await web.chat("hi")
    web.conversations.turns = [FakeTurn(number, "hi", f"answer {number}") for number in range(1, 70)]
    found = (await web.client.get("/api/answers", params={"node": 2})).json()["answers"]
    assert [found[0], found[-1]] == [{"node": 20, "output": "answer 20"}, {"node": 69, "output": "answer 69"}]
    web.client.cookies.clear()
    assert (await web.client.get("/api/answers", params={"node": 2})).status_code == 404
