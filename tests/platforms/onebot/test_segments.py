from bot.platforms.onebot.segments import (
    EVERYBODY,
    MAX_SEGMENTS,
    Segment,
    content_of,
    node_segment,
    parse_array,
    quote_segment,
    text_segment,
)


def test_words_mentions_and_quotes_become_text() -> None:
    segments = [
        Segment("reply", {"id": -12}), Segment("at", {"qq": 10000}), text_segment(" hello "),
        Segment("at", {"qq": "all"}), Segment("at", {"qq": 7, "name": "@Ben"}),
    ]  # fmt: skip
    content = content_of(segments, frozenset({"10000"}))
    assert content.text == "hello @all @Ben"
    assert content.mentioned == {"10000", EVERYBODY, "7"}
    assert content.quoted == "-12"
    assert content.has_words


def test_what_is_no_text_is_named() -> None:
    kinds = ["image", "record", "video", "mface", "face", "forward", "json", "hologram"]
    content = content_of([Segment(kind, {"id": "f"}) for kind in kinds])
    assert content.text == (
        "[image][voice message][video][sticker][emoji][forwarded messages][card][unsupported message]"
    )
    assert content.forwarded == ("f",)
    assert not content.has_words
    assert content_of([Segment("file", {"name": "notes.txt"})]).text == "[file: notes.txt]"


def test_arrays_are_read_leniently_and_bounded() -> None:
    assert parse_array([{"type": "TEXT", "data": {"text": "a"}}, 3, {"type": 1}, {"type": "face", "data": "x"}]) == [
        Segment("text", {"text": "a"}),
        Segment("face"),
    ]
    assert len(parse_array([{"type": "text", "data": {}}] * 100_000)) == MAX_SEGMENTS


def test_a_value_that_is_no_plain_value_reads_as_nothing() -> None:
    segment = Segment("at", {"qq": True, "name": ["x"], "n": 2**80})
    assert [segment.get("qq"), segment.get("name"), segment.get("n")] == ["", "", str(2**80)]


def test_what_is_sent_holds_no_codes() -> None:
    text = "[CQ:at,qq=all] & more"
    assert text_segment(text).as_json() == {"type": "text", "data": {"text": text}}
    assert quote_segment("5").as_json() == {"type": "reply", "data": {"id": "5"}}
    node = node_segment("1", "Roost", "hi").as_json()
    assert node["data"] == {"user_id": "1", "nickname": "Roost", "content": [{"type": "text", "data": {"text": "hi"}}]}
