"""Programs not written here read the emulated meter in plain text: iec62056-21 over TCP, pydlms over a pty.

Skipped, visibly, where their environment cannot be made (`environment.py`).
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.peers.environment import plain_text_python
from tests.support.emulate import Emulated

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the peers run on POSIX")

OVER_TCP = """
import json, sys
from iec62056_21 import utils
from iec62056_21.client import Iec6205621Client

def connected():
    host, port = sys.argv[1].split(":")
    client = Iec6205621Client.with_tcp_transport(address=(host, int(port)), device_address="")
    client.connect()
    return client

client = connected()
sets = client.standard_readout().data
client.disconnect()
client = connected()
request = client.access_programming_mode()
# its own send_password lacks an argument in 0.0.2
client.transport.send(utils.add_bcc(b"\\x01P1\\x02(Gurux)\\x03"))
accepted = client._recv_ack() == "\\x06"
value = client.read_single_value("1.8.0")
client.write_single_value("0-0:94.44.0.1", "600")
client.send_break()
client.disconnect()
print(json.dumps({
    "readout": {entry.address: [entry.value, entry.unit] for entry in sets},
    "request": request.command + str(request.command_type),
    "accepted": accepted,
    "value": [value.address, value.value, value.unit],
}))
"""
OVER_A_PTY = """
import json, sys
from pydlms.transports.serial import read_mode_c

found = read_mode_c(sys.argv[1])
print(json.dumps({
    "ident": found.identification.identification,
    "mode_e": found.identification.mode_e,
    "readout": {entry.address: [entry.values[0].value, entry.values[0].unit] for entry in found.data_sets},
}))
"""


def run(script: str, address: str, tries: int = 1) -> dict[str, Any]:
    """What the peer said. `tries`: how often it may begin where it heard nothing in its own time: it switches the speed
    by its clock, 200 ms before the meter speaks, and a busy machine may let it be late."""
    command = [str(plain_text_python()), "-c", script, address]
    for _try in range(tries):
        done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
        if "DlmsTimeoutError" not in done.stderr:
            break
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def check(readout: dict[str, list[str]]) -> None:
    assert readout["C.1.1"][0] == "00-DB-12-34-56-78-90-A0"
    assert readout["1.8.0"][1] == "kWh"
    assert float(readout["1.8.0"][0]) > 8214
    assert readout["32.7.0"][1] == "V"


def test_a_readout_and_programming_mode_over_tcp() -> None:
    plain_text_python()
    with Emulated(
        "single-element", "--optical", "tcp://127.0.0.1:0", "--days", "2", "--mode", "C", "--events"
    ) as meter:
        said = run(OVER_TCP, meter.address)
        check(said["readout"])
        assert said["request"] == "P0"
        assert said["accepted"]
        assert said["value"][0] == "1.8.0"
        assert said["value"][2] == "kWh"
        meter.stop()
        (write,) = meter.events()
        assert (write["item"], write["value"], write["client"]) == ("randomised-offset-limit", "600", 17)


@pytest.mark.parametrize("mode", ["C", "E"])
def test_a_readout_over_a_pty_as_slow_as_a_real_line(mode: str) -> None:
    plain_text_python()
    with Emulated("single-element", "--optical", "pty", "--days", "2", "--mode", mode, "--paced") as meter:
        said = run(OVER_A_PTY, meter.address, tries=3)
        check(said["readout"])
        assert (said["ident"], said["mode_e"]) == ("TRAINER-1E", mode == "E")
