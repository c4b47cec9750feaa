"""The account pages, in each language."""

import pytest

from bot.platforms.web.accounts.account_pages import Form, join_page, no_invitation_page, sign_in_page

HOSTILE = "\"><script>alert('x')</script>{{name}}"


@pytest.mark.parametrize("language", ["en", "zh_CN", "ja"])
def test_they_render_and_show_what_was_typed_as_text(language: str) -> None:
    form = Form(language=language, bot=HOSTILE, name=HOSTILE, error=HOSTILE, code=HOSTILE)
    for page in (sign_in_page(form), join_page(form), no_invitation_page(form)):
        assert "<script>alert" not in page
        assert "{{Sign in}}" not in page
        assert "&lt;script&gt;" in page


def test_an_alert_is_there_only_with_words_in_it() -> None:
    assert 'role="alert" hidden' in sign_in_page(Form(language="en", bot="Roost"))
    assert 'role="alert">No.</p>' in sign_in_page(Form(language="en", bot="Roost", error="No."))
