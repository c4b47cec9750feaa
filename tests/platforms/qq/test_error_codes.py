from bot.platforms.qq.error_codes import QQError


def test_a_code_says_what_it_means() -> None:
    assert str(QQError(40054005, "seq")) == "the message was sent already (40054005)"
    assert QQError(304103, "").meaning.kind == "window"
    assert str(QQError(1, "odd")) == "QQ refused it: odd (1)"
