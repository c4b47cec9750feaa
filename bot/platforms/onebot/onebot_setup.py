"""Setup of QQ through a OneBot bridge: instructions, and checks of connected bridges."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from bot.config.schema import OneBotSection
from bot.findings import Finding
from bot.i18n import N_, Message
from bot.platforms.onebot.accounts import Accounts
from bot.platforms.onebot.bridge import ActionFailed, ActionLost, Bridge, NotAsked
from bot.platforms.onebot.dialer import Dialer
from bot.platforms.onebot.listener import Listener
from bot.platforms.onebot.onebot_platform import OPEN, is_loopback
from bot.tasks import Tasks

PATIENCE = 8.0  # seconds to wait for a bridge; bridges retry every three to five
ANSWER = 5.0  # seconds per request
NOBODY = N_("no bridge has dialled {where} within {seconds} s. `roost qq` says how")
TAKEN = N_("{where} cannot be bound ({reason}): is Roost running already?")
EXTRAS = {
    "get_group_msg_history": N_(
        "messages missed in groups are not caught up with, and a lost answer is not looked for"
    ),
    "get_friend_msg_history": N_("messages missed in private are not caught up with"),
    "send_group_forward_msg": N_("long answers come as several messages"),
    "set_input_status": N_("nothing shows in private that an answer is being written"),
    "set_msg_emoji_like": N_("nothing shows in groups that an answer is being written"),
}
STEPS = {
    "en": """\
QQ through a bridge (a program that holds the QQ login; NapCat or LLBot):

  1. In bot.toml, section [onebot]:   enabled = true
     For a bridge on another machine also:   host = "0.0.0.0"
     and a token, the same one on both sides:   token_env = "ROOST_ONEBOT_TOKEN"
     and in the environment:   export ROOST_ONEBOT_TOKEN=...
  2. Start the bridge, and log in with the bot's QQ account. Use an established one: new ones are soon silenced.
  3. NapCat: in its web page, Network > New > WebSocket client:
       URL             {url}
       message format  array
       token           {token}
       heartbeat       30000,  reconnect 5000,  then switch it on and save
     LLBot: in its settings, OneBot 11 > reverse WebSocket:
       URL             {url}
       token           {token}
       message format  array, then switch it on and save
  4. make run. The banner says "onebot: connected as ..." within a few seconds.
  5. In a group, mention the bot; or write to it directly; or say +help.

`roost doctor` looks whether a bridge is there, and what it can do. More: docs/qq.md
""",
    "zh_CN": """\
通过 OneBot 桥接程序（NapCat 或 LLBot，由它登录 QQ）接入 QQ：

  1. 在 bot.toml 的 [onebot] 一节：   enabled = true
     桥接程序在另一台机器上时，还要：   host = "0.0.0.0"
     并设置令牌，两边必须相同：   token_env = "ROOST_ONEBOT_TOKEN"
     环境变量：   export ROOST_ONEBOT_TOKEN=...
  2. 启动桥接程序，用机器人的 QQ 号登录。请用注册已久的号，新号很快会被风控。
  3. NapCat：打开它的网页，网络配置 > 新建 > WebSocket 客户端：
       URL        {url}
       消息格式    array
       Token      {token}
       心跳间隔    30000，重连间隔 5000，然后启用并保存
     LLBot：设置 > OneBot 11 > 反向 WebSocket：
       URL        {url}
       Token      {token}
       消息格式    array，然后启用并保存
  4. make run。几秒之内启动信息会显示 “onebot: connected as ...”。
  5. 在群里 @ 机器人，或者私聊它，或者发 +help。

