"""Chat completion request bodies."""

import pytest
from pydantic import ValidationError

from bot.platforms.api.api_errors import ApiError
from bot.platforms.api.chat_body import ChatBody


def body(**fields: object) -> ChatBody:
    return ChatBody.model_validate({"messages": [{"role": "user", "content": "x"}]} | fields)


def test_developers_are_the_system_and_parts_are_joined() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    found = body(messages=[{"role": "developer", "content": parts}, {"role": "assistant", "content": None}]).chat()
    assert [(message.role, message.text) for message in found] == [("system", "ab"), ("assistant", "")]


def test_who_wants_thoughts() -> None:
    assert body().thinking() is None
    assert body(reasoning_effort="none").thinking() is False
    assert body(reasoning_effort="high").thinking() is True
    assert body(chat_template_kwargs={"enable_thinking": False}).thinking() is False


@pytest.mark.parametrize("fields", [{"audio": {"a": 1}}, {"web_search_options": {"a": 1}}, {"functions": [{}]}])
def test_what_is_not_done_is_said(fields: dict[str, object]) -> None:
    with pytest.raises(ApiError):
        body(**fields).check()


def test_functions_that_are_not_to_be_used_are_let_pass() -> None:
    body(functions=[{}], function_call="none", response_format={"type": "text"}).check()


def test_who_names_the_speakers() -> None:
    assert body(names={"user": "Ann", "assistant": "Owl"}).chat_options().bot == "Owl"
    named = body(user_name="Bo", names={"user": "Ann"}, presystem=False).chat_options()
    assert (named.user, named.presystem) == ("Bo", False)


def test_whether_the_last_message_is_continued_by_vllms_names() -> None:
    assert body().chat_options().continues is None
    assert body(continue_final_message=True).chat_options().continues is True
    assert body(add_generation_prompt=True).chat_options().continues is False
    assert body(add_generation_prompt=False).chat_options().continues is True
    assert body(continue_final_message=False, add_generation_prompt=False).chat_options().continues is False
    with pytest.raises(ApiError, match="cannot both"):
        body(continue_final_message=True, add_generation_prompt=True).chat_options()
    with pytest.raises(ApiError, match="true or false"):
        body(continue_final_message="yes").chat_options()


def test_what_programs_send_without_meaning_it_is_let_pass() -> None:
    unset = {"n", "stream", "stop", "tools", "tool_choice", "response_format", "metadata", "logprobs", "functions"}
    found = body(model=None, top_logprobs=0, **dict.fromkeys(unset))
    found.check()
    assert (found.model, found.scores, found.called_tools()) == ("", None, None)
    body(metadata={"chat": {"id": 1}}).check()
    calls = [{"function": {"name": "f", "arguments": {"x": 1}}}]
    (said,) = body(messages=[{"role": "assistant", "content": None, "tool_calls": calls}]).chat()
    assert said.text == '[{"name":"f","arguments":{"x":1}}]'


def test_metadata_is_bounded_where_it_is_stored() -> None:
    with pytest.raises(ValidationError):
        body(metadata={"chat": {"id": 1}}, store=True).stored_metadata()
    assert body(metadata={"a": "b"}, store=True).stored_metadata() == {"a": "b"}
    assert body(metadata={"chat": {"id": 1}}).stored_metadata() == {}
