"""The meter's end of its optical port, sans I/O: the first byte decides how it is spoken to.

``2F``/``AF`` (a slash, without and with its parity bit) begins the IEC 62056-21 sign-on, then mode E, a readout in
plain text or programming mode; ``7E`` HDLC at once; ``00 01`` the TCP wrapper. An older head (modes A to D in the
premises file) knows plain text only; in mode D it talks by itself (`telegram`).

After an HDLC disconnect and after inactivity the port waits for its first byte again. A terminal that has died in the
middle is waited for until then, at the speed of the conversation: no sign-on is heard meanwhile, as at a real head.
"""

from __future__ import annotations

import enum

from hht.emulation.meter_server import MeterServer, Session
from hht.model.electricity_meter import OpticalMode
from hht.protocol.frames import FrameError
from hht.protocol.hdlc import Connected, Disconnected, HdlcParameters, HdlcServer, Received
from hht.protocol.iec62056_21 import (
    MODE_D_BAUD,
    SIGN_ON_BAUD,
    EnterHdlc,
    EnterPlain,
    PlainTextServer,
    Send,
    SignOnServer,
    SwitchLine,
    even_parity,
    without_parity,
)
from hht.protocol.iec62056_21.data_sets import encode_lines
from hht.protocol.wrapper import WrapperReader, wrap

LOGICAL_DEVICE = 1
DIRECT_BAUD = 9600  # of a port that is spoken to without a sign-on
CAPABLE = HdlcParameters(max_info_tx=2030, max_info_rx=2030, window_tx=7, window_rx=7)

Action = Send | SwitchLine


class Mode(enum.Enum):
    """What the port is doing."""

    WAITING = "waiting"  # for a first byte
    SIGN_ON = "sign-on"
    HDLC = "hdlc"
    PLAIN = "plain-text"
    WRAPPER = "wrapper"


