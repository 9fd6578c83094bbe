"""What client and server stations share: numbering, segmentation, go-back-N retransmission, reassembly.

Frames that are not acknowledged stay in `_outgoing`; at each of its turns a station sends from the oldest one on, so
a retransmission needs no state of its own. A frame whose N(S) is not the expected one is never delivered: what arrives
twice is executed once.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from hht.i18n import _
from hht.protocol.frames import ProtocolError
from hht.protocol.hdlc.frame import Control, Frame, FrameFault, FrameReader, HdlcAddress
from hht.protocol.hdlc.parameters import HdlcParameters

MAX_APDU = 1 << 20  # bytes that a peer may make us gather for one message


class HdlcLinkError(ProtocolError):
    """The connection cannot go on: no answer after all retries, or an answer that breaks its rules."""

    default_code = "hdlc-link"


@dataclass(frozen=True, slots=True)
class Connected:
    """The connection is up with these parameters."""

    parameters: HdlcParameters


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection is down; `refused`: it never came up, or the other end broke it."""

    refused: bool


@dataclass(frozen=True, slots=True)
class Received:
    """One whole APDU, reassembled, without its LLC header."""

    apdu: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """Everything handed to `send` has been acknowledged."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something was not used: a damaged frame, one for somebody else, one out of order."""

    reason: str


HdlcEvent = Connected | Disconnected | Received | Sent | Dropped


class Station:
    """Common half of `HdlcClient` and `HdlcServer`."""

    _llc_out: bytes
    _llc_in: bytes

    def __init__(self, proposed: HdlcParameters, max_apdu: int) -> None:
        self._proposed = proposed
        self.parameters = HdlcParameters()
        self._reader = FrameReader(proposed.max_info_rx)
        self._max_apdu = max_apdu
        self._out = bytearray()
        self._reset_numbers()

    def _reset_numbers(self) -> None:
        self._outgoing: deque[tuple[bytes, bool]] = deque()  # (information, more segments follow)
        self._outstanding = 0  # how many of them have been sent
        self._oldest = 0  # N(S) of the first of them
        self._expected = 0  # N(S) of the next frame from the other end
        self._gathered = bytearray()

    def data_to_send(self) -> bytes:
        """What is to go out now; drains."""
        data = bytes(self._out)
        self._out.clear()
        return data

    # ------------------------------------------------------------------ sending

    def _enqueue(self, apdu: bytes) -> None:
        payload = self._llc_out + apdu
        step = self.parameters.max_info_tx
        for start in range(0, len(payload), step):
            self._outgoing.append((payload[start : start + step], start + step < len(payload)))

    def _frame(self, destination: HdlcAddress, source: HdlcAddress, control: Control, info: bytes = b"") -> None:
        numbered = control in (Control.RR, Control.RNR, Control.REJ)
        self._out += Frame(destination, source, control, True, 0, self._expected if numbered else 0, info=info).encode()

    def _burst(self, destination: HdlcAddress, source: HdlcAddress) -> None:
        """As many unacknowledged segments as the window allows, from the oldest on; the last gives the turn away."""
        count = min(len(self._outgoing), self.parameters.window_tx)
        for index in range(count):
            info, more = self._outgoing[index]
            self._out += Frame(
                destination,
                source,
                Control.I,
                index + 1 == count,
                (self._oldest + index) % 8,
                self._expected,
                more,
                info,
            ).encode()
        self._outstanding = max(self._outstanding, count)

    # ------------------------------------------------------------------ receiving

    def _acknowledged(self, receive_number: int) -> int:
        """Take N(R) in; how many segments it acknowledges, or -1 when it is impossible."""
        count = (receive_number - self._oldest) % 8
        if count > self._outstanding:
            return -1
        for _segment in range(count):
            self._outgoing.popleft()
        self._oldest = receive_number
        self._outstanding -= count
        return count

    def _information(self, frame: Frame) -> list[HdlcEvent]:
        """Take an I frame's segment in, in order only."""
        if frame.send_number != self._expected:
            return [Dropped("out-of-order")]
        self._expected = (self._expected + 1) % 8
        self._gathered += frame.info
        if len(self._gathered) > self._max_apdu + len(self._llc_in):
            raise HdlcLinkError(
                _("The other end sends one message without end: over {limit} bytes.").format(limit=self._max_apdu),
                remedy=_("Disconnect and connect again. If it persists, the device is faulty."),
                code="hdlc-message-too-long",
            )
        if frame.segmented:
            return []
        whole, self._gathered = bytes(self._gathered), bytearray()
        if not whole.startswith(self._llc_in):
            return [Dropped("no-llc-header")]
        return [Received(whole[len(self._llc_in) :])]

    @staticmethod
    def _fault(fault: FrameFault) -> Dropped:
        return Dropped(fault.code)
