"""Whoever ends the window from outside (a session manager, a shell) gets a meter that is released: a real process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

import pytest

from hht.protocol.hdlc import Control
from tests.conftest import ROOT
from tests.support.stand import Stand

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ptys and signals are POSIX's")
BOUND_S = 60.0  # a window's rest, the disconnection, and an interpreter with Qt that ends


@pytest.mark.sampled(one_in=3)
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
async def test_a_window_that_is_ended_releases_the_meter(number: int, status: int, tmp_path: Path) -> None:
    stand = Stand()
    stand.line.settings.match_speeds = False  # a machine that is held up would make garbage of a change of speed
    async with stand.server:
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.support.reading_window", stand.server.url, str(tmp_path),
            cwd=ROOT, stdin=DEVNULL, stdout=PIPE, stderr=PIPE,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(tmp_path)},
        )  # fmt: skip
        await stand.until_busy(running)
        running.send_signal(number)
        async with asyncio.timeout(BOUND_S):
            _out, errors = await running.communicate()
    assert running.returncode == status, errors
    assert b"Traceback" not in errors
    assert stand.meter.heard[-1] is Control.DISC
    assert stand.meter.said[-1] is Control.UA
    assert stand.meter.unheard[-1] == 0  # the meter's turn was heard out
