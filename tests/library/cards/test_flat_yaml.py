"""The YAML that text-generation-webui writes."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import InvalidOption
from bot.library.cards.card_reader import read_card
from bot.library.cards.flat_yaml import parse_flat_yaml

YAML = """\
# a character
name: Mira
greeting: |-
  *waves* Hello!

  Come in.
context: "Mira is calm.\\nShe says: \\"yes\\"."
your_name: 'It''s me'
"""


def test_yaml_of_text_generation_webui() -> None:
    card = read_card(YAML.encode())
    assert (card.form, card.container) == ("text-generation-webui", "yaml")
    assert card.data["first_mes"] == "*waves* Hello!\n\nCome in."
    assert card.data["description"] == 'Mira is calm.\nShe says: "yes".'


@given(
    st.dictionaries(
        st.sampled_from(["name", "greeting", "context", "your_name"]),
        st.text(st.characters(blacklist_categories=["Cs", "Cc"]) | st.sampled_from("\n:#'\"- |>"), max_size=300),
        min_size=1,
    ),
    st.sampled_from(["", "|", ">", "'", '"']),
    st.booleans(),
)
def test_yaml_is_read_as_pyyaml_reads_it(table: dict[str, str], style: str, unicode: bool) -> None:
    dumped = yaml.safe_dump(table, default_style=style or None, allow_unicode=unicode, sort_keys=False)
    assert parse_flat_yaml(dumped) == {str(k): str(v) for k, v in yaml.safe_load(dumped).items()}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name: &a x\ncontext: *a", 1),
        ("name: x\ncontext: [a, b]", 2),
        ("name: x\ncontext:\n  - a", 3),
        ("name: x\ncontext:\n  b: c", 3),
        ("name: !!python/object:os.system x", 1),
        ("name: 'x", 1),
        ("just words", 1),
        ("name: 'a' b", 1),
    ],
)
def test_other_yaml_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(InvalidOption, match=f"line {line}:"):
        parse_flat_yaml(text)
