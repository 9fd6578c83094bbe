"""What client and server stations share: numbering, segmentation, go-back-N retransmission, reassembly.

Frames that are not acknowledged stay in `_outgoing`; at each of its turns a station sends from the oldest one on, so
a retransmission needs no state of its own. A frame whose N(S) is not the expected one is never delivered: what arrives
twice is executed once. Recovery runs over the poll bit (checkpointing): DLMS's list of frames has no REJ, so none is
sent, and one that arrives is understood.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from hht.i18n import _
from hht.protocol.frames import ProtocolError
from hht.protocol.hdlc.frame import Control, Frame, HdlcAddress
from hht.protocol.hdlc.parameters import HdlcParameters
from hht.protocol.hdlc.reader import FrameReader

MAX_APDU: Final = 256 * 1024  # bytes that a peer may make us gather for one message
LLC_COMMAND: Final = b"\xe6\xe6\x00"  # to the server
LLC_RESPONSE: Final = b"\xe6\xe7\x00"  # to the client


class HdlcLinkError(ProtocolError):
    """The connection cannot go on: no answer after all retries, or an answer that breaks its rules."""

    default_code = "hdlc-link"


class NobodyAnswers(HdlcLinkError):
    """No answer to any attempt to connect."""

    default_code = "hdlc-no-answer"


@dataclass(frozen=True, slots=True)
class Connected:
    """The connection is up with these parameters."""

    parameters: HdlcParameters


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection is down; `refused`: it never came up, or the other end broke it.

    `by`: the frame that said so: DM (there is no connection), FRMR (a frame was rejected; `reason` in words), DISC
    (which in a response is RD: the other end asks for the disconnection). None where this end did it.
    """

    refused: bool
    by: Control | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """One whole APDU, reassembled, without its LLC header."""

    apdu: bytes


@dataclass(frozen=True, slots=True)
class Notified:
    """One APDU that came in a UI frame, outside the connection: neither numbered nor acknowledged."""

    apdu: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """Everything handed to `send` has been acknowledged."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something was not used: a damaged frame, one for somebody else, one out of order."""

    reason: str


HdlcEvent = Connected | Disconnected | Received | Notified | Sent | Dropped


class Station:
    """Common half of `HdlcClient` and `HdlcServer`."""

    _llc_out: bytes
    _llc_in: bytes

    def __init__(self, proposed: HdlcParameters, max_apdu: int) -> None:
        self._proposed = proposed
        self.parameters = HdlcParameters()
        self._reader = FrameReader()
        self._max_apdu = max_apdu
        self._out = bytearray()
        self._reset_numbers()

    def _reset_numbers(self) -> None:
        self._outgoing: deque[tuple[bytes, bool]] = deque()  # (information, more segments follow)
        self._outstanding = 0  # how many of them have been sent
        self._oldest = 0  # N(S) of the first of them
        self._expected = 0  # N(S) of the next frame from the other end
        self._peer_busy = False  # it said RNR: no information until it says otherwise
        self._gathered = bytearray()

    @property
    def gathered(self) -> int:
        """Bytes of an unfinished message that have arrived, LLC header included: for a progress bar."""
        return len(self._gathered)

    @property
    def gathered_apdu(self) -> bytes:
        """What has arrived of an unfinished message, without its LLC header."""
        return bytes(self._gathered[len(self._llc_in) :])

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

    def _acknowledged(self, frame: Frame) -> int:
        """Take N(R) in, and whether the other end is busy; how many segments are acknowledged, -1: impossible."""
        count = (frame.receive_number - self._oldest) % 8
        if count > self._outstanding:
            return -1
        for _segment in range(count):
            self._outgoing.popleft()
        self._oldest = frame.receive_number
        self._outstanding -= count
        self._peer_busy = frame.control is Control.RNR
        return count

    def _information(self, frame: Frame) -> list[HdlcEvent]:
        """Take an I frame's segment in, in order only. Raises HdlcLinkError for a message without end."""
        if frame.send_number != self._expected:
            return [Dropped("out-of-order")]
        if len(self._gathered) < len(self._llc_in):
            begun = bytes(self._gathered) + frame.info
            if begun[:3] != self._llc_in[: len(begun)] or (len(begun) < 3 and not frame.segmented):
                return self._without_llc(begun)
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
        apdu, self._gathered = bytes(self._gathered[len(self._llc_in) :]), bytearray()
        return [Received(apdu)]

    def _without_llc(self, begun: bytes) -> list[HdlcEvent]:
        """A message begins, in order, with something else than its LLC header."""
        raise NotImplementedError

    def _unnumbered_information(self, frame: Frame) -> list[HdlcEvent]:
        if frame.segmented or not frame.info.startswith(self._llc_in):
            return [Dropped("no-llc-header")]
        return [Notified(frame.info[len(self._llc_in) :])]
