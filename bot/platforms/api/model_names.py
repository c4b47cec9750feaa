"""The model as clients name it: by any name, or as ``roost/NAME`` together with one of the prompts."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.chat.completions import Completions
from bot.errors import NotFound
from bot.library.prompts import ChatPrompt, clean_name
from bot.platforms.api.api_errors import ApiError

PREFIX = "roost/"


@dataclass(frozen=True, slots=True)
class Template:
    """How a chat is read, and the sampling that lies under what a request asks for."""

    prompt: ChatPrompt
    sampling: Mapping[str, object]


class ModelNames:
    """What ``/v1/models`` lists, and what a name stands for."""

    def __init__(self, completions: Completions) -> None:
        self._completions = completions
        self._created = int(time.time())

    @property
    def current(self) -> str:
        """The running model's own name."""
        return self._completions.info.name

    def names(self) -> list[str]:
        """All that are offered."""
        return [self.current, *(PREFIX + name for name in sorted(self._completions.core.prompts.names()))]

    def entry(self, name: str) -> dict[str, object]:
        """What clients read of one. Raises ApiError."""
        if name.startswith(PREFIX):
            self._prompt(name)
        return {"id": name, "object": "model", "created": self._created, "owned_by": "roost"}

    def template(self, name: str) -> Template:
        """How a chat with ``name`` is read: the model's plain form, unless it names a prompt. Raises ApiError."""
        core = self._completions.core
        if name.startswith(PREFIX):
            prompt = self._prompt(name)
            return Template(prompt, {**core.settings.sampling, **prompt.sampling})
        known = core.prompts.get(core.default_prompt) if core.default_prompt else ChatPrompt(name="")
        plain = ChatPrompt(name="", think=known.think, stop=known.stop)
        sampling = {key: value for key, value in known.sampling.items() if key != "max_tokens"}
        return Template(plain, {**core.settings.sampling, **sampling})

    def _prompt(self, name: str) -> ChatPrompt:
        try:
            return self._completions.core.prompts.get(name.removeprefix(PREFIX))
        except NotFound as error:
            raise ApiError(404, "model_not_found", str(error), param="model") from None


def with_names(template: Template, user: object, bot: object) -> Template:
    """The same with other names for the two speakers, as RWKV-Runner's clients give them."""
    prompt = template.prompt
    return replace(template, prompt=replace(prompt, user=_name(user, prompt.user), bot=_name(bot, prompt.bot)))


def _name(given: object, known: str) -> str:
    return (clean_name(given) if isinstance(given, str) else "") or known


def with_thinking(template: Template, wanted: bool | None) -> Template:
    """The same with or without reasoning; a model that was not made for it does without."""
    prompt = template.prompt
    if wanted is None or prompt.think == "none":
        return template
    return replace(template, prompt=replace(prompt, think="on" if wanted else "off"))
