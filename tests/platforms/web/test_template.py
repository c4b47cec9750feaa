"""The pages in the reader's language: no text in them becomes code."""

import json
import re

import pytest

from bot.platforms.web.template import render_owner, render_page, render_sign_in


@pytest.mark.parametrize("language", ["en", "zh_CN", "ja"])
def test_no_placeholder_is_left(language: str) -> None:
    pages = [
        render_page(language, "Owl", {"limit": 5}),
        *(render_sign_in(language, "Owl", wrong=wrong) for wrong in (True, False)),
        *(render_owner(language, "Owl", code="abc", wrong=wrong) for wrong in (True, False)),
    ]
    for page in pages:
        assert not re.search(r"\{\{[^{}]+\}\}", page)
        assert "Owl" in page


def test_a_name_cannot_end_the_script_or_make_an_element() -> None:
    name = '</script><img src=x onerror="alert(1)">'
    page = render_page("en", name, {})
    assert "<img src=x" not in page
    settings = re.search(r"<script[^>]*json[^>]*>(.*?)</script>", page, re.DOTALL)
    assert settings is not None
    assert json.loads(settings[1])["name"] == name
    assert "<img src=x" not in render_sign_in("en", name, wrong=False)
    assert 'value=""><' not in render_owner("en", "Owl", code='"><b>', wrong=False)


def test_an_owner_link_that_is_spent_has_no_button() -> None:
    spent, fresh = (render_owner("en", "Owl", code="`abc`", wrong=wrong) for wrong in (True, False))
    assert '<button class="strong" hidden>' in spent
    assert '<p><a href="./">' in spent
    assert "<code>roost web link</code>" in spent
    assert '<button class="strong">' in fresh
    assert '<p hidden><a href="./">' in fresh
    assert 'value="`abc`"' in fresh
