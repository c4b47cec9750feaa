"""Decorators for plugins besides bot.commands.command.command: message filters and background tasks."""

from collections.abc import Awaitable, Callable
from typing import Literal

from bot.commands.command import Filter, Task


def message_filter(when: Literal["before", "after"]) -> Callable[[Callable[..., str | Awaitable[str]]], Filter]:
    """Make ``(context, text) -> text`` a filter of users' messages ("before" the model) or of replies ("after").

    A reply's filter is called for every frame while the reply is generated, so it must be fast. An ``async def`` runs
    in the bot's event loop and must not block it; a plain ``def`` runs in a thread.
    """

    def decorate(run: Callable[..., str | Awaitable[str]]) -> Filter:
        return Filter(when=when, run=run)

    return decorate


def background_task(*, every: float | None = None) -> Callable[[Callable[..., Awaitable[None] | None]], Task]:
    """Make ``(plugin) -> None`` a background task: run once at startup, or again ``every`` seconds after it ended."""

    def decorate(run: Callable[..., Awaitable[None] | None]) -> Task:
        return Task(run=run, every=every)

    return decorate
