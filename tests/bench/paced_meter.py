"""A meter on a pty behind a line at its real speed, in a process of its own; prints the pty's path, ends with stdin."""

from __future__ import annotations

import asyncio
import sys

from drivers.line_simulator import LineSettings, LineSimulator
from drivers.serve_pty import PtyServer
from hht.emulation.port_server import open_port
from ui.system import SystemClock


async def serve(days: str) -> None:
    """Until stdin ends."""
    port = open_port("single-element", clock=SystemClock(), options={"days": days})
    async with PtyServer(LineSimulator(port, LineSettings(turnaround_s=0.02, match_speeds=False))) as pty:
        print(pty.path, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
