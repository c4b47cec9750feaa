"""Guided answers."""

from pathlib import Path

from tests.commands.talking import talking

CONTEXT = "Mia is in the garden."


async def test_factors(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk(f"+ask Where is Mia? context: {CONTEXT} cfg: 0")
        assert talk.read() == "\nQ: Where is Mia?\nA:"
        await talk(f"+ask Where is Mia? context: {CONTEXT} cfg: 1")
        assert talk.read() == f"\n{CONTEXT}\nQ: Where is Mia?\nA:"
        assert not talk.engine.requests[-1].guidance
        await talk(f"+ask cfg:2 context: {CONTEXT} question: Where is Mia?")
        guidance = talk.engine.requests[-1].guidance
        assert guidance is not None
        assert guidance.factor == 2
        assert talk.engine.coder.decode(guidance.tokens) == "\nQ: Where is Mia?\nA:"
        assert talk.read() == f"\n{CONTEXT}\nQ: Where is Mia?\nA:"


async def test_a_slash_command_gives_the_same(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        arguments = {"question": "Where is Mia?", "context": CONTEXT, "cfg": 1.5}
        await talk(command="ask", arguments=arguments)
        assert talk.read() == f"\n{CONTEXT}\nQ: Where is Mia?\nA:"
        assert "cfg must be 0 – 5, not 7" in await talk.say("+ask Where? cfg: 7")


async def test_compare_shows_three_with_one_seed(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.engine.enqueue(" No idea.", " In the garden.", " Garden!")
        text = await talk.say(f"+compare Where is Mia? context: {CONTEXT}")
        assert text == "`cfg 0` No idea.\n`cfg 1` In the garden.\n`cfg 1.5` Garden!"
        assert len({request.sampling.seed for request in talk.engine.requests[-3:]}) == 1
        assert "nothing to compare" in await talk.say("+compare Where is Mia?")
