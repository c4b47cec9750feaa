"""Key-value pairs that clients attach to stored objects."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Metadata = Annotated[
    dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]], Field(max_length=16)
]


class MetadataBody(BaseModel):
    """The metadata of an object that is or was stored."""

    model_config = ConfigDict(extra="ignore")
    metadata: Metadata | None = None
