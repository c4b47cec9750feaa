"""Model names: any name is the running model; ``roost/NAME`` adds a prompt or a character."""

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
    """How a chat is formatted, and the sampling defaults below the request's own values."""

    form: ChatForm
    sampling: Mapping[str, object]

    @property
    def prompt(self) -> ChatPrompt:
        """The names and the stop texts."""
        return self.form.prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """What a request says about the form of its chat."""

    user: str = ""  # overrides the prompt's user name; likewise ``bot``
    bot: str = ""
    thinking: bool | None = None
    greets: bool = True  # whether a character's greeting comes first
    presystem: bool = True  # whether the prompt's opening is read


class ModelNames:
    """The models listed by ``/v1/models``, and what their names stand for."""

    def __init__(self, completions: Completions) -> None:
        self._completions = completions
        self._created = int(time.time())

    @property
    def current(self) -> str:
        """The running model's own name."""
        return self._completions.info.name

    async def names(self) -> list[str]:
        """Return all names on offer."""
        core = self._completions.core
        characters = [item.id for item in await core.characters.listed(EVERYBODY) if not item.problem]
        offered = dict.fromkeys([*sorted(core.prompts.names()), *sorted(characters)])
        return [self.current, *(PREFIX + name for name in offered)]

    def entry(self, name: str) -> dict[str, object]:
        """Return a model's entry in OpenAI's format."""
        return {"id": name, "object": "model", "created": self._created, "owned_by": "roost"}

    async def template(self, name: str, manner: Manner | None = None) -> Template:
        """Return how a chat with ``name`` is formatted: the model's plain form, or that of a prompt or character.

        Raises ApiError (404) if ``name`` starts with ``roost/`` and there is no such prompt or character.
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
    if manner.thinking is not None and think != "none":  # "none": the model was not trained to reason
        think = "on" if manner.thinking else "off"
    named = replace(prompt, user=manner.user or prompt.user, bot=manner.bot or prompt.bot, think=think)
    return ChatForm(named, named.start() if manner.presystem else "")


def given_name(value: object) -> str:
    """Return the speaker name given in a request, cleaned; "" if there is none."""
    return clean_name(value) if isinstance(value, str) else ""
