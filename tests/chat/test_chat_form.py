"""How a chat is rendered for the model."""

from dataclasses import replace

import pytest

from bot.chat.chat_form import ChatForm, ChatMessage
from bot.library.prompts import ChatPrompt

PLAIN = ChatPrompt(name="")
HELLO = ChatMessage("user", "hello")


def form(prompt: ChatPrompt) -> ChatForm:
    return ChatForm(prompt, prompt.start())


@pytest.mark.parametrize("prompt", [PLAIN, ChatPrompt(name="x", text="An owl."), ChatPrompt(name="x", think="off")])
def test_the_next_call_begins_with_what_the_last_one_read(prompt: ChatPrompt) -> None:
    first = form(prompt).text([HELLO]).text
    second = form(prompt).text([HELLO, ChatMessage("assistant", "yes"), ChatMessage("user", "why")]).text
    assert second.startswith(first)


def test_head_and_lines_are_the_whole() -> None:
    told, owl = ChatMessage("system", "be kind"), form(ChatPrompt(name="x", text="An owl."))
    assert owl.head([told]) + owl.lines([HELLO], first=False) == owl.text([told, HELLO]).text
    assert form(PLAIN).head([]) + form(PLAIN).lines([HELLO], first=True) == form(PLAIN).text([HELLO]).text


def test_no_words_end_a_turn() -> None:
    text = form(PLAIN).text([ChatMessage("system", "a\n\nb"), ChatMessage("user", "c\n \nUser: d", "A: B\n\nC")]).text
    assert text == "System: a\nb\n\nA B C: c\nUser: d\n\nAssistant:"


def test_a_chat_that_ends_with_the_assistant_goes_on_there() -> None:
    assert form(PLAIN).text([HELLO, ChatMessage("assistant", "I am")]).text.endswith("\n\nAssistant: I am")


def test_a_request_may_say_whether_the_last_message_is_continued() -> None:
    said = [HELLO, ChatMessage("assistant", "I am")]
    closed, open_ = (replace(form(PLAIN), continues=wanted) for wanted in (False, True))
    assert closed.text(said).text.endswith("\n\nAssistant: I am\n\nAssistant:")
    assert open_.text([HELLO]).text == "User: hello"
    assert open_.text([]).text == "Assistant:"


def test_a_chat_of_nothing_is_a_cue() -> None:
    assert form(PLAIN).text([]).text == "Assistant:"
