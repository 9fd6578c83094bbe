"""A probe that is pulled out and plugged in again: over TCP, on a pty, and behind a line that takes its time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivers.line_simulator import LineSettings, LineSimulator
from drivers.serve_pty import PtyServer
from drivers.serve_tcp import TcpServer
from hht.clock import ManualClock
from hht.emulation.port_server import PortServer
from hht.model.premises import Premises, load_premises
from tests.support.emulate import Emulated

SIGN_ON = b"/?!\r\n"


@pytest.fixture
def home() -> Premises:
    return load_premises("single-element", clock=ManualClock(datetime(2026, 11, 21, 10, tzinfo=UTC)), days=1)


async def answers(server: TcpServer) -> bool:
    """Whether somebody who connects and signs on gets an answer; the connection is over afterwards."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        writer.write(SIGN_ON)
        return bool(await asyncio.wait_for(reader.read(1), 60))
    except ConnectionError:
        return False
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@pytest.mark.parametrize("paced", [False, True])
async def test_over_tcp_who_is_connected_is_cut_off_and_nobody_is_let_in(home: Premises, paced: bool) -> None:
    port = PortServer(home.device())
    async with TcpServer(LineSimulator(port, LineSettings(turnaround_s=0, pace=0)) if paced else port) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(SIGN_ON)
        assert await asyncio.wait_for(reader.read(1), 60)
        home.faults.on("probe-unplugged")
        with contextlib.suppress(ConnectionError):
            while await asyncio.wait_for(reader.read(100), 60):
                pass
        writer.close()
        assert not await answers(server)
        home.faults.off("probe-unplugged")
        assert await answers(server)
    await port.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no ptys there")
async def test_on_a_pty_its_name_goes_and_comes_again(home: Premises, tmp_path: Path) -> None:
    name, port = tmp_path / "probe", PortServer(home.device())
    home.faults.on("probe-unplugged")
    async with PtyServer(port, symlink=name):
        assert not name.is_symlink()
        for _time in range(2):
            home.faults.off("probe-unplugged")
            assert name.exists()
            opened = os.open(name, os.O_RDWR | os.O_NOCTTY)
            home.faults.on("probe-unplugged")
            assert not name.is_symlink()
            with contextlib.suppress(OSError):
                assert os.read(opened, 1) == b""  # end of file: it has gone as well
            os.close(opened)
    home.faults.off("probe-unplugged")
    assert not name.is_symlink()  # its server has ended
    await port.close()


async def test_what_is_due_happens_though_nobody_asks() -> None:
    """``hht emulate``, a hundred times as fast: the probe is pulled out in the twentieth second of the premises."""
    words = ("--optical", "tcp://127.0.0.1:0", "--days", "1", "--speed", "100", "--fault", "probe-unplugged,PT20S")
    with Emulated("single-element", *words) as meter:
        host, _colon, port = meter.address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(1), 60) == b""
        writer.close()
