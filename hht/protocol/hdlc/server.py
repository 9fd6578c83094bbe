"""The meter's end of an HDLC connection: the secondary station, which speaks when it is polled."""

from __future__ import annotations

from hht.protocol.frames import FrameError
from hht.protocol.hdlc.frame import Control, Frame, FrameFault, HdlcAddress
from hht.protocol.hdlc.parameters import HdlcParameters
from hht.protocol.hdlc.station import MAX_APDU, Connected, Disconnected, Dropped, HdlcEvent, HdlcLinkError, Station


class HdlcServer(Station):
    """Sans I/O. After `receive`, hand the answers to its `Received` events to `send`, then send `data_to_send()`.

    `server`: logical devices that answer here; `capable`: what this end can do. The client's address is in
    `client_sap` once connected.
    """

    _llc_out = b"\xe6\xe7\x00"
    _llc_in = b"\xe6\xe6\x00"

    def __init__(self, server: int = 1, capable: HdlcParameters | None = None, *, max_apdu: int = MAX_APDU) -> None:
        super().__init__(capable or HdlcParameters(2030, 2030, 7, 7), max_apdu)
        self._server = server
        self._me = HdlcAddress(server)
        self._client = HdlcAddress(0)
        self.connected = False
        self._turn = False

    @property
    def client_sap(self) -> int:
        """The SAP of the client that is, or was last, connected."""
        return self._client.upper

    def reset(self) -> None:
        """The line went away, or nobody spoke for the inactivity time: forget the connection."""
        self.connected = self._turn = False
        self._reader.reset()
        self._out.clear()
        self._reset_numbers()

    def send(self, apdu: bytes) -> None:
        """Queue one APDU for the next turn."""
        self._enqueue(apdu)

    def data_to_send(self) -> bytes:
        """What is to go out now; drains."""
        if self._turn and self.connected:
            self._turn = False
            if self._outgoing:
                self._burst(self._client, self._me)
            else:
                self._frame(self._client, self._me, Control.RR)
        return super().data_to_send()

    def receive(self, data: bytes) -> list[HdlcEvent]:
        """Bytes from the client; what they mean. Never raises: what breaks the rules is answered as the rules say."""
        events: list[HdlcEvent] = []
        for item in self._reader.feed(data):
            if isinstance(item, FrameFault):
                events.append(self._fault(item))
            elif item.destination.upper != self._server:
                events.append(Dropped("address"))
            else:
                events += self._handle(item)
        return events

    def _handle(self, frame: Frame) -> list[HdlcEvent]:
        if frame.control is Control.SNRM:
            return self._connect(frame)
        if frame.control is Control.DISC:
            return self._disconnect(frame)
        if not self.connected or frame.source.upper != self._client.upper:
            if frame.final and frame.control is not Control.UI:
                self._frame(frame.source, frame.destination, Control.DM)
            return [Dropped("not-connected")]
        if frame.control in (Control.I, Control.RR, Control.RNR, Control.REJ):
            return self._numbered(frame)
        return [Dropped(f"unexpected {frame.control.value}")]

    def _connect(self, frame: Frame) -> list[HdlcEvent]:
        try:
            asked = HdlcParameters.parse(frame.info)
        except FrameError:
            self._frame(frame.source, frame.destination, Control.DM)
            return [Dropped("hdlc-parameters")]
        self.reset_connection(frame)
        self.parameters = self._proposed.agreed_with(asked)
        self._frame(self._client, self._me, Control.UA, self.parameters.encode())
        return [Connected(self.parameters)]

    def reset_connection(self, frame: Frame) -> None:
        """Begin anew with the client that sent `frame`; answers go back under the addresses that it used."""
        self._reset_numbers()
        self._out.clear()
        self._client, self._me = frame.source, frame.destination
        self.connected, self._turn = True, False

    def _disconnect(self, frame: Frame) -> list[HdlcEvent]:
        was = self.connected and frame.source.upper == self._client.upper
        self._frame(frame.source, frame.destination, Control.UA if was else Control.DM)
        if not was:
            return [Dropped("not-connected")]
        self.connected = self._turn = False
        return [Disconnected(refused=False)]

    def _numbered(self, frame: Frame) -> list[HdlcEvent]:
        if self._acknowledged(frame.receive_number) < 0:
            return self._reject_frame()
        events: list[HdlcEvent] = []
        if frame.control is Control.I:
            try:
                events = self._information(frame)
            except HdlcLinkError:
                return self._reject_frame()
        self._turn = self._turn or frame.final
        return events

    def _reject_frame(self) -> list[HdlcEvent]:
        self._frame(self._client, self._me, Control.FRMR)
        self.connected = self._turn = False
        self._gathered.clear()
        return [Disconnected(refused=True)]
