"""A command is killed in the middle of an answer; the next one gets the meter back by itself: real processes, a pty.

How, and how soon, is told in virtual time (`tests/client/test_busy_line.py`): the line here keeps the computer's, and
who is held up in the middle of a character hears another one.
"""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE

import pytest

from hht.protocol.hdlc import Control
from tests.conftest import ROOT
from tests.support.stand import Stand

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ptys are POSIX's")
BOUND_S = (
    100.0  # the rest of a window at 9600 baud (15 s), a disconnection, a sign-on, an interpreter on a busy machine
)


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_the_next_command_after_a_kill() -> None:
    stand = Stand()
    stand.line.settings.pace = 1.0  # so that different speeds make garbage
    stand.meter.enough = 9_000
    async with stand.server:
        killed = await asyncio.create_subprocess_exec(
            *stand.words("read", "profile"), cwd=ROOT, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
        )
        await stand.until_busy(killed)
        killed.kill()
        await killed.wait()
        assert Control.DISC not in stand.meter.heard
        for _try in range(3):  # once, where no machine is held up
            identify = await asyncio.create_subprocess_exec(
                *stand.words("identify", "--json", patient=False), cwd=ROOT, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
            )
            async with asyncio.timeout(BOUND_S):
                out, errors = await identify.communicate()
            if identify.returncode == 0:
                break
    lines = [json.loads(line) for line in out.splitlines()]
    assert identify.returncode == 0, (lines, errors)
    assert lines[-1]["device_id"] == "00-DB-12-34-56-78-90-A0"
    assert stand.meter.heard.count(Control.DISC) >= 2  # for the dead one, and its own
