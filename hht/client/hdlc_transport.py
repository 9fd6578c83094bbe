"""APDUs over HDLC: the waiting times, and what becomes of a line or a meter that does not do as it should.

A frame that is lost is asked for again as soon as that can be known: what the meter and the line have shown so far
(`LineRecord`) says when. A meter that damages long frames always in the same way is talked to in short ones.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from hht.client.api import MeterError
from hht.client.busy_line import hear_out
from hht.client.damage import OVERHEAD, DamageWatch
from hht.client.deadlines import Timing, Wait
from hht.client.hdlc_endings import FramesDamaged, ended_by_meter
from hht.client.line_record import LineRecord
from hht.client.not_ready import NotReady
from hht.client.remarks import OnRemark, unheard
from hht.client.transport import OnPart, OnStopping
from hht.errors import HhtError
from hht.i18n import _
from hht.link import Capability, Link, LinkState, LinkTimeout
from hht.link_remedies import Trouble, remedy_for
from hht.protocol.hdlc import (
    Connected,
    Control,
    Disconnected,
    HdlcClient,
    HdlcEvent,
    HdlcLinkError,
    HdlcParameters,
    Notified,
    Received,
)
from hht.protocol.hdlc.station import LLC_RESPONSE

WORTH_TELLING_S: Final = 1.0  # a wait that a person notices
SPARE_BYTES: Final = 4096  # noise that is forgiven between frames
MAX_ASIDE: Final = 32  # of the APDUs that come beside the connection, between two answers
PROPOSED: Final = HdlcParameters(2030, 2030, 7, 7)  # what the terminal can do


class HdlcTransport:
    """HDLC over any link. `proposed` is what the terminal offers; the meter answers with what it can do. `physical` and
    `address_size` as in `HdlcClient`. `sign_on` brings the line to where a connection can be opened, once more after
    a disconnection; None: nothing is needed for that."""

    def __init__(
        self,
        link: Link,
        client_sap: int,
        server: int,
        physical: int | None = None,
        *,
        timing: Timing,
        proposed: HdlcParameters | None = None,
        address_size: int | None = None,
        record: LineRecord | None = None,
        on_remark: OnRemark = unheard,
        on_stopping: OnStopping | None = None,
        sign_on: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`on_stopping` is told for how many seconds at most the meter is heard out, where something was cancelled."""
        self._link = link
        self._timing = timing
        self._on_stopping = on_stopping
        self._addresses = client_sap, server, physical, address_size
        self._proposed = proposed or PROPOSED
        self._record = record or LineRecord()
        self._remark = on_remark
        self._sign_on = sign_on
        self._machine = self._new_machine()
        self._connected = False
        self._given_up = False  # in the middle of an answer, whose next turn nobody wants: only a goodbye is left
        self._arrived: deque[bytes] = deque()
        self.aside: deque[bytes] = deque(maxlen=MAX_ASIDE)
        self.round_trips = 0
        self.patience_s = timing.busy_s
        self._damage = DamageWatch(self._record, on_remark)

    def _new_machine(self) -> HdlcClient:
        client_sap, server, physical, address_size = self._addresses
        proposal = self._record.proposal(self._proposed)
        return HdlcClient(client_sap, server, physical, proposal, address_size=address_size)

    async def open(self) -> None:
        """SNRM and UA. Raises MeterError when the meter refuses the connection."""
        self._machine = self._new_machine()
        self._given_up = False
        self._machine.connect()
        trips = self.round_trips
        try:
            with self._advising(Trouble.NOBODY):
                event = await self._until(Connected)
                if self.round_trips - trips > 1:
                    await self._late_answers()
        except asyncio.CancelledError:
            self._connected = True  # the meter may have heard: it is owed a goodbye
            raise
        if isinstance(event, Disconnected):
            raise MeterError(
                _("The meter refuses the connection (HDLC DM)."),
                remedy=_(
                    "Wait two minutes for an earlier conversation to lapse, then try again; check the client's address."
                ),
                code="hdlc-refused",
            )
        self._connected = True

    async def _late_answers(self) -> None:
        """Let by what comes behind an answer that was late: answers to the same request, and to somebody who spoke
        before. A challenge among them, taken for this association's, would be answered in vain."""
        if Capability.INSTANT not in self._link.capabilities:
            silence_s = self._timing.reaction_s
            wait = Wait(self._link, silence_s, 4 * silence_s, 2 * self._window_bytes + SPARE_BYTES)
            with contextlib.suppress(LinkTimeout):
                while True:
                    await wait.read()

    async def renew(self) -> None:
        """DISC and UA, the sign-on where the line needs it, SNRM and UA with what `LineRecord` allows. Raises as `open`
        does, and as the sign-on."""
        await self.close()
        self._arrived.clear()
        if self._sign_on is not None:
            await self._sign_on()
        await self.open()

    @property
    def has_more(self) -> bool:
        """As in `ApduTransport`."""
        return bool(self._arrived)

    @property
    def is_up(self) -> bool:
        """As in `ApduTransport`."""
        return self._connected and self._machine.connected and not self._given_up

    async def exchange(self, apdu: bytes, on_part: OnPart | None = None, *, further: Sequence[bytes] = ()) -> bytes:
        """One APDU there, one back. Raises HdlcLinkError when the meter ends the connection: its words say how;
        FramesDamaged where shorter frames may help."""
        if apdu:
            self._machine.send(apdu, *further)
        elif self._arrived:
            return self._arrived.popleft()
        elif not self._machine.awaiting:
            self._machine.poll()
        with self._advising(Trouble.SILENT):
            event = await self._until(Received, on_part)
        if isinstance(event, Disconnected):
            if event.by is Control.DISC:  # the meter asks for it, and waits for it
                await self._farewell()
            self._connected = False
            raise ended_by_meter(event)
        assert isinstance(event, Received)
        return event.apdu

    async def close(self) -> None:
        """DISC and UA. Where an answer is on its way (a read was cancelled) the meter finishes its turn first: two who
        speak at once on an optical line are not heard. A UA that does not come is no error, the meter's own time-out
        ends the connection."""
        if not self._connected:
            return
        self._connected = False
        try:
            await self._finish_turn(None)
            for _try in range(2):
                if await self._farewell():
                    return
        except HdlcLinkError:
            return

    @property
    def turn_octets(self) -> int:
        """As in `ApduTransport`: the fields of a window, less the LLC header."""
        parameters = self._machine.parameters
        return parameters.window_rx * parameters.max_info_rx - len(LLC_RESPONSE)

    @property
    def turn_s(self) -> float:
        """As in `ApduTransport`: a full window at the line's speed."""
        return self._window_bytes * self._link.line.char_time_s

    async def finish_turn(self, on_part: OnPart | None = None) -> bytes | None:
        """As in `ApduTransport`. No longer than a full window takes, or until the meter falls silent."""
        if not self._connected:
            return None
        try:
            return await self._finish_turn(on_part)
        except HhtError:
            raise
        except BaseException:  # cancelled, or a second Ctrl+C wherever it struck
            self._connected = False
            raise

    async def _finish_turn(self, on_part: OnPart | None) -> bytes | None:
        if not self._machine.awaiting or self._given_up:
            return None
        left_s = max(0, self._window_bytes - len(self._damage.turn)) * self._link.line.char_time_s
        wired = Capability.INSTANT not in self._link.capabilities and self._link.state is LinkState.UP
        if self._on_stopping is not None and wired and left_s >= WORTH_TELLING_S:
            self._on_stopping(left_s)
        heard = await self._hear_out(on_part, left_s)
        self._given_up = self._machine.awaiting
        return heard

    async def _hear_out(self, on_part: OnPart | None, left_s: float) -> bytes | None:
        silence_s = self._timing.reaction_s
        wait = Wait(self._link, silence_s, silence_s + left_s, 2 * self._window_bytes + SPARE_BYTES)
        try:
            while self._machine.awaiting:
                gathered = self._machine.gathered
                for event in self._machine.receive(await wait.read()):
                    if isinstance(event, Received):
                        return event.apdu
                if self._machine.gathered > gathered and on_part is not None:
                    on_part(self._machine.gathered_apdu)
                if self._machine.data_to_send():
                    return None  # the turn is ours; what would be asked next is not wanted
                wait.silence_s = self._timing.gap_s
        except LinkTimeout:
            return None
        return None

    async def _farewell(self) -> bool:
        self._machine.disconnect()
        await self._link.write(self._machine.data_to_send())
        wait = self._wait(self._timing.reaction_s)
        try:
            while True:
                if any(isinstance(event, Disconnected) for event in self._machine.receive(await wait.read())):
                    return True
        except LinkTimeout:
            return False

    # ------------------------------------------------------------------ waiting for an answer

    async def _until(
        self, wanted: type[Connected] | type[Received], on_part: OnPart | None = None
    ) -> Connected | Received | Disconnected:
        """What is wanted, or the end. Raises HdlcLinkError, FramesDamaged."""
        not_ready = NotReady(self.patience_s, self._remark)
        turn = _Turn(self._wait(0.0))
        try:
            while True:
                if out := self._machine.data_to_send():
                    turn = await self._speak(out)
                event = await self._listen(turn, not_ready, wanted, on_part)
                if event is not None:
                    return event
        except FramesDamaged:
            raise
        except HdlcLinkError as error:
            judged = self._damage.judged(error, self._machine)
            if judged is error:
                raise
            raise judged from error

    async def _speak(self, out: bytes) -> _Turn:
        self._damage.turn_over(self._machine, self._link.line.char_time_s)
        await self._link.write(out)
        self.round_trips += 1
        sending_s = len(out) * self._link.line.char_time_s
        turn = _Turn(self._wait(self._timing.first_byte_s(len(out), self._link.line.char_time_s)))
        turn.sent_at = asyncio.get_running_loop().time() + sending_s
        turn.in_message = self._machine.gathered > 0
        turn.reaction_s = sending_s + self._record.reaction_s(self._timing)
        return turn

    async def _listen(
        self,
        turn: _Turn,
        not_ready: NotReady,
        wanted: type[Connected] | type[Received],
        on_part: OnPart | None,
    ) -> Connected | Received | Disconnected | None:
        """More of the meter's turn, or the end of the time for it; what is wanted where that is it."""
        gathered = self._machine.gathered
        try:
            data = await self._read(turn, not_ready)
        except LinkTimeout:
            if turn.heard and not self._machine.connected:  # an SNRM into somebody else's answer is not heard
                await hear_out(self._link, self._timing, self._remark)
            self._time_is_up(turn)
            not_ready.look(self._machine)
            return None
        events = deque(self._machine.receive(data))
        while events:
            event = events.popleft()
            if isinstance(event, wanted | Disconnected):
                self._damage.use(len(event.apdu) - gathered if isinstance(event, Received) else 0)
                self._keep(events)
                await self._rest_of_turn()
                return event
            self._keep([event])
        if self._machine.gathered > gathered:
            self._damage.use(self._machine.gathered - gathered)
            turn.wait.renew()
            if on_part is not None:
                on_part(self._machine.gathered_apdu)
        not_ready.look(self._machine)
        return None

    async def _read(self, turn: _Turn, not_ready: NotReady) -> bytes:
        """Raises LinkTimeout when nothing more is to be expected."""
        wait, patience_s = turn.wait, turn.wait.silence_s
        wait.silence_s = min(patience_s, self._silence_s(turn, not_ready))
        loop, began = asyncio.get_running_loop(), asyncio.get_running_loop().time()
        try:
            data = await wait.read()
        finally:
            wait.silence_s = patience_s
        self._damage.hear(data)
        if turn.heard:
            self._record.heard_gap(loop.time() - began)
        elif turn.in_message and not turn.asked_again:
            self._record.heard_reaction(max(0.0, loop.time() - turn.sent_at))
        turn.heard = True
        return data

    def _silence_s(self, turn: _Turn, not_ready: NotReady) -> float:
        """How long a silence says that something is lost, or that it is time to ask again. What is left of an earlier
        turn (of somebody else's frame, which was heard out) says nothing of this one."""
        machine = self._machine
        if not machine.turn_is_theirs and machine.connected:
            return not_ready.pause_s()
        if (turn.heard and machine.cut_short) or (machine.in_window and self._record.is_even):
            return self._record.octet_s(self._timing)
        if turn.in_message and not turn.heard and not turn.asked_again:
            return turn.reaction_s
        return turn.wait.silence_s

    def _time_is_up(self, turn: _Turn) -> None:
        """Ask again. Raises HdlcLinkError when that has been done often enough."""
        early = turn.in_message and not turn.heard and not turn.asked_again and self._machine.turn_is_theirs
        if early and turn.reaction_s < turn.wait.silence_s:
            self._machine.ask_again()  # in vain it costs one poll; the retries begin after the whole response time
        else:
            self._machine.timeout()
        turn.asked_again = True
        turn.wait.renew()

    def _keep(self, events: Iterable[HdlcEvent]) -> None:
        for event in events:
            if isinstance(event, Received):
                self._arrived.append(event.apdu)
            elif isinstance(event, Notified):
                self.aside.append(event.apdu)

    async def _rest_of_turn(self) -> None:
        """What the meter sends after the answer, in the same turn: two who speak at once are not heard."""
        try:
            while self._machine.turn_is_theirs:
                self._keep(self._machine.receive(await self._wait(self._timing.slack_s).read()))
        except (LinkTimeout, HdlcLinkError):
            return  # the answer is here; if the connection is gone, the next message will say so

    @contextlib.contextmanager
    def _advising(self, no_answer: Trouble) -> Iterator[None]:
        """What fails inside says what to do about it on this kind of link; `no_answer`: what it means if none comes."""
        try:
            yield
        except HdlcLinkError as error:
            troubles = {"hdlc-no-answer": no_answer, "hdlc-damaged": Trouble.DAMAGED}
            if error.code in troubles:
                error.remedy = remedy_for(troubles[error.code], self._link)
            raise

    @property
    def _window_bytes(self) -> int:
        """Bytes of a full window."""
        parameters = self._machine.parameters
        return parameters.window_rx * (parameters.max_info_rx + OVERHEAD)

    def _wait(self, silence_s: float) -> Wait:
        """For one answer: the frames of a window may take as long as they are, and no longer."""
        window = self._window_bytes
        return Wait(self._link, silence_s, silence_s + window * self._link.line.char_time_s, 2 * window + SPARE_BYTES)


@dataclass(slots=True)
class _Turn:
    """The meter's turn, as the terminal waits for it."""

    wait: Wait
    sent_at: float = 0.0  # on the loop's clock, when the terminal's last character leaves
    in_message: bool = False  # more of a message is wanted: nothing needs to be looked up for it
    reaction_s: float = 0.0  # within which this meter answers then
    heard: bool = False
    asked_again: bool = False
