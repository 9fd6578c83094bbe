"""Our client reads a profile as `peer_read` does. Usage: own_read.py HOST PORT SECURITY. Prints the same JSON."""

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


async def read(host: str, port: int, security: str) -> tuple[int, float]:
    """Rows, and the CPU seconds of reading them to typed rows."""
    clock = SystemClock()
    ciphered = security == "gmac"
    association = Association(
        client_sap=1 if ciphered else 17, opening="hdlc", security=security, password=b"Gurux", keys=KEYS
    )
    session = MeterSession(
        lambda: TcpLink(host, port, clock=clock), association, clock=clock, random_bytes=secrets.token_bytes
    )
    await session.open()
    try:
        await session.association_view()
        began = time.process_time()
        rows = await session.read_profile()
        return len(rows), time.process_time() - began
    finally:
        await session.close()


if __name__ == "__main__":
    _program, host, port, security = sys.argv
    count, seconds = asyncio.run(read(host, int(port), security))
    print(json.dumps({"rows": count, "seconds": seconds}))