`roost doctor` 会检查桥接程序是否连上、支持哪些功能。更多说明：docs/qq.md
""",
}


def steps(config: OneBotSection, language: str) -> str:
    """Return the setup instructions, without secrets."""
    host = "127.0.0.1" if is_loopback(config.host) else "<this machine>"
    chinese = language.startswith("zh")
    named = "与 ROOST_ONEBOT_TOKEN 相同" if chinese else "the one of ROOST_ONEBOT_TOKEN"
    empty = "留空" if chinese else "leave it empty"
    token = named if config.token.get_secret_value() else empty
    url = f"ws://{host}:{config.port}/onebot/v11/ws"
    return STEPS["zh_CN" if chinese else "en"].format(url=url, token=token)


async def check_bridge(config: OneBotSection, patience: float = PATIENCE) -> AsyncIterator[Finding]:
    """Wait for a bridge as the bot would, and check it. Failures are yielded as findings too."""
    token = config.token.get_secret_value()
    if not token and not is_loopback(config.host):
        yield Finding("bad", Message(OPEN, host=config.host))
        return
    joined: asyncio.Queue[Bridge] = asyncio.Queue()
    accounts = Accounts(frozenset(map(str, config.accounts)), joined.put_nowait)
    dialers = [Dialer(accounts, url, token) for url in config.urls]
    where = f"{config.host}:{config.port}"
    try:
        listener = Listener(accounts, config.host, config.port, token)
        async with _open(listener, dialers):
            bridges = await _bridges(joined, patience)
            for bridge in bridges:
                for finding in await _ask(bridge):
                    yield finding
            for dialer in dialers:
                if dialer.problem:
                    yield Finding("bad", dialer.problem)
            if listener.refused:
                advice = N_("{problem}: enter the one of ROOST_ONEBOT_TOKEN there")
                yield Finding("bad", Message(advice, problem=Message(listener.refused)))
            elif accounts.refused and not config.urls:
                yield Finding("bad", accounts.refused)
            elif not bridges and not config.urls:
                yield Finding("note", Message(NOBODY, where=where, seconds=f"{patience:g}"))
    except OSError as error:
        yield Finding("note", Message(TAKEN, where=where, reason=error.strerror))


@asynccontextmanager
async def _open(listener: Listener, dialers: list[Dialer]) -> AsyncIterator[None]:
    tasks = Tasks("the look at bridges")
    await listener.start()
    try:
        for dialer in dialers:
            tasks.spawn(dialer.run())
        yield
    finally:
        await tasks.finish()
        await listener.close()


async def _bridges(joined: "asyncio.Queue[Bridge]", patience: float) -> list[Bridge]:
    """Return the first bridge to connect, and any that connect with it."""
    found: list[Bridge] = []
    with suppress(TimeoutError):
        async with asyncio.timeout(patience):
            found.append(await joined.get())
            while not found[0].connected:
                found[0].changed.clear()
                await found[0].changed.wait()
    while not joined.empty():
        found.append(joined.get_nowait())
    return [bridge for bridge in found if bridge.connected]


async def _ask(bridge: Bridge) -> list[Finding]:
    """Report the bridge's name, version and missing features. Features are probed without parameters, to no effect."""
    try:
        login, about = await _told(bridge, "get_login_info"), await _told(bridge, "get_version_info")
    except (NotAsked, ActionLost) as error:
        silent = N_("the bridge of {account} does not answer: {reason}")
        return [Finding("bad", Message(silent, account=bridge.account, reason=error))]
    version = f"{about.get('app_name') or ''} {about.get('app_version') or ''}".strip()
    software = version or Message("an unnamed bridge")
    name = f"{login.get('nickname') or ''} ({bridge.account})".strip()
    found = [Finding("ok", Message("connected as {name} through {software}", name=name, software=software))]
    for action, lack in EXTRAS.items():
        if not await bridge.knows(action):
            unknown = N_("{software} does not know {action}: {lack}")
            found.append(Finding("note", Message(unknown, software=software, action=action, lack=Message(lack))))
    return found


async def _told(bridge: Bridge, action: str) -> Mapping[str, object]:
    """Return the bridge's answer, empty if the action fails. Raises NotAsked or ActionLost."""
    try:
        data = await bridge.call(action, {}, ANSWER)
    except NotAsked:
        raise
    except ActionFailed:
        return {}
    return data if isinstance(data, Mapping) else {}
