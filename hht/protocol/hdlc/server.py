"""The meter's end of an HDLC connection: the secondary station, which speaks when it is polled."""

from __future__ import annotations

import enum

from hht.protocol.frames import FrameError
from hht.protocol.hdlc.frame import Control, Frame, HdlcAddress, parse_header, server_address
from hht.protocol.hdlc.parameters import HdlcParameters
from hht.protocol.hdlc.reader import FrameFault
from hht.protocol.hdlc.station import (
    LLC_COMMAND,
    LLC_RESPONSE,
    MAX_APDU,
    Connected,
    Disconnected,
    Dropped,
    HdlcEvent,
    HdlcLinkError,
    Station,
)


class FrmrReason(enum.IntFlag):
    """Why a frame was rejected: the last byte of FRMR's information field (ISO/IEC 13239)."""

    UNKNOWN_CONTROL = 0x01  # W
    INFORMATION_NOT_ALLOWED = 0x02  # X
    INFORMATION_TOO_LONG = 0x04  # Y
    INVALID_RECEIVE_NUMBER = 0x08  # Z


class HdlcServer(Station):
    """Sans I/O. After `receive`, hand the answers to its `Received` events to `send`, then send `data_to_send()`.

    `server`: the logical device that answers here; `physical`: the physical device, None: whichever it is called;
    `capable`: what this end can do. The client's address is in `client_sap` once connected. Set `busy` while no request
    can be taken: the client is told RNR. Raises FrameError for addresses that no server can have.
    """

    _llc_out = LLC_RESPONSE
    _llc_in = LLC_COMMAND

    def __init__(
        self,
        server: int = 1,
        capable: HdlcParameters | None = None,
        *,
        physical: int | None = None,
        max_apdu: int = MAX_APDU,
    ) -> None:
        super().__init__(capable or HdlcParameters(2030, 2030, 7, 7), max_apdu)
        server_address(server, physical).check_answers()
        self._server, self._physical = server, physical
        self._me = server_address(server, physical)
        self._client = HdlcAddress(0)
        self._rejection = b""  # FRMR's information while a rejected frame stands between the two ends
        self.busy = False
        self.connected = False
        self._turn = False

    @property
    def client_sap(self) -> int:
        """The SAP of the client that is, or was last, connected."""
        return self._client.upper

    def reset(self) -> None:
        """The line went away, or nobody spoke for the inactivity time: forget the connection."""
        self._end()
        self._rejection = b""
        self._reader.reset()
        self._out.clear()

    @property
    def in_frame(self) -> bool:
        """A frame has begun: if no byte follows within the inter-octet time, call `pause`."""
        return self._reader.unfinished

    def pause(self) -> None:
        """The inter-octet time has passed without a byte (IEC 62056-46): what has begun is no frame any more."""
        self._reader.reset()

    def _end(self) -> None:
        self.connected = self._turn = False
        self._reset_numbers()

    def send(self, apdu: bytes) -> None:
        """Queue one APDU for the next turn; without a connection it goes nowhere."""
        if self.connected:
            self._enqueue(apdu)

    def data_to_send(self) -> bytes:
        """What is to go out now; drains."""
        if self._turn and self.connected:
            self._turn = False
            if self._outgoing and not self._peer_busy:
                self._burst(self._client, self._me)
            else:
                self._frame(self._client, self._me, Control.RNR if self.busy else Control.RR)
        return super().data_to_send()

    def receive(self, data: bytes) -> list[HdlcEvent]:
        """Bytes from the client; what they mean. Never raises: what breaks the rules is answered as the rules say."""
        events: list[HdlcEvent] = []
        for item in self._reader.feed(data):
            if isinstance(item, FrameFault):
                events += self._fault(item)
            elif not item.destination.reaches(self._server, self._physical):
                events.append(Dropped("address"))
            elif item.destination.is_broadcast:  # nobody answers
                is_told = item.control is Control.UI
                events += self._unnumbered_information(item) if is_told else [Dropped("broadcast")]
            else:
                events += self._handle(item)
        return events

    def _handle(self, frame: Frame) -> list[HdlcEvent]:
        if frame.control is Control.SNRM:
            return self._connect(frame)
        if frame.control is Control.DISC:
            return self._disconnect(frame)
        if frame.control is Control.UI:
            return self._unnumbered_information(frame)
        if not self._is_connected_to(frame):
            return self._not_connected(frame)
        if frame.control in (Control.I, Control.RR, Control.RNR, Control.REJ):
            return self._numbered(frame)
        return [Dropped(f"unexpected {frame.control.value}")]

    def _is_from_client(self, destination: HdlcAddress, source: HdlcAddress) -> bool:
        ours = destination.reaches(self._server, self._physical) and not destination.is_broadcast
        return ours and self.connected and source.upper == self.client_sap

    def _is_connected_to(self, frame: Frame) -> bool:
        return self.connected and frame.source.upper == self._client.upper

    def _not_connected(self, frame: Frame) -> list[HdlcEvent]:
        if frame.final:
            rejected = self._rejection and frame.source.upper == self._client.upper
            self._frame(
                frame.source,
                frame.destination,
                Control.FRMR if rejected else Control.DM,
                self._rejection if rejected else b"",
            )
        return [Dropped("not-connected")]

    def _connect(self, frame: Frame) -> list[HdlcEvent]:
        try:
            asked = HdlcParameters.parse(frame.info)
        except FrameError:
            self._frame(frame.source, frame.destination, Control.DM)
            return [Dropped("hdlc-parameters")]
        self._end()
        self._out.clear()
        self._client, self._me = frame.source, frame.destination  # answers go back under the addresses it used
        self._rejection, self.connected = b"", True
        self.parameters = self._proposed.agreed_with(asked)
        self._frame(self._client, self._me, Control.UA, self.parameters.encode())
        return [Connected(self.parameters)]

    def _disconnect(self, frame: Frame) -> list[HdlcEvent]:
        was = self._is_connected_to(frame)
        self._frame(frame.source, frame.destination, Control.UA if was else Control.DM)
        if frame.source.upper == self._client.upper:
            self._rejection = b""
        if not was:
            return [Dropped("not-connected")]
        self._end()
        return [Disconnected(refused=False)]

    def _numbered(self, frame: Frame) -> list[HdlcEvent]:
        # Longer than agreed and still within what this end can take: no reason to break the connection
        if len(frame.info) > max(self.parameters.max_info_rx, self._proposed.max_info_rx):
            return self._reject(frame.control_byte, FrmrReason.INFORMATION_TOO_LONG)
        if frame.control is not Control.I and frame.info:
            return self._reject(frame.control_byte, FrmrReason.INFORMATION_NOT_ALLOWED | FrmrReason.UNKNOWN_CONTROL)
        if self._acknowledged(frame) < 0:
            return self._reject(frame.control_byte, FrmrReason.INVALID_RECEIVE_NUMBER)
        events: list[HdlcEvent] = []
        if frame.control is Control.I and not self.busy:
            try:
                events = self._information(frame)
            except HdlcLinkError:
                return self._reject(frame.control_byte, FrmrReason.INFORMATION_TOO_LONG)
        self._turn = self._turn or frame.final
        return events

    def _without_llc(self, begun: bytes) -> list[HdlcEvent]:
        self._expected = (self._expected + 1) % 8
        self._gathered.clear()
        return [Dropped("no-llc-header")]

    def _fault(self, fault: FrameFault) -> list[HdlcEvent]:
        """Damaged frames are passed over in silence. One that is sound but unknown is rejected."""
        if fault.code == "hdlc-control":
            header = parse_header(fault.data)
            if self._is_from_client(header.destination, header.source):
                return [Dropped(fault.code), *self._reject(header.control, FrmrReason.UNKNOWN_CONTROL)]
        return [Dropped(fault.code)]

    def _reject(self, control: int, reason: FrmrReason) -> list[HdlcEvent]:
        """FRMR, and again for whatever comes until the client connects anew or disconnects."""
        sequence = self._expected << 5 | (self._oldest + self._outstanding) % 8 << 1
        self._end()
        self._rejection = bytes([control, sequence, reason])
        self._frame(self._client, self._me, Control.FRMR, self._rejection)
        return [Disconnected(refused=True)]
