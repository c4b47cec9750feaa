"""One table of sampling parameters: values accepted anywhere are accepted by the engine."""

import dataclasses
import math
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import parameter, sampling
from bot.chat.turn import sampling_params
from bot.commands.preferences import parameter_line
from bot.config.schema import ChatSection
from bot.engine.sampling import sampler
from bot.engine.serving.request_checks import check_sampling
from bot.engine.types import SamplingParams
from bot.errors import InvalidOption
from bot.library.prompt_files import parse
from bot.parameter import Parameter
from bot.sampling import PARAMETERS, checked_sampling, find_parameter, within_vocabulary

NUMBERS = [item for item in PARAMETERS if item.kind in ("float", "int")]


def test_the_table_is_the_engines() -> None:
    assert [item.name for item in PARAMETERS] == list(SamplingParams.__dataclass_fields__)
    check_sampling(SamplingParams())
    for item in NUMBERS:
        least, most = item.engine_range
        assert least <= item.minimum <= item.maximum <= most, item.name
    drawn = {item.name for item in PARAMETERS if item.group == "draw"}
    assert drawn == {*sampler._COLUMNS, *sampler._WHOLE}


@pytest.mark.parametrize("item", NUMBERS, ids=lambda item: item.name)
def test_the_ends_of_every_range_are_taken(item: Parameter) -> None:
    for value in item.choices or (item.minimum, item.maximum):
        check_sampling(sampling_params({item.name: item.read(str(value))}))
    for wrong in ("", "x", "nan", "inf", str(item.maximum + 1), str(item.minimum - 1)):
        with pytest.raises(InvalidOption):
            item.read(wrong)


@pytest.mark.parametrize(
    "values",
    [
        {"mirostat_mode": 1}, {"dry_sequence_breakers": [str(n) for n in range(33)]}, {"temperature": 99},
        {"top_p": 7.0}, {"max_tokens": 0}, {"top_k": -1}, {"min_p": 2}, {"logit_bias": [[1, math.nan]]},
    ],
)  # fmt: skip
def test_what_the_engine_would_refuse_is_refused_everywhere(values: dict[str, object]) -> None:
    with pytest.raises(InvalidOption):
        checked_sampling(values)
    with pytest.raises(ValueError, match=r"must be|takes at most"):
        ChatSection.model_validate({"sampling": values})
    if "logit_bias" not in values:
        table = "\n".join(f"{name} = {value}".replace("'", '"') for name, value in values.items())
        tomllib.loads(table)
        with pytest.raises(ValueError, match="sampling"):
            parse("x", f"[sampling]\n{table}")


WRITTEN = st.one_of(
    st.text(max_size=20), st.integers(), st.floats(), st.booleans(), st.lists(st.integers(), max_size=5)
)


@given(item=st.sampled_from(PARAMETERS), value=WRITTEN)
def test_whatever_is_read_is_taken(item: Parameter, value: object) -> None:
    try:
        read = item.read(value)
    except InvalidOption:
        return
    check_sampling(sampling_params({item.name: read}))


def test_a_new_parameter_is_found_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    new = Parameter(
        name="warmth", kind="float", group="repetition", help="how warm", minimum=1, maximum=2, short=("w",)
    )
    fields = {name: (field.type, field) for name, field in SamplingParams.__dataclass_fields__.items()}
    wider = dataclasses.make_dataclass(
        "Wider", [*((name, *kind) for name, kind in fields.items()), ("warmth", float, 1.5)], frozen=True, kw_only=True
    )
    monkeypatch.setattr(sampling, "PARAMETERS", (*PARAMETERS, new))
    monkeypatch.setattr(sampling, "BY_NAME", {**sampling.BY_NAME, "warmth": new, "w": new})
    monkeypatch.setattr(parameter, "SamplingParams", wider)
    assert find_parameter("W") is new
    assert parse("x", "[sampling]\nwarmth = 1.5").sampling == {"warmth": 1.5}
    assert ChatSection.model_validate({"sampling": {"w": 2}}).sampling == {"warmth": 2.0}
    assert parameter_line(new, "en", {}) == "- `warmth` (1 – 2; otherwise 1.5): how warm"
    assert parameter_line(new, "en", {"warmth": 2.0}) == "- `warmth` (1 – 2; otherwise 2): how warm"
    with pytest.raises(InvalidOption, match="warmth must be between 1 and 2, not 3"):
        check_sampling(wider(warmth=3.0))


def test_settings_outlive_a_change_of_models() -> None:
    values = {"banned_tokens": [3, 70_000], "logit_bias": [[3, 1.0], [70_000, 1.0]], "top_k": 5}
    assert within_vocabulary(values, 65_536) == {"banned_tokens": [3], "logit_bias": [[3, 1.0]], "top_k": 5}


def test_every_parameter_is_explained() -> None:
    for item in PARAMETERS:
        assert 10 < len(item.help) <= 100, item.name
        assert not item.help.endswith(".")
