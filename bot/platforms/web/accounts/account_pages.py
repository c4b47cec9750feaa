"""The pages for signing in to an account and for creating one."""

from dataclasses import dataclass

from bot.i18n import translate
from bot.platforms.web.template import render


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The values shown in a form."""

    language: str
    bot: str
    name: str = ""
    error: str = ""  # why the last submission was refused
    keep: bool = False  # whether this browser has conversations that the account can take over
    code: str = ""


def sign_in_page(form: Form) -> str:
    return render("account-sign-in.html", form.language, _values(form))


def join_page(form: Form) -> str:
    return render("join.html", form.language, _values(form) | {"code": form.code, "keep": _hidden(not form.keep)})


def no_invitation_page(form: Form) -> str:
    """The page for an invitation that is used up or unknown."""
    return render("no-invitation.html", form.language, _values(form))


def reset_page(form: Form) -> str:
    """The page of a link that resets the password of ``form.name``."""
    return render("reset.html", form.language, _values(form) | {"code": form.code})


def no_reset_page(form: Form) -> str:
    """The page of a reset link that is used, expired or unknown."""
    return render("no-reset.html", form.language, _values(form))


def _values(form: Form) -> dict[str, str]:
    return {
        "name": form.bot, "typed": form.name, "error": form.error, "wrong": _hidden(not form.error),
        "failed": translate("The passkey was not accepted. Please try again.", form.language),
    }  # fmt: skip


def _hidden(is_hidden: bool) -> str:
    return " hidden" if is_hidden else ""
