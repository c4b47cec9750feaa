"""How an answer is delivered."""

from typing import Any

from bot.commands.builtin import built_in
from bot.config.schema import DiscordSection
from bot.events import Author, Called, Edited, Origin, Said
from bot.platforms.discord.delivery import ChannelDelivery
from bot.platforms.discord.discord_sender import TOKEN, DiscordSender
from bot.platforms.discord.interaction_delivery import InteractionDelivery, Token
from bot.platforms.discord.link import Link
from bot.platforms.discord.panels import Panels
from bot.platforms.discord.permission_reports import PermissionReports
from bot.platforms.line.incoming_event import IncomingEvent


class Table:
    """A key-value table in memory."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], Any] = {}

    async def get(self, scope: str, key: str, default: Any = None) -> Any:
        return self.values.get((scope, key), default)

    async def set(self, scope: str, key: str, value: object) -> None:
        self.values[scope, key] = value

    async def items(self, scope: str) -> dict[str, Any]:
        return {key: value for (known, key), value in self.values.items() if known == scope}


ORIGIN = Origin(platform="discord", channel="5", guild="6", author=Author("1", "alice"))


def delivery(event: Any, number: str, **more: Any) -> Any:
    link = Link()
    incoming = IncomingEvent(id=number, event=event, at=0, **more)
    sender = DiscordSender(link, PermissionReports(DiscordSection(), link), built_in(), Panels(Table()))
    return sender.delivery(incoming, ["9"])


def test_words_and_edits_are_answered_as_replies_to_the_message() -> None:
    for event, number in (
        (Said(origin=ORIGIN, text="hi", id="7"), "7"),
        (Edited(origin=ORIGIN, text="hi", id="7"), "e7"),
    ):
        made = delivery(event, number)
        assert isinstance(made, ChannelDelivery)
        assert (made.target.channel, made.target.guild, made.target.answered) == (5, 6, 7)
        assert made.target.posted == 1


def test_interactions_are_answered_through_their_token() -> None:
    token = Token(application=3, value="secret", born=0.0, message="8")
    made = delivery(Called(origin=ORIGIN, command="help"), "i7", stored={TOKEN: token.packed()})
    assert isinstance(made, InteractionDelivery)
    assert made._token == token


def test_a_nonce_fits_discord_and_differs_with_the_post() -> None:
    target = delivery(Edited(origin=ORIGIN, text="hi", id="7"), "e1575715726637924354-1790000000000").target
    nonces = {target.nonce(number) for number in range(100)}
    assert len(nonces) == 100
    assert all(len(nonce) <= 25 for nonce in nonces)
