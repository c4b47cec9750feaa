"""Digests of token paths: a hash chain over the tokens, however they were split into turns."""

from bot.store.digest import NOTHING, digest_after


def test_a_path_has_one_name_however_it_was_cut() -> None:
    whole = digest_after(NOTHING, range(1000))
    for cut in (0, 1, 500, 999, 1000):
        assert digest_after(digest_after(NOTHING, range(cut)), range(cut, 1000)) == whole


def test_other_tokens_have_other_names() -> None:
    paths = [(), (0,), (0, 0), (1,), (256,), (1, 0), (0, 1), (2**32 - 1,)]
    assert len({digest_after(NOTHING, path) for path in paths}) == len(paths)
