"""Read many HTTP API streams concurrently in one process: the client side of tools.api_overhead.

Each line of standard input, ``STREAMS TOKENS``, starts them; the times are printed when all have ended.
"""

import argparse
import asyncio
import json
import statistics
import sys
import time

PROMPT = "User: Tell me a story about an owl, a moon and a river, please. This is number {number}.\n\nAssistant:"


async def read(host: str, port: int, streams: int, tokens: int) -> dict[str, float]:
    """Return the seconds until all streams have ended, and until the median stream's first chunk."""
    ends = [await asyncio.open_connection(host, port) for _ in range(streams)]
    began = time.perf_counter()

    async def one(number: int) -> float:
        reader, writer = ends[number]
        asked = {"prompt": PROMPT.format(number=number), "stream": True, "max_tokens": tokens, "seed": number,
                 "ignore_eos": True, "top_p": 0.5}  # fmt: skip
        body = json.dumps(asked).encode()
        head = f"POST /v1/completions HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        first, data = 0.0, b""
        while piece := await reader.read(1 << 16):
            data = data[-64:] + piece
            first = first or (time.perf_counter() - began if b'"text"' in data else 0.0)
        writer.close()
        if b"[DONE]" not in data:
            raise SystemExit(f"a stream was cut: {data!r}")
        return first

    firsts = await asyncio.gather(*(one(number) for number in range(streams)))
    return {"wall": time.perf_counter() - began, "first": statistics.median(firsts)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    options = parser.parse_args()
    for line in sys.stdin:
        streams, tokens = map(int, line.split())
        print(json.dumps(asyncio.run(read(options.host, options.port, streams, tokens))), flush=True)


if __name__ == "__main__":
    main()
