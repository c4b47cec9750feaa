"""The bytes sent are identical to h11's."""

import h11
import pytest

from bot.platforms.web.chunked_connection import ChunkedConnection

LENGTH = [("Content-Length", "6")]


def sent(connection: h11.Connection, version: str, headers: list[tuple[str, str]], method: str = "GET") -> list[object]:
    request = f"{method} / HTTP/{version}\r\nHost: x\r\nConnection: keep-alive\r\n\r\n".encode()
    found: list[object] = []
    for _ in range(2):  # two requests on one connection
        connection.receive_data(request)
        while type(connection.next_event()) is not h11.EndOfMessage:
            pass
        found.append(connection.send(h11.Response(status_code=200, headers=headers)))
        bodies = (b"", b"abc", b"", "é!".encode()) if method == "GET" else (b"",)
        found += [connection.send(h11.Data(data=body)) for body in bodies]
        found.append(connection.send(h11.EndOfMessage()))
        if connection.our_state is h11.MUST_CLOSE:
            break
        connection.start_next_cycle()
    return found


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("headers", [[], LENGTH])
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_it_sends_the_same_as_h11(version: str, headers: list[tuple[str, str]], method: str) -> None:
    quick = sent(ChunkedConnection(h11.SERVER), version, headers, method)
    assert quick == sent(h11.Connection(h11.SERVER), version, headers, method)


def test_nothing_is_sent_where_it_is_not_allowed() -> None:
    connection = ChunkedConnection(h11.SERVER)
    connection.receive_data(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    connection.next_event()
    connection.send(h11.Response(status_code=200, headers=[]))
    connection.send(h11.EndOfMessage())
    with pytest.raises(h11.LocalProtocolError):
        connection.send(h11.Data(data=b"late"))
