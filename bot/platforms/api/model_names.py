"""The model as clients name it: by any name, or as ``roost/NAME`` together with a prompt or a character."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.chat.character_form import EVERYBODY, character_form
from bot.chat.chat_form import ChatForm
from bot.chat.completions import Completions
from bot.errors import NotFound
from bot.library.prompts import ChatPrompt, clean_name
from bot.platforms.api.api_errors import ApiError

PREFIX = "roost/"


@dataclass(frozen=True, slots=True)
class Template:
    """How a chat is read, and the sampling that lies under what a request asks for."""

    form: ChatForm
    sampling: Mapping[str, object]

    @property
    def prompt(self) -> ChatPrompt:
        """The names, and what ends a turn."""
        return self.form.prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """What a request says of the form of its chat."""

    user: str = ""  # other names than the prompt's
    bot: str = ""
    thinking: bool | None = None
    greets: bool = True  # a character's greeting stands first
    presystem: bool = True  # the prompt's beginning is read


class ModelNames:
    """What ``/v1/models`` lists, and what a name stands for."""

    def __init__(self, completions: Completions) -> None:
        self._completions = completions
        self._created = int(time.time())

    @property
    def current(self) -> str:
        """The running model's own name."""
        return self._completions.info.name

    async def names(self) -> list[str]:
        """All that are offered."""
        core = self._completions.core
        characters = [item.id for item in await core.characters.listed(EVERYBODY) if not item.problem]
        offered = dict.fromkeys([*sorted(core.prompts.names()), *sorted(characters)])
        return [self.current, *(PREFIX + name for name in offered)]

    def entry(self, name: str) -> dict[str, object]:
        """What clients read of one."""
        return {"id": name, "object": "model", "created": self._created, "owned_by": "roost"}

    async def template(self, name: str, manner: Manner | None = None) -> Template:
        """How a chat with ``name`` is read: the model's plain form, unless it names a prompt or a character.

        Raises ApiError.
        """
        core, manner = self._completions.core, manner or Manner()
        if name.startswith(PREFIX):
            form = await self._named(name.removeprefix(PREFIX), manner)
            return Template(form, {**core.settings.sampling, **form.prompt.sampling})
        known = core.prompts.get(core.default_prompt) if core.default_prompt else ChatPrompt(name="")
        plain = ChatPrompt(name="", think=known.think, stop=known.stop)
        sampling = {key: value for key, value in known.sampling.items() if key != "max_tokens"}
        return Template(_prompt_form(plain, manner), {**core.settings.sampling, **sampling})

    async def _named(self, name: str, manner: Manner) -> ChatForm:
        core = self._completions.core
        if name in core.prompts.names():
            return _prompt_form(core.prompts.get(name), manner)
        try:
            form = await character_form(core, name, manner.user, greets=manner.greets)
        except NotFound:
            message = f'There is no prompt and no character "{name[:100]}". GET /v1/models lists them.'
            raise ApiError(404, "model_not_found", message, param="model") from None
        return form if manner.presystem else replace(form, start="")


def _prompt_form(prompt: ChatPrompt, manner: Manner) -> ChatForm:
    think = prompt.think
    if manner.thinking is not None and think != "none":  # a model that was not made for it does without
        think = "on" if manner.thinking else "off"
    named = replace(prompt, user=manner.user or prompt.user, bot=manner.bot or prompt.bot, think=think)
    return ChatForm(named, named.start() if manner.presystem else "")


def given_name(value: object) -> str:
    """A name that a request gives a speaker; "" where it gives none."""
    return clean_name(value) if isinstance(value, str) else ""
