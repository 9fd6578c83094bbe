"""The terminal's end of an HDLC connection: the primary station, which polls."""

from __future__ import annotations

import enum

from hht.i18n import _
from hht.protocol.hdlc.frame import Control, Frame, FrameFault, HdlcAddress, server_address
from hht.protocol.hdlc.parameters import HdlcParameters
from hht.protocol.hdlc.station import (
    MAX_APDU,
    Connected,
    Disconnected,
    Dropped,
    HdlcEvent,
    HdlcLinkError,
    Received,
    Sent,
    Station,
)

RETRIES = 3
MAX_IDLE_ROUNDS = 50  # polls that a meter may answer with "nothing yet" before we stop believing it


class _State(enum.Enum):
    DISCONNECTED = 0
    CONNECTING = 1
    CONNECTED = 2
    DISCONNECTING = 3


class HdlcClient(Station):
    """Sans I/O: hand it what arrives (`receive`), send what it has (`data_to_send`), say when time is up (`timeout`).

    `client_sap` 1..127, `server` the logical device, `physical` where the meter wants it. Run a response timer while
    `awaiting` is true.
    """

    _llc_out = b"\xe6\xe6\x00"
    _llc_in = b"\xe6\xe7\x00"

    def __init__(
        self,
        client_sap: int,
        server: int,
        physical: int | None = None,
        proposed: HdlcParameters | None = None,
        *,
        max_apdu: int = MAX_APDU,
    ) -> None:
        super().__init__(proposed or HdlcParameters(), max_apdu)
        self._me = HdlcAddress(client_sap)
        self._server = server_address(server, physical)
        self._me.to_bytes(), self._server.to_bytes()  # an address that does not fit is refused now
        self._state = _State.DISCONNECTED
        self._expecting = False  # an answer to what was sent is owed
        self._retries = 0
        self._idle_rounds = 0

    @property
    def awaiting(self) -> bool:
        """True while the meter owes an answer."""
        return self._state in (_State.CONNECTING, _State.DISCONNECTING) or self._expecting

    def connect(self) -> None:
        """Ask for a connection (SNRM)."""
        self._reset_numbers()
        self._reader.reset()
        self._state, self._retries, self._expecting = _State.CONNECTING, 0, False
        self._frame(self._server, self._me, Control.SNRM, self._opening())

    def _opening(self) -> bytes:
        return b"" if self._proposed == HdlcParameters() else self._proposed.encode()

    def send(self, apdu: bytes) -> None:
        """Send one APDU. Raises HdlcLinkError when there is no connection or an answer is still owed."""
        if self._state is not _State.CONNECTED or self._expecting:
            raise HdlcLinkError(
                _("A message was to be sent while the connection was not ready for it."),
                remedy=_("Connect again."),
                code="hdlc-not-ready",
            )
        self._enqueue(apdu)
        self._expecting, self._retries, self._idle_rounds = True, 0, 0
        self._burst(self._server, self._me)

    def disconnect(self) -> None:
        """End the connection (DISC)."""
        self._outgoing.clear()
        self._state, self._retries, self._expecting = _State.DISCONNECTING, 0, False
        self._frame(self._server, self._me, Control.DISC)

    def timeout(self) -> None:
        """No answer in time: ask again. Raises HdlcLinkError after three retries."""
        self._reader.reset()
        self._retries += 1
        if self._retries > RETRIES:
            self._state, self._expecting = _State.DISCONNECTED, False
            raise HdlcLinkError(
                _("The meter has stopped answering: {count} tries without a reply.").format(count=RETRIES + 1),
                remedy=_("Check that the probe sits on the optical port, then try again."),
                code="hdlc-no-answer",
            )
        if self._state is _State.CONNECTING:
            self._frame(self._server, self._me, Control.SNRM, self._opening())
        elif self._state is _State.DISCONNECTING:
            self._frame(self._server, self._me, Control.DISC)
        elif self._expecting:
            self._take_turn()

    def receive(self, data: bytes) -> list[HdlcEvent]:
        """Bytes from the meter; what they mean. Raises HdlcLinkError when the connection cannot go on."""
        events: list[HdlcEvent] = []
        for item in self._reader.feed(data):
            if isinstance(item, FrameFault):
                events.append(self._fault(item))
            elif item.destination.upper != self._me.upper or item.source.upper != self._server.upper:
                events.append(Dropped("address"))
            else:
                events += self._handle(item)
        return events

    def _handle(self, frame: Frame) -> list[HdlcEvent]:
        if self._state is _State.CONNECTING:
            return self._connecting(frame)
        if self._state is _State.DISCONNECTING:
            return self._disconnecting(frame)
        if self._state is not _State.CONNECTED:
            return [Dropped("not-connected")]
        if frame.control in (Control.DM, Control.FRMR, Control.DISC):
            self._state, self._expecting = _State.DISCONNECTED, False
            return [Disconnected(refused=True)]
        if frame.control in (Control.I, Control.RR, Control.RNR, Control.REJ):
            return self._numbered(frame)
        return [Dropped(f"unexpected {frame.control.value}")]

    def _connecting(self, frame: Frame) -> list[HdlcEvent]:
        if frame.control is Control.DM:
            self._state = _State.DISCONNECTED
            return [Disconnected(refused=True)]
        if frame.control is not Control.UA:
            return [Dropped(f"unexpected {frame.control.value}")]
        self.parameters = self._proposed.agreed_with(HdlcParameters.parse(frame.info))
        self._state, self._retries = _State.CONNECTED, 0
        return [Connected(self.parameters)]

    def _disconnecting(self, frame: Frame) -> list[HdlcEvent]:
        if frame.control not in (Control.UA, Control.DM):
            return [Dropped(f"unexpected {frame.control.value}")]
        self._state = _State.DISCONNECTED
        return [Disconnected(refused=False)]

    def _numbered(self, frame: Frame) -> list[HdlcEvent]:
        if not self._expecting:
            return [Dropped("not-asked-for")]
        acknowledged = self._acknowledged(frame.receive_number)
        if acknowledged < 0:
            return [Dropped("impossible-acknowledgement")]
        events: list[HdlcEvent] = [Sent()] if acknowledged and not self._outgoing else []
        before = self._expected
        if frame.control is Control.I:
            events += self._information(frame)
        if acknowledged or self._expected != before:
            self._retries = self._idle_rounds = 0
        if any(isinstance(event, Received) for event in events):
            self._expecting = False
        elif frame.final and frame.control is not Control.RNR and not self._seen_before(frame, before):
            self._poll_on()
        return events

    def _seen_before(self, frame: Frame, expected: int) -> bool:
        """A late copy of what we have had. To answer it would double every exchange from here on."""
        return frame.control is Control.I and (frame.send_number - expected) % 8 >= self.parameters.window_rx

    def _poll_on(self) -> None:
        """The turn is ours again and the answer is not whole: go on."""
        self._idle_rounds += 1
        if self._idle_rounds > MAX_IDLE_ROUNDS:
            raise HdlcLinkError(
                _("The meter answers and answers, and gets no further."),
                remedy=_("Disconnect and connect again. If it persists, the meter is faulty."),
                code="hdlc-no-progress",
            )
        self._take_turn()

    def _take_turn(self) -> None:
        if self._outgoing:
            self._burst(self._server, self._me)
        else:
            self._frame(self._server, self._me, Control.RR)
