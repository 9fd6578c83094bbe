"""Peers that mean no good, for the benchmark: ``python -m tests.bench.hostile_peers KIND [METER-ADDRESS]`` prints its
own address, and serves until its standard input ends.

slow    a byte every half minute
flood   flags, half frames and noise, as fast as they are taken
rogue   between terminal and meter: lets some through late, flips a bit here and there, and says old answers again
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
from collections.abc import Awaitable, Callable

SLOW_S = 30.0
LATEST_S = 0.2
FLIPPED, REPEATED = 0.05, 0.05  # of the pieces that the meter says
Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def slow(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says a flag, and half a minute later another."""
    while True:
        writer.write(b"\x7e")
        await writer.drain()
        await asyncio.sleep(SLOW_S)


async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says all that it can."""
    chance = random.Random(25)
    pieces = [b"\x7e" * 512, b"\x7e\xa0\x7a\x03" * 128, chance.randbytes(512)]
    while True:
        writer.write(chance.choice(pieces))
        await writer.drain()


def rogue(address: str) -> Peer:
    """In the middle, before the meter at `address` (host:port)."""
    host, _colon, port = address.rpartition(":")

    async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        chance, said = random.Random(9), [b""]
        back, out = await asyncio.open_connection(host, int(port))

        async def up() -> None:
            while piece := await reader.read(4096):
                out.write(piece)
                await out.drain()
            out.close()

        async def down() -> None:
            while piece := await back.read(4096):
                await asyncio.sleep(chance.random() * LATEST_S)
                if chance.random() < FLIPPED:
                    at = chance.randrange(len(piece))
                    piece = piece[:at] + bytes((piece[at] ^ 1 << chance.randrange(8),)) + piece[at + 1 :]
                writer.write(piece if chance.random() >= REPEATED else piece + chance.choice(said))
                said.append(piece)
                await writer.drain()
            writer.close()

        await asyncio.gather(up(), down())

    return between


async def serve(kind: str, meter: str) -> None:
    """Until standard input ends."""
    peer = rogue(meter) if kind == "rogue" else {"slow": slow, "flood": flood}[kind]

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await peer(reader, writer)
        writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    print(f"{host}:{port}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


def main() -> int:
    """Serve; ends at once, whoever is still connected."""
    loop = asyncio.new_event_loop()
    loop.run_until_complete(serve(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
