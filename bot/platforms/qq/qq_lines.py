"""The bot's two lines: private chats, whose answers are streamed, and all other places."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.config.schema import QqSection
from bot.events import Dispatcher
from bot.platforms.line.capabilities import Capabilities
from bot.platforms.line.inbox_item import Inbox
from bot.platforms.line.line import Line
from bot.platforms.line.recovery import KeyValues, Recovery
from bot.platforms.line.sending import Sender
from bot.platforms.qq.inbox_recovery import InboxRecovery
from bot.platforms.qq.qq_delivery import DeliveryContext, QqSender
from bot.platforms.qq.qq_intake import PLATFORM, QqIntake
from bot.platforms.qq.qq_places import QqPlace
from bot.platforms.qq.reply_windows import MAX_MESSAGE_LENGTH, pieces_of
from bot.platforms.qq.stream_delivery import StreamSender

EDIT_INTERVAL = 0.5  # seconds between two frames of an answer


@dataclass(frozen=True, slots=True)
class LineStorage:
    """What outlives the process."""

    inbox: Inbox
    values: KeyValues


class QqLines:
    """Routes each place to the line with its capabilities."""

    def __init__(
        self, config: QqSection, dispatcher: Dispatcher, storage: LineStorage, context: DeliveryContext
    ) -> None:
        self._inbox = storage.inbox
        whole = Capabilities(markdown=config.markdown, message_limit=MAX_MESSAGE_LENGTH, cut=pieces_of)
        growing = replace(whole, edits=config.streaming, edit_interval=EDIT_INTERVAL)
        plain = QqSender(context)
        private: Sender = StreamSender(context, self._keep) if config.streaming else plain
        self._public = Line(PLATFORM, dispatcher, storage.inbox, plain, whole)
        self._private = Line(PLATFORM, dispatcher, storage.inbox, private, growing)
        patience = timedelta(minutes=config.catch_up_minutes)
        self._recoveries = [(line, Recovery(line, storage.values, patience)) for line in self._both]
        self.hold()  # what an earlier process left open comes first

    @property
    def _both(self) -> tuple[Line, Line]:
        return self._public, self._private

    def of(self, place: QqPlace) -> Line:
        """Return the line for a place."""
        return self._private if place.kind == "users" else self._public

    def hold(self) -> None:
        """Hold back messages from now on."""
        for line in self._both:
            line.open.clear()

    async def recover(self, intake: QqIntake) -> None:
        """Recover what an earlier process left open, then let live events in."""
        for line, recovery in self._recoveries:
            await recovery.run(InboxRecovery(intake, private=line is self._private))
        for line in self._both:
            line.open.set()

    async def finish(self, seconds: float) -> None:
        """Give running answers ``seconds`` to finish, then cancel them."""
        for line in self._both:
            await line.finish(seconds)

    async def _keep(self, channel: str, message: str, shown: Sequence[str]) -> None:
        await self._inbox.update(PLATFORM, channel, message, shown=list(shown))
