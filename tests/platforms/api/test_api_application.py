"""The whole API application."""

from pathlib import Path

from tests.platforms.api.conftest import Api, open_api


async def test_every_answer_has_an_id_and_the_form_of_errors(api: Api) -> None:
    answer = await api.http.get("/v1/nothing")
    assert answer.status_code == 404
    assert answer.headers["x-request-id"].startswith("req_")
    assert answer.json()["error"]["type"] == "not_found_error"
    assert (await api.http.get("/v1/completions")).status_code == 405
    bad = await api.http.post("/v1/completions", content=b"{", headers={"content-type": "application/json"})
    assert (bad.status_code, bad.json()["error"]["code"]) == (400, "invalid_json")


async def test_sites_that_may_call_are_configured(tmp_path: Path) -> None:
    async with open_api(tmp_path, cors_origins=["https://good.example"]) as api:
        headers = {
            "Origin": "https://good.example", "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,x-stainless-os",
        }  # fmt: skip
        answer = await api.http.options("/v1/chat/completions", headers=headers)
        assert answer.headers["access-control-allow-origin"] == "https://good.example"
        listed = await api.http.get("/v1/models", headers={"Origin": "https://good.example"})
        assert listed.status_code == 401  # a web page is not the user of this machine
        assert (await api.http.get("/v1/models", headers={"Origin": "https://bad.example"})).status_code == 403


async def test_it_describes_itself(api: Api) -> None:
    found = (await api.http.get("/v1/openapi.json")).json()
    assert "/v1/chat/completions" in found["paths"]
