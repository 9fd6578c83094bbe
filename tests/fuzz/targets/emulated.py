"""An emulated meter and its objects before a terminal that asks anything.

The first message of an input chooses premises and client; the others are what the client says once it is associated,
sealed with its keys where it has some.
"""

from __future__ import annotations

from collections.abc import Hashable
from itertools import islice
from typing import Final

from hht.clock import ManualClock
from hht.emulation.meter_server import MeterServer
from hht.emulation.optical_port import OpticalPort
from hht.model.electricity_meter import ElectricityMeter, OpticalMode
from hht.model.electricity_meter.configuration import MeterConfiguration
from hht.model.premises import read_premises
from hht.protocol.cosem.apdu import parse_apdu
from hht.protocol.cosem.client import CosemClient, GetResult
from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.cosem.obis import Obis
from hht.protocol.iec62056_21 import Send
from tests.emulation.terminal_end import request
from tests.fuzz.meaning import spoil_apdu, spoil_frame
from tests.fuzz.mutation import Messages
from tests.fuzz.target import MEBIBYTE, Target
from tests.fuzz.targets.frames import repair_hdlc
from tests.fuzz.targets.texts import START
from tests.standalone import standalone_meter

PREMISES: Final = ("single-element", "clock-adrift", "smets2-read-only", "refuses-writes", "forgets-writes")
SAPS: Final = (17, 16, 1)
CLOCK_TIME: Final = CosemAttribute(8, Obis.parse("0-0:1.0.0"), 2)
_MOST_ANSWERS: Final = 2000


def alive(device: MeterConfiguration) -> ElectricityMeter:
    """A meter with a day of history."""
    return standalone_meter(device, ManualClock(START))


def meter_of(number: int) -> ElectricityMeter:
    """The meter of one of the premises."""
    return alive(read_premises(PREMISES[number % len(PREMISES)]).electricity_meters[0])


class Caller:
    """A client of the meter, and every answer that it gets."""

    def __init__(self, server: MeterServer, sap: int) -> None:
        self.session = server.session(sap)
        self.client = CosemClient(request(sap), random_bytes=lambda count: bytes(range(7, 7 + count)))
        self.heard: list[bytes] = []
        step = self.client.associate()
        while not self.client.associated:
            result = self.client.receive(self.say(step)[0])
            step = getattr(result, "apdu", b"")

    def say(self, apdu: bytes) -> list[bytes]:
        """One APDU; what comes back."""
        heard = list(islice(self.session.answers(apdu), _MOST_ANSWERS))
        self.heard += heard
        return heard


def meter(messages: Messages) -> Hashable:
    """Every object's values, methods and selections; what only an installer may write stays for anybody else."""
    premises, who = (*(messages[0] if messages else b"")[:2], 0, 0)[:2]
    device = meter_of(premises)
    server, sap = MeterServer(device), SAPS[who % len(SAPS)]
    caller = Caller(server, sap)
    channel = caller.client._channel
    for apdu in messages[1:]:
        told = channel.seal(apdu) if channel is not None and apdu else apdu
        answers = caller.say(told)
        assert len(answers) < _MOST_ANSWERS, "a flood of answers"
        for answer in answers:
            parse_apdu(answer)
    if sap == 16:
        assert not device.writes.entries, "a public client wrote"
    again = Caller(server, 17)
    result = again.client.receive(again.say(again.client.get(CLOCK_TIME))[0])
    assert isinstance(result, GetResult)
    return sap, tuple(sorted({answer[:4] for answer in caller.heard[-6:]}))


def optical_port(messages: Messages) -> Hashable:
    """An emulated meter's port hears anything; a new caller finds it as it should be. Twelve octets ask for a readout:
    of those who ask for nothing else enough is heard."""
    server = MeterServer(meter_of(messages[0][0] if messages and messages[0] else 0))
    assert server.mode is OpticalMode.E
    port = OpticalPort(server)
    sent: list[object] = []
    for octets in messages[1:]:
        if len(sent) < _ANSWERS:
            sent += port.receive(octets)
    port.reset()
    (answer,) = port.receive(b"/?!\r\n")
    assert isinstance(answer, Send)
    assert answer.data.startswith(b"/")
    return port.mode, tuple(sorted({type(item).__name__ for item in sent})), min(len(sent), 9)


_WORDS: Final = (
    b"\xc0\x01\xc1", b"\xc1\x01\xc1", b"\xc3\x01\xc1", b"\xc0\x03\xc1\x02", b"\x01\x02\x04\x02\x04\x12\x00\x08\x09\x06",
    bytes.fromhex("000f0000280000ff02"), bytes.fromhex("000700000100630100ff02"), bytes.fromhex("00080000010000ff02"),
    b"\x09\x0c", b"\x02\x04\x06\x00\x00\x00\x01\x06\x00\x00\x00\x00\x12\x00\x01\x12\x00\x00", b"\xff" * 12, b"\x02\x02",
    bytes.fromhex("090c0001010101000000000348ff"), bytes.fromhex("090c270f0c1fff173b3b00fcb8ff"), b"\x0f\x80",
    b"\x12\xff\xff",
)  # fmt: skip

_ANSWERS: Final = 500
_PORT_WORDS: Final = (b"/?!\r\n", b"\x06050\r\n", b"\x7e")

TARGETS: Final = [
    Target("emulated-meter", meter, "meter-requests", (), _WORDS, fixed=1, sample=200, meaning=spoil_apdu),
    Target(
        "optical-port",
        optical_port,
        "ports",
        (),
        _PORT_WORDS,
        repair_hdlc,
        1,
        sample=100,
        meaning=spoil_frame,
        longest=MEBIBYTE,
        stream=True,
    ),
]
