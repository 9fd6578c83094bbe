"""Our client reads a profile as `peer_read` does. Usage: own_read.py FRAMING HOST PORT SECURITY. Prints JSON."""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import time

from drivers.tcp import TcpLink
from hht.client.meter_session import Association, MeterSession
from ui.system import SystemClock

KEYS = {"ek": bytes(range(16)).hex(), "ak": bytes(range(0xD0, 0xE0)).hex(), "client_title": b"HHTPEER1".hex()}


async def read(framing: str, host: str, port: int, security: str) -> dict[str, float]:
    """Rows, their scaled values, and the CPU seconds of reading them to whole numbers, and to those values."""
    clock = SystemClock()
    ciphered = security == "gmac"
    association = Association(
        client_sap=1 if ciphered else 17, opening=framing, security=security, password=b"Gurux", keys=KEYS
    )
    session = MeterSession(
        lambda: TcpLink(host, port, clock=clock), association, clock=clock, random_bytes=secrets.token_bytes
    )
    await session.open()
    try:
        await session.association_view()
        began = time.process_time()
        rows = await session.read_profile()
        whole_s = time.process_time() - began
        values = [row.values for row in rows]  # made when they are asked for
        scaled_s = time.process_time() - began
        return {"rows": len(rows), "values": sum(map(len, values)), "whole_s": whole_s, "scaled_s": scaled_s}
    finally:
        await session.close()


if __name__ == "__main__":
    _program, framing, host, port, security = sys.argv
    print(json.dumps(asyncio.run(read(framing, host, int(port), security))))
