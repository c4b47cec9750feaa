"""Model names: any name is the running model; ``roost/NAME`` adds a prompt or a character."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.chat.character_form import EVERYBODY, character_form
from bot.chat.chat_form import ChatForm, ChatMessage, ChatText
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

    def thinks(self, messages: Sequence[ChatMessage]) -> bool:
        """Return whether the reply to ``messages`` starts inside the reasoning."""
        return self.prompt.think in ("on", "spoiler") and not self.form.continues_last(messages)

    async def text(self, messages: Sequence[ChatMessage]) -> ChatText:
        """Return the text to read for the reply to ``messages``, in a thread if a lorebook has to be scanned."""
        if self.form.character is None:
            return self.form.text(messages)
        return await asyncio.to_thread(self.form.text, messages)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatOptions:
    """What a request says about the form of its chat."""

    user: str = ""  # overrides the prompt's user name; likewise ``bot``
    bot: str = ""
    thinking: bool | None = None
    greets: bool = True  # whether a character's greeting comes first
    presystem: bool = True  # whether the prompt's opening is read
    continues: bool | None = None  # see ChatForm


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

    async def template(self, name: str, options: ChatOptions | None = None) -> Template:
        """Return how a chat with ``name`` is formatted: the model's plain form, or that of a prompt or character.

        Raises ApiError (404) if ``name`` starts with ``roost/`` and there is no such prompt or character.
        """
        core, options = self._completions.core, options or ChatOptions()
        if name.startswith(PREFIX):
            form = await self._named(name.removeprefix(PREFIX), options)
            return Template(form, {**core.sampling, **form.prompt.sampling})
        known = core.prompts.get(core.default_prompt) if core.default_prompt else ChatPrompt(name="")
        plain = ChatPrompt(name="", think=known.think, stop=known.stop)
        sampling = {key: value for key, value in known.sampling.items() if key != "max_tokens"}
        return Template(_prompt_form(plain, options), {**core.settings.sampling, **sampling})

    async def _named(self, name: str, options: ChatOptions) -> ChatForm:
        core = self._completions.core
        if name in core.prompts.names():
            return _prompt_form(core.prompts.get(name), options)
        try:
            form = await character_form(core, name, options.user, greets=options.greets)
        except NotFound:
            message = f'There is no prompt and no character "{name[:100]}". GET /v1/models lists them.'
            raise ApiError(404, "model_not_found", message, param="model") from None
        form = replace(form, continues=options.continues)
        return form if options.presystem else replace(form, start="", greeting="")


def _prompt_form(prompt: ChatPrompt, options: ChatOptions) -> ChatForm:
    think = prompt.think
    if options.thinking is not None and think != "none":  # "none": the model was not trained to reason
        think = "on" if options.thinking else "off"
    named = replace(prompt, user=options.user or prompt.user, bot=options.bot or prompt.bot, think=think)
    return ChatForm(named, named.start() if options.presystem else "", continues=options.continues)


def manner_of(others: Mapping[str, object], *, thinking: bool | None, first: str) -> ChatOptions:
    """Return the form of a chat whose first message has the role ``first``, from RWKV-Runner's and ai00's fields."""
    names = others.get("names")
    named: Mapping[str, object] = names if isinstance(names, dict) else {}
    return ChatOptions(
        user=_given_name(others.get("user_name") or named.get("user")),
        bot=_given_name(others.get("assistant_name") or named.get("assistant")),
        thinking=thinking, greets=first != "assistant", presystem=others.get("presystem") is not False,
    )  # fmt: skip


def _given_name(value: object) -> str:
    return clean_name(value) if isinstance(value, str) else ""
