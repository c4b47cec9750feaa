"""Setup of QQ's official API: instructions for Tencent's console, and a check of the credentials."""

from aiohttp import ClientSession

from bot.config.schema import QqSection
from bot.findings import Finding
from bot.i18n import N_, Message
from bot.platforms.qq.error_codes import QQError
from bot.platforms.qq.qq_bot import address_of
from bot.platforms.qq.rest import Credentials, Rest, Tokens, Unreachable

STEPS = {
    "en": """\
QQ's official interface (a bot of its own, no QQ account; it may only answer, within minutes):

  1. At https://q.qq.com register, and make a bot. Under Development settings note AppID and AppSecret.
  2. In bot.toml, section [qq]:   app_id = "..."   and   secret_env = "ROOST_QQ_SECRET"
     In the environment:   export ROOST_QQ_SECRET=...
  3. In the console, Sandbox: name the group and the people for trying it. Until it is published, only they reach it.
     Event subscription: leave it at WebSocket, and switch on group and private messages, and interactions (buttons).
     (Where no WebSocket can leave your network: mode = "webhook", and docs/qq.md says what stands in front of it.)
  4. make run. The banner says "qq: connected".
  5. In the group, mention the bot.
""",
    "zh_CN": """\
QQ 官方机器人接口（独立的机器人，不需要 QQ 号；只能在几分钟之内回复）：

  1. 在 https://q.qq.com 注册并创建机器人，在“开发设置”里找到 AppID 和 AppSecret。
  2. 在 bot.toml 的 [qq] 一节：   app_id = "..."   和   secret_env = "ROOST_QQ_SECRET"
     环境变量：   export ROOST_QQ_SECRET=...
  3. 在控制台的“沙箱配置”里填写用来测试的群和成员；发布之前只有他们能使用。事件订阅保持 WebSocket，
     打开群聊、单聊和互动事件（按钮）。网络不允许 WebSocket 时用 mode = "webhook"，见 docs/qq.md。
  4. make run。启动信息显示 “qq: connected”。
  5. 在群里 @ 机器人。
""",
}


def steps(language: str) -> str:
    """Return the setup instructions."""
    return STEPS["zh_CN" if language.startswith("zh") else "en"]


async def check_credentials(config: QqSection) -> list[Finding]:
    """Check the credentials with QQ. Never raises: failures are returned as findings."""
    url = address_of(config)
    async with ClientSession() as session:
        tokens = Tokens(session, Credentials(config.app_id, config.secret.get_secret_value()), url=url)
        try:
            await Rest(session, tokens, url=url).request("GET", "/gateway/bot")
        except QQError as error:
            return [Finding("bad", error.reason)]
        except Unreachable as error:
            text = Message("QQ cannot be reached from here ({reason}); the bot will keep trying", reason=error)
            if config.sandbox:
                hint = N_("{text}. Without sandbox = true, the console's own sandbox still holds")
                text = Message(hint, text=text)
            return [Finding("note", text)]
    return [Finding("ok", Message("QQ takes the credentials of the bot {app_id}", app_id=config.app_id))]
