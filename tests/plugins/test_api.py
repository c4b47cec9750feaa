"""What plugins declare besides commands."""

from bot.commands.command import Filter, Task
from bot.plugins.api import background_task, message_filter


def test_declarations_hold_the_function_and_when_it_runs() -> None:
    @message_filter("after")
    def quieter(context: object, text: str) -> str:
        return text.lower()

    @background_task(every=60)
    def sweep(plugin: object) -> None:
        return None

    @background_task()
    async def once(plugin: object) -> None:
        return None

    assert isinstance(quieter, Filter)
    assert (quieter.when, quieter.run(None, "HI")) == ("after", "hi")
    assert [(type(each), each.every) for each in (sweep, once)] == [(Task, 60), (Task, None)]
