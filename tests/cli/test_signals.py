"""A command that is told to end in the middle of an answer releases the meter first: real processes, over a pty."""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import signal
import sys
import termios
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from hht.protocol.hdlc import Control
from tests.conftest import ROOT
from tests.support.command import JOB
from tests.support.stand import Stand

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ptys and signals are POSIX's")
BOUND_S = 60.0  # far above a tenth of a window's fifteen seconds and the disconnection: machines are busy
A_TURN = 7 * 2041  # octets of a window's frames; the whole profile has six of them


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    found = Stand()
    async with found.server:
        yield found


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGTERM, 143), pytest.param(signal.SIGHUP, 129, marks=pytest.mark.soak), (signal.SIGINT, 130)],
)
async def test_the_meter_is_released(stand: Stand, number: int, status: int) -> None:
    command = stand.words("read", "profile", "--json")
    running = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
    await stand.until_busy(running)
    running.send_signal(number)
    async with asyncio.timeout(BOUND_S):
        out, errors = await running.communicate()
    assert running.returncode == status, errors
    assert b"Traceback" not in errors
    assert stand.meter.heard[-1] is Control.DISC
    assert stand.meter.said[-1] is Control.UA
    assert stand.meter.unheard[-1] == 0  # the meter's turn was heard out
    assert stand.meter.octets < stand.meter.enough + 2 * A_TURN, "it went on reading"
    last = out.splitlines()[-1]
    assert (b'"code": "stopped"' if number != signal.SIGINT else b'"code": "cancelled"') in last


def _with_terminal(slave: int) -> Callable[[], None]:
    def begin() -> None:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

    return begin


async def test_a_terminal_window_that_is_closed(stand: Stand) -> None:
    """The kernel says SIGHUP, and rows and errors can be written nowhere any more."""
    master, slave = os.openpty()
    running = await asyncio.create_subprocess_exec(
        *stand.words("read", "profile", "--rows"),
        cwd=ROOT, stdin=slave, stdout=slave, stderr=slave, preexec_fn=_with_terminal(slave),
    )  # fmt: skip
    os.close(slave)
    asyncio.get_running_loop().add_reader(master, os.read, master, 65536)
    await stand.until_busy(running)
    asyncio.get_running_loop().remove_reader(master)
    os.close(master)
    async with asyncio.timeout(BOUND_S):
        assert await running.wait() == 129
    assert stand.meter.heard[-1] is Control.DISC
    assert stand.meter.said[-1] is Control.UA


async def test_a_second_signal_does_not_wait_for_the_meter(stand: Stand) -> None:
    stand.slow_down()  # a window takes fifteen seconds
    stand.meter.enough = 9_000
    running = await asyncio.create_subprocess_exec(
        *stand.words("read", "profile", "--json"), cwd=ROOT, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
    )
    await stand.until_busy(running)
    running.send_signal(signal.SIGTERM)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.5):
            await running.wait()
    running.send_signal(signal.SIGTERM)
    async with asyncio.timeout(BOUND_S):
        _out, errors = await running.communicate()
    assert running.returncode == 143
    assert b"Traceback" not in errors
    assert b"Stopping: letting the meter finish its turn (at most " in errors


async def test_the_person_is_told_at_once_what_is_waited_for(stand: Stand) -> None:
    stand.slow_down()
    stand.meter.enough = 9_000
    running = await asyncio.create_subprocess_exec(
        *stand.words("read", "profile"), cwd=ROOT, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE
    )
    assert running.stderr is not None
    await stand.until_busy(running)
    running.send_signal(signal.SIGINT)
    async with asyncio.timeout(BOUND_S):
        while b"Stopping:" not in (line := await running.stderr.readline()):
            assert line
    assert Control.DISC not in stand.meter.heard  # the turn itself takes fifteen seconds
    assert re.search(rb"at most \d+ s\)", line)
    running.send_signal(signal.SIGINT)
    async with asyncio.timeout(BOUND_S):
        _out, errors = await running.communicate()
    assert running.returncode == 130
    assert b"Traceback" not in errors


async def test_nohup_is_respected(stand: Stand) -> None:
    command = ["nohup", *stand.words("read", "clock", "--json")]
    stand.slow_down()
    running = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
    while Control.SNRM not in stand.meter.heard:
        assert running.returncode is None
        await asyncio.sleep(0.01)
    running.send_signal(signal.SIGHUP)
    await running.communicate()
    assert running.returncode == 0


async def test_a_question_at_the_terminal_is_no_obstacle(tmp_path: Path) -> None:
    master, slave = os.openpty()
    words = ["visit", "run", str(JOB), "--training", "--data-dir", str(tmp_path), "--link", "emulated:single-element"]
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ui", *words, cwd=ROOT, stdin=slave, stdout=DEVNULL, stderr=PIPE
    )
    os.close(slave)
    assert running.stderr is not None
    await running.stderr.readuntil(b": ")  # it asks for the meter's Device ID
    running.send_signal(signal.SIGTERM)
    async with asyncio.timeout(BOUND_S):
        assert await running.wait() == 143
    os.close(master)
