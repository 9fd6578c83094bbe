"""The terminal's end of an HDLC connection: the primary station, which polls."""

from __future__ import annotations

import enum
from typing import Final

from hht.i18n import _
from hht.protocol.frames import FrameError
from hht.protocol.hdlc.frame import Control, Frame, HdlcAddress, server_address
from hht.protocol.hdlc.given_up import all_damaged, no_answer, no_progress, some_damaged
from hht.protocol.hdlc.information import frame_reject_words
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
    Received,
    Sent,
    Station,
)

RETRIES: Final = 3
EAGER_POLLS: Final = 3  # after so many "nothing yet" in a row the response timer paces the polls
MAX_VAIN_TURNS: Final = 12  # in a row, of information that was damaged or came behind what was
MAX_IDLE_ROUNDS: Final = 150  # "nothing yet" in a row before we stop believing it, where no clock has done so before
_ECHO: Final = Dropped("echo")
_BETWEEN_FRAMES: Final = ("hdlc-noise", "hdlc-format")  # faults that need not be what is left of a frame


class _State(enum.Enum):
    DISCONNECTED = 0
    CONNECTING = 1
    CONNECTED = 2
    DISCONNECTING = 3


class HdlcClient(Station):
    """Sans I/O: hand it what arrives (`receive`), send what it has (`data_to_send`), say when time is up (`timeout`).

    `client_sap` 1..127, `server` the logical device, `physical` where the meter wants it; `address_size` 1, 2 or 4
    bytes where the meter wants more than the shortest. Run a response timer while `awaiting` is true; a short one where
    the turn is `cut_short`. Raises FrameError for an address that does not fit, and for one that nobody answers.
    """

    _llc_out = LLC_COMMAND
    _llc_in = LLC_RESPONSE

    def __init__(
        self,
        client_sap: int,
        server: int,
        physical: int | None = None,
        proposed: HdlcParameters | None = None,
        *,
        address_size: int | None = None,
        max_apdu: int = MAX_APDU,
    ) -> None:
        super().__init__(proposed or HdlcParameters(), max_apdu)
        self._me = HdlcAddress(client_sap)
        self._server = server_address(server, physical, address_size)
        self._me.to_bytes()  # an address that does not fit is refused now
        self._server.check_answers()
        self._state = _State.DISCONNECTED
        self._reset_turn()

    def _reset_turn(self, *, expecting: bool = False) -> None:
        self._expecting = expecting  # the answer to what was sent is owed
        self._theirs = expecting  # the turn is the meter's: it may send until its final bit
        self._retries = 0  # transmissions in a row that nothing came back for
        self._idle_rounds = 0  # answers in a row that brought nothing
        self._vain_turns = 0  # turns in a row of which nothing could be used
        self._damaged = 0  # damaged frames since the last progress
        self._damaged_tries: set[int] = set()  # after which transmissions of those in a row they came
        self._begin_turn()

    def _begin_turn(self) -> None:
        """What has been seen of the meter's turn: nothing yet."""
        self._heard = False  # something sound
        self._lost = False  # information that was damaged, or came behind what was
        self._spoilt = False  # what came last was damaged
        self._full = False  # all frames of a window, and no final bit
        self._in_window = False  # some of them, in order
        self._last = (self._expected + self.parameters.window_rx - 1) % 8  # N(S) that fills the window
        self._due: Control | None = None  # what to answer when all that has arrived is taken in: I (what is owed), RR

    @property
    def awaiting(self) -> bool:
        """True while the meter owes an answer."""
        return self._state in (_State.CONNECTING, _State.DISCONNECTING) or self._expecting

    @property
    def cut_short(self) -> bool:
        """The meter's turn seems to be over without having been ended: a frame is unfinished or damaged, or the window
        is full. After the inter-octet time without a byte `timeout` may be called at once."""
        return self.awaiting and (self._reader.unfinished or self._spoilt or self._full)

    @property
    def in_window(self) -> bool:
        """Sound frames of a window have come, the next one is due."""
        return self.awaiting and self._in_window

    @property
    def idle_rounds(self) -> int:
        """How often in a row the meter has answered that it has nothing yet. Information that is lost is not that."""
        return self._idle_rounds

    @property
    def peer_is_busy(self) -> bool:
        """The meter said last that it is not ready (RNR)."""
        return self._peer_busy

    @property
    def damaged(self) -> int:
        """Damaged frames since the last progress."""
        return self._damaged

    def ask_again(self) -> None:
        """Poll before the response time is over; it is no retry, and harms nothing."""
        self._reader.reset()
        if self.connected and self.awaiting:
            self._poll()

    def give_up(self) -> None:
        """The connection is of no use any more; the meter does not know that yet."""
        self._end()

    @property
    def connected(self) -> bool:
        """True between `Connected` and the end of the connection."""
        return self._state is _State.CONNECTED

    def connect(self) -> None:
        """Ask for a connection (SNRM)."""
        self._reset_numbers()
        self._reader.reset()
        self._out.clear()
        self._state = _State.CONNECTING
        self._reset_turn()
        self._frame(self._server, self._me, Control.SNRM, self._opening())

    def _opening(self) -> bytes:
        return b"" if self._proposed == HdlcParameters() else self._proposed.encode()

    @property
    def turn_is_theirs(self) -> bool:
        """The meter has not ended its turn yet: more may come."""
        return self.connected and self._theirs

    def send(self, apdu: bytes, *further: bytes) -> None:
        """Send one APDU, and `further` in the same turn.

        Raises HdlcLinkError when there is no connection or an answer is still owed.
        """
        self._must_be_ready()
        for message in (apdu, *further):
            self._enqueue(message)
        self._reset_turn(expecting=True)
        self._take_turn()

    def poll(self) -> None:
        """Give the meter the turn without sending anything: where a notification came before the answer that it owes.

        Raises HdlcLinkError as `send` does.
        """
        self._must_be_ready()
        self._reset_turn(expecting=True)
        self._poll()

    def _must_be_ready(self) -> None:
        if self._state is not _State.CONNECTED or self._expecting:
            raise HdlcLinkError(
                _("A message was to be sent while the connection was not ready for it."),
                remedy=_("Connect again."),
                code="hdlc-not-ready",
            )

    def disconnect(self) -> None:
        """End the connection (DISC); whatever was under way is given up."""
        self._reset_numbers()
        self._out.clear()
        self._state = _State.DISCONNECTING
        self._reset_turn()
        self._frame(self._server, self._me, Control.DISC)

    def timeout(self) -> None:
        """No answer in time: ask again. Raises HdlcLinkError after three retries."""
        self._reader.reset()
        if not self.awaiting:
            return
        if self._heard:
            self._idle()  # it is alive, and slow
        else:
            self._retry()
        if self._state is _State.CONNECTING:
            self._frame(self._server, self._me, Control.SNRM, self._opening())
        elif self._state is _State.DISCONNECTING:
            self._frame(self._server, self._me, Control.DISC)
        elif self._retries % 2:
            # Ask first: the answer tells whether the request or its answer was lost, and no meter, however sloppy,
            # can take a poll for a second request. Every other time the request itself, for one that ignores polls.
            self._poll()
        else:
            self._take_turn()

    def receive(self, data: bytes) -> list[HdlcEvent]:
        """Bytes from the meter; what they mean. Raises HdlcLinkError when the connection cannot go on."""
        events: list[HdlcEvent] = []
        for item in self._reader.feed(data):
            if isinstance(item, FrameFault):
                events.append(Dropped(item.code))
                self._fault(item)
            elif not self._for_me(item):
                events.append(Dropped("address"))
            else:
                self._spoilt = False
                events += self._handle(item)
        self._answer_what_is_due()
        return events

    def _answer_what_is_due(self) -> None:
        """Once for all that arrived together: a meter that ends its turn with every frame is not answered each time."""
        due, self._due = self._due, None
        if due is None or self._state is not _State.CONNECTED or not self._expecting:
            return
        if due is Control.I:
            self._take_turn()
        else:
            self._poll()

    def _for_me(self, frame: Frame) -> bool:
        source, server = frame.source, self._server
        either_leaves_it_out = source.lower is None or server.lower is None
        return (
            frame.destination.upper == self._me.upper
            and source.upper == server.upper
            and (either_leaves_it_out or source.lower == server.lower)
        )

    def _handle(self, frame: Frame) -> list[HdlcEvent]:
        if frame.control is Control.UI:
            return self._unnumbered_information(frame)
        if self._state is _State.CONNECTING:
            return self._connecting(frame)
        if self._state is _State.DISCONNECTING:
            return self._disconnecting(frame)
        if self._state is not _State.CONNECTED:
            return [Dropped("not-connected")]
        if frame.control in (Control.DM, Control.FRMR, Control.DISC):  # DISC's code in a response is RD
            self._end()
            reason = frame_reject_words(frame.info) if frame.control is Control.FRMR else ""
            return [Disconnected(refused=True, by=frame.control, reason=reason)]
        if frame.control in (Control.I, Control.RR, Control.RNR, Control.REJ):
            return self._numbered(frame)
        return [Dropped(f"unexpected {frame.control.value}")]

    def _connecting(self, frame: Frame) -> list[HdlcEvent]:
        if frame.control is Control.DM:
            self._end()
            return [Disconnected(refused=True, by=Control.DM)]
        if frame.control is not Control.UA:
            return [Dropped(f"unexpected {frame.control.value}")]
        try:
            self.parameters = self._proposed.agreed_with(HdlcParameters.parse(frame.info))
        except FrameError:
            self._end()
            raise
        self._state = _State.CONNECTED
        self._reset_turn()
        return [Connected(self.parameters)]

    def _disconnecting(self, frame: Frame) -> list[HdlcEvent]:
        if frame.control not in (Control.UA, Control.DM):
            return [Dropped(f"unexpected {frame.control.value}")]
        self._end()
        return [Disconnected(refused=False)]

    def _end(self) -> None:
        self._state = _State.DISCONNECTED
        self._reset_numbers()
        self._reset_turn()

    # ------------------------------------------------------------------ the connection's numbered frames

    def _numbered(self, frame: Frame) -> list[HdlcEvent]:
        if not self._expecting and not self._theirs:
            return [Dropped("not-asked-for")]
        was_busy = self._peer_busy
        acknowledged = self._acknowledged(frame)
        if acknowledged < 0:
            return [Dropped("impossible-acknowledgement")]
        self._heard = True
        events: list[HdlcEvent] = [Sent()] if acknowledged and not self._outgoing else []
        before = self._expected
        if frame.control is Control.I:
            try:
                events += self._information(frame)
            except HdlcLinkError:
                self._end()
                raise
        if _ECHO in events:
            return events
        self._lost = self._lost or (frame.control is Control.I and self._expected == before)
        if any(isinstance(event, Received) for event in events):
            self._expecting = False
        # An empty segment brings nothing: a meter that sends only such must not keep us busy for ever
        progress = bool(acknowledged) or (self._expected != before and bool(frame.info))
        if progress:
            self._retries = self._idle_rounds = self._damaged = self._vain_turns = 0
            self._damaged_tries.clear()
        if frame.final and not self._seen_before(frame, before):
            self._turn_is_ours(progress, hurry=was_busy and not self._peer_busy)
        elif frame.control is Control.I and frame.send_number == self._last:
            self._full = True  # an RR with the final bit may still follow
        elif frame.control is Control.I and self._expected != before:
            self._in_window = True
        return events

    def _turn_is_ours(self, progress: bool, *, hurry: bool) -> None:
        self._theirs = False
        if not self._expecting:
            return
        if not progress or self._peer_busy:
            self._idle()
            if self._peer_busy or (self._idle_rounds > EAGER_POLLS and not hurry):
                return  # the response timer paces what follows
        self._due = Control.I

    def _seen_before(self, frame: Frame, expected: int) -> bool:
        """A late copy of what we have had. To answer it would double every exchange from here on."""
        return frame.control is Control.I and (frame.send_number - expected) % 8 >= self.parameters.window_rx

    def _fault(self, fault: FrameFault) -> None:
        """A damaged frame. Where its header is sound and says that the turn is ours, no time is lost in waiting."""
        self._damaged += 1
        self._damaged_tries.add(self._retries)
        self._spoilt = self._spoilt or fault.code not in _BETWEEN_FRAMES
        self._lost = self._lost or self._spoilt
        header = fault.header
        if header is None or not header.final or header.control is not Control.I:
            return
        if self._state is not _State.CONNECTED or not self._expecting or not self._for_me(header):
            return
        if not self._seen_before(header, self._expected):
            self._retry()
            self._due = self._due or Control.RR

    def _without_llc(self, begun: bytes) -> list[HdlcEvent]:
        if begun and begun.startswith(LLC_COMMAND[: len(begun)]):
            return [_ECHO]  # our own frame: client and server may have the same address
        raise HdlcLinkError(
            _("The meter's message does not begin with the LLC header E6 E7 00."),
            remedy=_("Check that the device on the port is a DLMS meter, then connect again."),
            code="hdlc-llc",
        )

    def _take_turn(self) -> None:
        if self._outgoing and not self._peer_busy:
            self._theirs = True
            self._begin_turn()
            self._burst(self._server, self._me)
        else:
            self._poll()

    def _poll(self) -> None:
        self._theirs = True
        self._begin_turn()
        self._frame(self._server, self._me, Control.RR)

    def _idle(self) -> None:
        if self._lost:  # it spoke, and what it said was of no use
            self._vain_turns, self._idle_rounds = self._vain_turns + 1, 0
            if self._vain_turns > MAX_VAIN_TURNS:
                self._end()
                raise all_damaged(MAX_VAIN_TURNS + 1)
            return
        self._idle_rounds += 1
        if self._idle_rounds > MAX_IDLE_ROUNDS:
            self._end()
            raise no_progress()

    def _retry(self) -> None:
        self._retries += 1
        if self._retries <= RETRIES:
            return
        connecting = self._state is _State.CONNECTING
        # The first SNRM may meet half a frame for somebody who has gone: what is silence after that is silence
        damaged = len(self._damaged_tries)
        self._end()
        if damaged <= connecting:
            raise no_answer(RETRIES + 1, connecting=connecting)
        raise all_damaged(RETRIES + 1) if damaged > RETRIES else some_damaged(RETRIES + 1, damaged)
