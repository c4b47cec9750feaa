"""Use the server through LangChain's ChatOpenAI; print each result as a line of JSON."""

import json
import sys

from langchain_openai import ChatOpenAI
from pydantic import BaseModel, Field


class Cat(BaseModel):
    """A cat."""

    age: int = Field(ge=0, le=30)
    kind: str = Field(max_length=12)


model = ChatOpenAI(model="roost", base_url=sys.argv[1], api_key="none", max_tokens=60, timeout=300)
print(json.dumps(model.invoke("Hello there!").content))
print(json.dumps("".join(str(chunk.content) for chunk in model.stream("Hello there!"))))
cat = model.with_structured_output(Cat, method="json_schema").invoke("Tell me about a cat.")
print(json.dumps(cat.model_dump()))
responses = ChatOpenAI(
    model="roost", base_url=sys.argv[1], api_key="none", timeout=300, use_responses_api=True, output_version="v0"
)
print(json.dumps(responses.invoke("Hello there!").text))
