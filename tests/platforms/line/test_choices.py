from bot.events import Reply
from bot.platforms.line import choices as module
from bot.platforms.line.choices import Choices
from bot.platforms.line.numbered_choices import Choice

REPLY = Reply(text="hi", kind="turn", node=5, actions=("alternate", "undo"), position=(2, 2))


class Values:
    """An in-memory table that counts writes."""

    def __init__(self) -> None:
        self.table: dict[tuple[str, str], object] = {}
        self.writes = 0

    async def get(self, scope: str, key: str, default: object = None) -> object:
        return self.table.get((scope, key), default)

    async def set(self, scope: str, key: str, value: object) -> None:
        self.table[scope, key] = value
        self.writes += 1

    async def items(self, scope: str) -> dict[str, object]:
        return {}


def face(command: str) -> str:
    return {"alternate": "🔄"}.get(command, command)


async def test_a_number_chooses_what_stands_under_the_answer() -> None:
    choices = Choices("onebot", Values(), face)
    assert choices.line(REPLY).endswith("1 🔄  2 undo  3 ◀")
    assert choices.line(Reply(text="hi")) == ""
    await choices.remember("group:1", "m1", REPLY)
    assert await choices.chosen("group:1", "m1", " 2 ") == Choice("undo")
    assert await choices.chosen("group:1", "m1", "3") == Choice("swipe", "left")
    for text in ("4", "0", "22", "two", "２", "", "2 please"):
        assert await choices.chosen("group:1", "m1", text) is None


async def test_the_usual_choices_outlive_the_process_and_are_written_once() -> None:
    values = Values()
    first = Choices("onebot", values, face)
    for number in range(5):
        await first.remember("group:1", f"m{number}", REPLY)
    assert values.writes == 1
    assert await Choices("onebot", values, face).chosen("group:1", "m1", "2") == Choice("undo")
    assert await Choices("onebot", values, face).chosen("group:2", "m1", "2") is None


async def test_memory_is_bounded() -> None:
    choices = Choices("onebot", Values(), face)
    for number in range(module.REMEMBERED + 10):
        await choices.remember(f"group:{number}", f"m{number}", REPLY)
    assert len(choices._messages) == module.REMEMBERED
    assert len(choices._usual) <= module.REMEMBERED + 1
