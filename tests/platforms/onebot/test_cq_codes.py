import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.onebot.cq_codes import parse_string
from bot.platforms.onebot.segments import Segment, text_segment
from tests.timing import thread_seconds
from tests.wire_onebot.group_chat import as_string


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("hello", [text_segment("hello")]),
        ("[CQ:at,qq=10000] hi", [Segment("at", {"qq": "10000"}), text_segment(" hi")]),
        ("[CQ:image,file=a&#44;b.png,url=http://x/?a=1&amp;b=2]", [
            Segment("image", {"file": "a,b.png", "url": "http://x/?a=1&b=2"})]),
        ("&#91;CQ:at,qq=all&#93;", [text_segment("[CQ:at,qq=all]")]),
        ("&amp;#91;", [text_segment("&#91;")]),
        ("[CQ:face]", [Segment("face")]),
        ("[CQ:broken", [text_segment("[CQ:broken")]),
        ("[CQ:]x", [text_segment("[CQ:]x")]),
        ("", []),
    ],
)  # fmt: skip
def test_a_string_is_read_as_its_segments(text: str, segments: list[Segment]) -> None:
    assert list(parse_string(text)) == segments


WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


@given(st.lists(st.one_of(WORDS.map(text_segment), WORDS.map(lambda file: Segment("image", {"file": file})))))
def test_what_a_bridge_writes_is_read_again(segments: list[Segment]) -> None:
    read = list(parse_string(as_string([segment.as_json() for segment in segments])))
    assert _joined(read) == _joined(segments)


def _joined(segments: list[Segment]) -> list[Segment]:
    """Join adjacent texts, which the string form does not distinguish."""
    joined: list[Segment] = []
    for segment in segments:
        if joined and joined[-1].kind == segment.kind == "text":
            joined[-1] = text_segment(joined[-1].get("text") + segment.get("text"))
        else:
            joined.append(segment)
    return joined


@pytest.mark.parametrize("text", ["[CQ:" * 100_000, "[CQ:a" + ",a=" * 100_000, "[CQ:a,a=b" * 50_000])
def test_broken_codes_are_read_in_linear_time(text: str) -> None:
    small = thread_seconds(lambda: list(parse_string(text[: len(text) // 8])))
    assert thread_seconds(lambda: list(parse_string(text))) < 0.5 + 40 * small
