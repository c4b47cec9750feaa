import pytest
from pydantic import SecretStr

from bot.config.schema import QqSection
from bot.platforms.qq.qq_setup import check_credentials, steps
from tests.wire_qq.tencent import Tencent, running


@pytest.mark.parametrize(
    ("app_id", "secret", "mark", "words"),
    [("100", "s3cret", "ok", "takes the credentials"), ("100", "no", "bad", "secret is wrong"),
     ("1", "s3cret", "bad", "app id is wrong")],
)  # fmt: skip
async def test_what_qq_says_of_the_credentials(app_id: str, secret: str, mark: str, words: str) -> None:
    async with running(Tencent()) as url:
        (found,) = await check_credentials(QqSection(app_id=app_id, secret=SecretStr(secret), api_base=url))
        assert found.mark == mark
        assert words in str(found.text)


async def test_no_network_is_a_finding() -> None:
    (found,) = await check_credentials(QqSection(app_id="1", secret=SecretStr("x"), api_base="http://127.0.0.1:1"))
    assert found.mark == "note"


def test_the_steps_are_there_in_two_languages() -> None:
    assert "Sandbox" in steps("en")
    assert "沙箱" in steps("zh_CN")
