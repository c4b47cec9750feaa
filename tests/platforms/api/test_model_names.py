"""What a model's name stands for."""

from bot.library.prompts import ChatPrompt
from bot.platforms.api.model_names import ModelNames, Template, with_names, with_thinking
from tests.platforms.api.conftest import Api


async def test_any_name_is_the_models_plain_form(api: Api) -> None:
    names = ModelNames(api.completions)
    assert names.template("gpt-5").prompt.text == ""
    assert names.template("roost/other").prompt.bot == "Owl"


def test_only_reasoning_models_are_told_to_reason() -> None:
    plain, thinker = (Template(ChatPrompt(name="x", think=think), {}) for think in ("none", "spoiler"))
    assert with_thinking(plain, True) == plain
    assert with_thinking(thinker, None) == thinker
    assert with_thinking(thinker, False).prompt.think == "off"
    assert with_thinking(thinker, True).prompt.think == "on"


def test_names_are_cleaned() -> None:
    plain = Template(ChatPrompt(name="x"), {})
    assert with_names(plain, None, 3) == plain
    named = with_names(plain, "Ann:\n", "")
    assert (named.prompt.user, named.prompt.bot) == ("Ann", "Assistant")
