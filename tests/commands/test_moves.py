"""Moves in the tree never use the model."""

from pathlib import Path
from xml.etree import ElementTree

from tests.commands.talking import talking


async def test_moves_read_no_token(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.engine.enqueue(" One.", " Two.", " Three.", " Four.")
        await talk("first")
        await talk("+")
        await talk("second")
        await talk("+save here")
        requests = len(talk.engine.requests)
        for move in ("+undo", "+swipe left", "+swipe right", "+redo", "+branch b", "+branch main", "+load here",
                     "+undo 2", "+go 2", "+history", "+tree", "+branches", "+saves", "+reset", "+undo"):  # fmt: skip
            reply = await talk(move)
            assert reply.kind != "error" or move == "+redo", (move, reply.text)
        assert len(talk.engine.requests) == requests
        await talk("+load here")
        before = talk.engine.tokens_read
        await talk("third")
        assert talk.engine.tokens_read - before == len(talk.engine.coder.encode("\n\nUser: third\n\nAssistant:")) + 1


async def test_the_answer_shown_is_the_one_continued(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.engine.enqueue(" One.", " Two.", " Three.")
        await talk("first")
        await talk("+")
        shown = await talk("+swipe left")
        assert (shown.text, shown.position, shown.kind) == ("One.", (1, 2), "turn")
        assert (await talk(command="swipe", arguments={"step": -1})).kind == "error"
        await talk("next")
        assert talk.read().endswith("Assistant: One.\n\nUser: next\n\nAssistant:")


async def test_undo_redo_and_reset(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "nothing to undo" in await talk.say("+undo")
        assert "nothing to redo" in await talk.say("+redo")
        await talk("first")
        await talk("second")
        assert "first" in await talk.say("+undo")
        assert "second" in await talk.say("+redo")
        assert "beginning" in await talk.say("+undo 2")
        await talk("+redo 2")
        assert "new conversation" in await talk.say("+reset")
        assert "second" in await talk.say("+undo")
        assert "turns must be 1 – 1000, not 0" in await talk.say("+undo 0")
        assert "takes 1 values, not 2" in await talk.say("+undo 1 2")


async def test_branches(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk("first")
        assert "main" in await talk.say("+branches")
        assert "branch-2" in await talk.say("+branch")
        await talk("second")
        assert "Back on the branch `main`" in await talk.say("+branch main")
        assert "first" in await talk.say("+history")
        assert "second" not in await talk.say("+history")
        assert "▶ `main`" in await talk.say("+branches")
        assert "second" in await talk.say("+branch branch-2")
        assert "new branch `café`" in await talk.say("+branch caf\u00e9")
        assert "Back on the branch `café`" in await talk.say("+branch cafe\u0301"), "the same name in another form"


async def test_the_tree_as_text_and_as_a_picture(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.engine.enqueue(" <b>One</b> & ```", " Two.")
        await talk("first")
        await talk("+")
        await talk("+save a <name>")
        text = await talk.say("+tree")
        assert "▶ 3" in text
        assert text.count("```") == 2
        reply = await talk("+tree svg")
        (picture,) = reply.files
        root = ElementTree.fromstring(picture.data)  # noqa: S314  # our own picture
        assert "a <name>" in "".join(root.itertext())


async def test_refresh_keeps_the_last_turns(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.engine.enqueue(" One.", " Two.", " Three.", " Four.")
        for text in ("first", "second", "third"):
            await talk(text)
        await talk("+refresh 1")
        await talk("fourth")
        assert "third" in talk.read()
        assert "first" not in talk.read()


async def test_an_answer_is_picked_by_its_number(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.engine.enqueue(" One.", " Two.", " Three.")
        await talk("hello -n=3")
        reply = await talk("+pick 3")
        assert (reply.text, reply.position) == ("Three.", (3, 3))
        assert "there are 3" in (await talk("+pick 4")).text
