"""zigpy-znp, a program not written here, talks to our emulated dongle, and reads every command that we write.

Skipped, visibly, where its environment cannot be made (`environment.py`). It is run, never imported.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from hht.protocol.little_endian import Fixed, Ieee, Kind, ListOf, Octets, Whole, Within, layout
from hht.protocol.znp import frame_of
from hht.protocol.znp.messages import Address, AddressKind, Command, RpcError, commands
from hht.protocol.znp.status import STATUS
from tests.peers.environment import znp_python
from tests.support.emulate import Emulated

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the peers run on POSIX")

READER = """
import json, sys
from zigpy_znp.commands import COMMANDS_BY_ID
from zigpy_znp.frames import TransportFrame

for line in sys.stdin:
    octets = bytes.fromhex(line)
    frame, rest = TransportFrame.deserialize(octets)
    assert not rest
    command = COMMANDS_BY_ID[frame.payload.header].from_frame(frame.payload)
    again = TransportFrame(command.to_frame()).serialize()
    print(json.dumps({"name": str(command), "same": again == octets}))
"""
TALKER = """
import asyncio, json, sys
import zigpy_znp.commands as c, zigpy_znp.types as t
from zigpy_znp.api import ZNP
from zigpy_znp.config import CONFIG_SCHEMA

async def main(path):
    znp = ZNP(CONFIG_SCHEMA({"device": {"path": path}, "znp_config": {"skip_bootloader": False}}))
    await znp.connect()
    version = await znp.request(c.SYS.Version.Req())
    channels = await znp.nvram.osal_read(t.nvids.OsalNvIds.CHANLIST, item_type=t.Channels)
    scan = await znp.request_callback_rsp(
        request=c.ZDO.MgmtNWKUpdateReq.Req(
            Dst=0x0000, DstAddrMode=t.AddrMode.NWK, Channels=t.Channels.ALL_CHANNELS,
            ScanDuration=0, ScanCount=1, NwkManagerAddr=0x0000,
        ),
        RspStatus=t.Status.SUCCESS,
        callback=c.ZDO.MgmtNWKUpdateNotify.Callback(partial=True, Src=0x0000),
    )
    print(json.dumps({
        "stack": znp.version, "revision": version.CodeRevision, "channels": list(channels),
        "scanned": list(scan.ScannedChannels), "energies": list(scan.EnergyValues),
    }))
    await znp.disconnect()

asyncio.run(main(sys.argv[1]))
"""


@pytest.fixture(scope="module", params=["3.30", "3.0", "1.2"])
def dongle(request: pytest.FixtureRequest) -> Iterator[Emulated]:
    znp_python()
    way = "tcp://127.0.0.1:0" if request.param == "3.30" else "pty"
    with Emulated("dual-fuel", "--han", way, "--days", "1", "--speed", "50", "--firmware", request.param) as emulated:
        yield emulated


def path_of(dongle: Emulated) -> str:
    """How zigpy-znp is told where the dongle is."""
    return str(dongle.listening["han"]).removeprefix("dongle:").replace("tcp://", "socket://")


def run(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(znp_python()), *words], input=given, capture_output=True, text=True, timeout=60, check=False
    )


def test_it_connects_and_measures_energy(dongle: Emulated) -> None:
    done = run("-c", TALKER, path_of(dongle))
    assert done.returncode == 0, done.stderr[-1500:]
    told = json.loads(done.stdout)
    assert str(told["stack"]) in (dongle.listening["firmware"], "3.3")
    assert told["revision"] > 20190000
    assert told["channels"] == told["scanned"] == list(range(11, 27))
    assert len(told["energies"]) == 16
    assert all(0 <= energy <= 255 for energy in told["energies"])


def test_its_network_scan_tool_finds_the_hub(dongle: Emulated) -> None:
    done = run("-m", "zigpy_znp.tools.network_scan", path_of(dongle), "-n", "1", "-d", "0")
    assert done.returncode == 0, done.stderr[-1500:]
    assert "EPID: 00:db:12:34:56:78:90:a3" in done.stdout  # the extended PAN ID is the GPF ID


def test_it_reads_every_command_that_we_write() -> None:
    """Two definitions of the API, written apart, agree octet for octet."""
    rng = random.Random(1)
    messages = [
        _sample(record, rng)
        for header, record in sorted(commands().items())
        if record is not RpcError
        for _turn in range(3)
    ]
    stream = "".join(frame_of(message).encode().hex() + "\n" for message in messages)
    done = run("-c", READER, given=stream)
    assert done.returncode == 0, done.stderr[-1500:]
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == len(messages)
    for message, one in zip(messages, told, strict=True):
        assert one["same"], one["name"]
        name = message.title.split(".")[1].removesuffix(" answer")
        assert name.removesuffix("Rsp") in one["name"], (message.title, one["name"])


def _sample(record: type[Command], rng: random.Random) -> Command:
    return record(**{name: _value(name, kind, rng) for name, kind in layout(record)})


def _value(name: str, kind: Kind, rng: random.Random) -> Any:
    if isinstance(kind, Whole):
        if name == "mode":
            return Address.SHORT
        if name in ("status", "state", "type", "reason", "command", "latency", "bootloader_type"):
            return 0 if kind.names is not STATUS else rng.choice(sorted(STATUS)[:8])
        if name in ("broadcast", "request", "remove", "rejoin"):
            return rng.randrange(2)
        return rng.randrange(1 << min(8 * kind.size, 27))
    if isinstance(kind, Ieee):
        return rng.randbytes(8).hex().upper()
    if isinstance(kind, Fixed):
        return rng.randbytes(kind.size)
    if isinstance(kind, ListOf):
        return tuple(_value(name, kind.kind, rng) for _index in range(3))
    if isinstance(kind, Within):
        return kind.record(**{part: _value(part, inner, rng) for part, inner in layout(kind.record)})
    if isinstance(kind, AddressKind):
        return rng.choice([Address.near(rng.randrange(0xFFF0)), Address.of(rng.randbytes(8).hex().upper())])
    return rng.randbytes(12 if isinstance(kind, Octets) else 20)
