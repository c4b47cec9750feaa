"""h11's connection with a fast path for streams of many small chunks."""

import h11


class ChunkedConnection(h11.Connection):
    """Sends chunks past h11's state machine: the body chunks of a chunked response do not change its state."""

    held = b""  # sent before the next part of the response's body
    _chunked = False

    def encoded(self, body: bytes) -> bytes:
        """Return a part of the response's body as it is sent."""
        if self.held:
            body, self.held = self.held + body, b""
        if self._chunked and self.our_state is h11.SEND_BODY:
            return b"%x\r\n%b\r\n" % (len(body), body) if body else b""
        return super().send(h11.Data(data=body)) or b""

    # h11 declares an overload per event type; the override does not depend on the type.
    def send(self, event: h11.Event) -> bytes | None:  # type: ignore[override]
        if type(event) is h11.Data:
            return self.encoded(event.data)
        sent: bytes | None = super().send(event)
        if type(event) is h11.Response:
            self._chunked = sent is not None and b"\r\ntransfer-encoding: chunked\r\n" in sent.lower()
        return sent
