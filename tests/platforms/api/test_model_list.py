"""The list of models."""

import openai
import pytest

from tests.platforms.api.conftest import Api


async def test_the_running_model_and_its_prompts_are_listed(api: Api) -> None:
    found = [model.id async for model in api.client.models.list()]
    assert found == ["fake", "roost/other", "roost/test"]
    assert (await api.client.models.retrieve("roost/test")).id == "roost/test"
    with pytest.raises(openai.NotFoundError):
        await api.client.models.retrieve("roost/nobody")


async def test_a_key_sees_its_own(api: Api) -> None:
    secret = await api.keys.add("ann", models=("roost/test",))
    client = api.client.with_options(api_key=secret)
    assert [model.id async for model in client.models.list()] == ["roost/test"]


async def test_embeddings_are_refused_plainly(api: Api) -> None:
    with pytest.raises(openai.BadRequestError, match="no embeddings"):
        await api.client.embeddings.create(model="m", input="x")
