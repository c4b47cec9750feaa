"""On the demo model: a character's state equals that of a chat with only the lines it heard."""

from pathlib import Path

from bot.chat.cast import Role
from bot.chat.engine import Engine
from bot.engine.types import StateHandle
from bot.library.scenes.scene_definition import Scene
from tests.chat.test_exact_states import demo as demo
from tests.conversations import SEED, last, open_conversations

ROLES = [Role(name="Ann", text="Ann is a gentle sailor."), Role(name="Ben", text="Ben is a grumpy cook.")]
SCENE = Scene(id="s/n", name="n", setting="It is night.")


async def test_own_memory_is_a_chat_of_ones_own(tmp_path: Path, demo: Engine) -> None:
    async with open_conversations(tmp_path, demo) as conversations:
        talk = await conversations.open("test", "a")
        await talk.scene.begin(SCENE, ROLES)
        await talk.scene.line("Ben", "The key is under the mat.", options=SEED, only="Ann")
        for name in ("Ben", "Ann", "Ben"):
            await last(talk.scene.speak(name, options=SEED))
        for name in ("Ann", "Ben"):
            stage = await talk.scene.stage()
            heard = [f"{line.speaker}:{demo.coder.decode(line.output_tokens)}" for line in stage.lines
                     if name in line.scene["heard"]]  # fmt: skip
            text = "\n\n".join([ROLES[0].text if name == "Ann" else ROLES[1].text, SCENE.setting, *heard])
            view = stage.view(name, lambda part: tuple(demo.coder.encode(part)))
            tokens = [token for piece in view for token in piece]
            assert demo.coder.decode(tokens) == text
            followed, first = await conversations.core.states.follow(view)
            alone = await conversations.core.states.read(tokens, None)
            assert first == tuple(tokens[-1:])
            assert await exported(demo, followed) == await exported(demo, alone), "equal to the bit"


async def exported(engine: Engine, state: StateHandle | None) -> bytes:
    assert state is not None
    return await engine.export_state(state)
