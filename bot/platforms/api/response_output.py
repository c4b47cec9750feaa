"""The output items of a response while they are generated, with their events."""

import secrets
from collections.abc import Iterator, Sequence

from bot.engine.types import TokenScore
from bot.platforms.api.api_events import Event
from bot.platforms.api.call_reader import CallPiece
from bot.platforms.api.reply_parts import Parts
from bot.platforms.api.score_fields import response_scores


class OutputItem:
    """An output item. Its events lack their sequence numbers, which the response assigns."""

    def __init__(self, place: int, kind: str, **fields: object) -> None:
        prefix = {"message": "msg", "reasoning": "rs", "function_call": "fc"}[kind]
        self.kind = kind
        self.text = ""
        self.scores: list[TokenScore] = []
        self._fields = {"id": f"{prefix}_{secrets.token_hex(16)}", "type": kind, **fields}
        self._where = {"item_id": self._fields["id"], "output_index": place}
        self._place = place

    def begun(self) -> Iterator[Event]:
        item = self.body("in_progress")
        if self.kind != "function_call":
            item = {**item, "content": []}
        yield {"type": "response.output_item.added", "output_index": self._place, "item": item}
        if self.kind == "message":
            part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
            yield {"type": "response.content_part.added", **self._where, "content_index": 0, "part": part}

    def more(self, text: str, scores: Sequence[TokenScore] = ()) -> Iterator[Event]:
        self.text += text
        self.scores += scores
        name, where = _EVENTS[self.kind], self._where
        if self.kind == "message":
            shown = response_scores(scores)
            yield {"type": f"{name}.delta", **where, "content_index": 0, "delta": text, "logprobs": shown}
        elif self.kind == "reasoning":
            yield {"type": f"{name}.delta", **where, "content_index": 0, "delta": text}
        else:
            yield {"type": f"{name}.delta", **where, "delta": text}

    def ended(self, status: str) -> Iterator[Event]:
        name, where, item = _EVENTS[self.kind], self._where, self.body(status)
        if self.kind == "message":
            part = self._part()
            yield {
                "type": f"{name}.done", **where, "content_index": 0, "text": self.text, "logprobs": part["logprobs"],
            }  # fmt: skip
            yield {"type": "response.content_part.done", **where, "content_index": 0, "part": part}
        elif self.kind == "reasoning":
            yield {"type": f"{name}.done", **where, "content_index": 0, "text": self.text}
        else:
            yield {"type": f"{name}.done", **where, "name": self._fields["name"], "arguments": self.text}
        yield {"type": "response.output_item.done", "output_index": self._place, "item": item}

    def body(self, status: str) -> dict[str, object]:
        """Return the item in the form that is listed."""
        fields: dict[str, object] = {**self._fields, "status": status}
        if self.kind == "message":
            return {**fields, "role": "assistant", "content": [self._part()]}
        if self.kind == "reasoning":
            return {**fields, "summary": [], "content": [{"type": "reasoning_text", "text": self.text}]}
        return {**fields, "arguments": self.text}

    def _part(self) -> dict[str, object]:
        scores = response_scores(self.scores)
        return {"type": "output_text", "text": self.text, "annotations": [], "logprobs": scores}


_EVENTS = {
    "message": "response.output_text", "reasoning": "response.reasoning_text",
    "function_call": "response.function_call_arguments",
}  # fmt: skip


class Output:
    """All output items of a response, in order."""

    def __init__(self) -> None:
        self._done: list[dict[str, object]] = []
        self._current: OutputItem | None = None
        self._status = "completed"
        self.said = ""  # the answer without its reasoning

    def items(self) -> list[dict[str, object]]:
        """Return the completed items."""
        return list(self._done)

    def take(self, parts: Parts, scores: Sequence[TokenScore]) -> Iterator[Event]:
        """Yield the events of a piece."""
        if parts.reasoning:
            yield from self._into("reasoning")
            yield from self._more(parts.reasoning)
        if parts.answer:
            yield from self._into("message")
            yield from self._more(parts.answer, scores)
            self.said += parts.answer
        for call in parts.calls:
            yield from self._call(call)

    def end(self, status: str) -> Iterator[Event]:
        """Yield the final events. There is always at least one item."""
        if not self._done and self._current is None:
            yield from self._into("message")
        self._status = status
        yield from self._finish()

    def _call(self, piece: CallPiece) -> Iterator[Event]:
        if piece.name:
            yield from self._finish()
            call = f"call_{secrets.token_hex(12)}"
            self._current = OutputItem(len(self._done), "function_call", name=piece.name, call_id=call)
            yield from self._current.begun()
        if piece.arguments:
            yield from self._more(piece.arguments)
        if piece.done:
            yield from self._finish()

    def _into(self, kind: str) -> Iterator[Event]:
        if self._current is None or self._current.kind != kind:
            yield from self._finish()
            self._current = OutputItem(len(self._done), kind)
            yield from self._current.begun()

    def _more(self, text: str, scores: Sequence[TokenScore] = ()) -> Iterator[Event]:
        if self._current is not None:
            yield from self._current.more(text, scores)

    def _finish(self) -> Iterator[Event]:
        if self._current is not None:
            item, self._current = self._current, None
            yield from item.ended(self._status)
            self._done.append(item.body(self._status))