class OpticalPort:
    """One conversation's port head. Never raises on what it hears: what makes no sense is dropped, as a meter does."""

    def __init__(self, server: MeterServer) -> None:
        self._server = server
        self.mode = Mode.WAITING
        self.baud = SIGN_ON_BAUD
        self._line_baud = 0  # the caller's; 0 while it cannot be seen (over TCP)
        self._session: Session | None = None
        self._sessions: dict[tuple[int, int], Session] = {}
        self._plain: PlainTextServer | None = None
        self._begin()

    @property
    def unsolicited(self) -> bool:
        """A head of mode D: it talks by itself, and hears nothing."""
        return self._server.mode is OpticalMode.D

    def telegram(self) -> list[Action]:
        """What a head of mode D sends by itself, every now and then."""
        self.baud = MODE_D_BAUD
        text = f"{self._server.identification}\r\n\r\n".encode("ascii")
        text += encode_lines(self._server.plain_text().readout()) + b"!\r\n"
        return [SwitchLine(MODE_D_BAUD), Send(even_parity(text))]

    def reset(self) -> None:
        """Forget the conversation and wait for a first byte; an association is lost."""
        self.mode = Mode.WAITING
        self.baud = self._line_baud if self._line_baud != 0 else SIGN_ON_BAUD
        self._begin()

    @property
    def in_frame(self) -> bool:
        """An HDLC frame has begun: if no byte follows within the inter-octet time, call `pause`."""
        return self._hdlc.in_frame

    def pause(self) -> None:
        """The inter-octet time has passed without a byte."""
        self._hdlc.pause()

    def line_speed(self, baud: int) -> None:
        """The caller's line runs at `baud` now. A port that waits follows it."""
        self._line_baud = baud
        if self.mode is Mode.WAITING:
            self.reset()

    def receive(self, data: bytes) -> list[Action]:
        """Bytes as they are on the wire; what to do about them, in order."""
        actions: list[Action] = []
        rest = b"" if self.unsolicited else data
        while rest:
            rest = self._step(rest, actions)
        return actions

    def _begin(self) -> None:
        if self._plain is not None:
            self._plain.close()
        self._plain = None
        for session in (self._session, *self._sessions.values()):
            if session is not None:
                session.closed()
        self._sign_on = SignOnServer(self._server.identification, address="", plain=True)
        self._hdlc = HdlcServer(LOGICAL_DEVICE, CAPABLE)
        self._wrapper = WrapperReader()
        self._session = None
        self._sessions = {}
        self._signed_on = False
        self._zero = False  # the last byte heard was a zero

    def _step(self, data: bytes, actions: list[Action]) -> bytes:
        """Do what `data` asks in the present mode; returns what is left for the next mode."""
        if self.mode is Mode.WAITING:
            return self._first_byte(data, actions)
        if self.mode is Mode.SIGN_ON:
            return self._signing_on(data, actions)
        if self.mode is Mode.PLAIN:
            return self._plain_text(data, actions)
        if self.mode is Mode.WRAPPER:
            self._wrapped(data, actions)
        else:
            self._framed(data, actions)
        return b""

    def _first_byte(self, data: bytes, actions: list[Action]) -> bytes:
        """Look for what begins a conversation. A zero is one only before a 01: others wake battery-powered meters."""
        data, self._zero = (b"\x00" if self._zero else b"") + data, False
        for offset, byte in enumerate(data):
            mode = _FIRST.get(byte)
            if mode is Mode.WRAPPER and data[offset + 1 : offset + 2] != b"\x01":
                self._zero = offset + 1 == len(data)
            elif mode is Mode.SIGN_ON or (mode is not None and self._server.mode is OpticalMode.E):
                self.mode = mode
                if mode is not Mode.SIGN_ON and self._line_baud == 0:
                    self.baud = DIRECT_BAUD  # who begins without a sign-on does so at the speed of the port
                    actions.append(SwitchLine(DIRECT_BAUD))
                return data[offset:]
        return b""

    def _signing_on(self, data: bytes, actions: list[Action]) -> bytes:
        for event in self._sign_on.receive(data):
            if isinstance(event, EnterHdlc):
                self.mode, self._signed_on = Mode.HDLC, True
                return event.rest
            if isinstance(event, EnterPlain):
                self.mode = Mode.PLAIN
                view = self._server.plain_text()
                self._plain = PlainTextServer(view, programming=event.programming, parity=event.parity, baud=self.baud)
                actions += self._plain.begin()
                return event.rest
            if isinstance(event, SwitchLine):
                self.baud = event.baud
            actions.append(event)
        return b""

    def _plain_text(self, data: bytes, actions: list[Action]) -> bytes:
        """A readout or programming mode; a slash where a message should begin is a new sign-on."""
        assert self._plain is not None
        anew = without_parity(data).find(b"/") if self._plain.between_messages else -1
        if anew == 0:
            self.reset()
            return data
        actions += self._plain.receive(data if anew < 0 else data[:anew])
        if self._plain.over:
            self._back_to_sign_on(actions)
        return b"" if anew < 0 else data[anew:]

    def _framed(self, data: bytes, actions: list[Action]) -> None:
        for event in self._hdlc.receive(data):
            if isinstance(event, Connected):
                self._session = self._server.session(self._hdlc.client_sap)
            elif isinstance(event, Received) and self._session is not None:
                for answer in self._session.answers(event.apdu):
                    self._hdlc.send(answer)
            elif isinstance(event, Disconnected) and self._session is not None:
                self._session.closed()
                self._session = None
        out = self._hdlc.data_to_send()
        if out:
            actions.append(Send(out))
        if self._session is None and not self._hdlc.connected and out:  # released, or never begun: no conversation
            if self._signed_on:
                self._back_to_sign_on(actions)
            else:
                self.reset()

    def _back_to_sign_on(self, actions: list[Action]) -> None:
        """The link was released: an optical port goes back to its 300 baud."""
        self.mode = Mode.WAITING
        self._begin()
        self.baud = SIGN_ON_BAUD
        actions.append(SwitchLine(SIGN_ON_BAUD))

    def _wrapped(self, data: bytes, actions: list[Action]) -> None:
        try:
            packets = self._wrapper.feed(data)
        except FrameError:
            self.reset()
            return
        for packet in packets:
            key = (packet.source, packet.destination)
            if packet.destination != LOGICAL_DEVICE:
                continue
            if key not in self._sessions and len(self._sessions) < _MAX_SESSIONS:
                self._sessions[key] = self._server.session(packet.source)
            session = self._sessions.get(key)
            for answer in session.answers(packet.apdu) if session is not None else ():
                actions.append(Send(wrap(packet.destination, packet.source, answer)))


_FIRST = {0x2F: Mode.SIGN_ON, 0xAF: Mode.SIGN_ON, 0x7E: Mode.HDLC, 0x00: Mode.WRAPPER}
_MAX_SESSIONS = 8  # client SAPs that one wrapper connection may use at once
