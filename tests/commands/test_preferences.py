"""Settings of channels and people, and how they are combined."""

from pathlib import Path

from bot.engine.types import SamplingParams
from bot.library.prompts import ChatPrompt
from tests.commands.talking import ANN, BOB, Talk, talking

WARM = ChatPrompt(name="test", sampling={"temperature": 0.9, "top_p": 0.9, "top_k": 40})


async def drawn(talk: Talk, text: str = "hello", **fields: object) -> SamplingParams:
    await talk(text, **fields)
    return talk.engine.requests[-1].sampling


async def test_layers_lie_over_each_other(tmp_path: Path) -> None:
    async with talking(tmp_path, WARM) as talk:
        assert (await drawn(talk)).temperature == 0.9
        await talk("+set preset precise")
        assert (await drawn(talk)).temperature == 0.3
        await talk("+set temperature 0.5")
        assert (await drawn(talk)).temperature == 0.5
        await talk("+set me temp 0.6 top_p=0.7")
        assert (await drawn(talk)).temperature == 0.6
        last = await drawn(talk, "hello -temp=0.7")
        assert (last.temperature, last.top_p, last.top_k) == (0.7, 0.7, 40)
        await talk("+set me temp default")
        assert (await drawn(talk)).temperature == 0.5
        await talk("+set default")
        await talk("+set me default")
        assert (await drawn(talk)).temperature == 0.9


async def test_a_persons_settings_are_theirs_and_stay_in_their_guild(tmp_path: Path) -> None:
    async with talking(tmp_path, WARM) as talk:
        await talk("+set temp 0.6", author=ANN, guild="a", is_group=True)
        assert (await drawn(talk, author=ANN, guild="a", is_group=True)).temperature == 0.6
        assert (await drawn(talk, author=BOB, guild="a", is_group=True)).temperature == 0.9
        assert (await drawn(talk, author=ANN, guild="b", is_group=True, channel="d")).temperature == 0.9


async def test_only_admins_set_a_groups_channel(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        reply = await talk("+set channel temp 0.6", author=ANN, guild="a", is_group=True)
        assert "only administrators" in reply.text
        assert "0.6" in await talk.say("+set channel temp 0.6", guild="a", is_group=True)


async def test_errors_tell_what_is_allowed(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "top_p must be 0 – 1, not 7" in await talk.say("+set top_p 7")
        assert "top_p must be 0 – 1, not nan" in await talk.say("+set top_p nan")
        assert 'Did you mean "temperature"?' in await talk.say("+set temprature 1")
        assert "pairs of names" in await talk.say("+set temperature")
        assert "chatrwkv" in await talk.say("+set preset nonsense")
        assert "on, off" in await talk.say("+set channel names perhaps")


async def test_settings_are_shown(tmp_path: Path) -> None:
    async with talking(tmp_path, WARM) as talk:
        await talk("+set temp 0.5 preset creative")
        await talk("+settings")
        layers, ranges = talk.sink.replies[-2:]
        assert "Channel: preset creative, temperature 0.5" in layers.text
        assert "- `top_n_sigma` (0 – 10; otherwise 0): only words within" in ranges.text
        assert "- `max_tokens` (1 – 4096; otherwise 512): every answer ends" in ranges.text


async def test_lists_and_tokens(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "banned_tokens [11, 26]" in await talk.say("+set ban 11,26, top_p=0.5")
        size = talk.engine.info.vocab_size
        assert f"has {size} tokens" in await talk.say(f"+set ban {size}")
        assert (await talk("hello")).kind == "turn"


async def test_presets_are_listed(tmp_path: Path) -> None:
    async with talking(tmp_path, WARM) as talk:
        await talk("+settings")
        ranges = talk.sink.replies[-1]
        assert "As RWKV role playing in 2023" in ranges.text


async def test_language(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "日本語" in await talk.say("+language ja")
        assert "コマンド" in await talk.say("+nonsense")
        assert "没有命令" in await talk.say("+nonsense", author=ANN, language="zh-TW")
        await talk("+language zh channel")
        assert "没有命令" in await talk.say("+nonsense", author=BOB)
        assert "en, zh_CN, ja" in await talk.say("+language tlh", author=BOB, channel="e")
