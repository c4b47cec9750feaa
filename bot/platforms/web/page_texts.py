"""The chat page's own words: what its HTML and its scripts say, for the catalogues and for the page."""

from bot.i18n import N_, translate

PAGE_TEXTS = (
    N_("Chat"),
    N_("Message"),
    N_("Write a message…"),
    N_("Send"),
    N_("Stop"),
    N_("Start over"),
    N_("Start over? The conversation so far is kept; undo brings it back."),
    N_("Undo"),
    N_("Undo the last turn"),
    N_("Another answer"),
    N_("Continue"),
    N_("Let it write on"),
    N_("Previous answer"),
    N_("Next answer"),
    N_("Answer {number} of {count}"),
    N_("Copy"),
    N_("Copied"),
    N_("Retry"),
    N_("Download"),
    N_("Commands"),
    N_("Change between light and dark"),
    N_("Go to the end"),
    N_("Skip to the message box"),
    N_("{name} is writing"),
    N_("You"),
    N_("Cut off here."),
    N_("The connection broke."),
    N_("Roost does not answer. Is it still running?"),
    N_("Cancel"),
    N_("Attach a file"),
    N_("Remove the file"),
    N_("{name} is larger than {limit} kB."),
    N_("Hello! What shall we talk about?"),
    N_("Everything stays on this machine: the model, and what you write."),
    N_("What can you do?"),
    N_("Tell me a story about a fox."),
    N_("Type + to see what else there is."),
    N_("Earlier turns are not shown."),
    N_("Announcement"),
    N_("Enter sends, Shift+Enter begins a new line."),
)

SIGN_IN_TEXTS = (
    N_("This page needs a token."),
    N_("Token"),
    N_("Open"),
    N_("That is not the token."),
    N_("It stands in the settings of this Roost, under [web] token."),
    N_("Sign in as owner"),
    N_("Sign in as owner of this Roost?"),
    N_("This browser will have the administrator's commands."),
    N_("This link does not work any more."),
    N_("A link works once and for a day. `roost web link` prints a new one."),
)


def page_texts(language: str) -> dict[str, str]:
    """The page's texts in ``language`` by their English originals, where they differ."""
    translations = {text: translate(text, language) for text in PAGE_TEXTS}
    return {text: words for text, words in translations.items() if words != text}
