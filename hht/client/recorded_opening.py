"""How a recorded conversation began, so that a replay can begin in the same way: all of it stands in the bytes sent.

Opening, addresses, mechanism, and what went over the wire in clear: a low-security password, a challenge, the client's
system title and the first invocation counter. Keys never do; where they are needed somebody has to name them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from hht.errors import HhtError
from hht.link import TraceEvent, TraceKind
from hht.parity import STRIP_PARITY
from hht.protocol.cosem.acse import Aarq
from hht.protocol.cosem.apdu import parse_apdu
from hht.protocol.cosem.ciphered import Ciphered
from hht.protocol.cosem.codes import Mechanism
from hht.protocol.frames import ProtocolError
from hht.protocol.hdlc import HdlcParameters
from hht.protocol.hdlc.frame import Control, Frame
from hht.protocol.hdlc.reader import FrameReader
from hht.protocol.hdlc.station import LLC_COMMAND
from hht.protocol.wrapper import WrapperReader


@dataclass(frozen=True, slots=True)
class RecordedOpening:
    """What the terminal of the recording did first. No secret shows in `repr`; None: the recording does not say."""

    opening: str  # "iec", "hdlc" or "wrapper"
    client_sap: int | None = None
    server: int | None = None
    mechanism: Mechanism | None = None
    authentication: bytes = field(default=b"", repr=False)  # the password, or the challenge
    client_title: bytes = b""
    invocation_counter: int | None = None
    parameters: HdlcParameters | None = None
    physical: int | None = None
    address_size: int | None = None

    def random_bytes(self, otherwise: Callable[[int], bytes]) -> Callable[[int], bytes]:
        """The recorded challenge where there is one: the meter's answer proves itself for that and no other."""
        if self.mechanism in (None, Mechanism.NONE, Mechanism.LOW) or not self.authentication:
            return otherwise
        return lambda _count: self.authentication


def recorded_opening(events: Iterable[TraceEvent]) -> RecordedOpening | None:
    """How the first link with bytes was opened; None where nothing was sent. What cannot be read is left out."""
    sent = b""
    link = None
    for event in events:
        if event.data and link in (None, event.link):
            link = event.link
            sent += event.data if event.kind is TraceKind.TX else b""
    if not sent:
        return None
    if sent.translate(STRIP_PARITY).lstrip(b"\x00").startswith(b"/?"):
        return _of_hdlc("iec", sent)
    return _of_wrapper(sent) if sent.startswith(b"\x00\x01") else _of_hdlc("hdlc", sent)


def _of_hdlc(opening: str, sent: bytes) -> RecordedOpening:
    parameters, message, first = None, b"", None
    for frame in FrameReader().feed(sent):
        if not isinstance(frame, Frame):
            continue
        first = first or frame
        if frame.control is Control.SNRM:
            parameters = _parameters(frame.info)
        elif frame.control is Control.I:
            message += frame.info
            if not frame.segmented:
                break
    if first is None:
        return RecordedOpening(opening)
    apdu = message.removeprefix(LLC_COMMAND)
    called = first.destination
    recorded = _with_request(opening, first.source.upper, called.upper, apdu, parameters)
    return replace(recorded, physical=called.lower, address_size=called.size)


def _parameters(info: bytes) -> HdlcParameters | None:
    try:
        return HdlcParameters.parse(info) if info else HdlcParameters()
    except ProtocolError:
        return None


def _of_wrapper(sent: bytes) -> RecordedOpening:
    try:
        packets = WrapperReader().feed(sent)
    except ProtocolError:
        packets = []
    if not packets:
        return RecordedOpening("wrapper")
    first = packets[0]
    return _with_request("wrapper", first.source, first.destination, first.apdu, None)


def _with_request(
    opening: str, client: int, server: int, apdu: bytes, parameters: HdlcParameters | None
) -> RecordedOpening:
    try:
        request = parse_apdu(apdu)
    except HhtError:
        request = None
    if not isinstance(request, Aarq):
        return RecordedOpening(opening, client, server, parameters=parameters)
    return RecordedOpening(
        opening,
        client,
        server,
        request.mechanism or Mechanism.NONE,
        request.authentication or b"",
        request.client_title or b"",
        _counter(request.user_information),
        parameters,
    )


def _counter(information: bytes) -> int | None:
    try:
        proposal = parse_apdu(information)
    except HhtError:
        return None
    return proposal.counter if isinstance(proposal, Ciphered) else None
