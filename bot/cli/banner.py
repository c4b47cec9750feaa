"""The text `roost run` prints once it is up: the URL, what is connected, and how to connect the rest."""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from bot.app import App


@runtime_checkable
class OwnedPlatform(Protocol):
    """A platform to which the owner signs in by a link."""

    def owner_link(self) -> str:
        """Return a one-time link."""


def banner(app: "App", seconds: float, *, console: bool) -> str:
    info = app.engine.info
    lines = [
        "",
        f"{app.config.bot.name} is ready ({seconds:.1f} s). Model: {info.name}, RWKV-{info.version}, "
        f"{info.layers} layers of {info.width}, {info.precision} on {info.device}.",
    ]
    for platform in app.platforms:
        lines.append(f"  {platform.name}: {platform.describe()}")
        if isinstance(platform, OwnedPlatform):
            lines.append(f"  owner: open {platform.owner_link()} once to be the administrator there")
    lines += [f"  {problem}" for problem in app.problems]
    if console:
        lines.append(f"  console: this terminal, conversation {app.config.console.channel!r}")
    lines.append(f"  data: {app.config.data}")
    lines.append("  Press Ctrl-C to stop. Conversations are saved." if not console else "")
    return "\n".join(lines).rstrip() + "\n"
