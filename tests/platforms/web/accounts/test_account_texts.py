"""The texts of the account pages."""

import re

from bot.platforms.web.accounts.account_texts import ACCOUNT_TEXTS, FORM_TEXTS
from bot.platforms.web.assets.module_source import STATIC
from bot.platforms.web.page_texts import PAGE_TEXTS
from tests.platforms.web.test_page import words_of_view

VALUES = {"language", "name", "error", "wrong", "failed", "typed", "code", "keep"}


def test_none_is_missing_and_none_is_left_over() -> None:
    assert words_of_view("account") == set(ACCOUNT_TEXTS)


def test_the_forms_have_theirs() -> None:
    names = ("account-sign-in.html", "join.html", "no-invitation.html", "reset.html", "no-reset.html")
    pages = "".join((STATIC / name).read_text() for name in names)
    shown = set(re.findall(r"\{\{([^{}]+)\}\}", pages)) - VALUES - set(PAGE_TEXTS)
    assert shown == set(FORM_TEXTS)
