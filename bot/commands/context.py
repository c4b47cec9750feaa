"""What a command receives: who calls it, where, in which language, and the ways to answer."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.chat.conversation import Conversation
from bot.chat.turn import TurnOptions, TurnUpdate
from bot.commands.bot import BotServices
from bot.commands.command import Command
from bot.commands.picture import line as turn_line
from bot.commands.plugin_protocol import PluginHandle
from bot.errors import NotAllowed
from bot.events import Attachment, Called, Edited, Event, File, Origin, Panel, Reply, Said, Sink, Speaker
from bot.i18n import translate
from bot.store.node import Node

TALK_ACTIONS = ("alternate", "continue", "undo")
Finish = Callable[[Reply], Awaitable[Reply]]
WRITING_ACTIONS = ("again", "more")


@dataclass(slots=True, kw_only=True)
class Context:
    """One call of a command."""

    event: Event
    command: Command
    place: Conversation | None  # None if nothing has been said yet and the command needs no conversation
    services: BotServices
    sink: Sink
    options: TurnOptions = field(default_factory=TurnOptions)  # settings of all layers, and those of this message
    language: str = "en"
    target: int | None = None  # the turn of the button, or of the message being replied to
    layers: Mapping[str, Mapping[str, object]] = field(default_factory=dict)  # "channel" and "user" settings

    @property
    def origin(self) -> Origin:
        """Who calls, and where."""
        return self.event.origin

    @property
    def conversation(self) -> Conversation:
        """The channel's conversation. Raises LookupError if there is none because the command does not need one."""
        if self.place is None:
            raise LookupError(f"+{self.command.name} declares that it needs no conversation, and here is none yet")
        return self.place

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The attached files."""
        return self.event.attachments if isinstance(self.event, (Said, Called, Edited)) else ()

    @property
    def plugin(self) -> PluginHandle:
        """The plugin that declares the command, with its settings and its key-value store."""
        return self.services.plugins.handle(self.command.plugin)

    @property
    def author(self) -> str:
        """The caller's name as others see it."""
        return self.origin.author.name

    @property
    def is_admin(self) -> bool:
        """Whether the caller may use administrators' commands here."""
        return self.services.access.rank(self.origin) != "everyone"

    @property
    def is_owner(self) -> bool:
        """Whether the caller may change what applies everywhere."""
        return self.services.access.rank(self.origin) == "owner"

    def require_admin(self) -> None:
        """Raise NotAllowed unless the caller is an administrator."""
        if not self.is_admin:
            raise NotAllowed("Only administrators can do that.")

    def require_owner(self) -> None:
        """Raise NotAllowed unless the caller may make changes beyond their own server."""
        self.require_admin()
        if not self.is_owner:
            raise NotAllowed("That reaches beyond this server: only the bot's owner can do it.")

    async def speaker(self, name: str = "") -> Speaker | None:
        """Return the speaker shown with an answer, for characters only. ``name``: as stored with the turn."""
        prompt = self.conversation.prompt if self.place is not None else None
        if prompt is None or not prompt.character:
            return None
        name = name or prompt.bot
        return Speaker(name, await self.conversation.face() if name == prompt.bot else None)

    @property
    def defaults(self) -> dict[str, object]:
        """The sampling below all other layers."""
        return self.services.core.sampling

    def t(self, text: str, /, **values: object) -> str:
        """Translate ``text`` (a message id in the catalogues) into the caller's language."""
        return translate(text, self.language, **values)

    async def say(
        self, text: str, *, private: bool = False, node: int | None = None, files: tuple[File, ...] = ()
    ) -> None:
        """Answer with a text that is already translated."""
        await self.send(Reply(text=text, private=private, node=node, files=files))

    async def send(self, reply: Reply) -> None:
        """Deliver a finished reply and record which turn its messages belong to."""
        ids = await self.sink.send(reply)
        if reply.node is None or (reply.kind != "turn" and reply.panel is None):
            return
        for message_id in ids:
            await self.services.conversations.remember_message(
                self.origin.platform, self.origin.channel, message_id, reply.node
            )

    async def show_head(self) -> None:
        """Show the turn at HEAD as if it had just been written, with working buttons."""
        head = self.conversation.channel.head
        if not head.output:
            await self.show_place()
            return
        position = await self.conversation.channel.position()
        text = await self.services.plugins.filter("after", self, head.output)
        actions = () if head.kind == "root" else TALK_ACTIONS
        reply = Reply(text=text, kind="turn", node=head.id, position=position, actions=actions)
        speaker = await self.speaker(head.speaker)
        await self.send(replace(reply, finish_reason=head.finish_reason, speaker=speaker))

    async def show_place(self, heading: str = "") -> None:
        """Tell the user where HEAD is now."""
        head = self.conversation.channel.head
        lines = [heading] if heading else []
        if head.kind == "root":
            lines.append(self.t("This is the beginning of the conversation."))
        else:
            lines.append(self.t("Back at: {turn}", turn=turn_line((await self.shown([head]))[0])))
        await self.say("\n".join(lines), node=head.id)

    async def shown(self, nodes: Sequence[Node]) -> list[Node]:
        """Return turns as people here may see them, with replies after the plugins' filters."""
        if not self.services.plugins.filters("after"):
            return list(nodes)
        return [await self._shown(node) for node in nodes]

    async def _shown(self, node: Node) -> Node:
        shown = self.services.plugins.filter
        text = await shown("after", self, node.output) if node.output else ""
        if text == node.output:
            return node
        return replace(node, output=text, output_tokens=(), written=await shown("after", self, node.written))

    async def checked(self, text: str) -> str:
        """Return input after the plugins' filters. Raises UserError if a filter rejects it."""
        return await self.services.plugins.filter("before", self, text)

    async def stream(
        self, updates: AsyncIterator[TurnUpdate], *, actions: tuple[str, ...] = TALK_ACTIONS, stripped: bool = False,
        speaker: Speaker | None = None, more: bool = False, finish: Finish | None = None,
    ) -> TurnUpdate | None:  # fmt: skip
        """Show a turn while it is written, then deliver it; several candidates are listed with numbers.

        ``finish`` may add a panel with the candidates. Only the first is then shown next to it.
        """
        if actions == TALK_ACTIONS and speaker is None:  # free writing and impersonated lines have no speaker
            speaker = await self.speaker()
        await self.sink.typing()  # the path is read from here on: do not await anything before ``updates`` starts
        texts: dict[int, str] = {}
        ended: dict[int, TurnUpdate] = {}  # a candidate that only repeats another never ends
        async for update in updates:
            text = await self.services.plugins.filter("after", self, update.text)
            texts[update.index] = text.strip() if stripped else text
            if update.finish_reason is None:
                await self.sink.update(frame(texts, speaker, panelled=finish is not None))
            else:
                ended[update.index] = update
        if not ended:
            return None
        shown = ended[min(ended)]
        if (text := numbered({index: texts[index] for index in ended})) != shown.text:
            shown = replace(shown, text=text)
        reply = self._final(shown, actions, speaker, more=more)
        if finish is not None and reply.node is not None:
            reply = await finish(replace(reply, text=texts[min(ended)]))
        await self.send(reply)
        return shown

    def _final(self, update: TurnUpdate, actions: tuple[str, ...], speaker: Speaker | None, *, more: bool) -> Reply:
        if update.node is None and not update.text.strip():
            text = self.t("Stopped.")
            return Reply(text=text, kind="info", finish_reason=update.finish_reason, speaker=speaker, more=more)
        return Reply(
            text=update.text, kind="turn", node=update.node.id if update.node else None, position=update.position,
            actions=actions if update.node else (), finish_reason=update.finish_reason, speaker=speaker, more=more,
        )  # fmt: skip


def frame(texts: Mapping[int, str], speaker: Speaker | None, *, panelled: bool) -> Reply:
    """Return a frame of unfinished candidates. A panel's are numbered only if the panel is not its own message."""
    if not panelled:
        return Reply(text=numbered(texts), kind="turn", speaker=speaker)
    panel = Panel(text="", plain=numbered(texts)) if len(texts) > 1 else None
    return Reply(text=texts[min(texts)], kind="turn", speaker=speaker, panel=panel)


def numbered(texts: Mapping[int, str]) -> str:
    """Return the candidates as a numbered list; a single one as it is."""
    if len(texts) == 1:
        return next(iter(texts.values()))
    return "\n\n".join(f"**{number}.** {text}" for number, (_, text) in enumerate(sorted(texts.items()), start=1))
