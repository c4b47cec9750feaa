"""What is told once everything is up: the address, what is connected, and how to connect what is not."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.app import App


def banner(app: "App", seconds: float, *, console: bool) -> str:
    """The lines of the banner."""
    info = app.engine.info
    lines = [
        "",
        f"{app.config.bot.name} is ready ({seconds:.1f} s). Model: {info.name}, RWKV-{info.version}, "
        f"{info.layers} layers of {info.width}, {info.precision} on {info.device}.",
    ]
    lines += [f"  {platform.describe()}" for platform in app.platforms]
    lines += [f"  {problem}" for problem in app.problems]
    if console:
        lines.append(f"  console: this terminal, conversation {app.config.console.channel!r}")
    lines.append(f"  data: {app.config.data}")
    lines.append("  Ctrl-C ends it; what was said stays." if not console else "")
    return "\n".join(lines).rstrip() + "\n"
