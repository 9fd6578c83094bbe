"""How a handheld terminal and a hub frame what they say to one another. **Our own: nothing public says it.**

Public are the steps (the hub's hour, key establishment over inter-PAN, install code and Device ID of the terminal under
that key, joining, messages that the hub relays; factbook 3.6), the tunnelling cluster and the octet before a gas
meter's messages. Not public is the framing: in which cluster and command the terminal introduces itself, and how it
names the device that a message is for. All of that stands here and nowhere else. A hub that does it in another way
needs another `HandheldFraming`, given to `hht.client.radio` and, for the emulated hub, to `hht.emulation.radio`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Final, Protocol

from hht.identifiers import InstallCode
from hht.protocol.little_endian import Fixed, Octets, Record, ieee, of, u8, u16
from hht.protocol.zigbee.zcl import CLUSTER, ZclFrame

# --- how the hub took an introduction
LISTED, LOG_FULL, NOT_LISTENING = range(3)
WELCOMES: Final = {LISTED: "listed", LOG_FULL: "device log full", NOT_LISTENING: "not listening"}

# --- what an envelope in the tunnel holds
MESSAGE, KEPT, UNDELIVERED, NOT_ON_HAN, ASK, UNKNOWN, TOO_LONG, LISTEN, ALERT, STOPPED = range(10)
ENVELOPES: Final = {
    MESSAGE: "message",
    KEPT: "kept until the device wakes",
    UNDELIVERED: "the device was not reached, or did not answer",
    NOT_ON_HAN: "the device is not on the HAN",
    ASK: "what became of it?",
    UNKNOWN: "never heard of",
    TOO_LONG: "the answer is longer than the tunnel takes",
    LISTEN: "tell what devices send unasked, or no more",
    ALERT: "what a device sends unasked",
    STOPPED: "the hub lets no such message through",
}


@dataclass(frozen=True, slots=True)
class Introduction:
    """Who the terminal is."""

    device_id: str  # 16 hex digits
    code: InstallCode = field(repr=False)


@dataclass(frozen=True, slots=True)
class Envelope(Record):
    """A message and whom it is for (or from: 16 hex digits). `reference`: the terminal's own number for it, which comes
    back with the answer; the hub relays a message with the same number once. An alert has the hub's own number, the
    same for all of its blocks where it comes in blocks; LISTEN has the body 01, or 00 for no more."""

    device: str = ieee()
    reference: int = u16()
    kind: int = u8(ENVELOPES)
    body: bytes = of(Octets(0), b"")


HEAR, HEAR_NO_MORE = b"\x01", b"\x00"
NOBODY: Final = "0" * 16  # whom an envelope is for that is for the hub itself


class HandheldFraming(Protocol):
    """What has to be known of it."""

    @property
    def introduction_cluster(self) -> int:
        """The cluster over which introductions go, inter-PAN."""
        ...

    def introduce(self, introduction: Introduction, sequence: int) -> bytes:
        """The terminal's introduction as a ZCL frame."""
        ...

    def introduced(self, data: bytes) -> Introduction:
        """The other end of it. Raises FrameError."""
        ...

    def welcome(self, status: int, sequence: int) -> bytes:
        """The hub's answer to that: a status of WELCOMES."""
        ...

    def welcomed(self, data: bytes) -> int:
        """The other end of it. Raises FrameError."""
        ...

    def wrap(self, envelope: Envelope) -> bytes:
        """What goes into the tunnel."""
        ...

    def unwrap(self, data: bytes) -> Envelope:
        """The other end of it. Raises FrameError."""
        ...


@dataclass(frozen=True, slots=True)
class IntroductionRecord(Record):
    """See `Introduction`; 16 octets of code."""

    command: ClassVar[int] = 0x00

    device: str = ieee()
    install_code: bytes = of(Fixed(16, secret=True))


@dataclass(frozen=True, slots=True)
class WelcomeRecord(Record):
    """See WELCOMES."""

    command: ClassVar[int] = 0x00

    status: int = u8(WELCOMES)


class OwnFraming:
    """Ours: a manufacturer-specific cluster for the introduction, an envelope in the tunnel."""

    CLUSTER: Final = 0xFC48
    MANUFACTURER: Final = 0x4848  # "HH"; not assigned to anybody that we know of

    @property
    def introduction_cluster(self) -> int:
        """See `HandheldFraming`."""
        return self.CLUSTER

    def introduce(self, introduction: Introduction, sequence: int) -> bytes:
        """See `HandheldFraming`."""
        code = bytes.fromhex(introduction.code.reveal())
        record = IntroductionRecord(introduction.device_id, code)
        return self._frame(record.command, record, sequence, from_server=False)

    def introduced(self, data: bytes) -> Introduction:
        """See `HandheldFraming`."""
        record = IntroductionRecord.decode(ZclFrame.decode(data).payload)
        return Introduction(record.device, InstallCode(record.install_code.hex().upper()))

    def welcome(self, status: int, sequence: int) -> bytes:
        """See `HandheldFraming`."""
        return self._frame(WelcomeRecord.command, WelcomeRecord(status), sequence, from_server=True)

    def welcomed(self, data: bytes) -> int:
        """See `HandheldFraming`."""
        return WelcomeRecord.decode(ZclFrame.decode(data).payload).status

    def wrap(self, envelope: Envelope) -> bytes:
        """See `HandheldFraming`."""
        return envelope.encode()

    def unwrap(self, data: bytes) -> Envelope:
        """See `HandheldFraming`."""
        return Envelope.decode(data)

    def _frame(self, command: int, record: Record, sequence: int, *, from_server: bool) -> bytes:
        frame = ZclFrame(CLUSTER, sequence, command, record.encode(), from_server, self.MANUFACTURER, False)
        return frame.encode()
