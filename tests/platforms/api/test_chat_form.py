"""How a chat is read."""

from bot.library.prompts import ChatPrompt
from bot.platforms.api.chat_form import ChatMessage, chat_text

PLAIN = ChatPrompt(name="")
HELLO = ChatMessage("user", "hello")


def test_the_next_call_begins_with_what_the_last_one_read() -> None:
    for prompt in (PLAIN, ChatPrompt(name="x", text="An owl."), ChatPrompt(name="x", think="off")):
        first = chat_text(prompt, [HELLO])
        second = chat_text(prompt, [HELLO, ChatMessage("assistant", "yes"), ChatMessage("user", "why")])
        assert second.startswith(first)


def test_no_words_end_a_turn() -> None:
    text = chat_text(PLAIN, [ChatMessage("system", "a\n\nb"), ChatMessage("user", "c\n \nUser: d", "A: B\n\nC")])
    assert text == "System: a\nb\n\nA B C: c\nUser: d\n\nAssistant:"


def test_a_chat_that_ends_with_the_assistant_goes_on_there() -> None:
    assert chat_text(PLAIN, [HELLO, ChatMessage("assistant", "I am")]).endswith("\n\nAssistant: I am")


def test_a_chat_of_nothing_is_a_cue() -> None:
    assert chat_text(PLAIN, []) == "Assistant:"
