"""What plugins declare besides commands (bot.commands.command.command): message filters and background tasks."""

from collections.abc import Awaitable, Callable
from typing import Literal

from bot.commands.command import Filter, Task


def message_filter(when: Literal["before", "after"]) -> Callable[[Callable[..., str | Awaitable[str]]], Filter]:
    """Make ``(context, text) -> text`` a filter of what people say ("before" the model) or of replies ("after").

    It is called for every frame of a reply while that is written, so it must be quick. An ``async def`` runs in the
    bot's own loop and must never block it; a plain ``def`` runs in a thread.
    """

    def decorate(run: Callable[..., str | Awaitable[str]]) -> Filter:
        return Filter(when=when, run=run)

    return decorate


def background_task(*, every: float | None = None) -> Callable[[Callable[..., Awaitable[None] | None]], Task]:
    """Make ``(plugin) -> None`` a task: run once at the start, or again ``every`` so many seconds after it ended."""

    def decorate(run: Callable[..., Awaitable[None] | None]) -> Task:
        return Task(run=run, every=every)

    return decorate
