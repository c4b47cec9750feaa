"""h11's connection, quicker where a stream sends many small pieces."""

import h11


class ChunkedConnection(h11.Connection):
    """Pieces of a body in chunked encoding change nothing that h11 keeps, so they need not pass its state machine."""

    _chunked = False

    # h11 has an overload for each kind of event; nothing here depends on which it is.
    def send(self, event: h11.Event) -> bytes | None:  # type: ignore[override]
        if self._chunked and type(event) is h11.Data and self.our_state is h11.SEND_BODY:
            return b"%x\r\n%b\r\n" % (len(event.data), event.data) if event.data else b""
        sent: bytes | None = super().send(event)
        if type(event) is h11.Response:
            self._chunked = sent is not None and b"\r\ntransfer-encoding: chunked\r\n" in sent.lower()
        return sent
