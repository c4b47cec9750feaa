"""A dispatcher that is just large enough for the page: talk and the buttons, over a real conversation."""

import logging
from collections.abc import AsyncIterator

from bot.conversation import Conversation, Conversations, TurnOptions, TurnUpdate
from bot.errors import UserError
from bot.events import File, Message, Reply, Sink

ACTIONS = ("alternate", "continue", "undo")


class HouseDispatcher:
    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations
        self.messages: list[Message] = []

    async def handle(self, message: Message, sink: Sink) -> None:
        self.messages.append(message)
        try:
            conversation = await self._conversations.open(message.platform, message.channel)
            await self._run(conversation, message, sink)
        except UserError as error:
            await sink.send(Reply(text=str(error), kind="error"))
        except Exception:
            logging.getLogger(__name__).exception("turn failed")
            await sink.send(Reply(text="Something went wrong (error 1234).", kind="error"))

    async def _run(self, conversation: Conversation, message: Message, sink: Sink) -> None:
        command, text = message.command, message.text
        if command is None and text[:1] in ("+", "/"):
            command, _, text = text[1:].partition(" ")
            command = command or "alternate"
        options = TurnOptions()
        match command:
            case None | "chat":
                await self._stream(conversation.chat(text, author=message.author.name, options=options), sink)
            case "alternate":
                await self._stream(conversation.alternate(options=options, node=message.node), sink)
            case "continue":
                await self._stream(conversation.continue_reply(options=options, node=message.node), sink)
            case "gen":
                await self._stream(conversation.complete(text, options=options), sink)
            case "export":
                file = File("chat.txt", b"a chat\n", "text/plain")
                await sink.send(Reply(text="Here is the conversation.", files=(file,)))
            case "stop":
                cut = await conversation.stop()
                await sink.send(Reply(text="Stopped." if cut else "Nothing was running."))
            case _:
                await self._move(conversation, command, message, sink)

    async def _move(self, conversation: Conversation, command: str, message: Message, sink: Sink) -> None:
        if command == "undo":
            head = await conversation.undo()
        elif command == "reset":
            head = await conversation.reset()
        elif command == "swipe":
            head = await conversation.swipe(-1 if message.arguments["direction"] == "left" else 1)
        else:
            raise UserError("There is no command {name}.", name=command)
        await sink.send(Reply(text="", kind="turn", node=head.id))

    async def _stream(self, updates: AsyncIterator[TurnUpdate], sink: Sink) -> None:
        await sink.typing()
        async for update in updates:
            if update.finish_reason is None:
                await sink.update(Reply(text=update.text, kind="turn"))
                continue
            node = update.node.id if update.node else None
            await sink.send(
                Reply(
                    text=update.text,
                    kind="turn",
                    node=node,
                    position=update.position,
                    actions=ACTIONS,
                    finish_reason=update.finish_reason,
                )
            )
