from typing import Annotated

import pytest
from pydantic import ValidationError

from bot.platforms.line.wire_model import Text, WireModel, id_within


class Person(WireModel):
    id: Annotated[str, id_within(4)]
    name: Text = "nobody"


def test_null_is_a_field_left_out_and_what_is_not_known_is_ignored() -> None:
    assert Person.model_validate({"id": 7, "name": None, "colour": "red"}) == Person(id="7")


def test_what_no_database_accepts_is_left_out() -> None:
    person = Person.model_validate({"id": "\ud800\x00a", "name": "An\x00n\udfff"})
    assert person == Person(id="?a", name="Ann?")


@pytest.mark.parametrize("number", [True, 1.5, [], {}, None])
def test_what_is_no_id_is_refused(number: object) -> None:
    with pytest.raises(ValidationError):
        Person.model_validate({"id": number})


def test_ids_are_cut() -> None:
    assert Person.model_validate({"id": "x" * 9}).id == "xxxx"
