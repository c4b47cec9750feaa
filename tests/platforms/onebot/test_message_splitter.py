from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.onebot.message_splitter import NODES, MessageSplitter

TALK = "Hello there, my friend. The owl sat in the tree. It said nothing at all! And then it flew away."


def test_a_reply_comes_whole_unless_pieces_are_wanted() -> None:
    assert MessageSplitter()(TALK) == [TALK]
    assert MessageSplitter(pieces=3)("Hello.") == ["Hello."]
    assert MessageSplitter(pieces=3)("```\na. b. c. d. e. f. g. h. i.\n```") == ["```\na. b. c. d. e. f. g. h. i.\n```"]


def test_pieces_end_with_sentences() -> None:
    assert MessageSplitter(pieces=2)(TALK) == [TALK[:48], TALK[49:]]
    pieces = MessageSplitter(pieces=3)("今天天气很好啊。我们一起出去走走吧！你觉得怎么样呢？我在楼下等你。")
    assert len(pieces) == 3
    assert all(piece[-1] in "。！？" for piece in pieces)


@given(st.text(alphabet="ab .!?。\n", max_size=200), st.integers(1, 3))
def test_no_more_pieces_than_wanted_and_nothing_lost(text: str, most: int) -> None:
    pieces = MessageSplitter(pieces=most)(text)
    assert 1 <= len(pieces) <= most
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_a_long_reply_is_a_forward_and_a_longer_one_several() -> None:
    splitter = MessageSplitter(forward_after=200)
    assert splitter.is_forward("a" * 201)
    assert not splitter.is_forward("a" * 200)
    bundles = splitter("word " * 1000)
    assert len(bundles) > 1
    for bundle in bundles:
        nodes = splitter.nodes(bundle)
        assert len(nodes) <= 2 * NODES
        assert all(len(node) <= 200 for node in nodes)
    assert "".join("".join(bundles).split()) == "word" * 1000
