"""Texts of the sign-in pages and of the account view."""

from bot.i18n import N_

ACCOUNT_TEXTS = (
    N_("A passkey opens the account with your device's own lock instead of a password."),
    N_("Add a passkey"),
    N_("Browsers that are signed in"),
    N_("Change the password"),
    N_("Delete the account"),
    N_("My phone"),
    N_("Passkeys"),
    N_("Passkeys need a page with https and a host name."),
    N_("Remove {name}"),
    N_("Set a password"),
    N_("Sign it out"),
    N_("Sign out"),
    N_("Sign out all others"),
    N_("The account and all its conversations are deleted for good."),
    N_("New password"),
    N_("The passkey was not accepted. Please try again."),
    N_("The password is changed. All other browsers are signed out."),
    N_("Current password"),
    N_("Type {name} to confirm"),
    N_("Unknown browser"),
    N_("What to call it"),
    N_("You are signed in as {name}."),
    N_("last used {moment}"),
    N_("this one"),
)

FORM_TEXTS = (
    N_("An invitation makes one account. Ask the owner of this Roost for a new one."),
    N_("At least 10 characters. Several words make a good one."),
    N_("Continue without an account"),
    N_("Create an account"),
    N_("Create account"),
    N_("Name"),
    N_("Password"),
    N_("Sign in with a passkey"),
    N_("Take over the conversations of this browser"),
    N_("This invitation is no longer valid."),
    N_("Use a passkey instead of a password"),
    N_("You are invited. With an account you find your conversations again in any browser."),
)
