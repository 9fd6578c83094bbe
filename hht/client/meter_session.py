"""`MeterSession`: a conversation with an electricity meter over any link. The terminal's end; implements `Meter`.

Every write reads first, writes only what differs, and reads back. A lost link is reported, never reopened here: whoever
runs the visit decides, and reads before it repeats anything.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from hht.client import catalogue
from hht.client.api import (
    NOBODY,
    ClockReading,
    Identity,
    Listeners,
    LocalAccess,
    LogEntry,
    MeterError,
    ProfileRow,
    RandomisedOffset,
    RegisterReading,
    SessionCounters,
    SupplyState,
)
from hht.client.association import Association
from hht.client.busy_line import Caller, Rescue
from hht.client.cosem_session import CosemSession
from hht.client.deadlines import Timing
from hht.client.far_end import ANYBODY, FarEnd, ask_first
from hht.client.farewell import GOODBYE_S, SPARE_S, said
from hht.client.line_record import LineRecord
from hht.client.load_control import LoadControl, read_load_control
from hht.client.meter_objects import MeterObjects, ViewEntry
from hht.client.meter_writes import MeterWrites, Writing
from hht.client.network_data import NetworkReads
from hht.client.notices import Notice, notice_of
from hht.client.object_reader import AttributeValue, Buffer, ObjectView, read_attribute, read_buffer, read_object_view
from hht.client.prepayment import PrepaymentReads
from hht.client.profile_reader import read_log, read_profile, stream_profile
from hht.client.recorded_answers import Answer, ReplayedSession
from hht.client.remarks import OnRemark, Remark, unheard
from hht.client.sign_on import SignedOn, enter_hdlc, meet, time_for
from hht.client.speeds import STEPS, SpeedFailed, speed_words
from hht.client.stated_counter import counter_remark, gone_on, may_be_the_counter, public, stated_counter
from hht.client.transport import ApduTransport, OnStopping
from hht.clock import Clock
from hht.errors import HhtError
from hht.i18n import _
from hht.link import Capability, Line, Link, LinkState
from hht.link_remedies import Trouble, remedy_for
from hht.protocol.cosem.access import AccessGet, AccessRequest
from hht.protocol.cosem.action import ActionRequestNormal
from hht.protocol.cosem.client import CosemClient
from hht.protocol.cosem.data import Data
from hht.protocol.cosem.get import GetRequestNormal, GetRequestWithList
from hht.protocol.cosem.notifications import DataNotification, EventNotification
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.put import SetRequestNormal
from hht.protocol.cosem.values import Encoded
from hht.protocol.hdlc import NobodyAnswers
from hht.protocol.iec62056_21 import SIGN_ON_BAUD


class MeterSession(PrepaymentReads, NetworkReads, Writing):
    """One conversation at a time; `open` again after `close` makes a new one over a new link from `make_link`."""

    def __init__(
        self,
        make_link: Callable[[], Link],
        association: Association,
        *,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
        timing: Timing | None = None,
        on_notice: Callable[[Notice], None] | None = None,
        on_remark: OnRemark = unheard,
        on_stopping: OnStopping | None = None,
        recording: Callable[[], Mapping[bytes, Answer]] | None = None,
        far_end: FarEnd = ANYBODY,
    ) -> None:
        """`on_notice` is told what the meter says unasked, at any time of the conversation, `on_remark` what the
        terminal waits for or does differently because of the meter or the line, `on_stopping` for how many seconds at
        most the meter will be heard out where something was cancelled in the middle of its turn.
        `recording`: gives the answers of the recording that the link replays, for when something else is asked than
        then. `far_end` judges whom keys are shown to and who is changed."""
        self._recording, self._far_end = recording, far_end
        self._on_notice, self._on_remark, self._on_stopping = on_notice, on_remark, on_stopping
        self._record = LineRecord()
        self._make_link = make_link
        self._association = association
        self._clock = clock
        self._random_bytes = random_bytes
        self._timing = timing or Timing()
        self._link: Link | None = None
        self._transport: ApduTransport | None = None
        self._session: CosemSession | None = None
        self._objects: MeterObjects | None = None
        self._may_be_slow = False  # the agreed speed was not confirmed
        self._counter_used = -1  # under this association's key, by the latest opening

    # ------------------------------------------------------------------ opening and closing

    async def open(self, *, on: tuple[Link, SignedOn] | None = None) -> None:
        """Sign on, connect, associate. On any failure the link is closed again. `on`: a link on which the meter has
        identified itself already. Where the meter refuses, and its public client tells that the invocation counter of
        this terminal is behind, it is opened once more with one that goes on from the meter's."""
        try:
            await self._open(on)
        except HhtError as refusal:
            association = await self._gone_on() if may_be_the_counter(refusal) else None
            if association is None:
                raise
            self._association = association
            self._on_remark(counter_remark(association))
            await self._open(None)

    async def _gone_on(self) -> Association | None:
        """This association with a counter that rises above the meter's; None where that is not known, or not higher."""
        if self._association.keys is None:
            return None
        stated, asking = None, self._public()
        with contextlib.suppress(HhtError):  # what counts is the refusal that has been heard
            try:
                await asking.open()
                stated = await stated_counter(asking._meter)
            finally:
                await asking.close()
        return None if stated is None else gone_on(self._association, stated, self._counter_used)

    def _public(self) -> MeterSession:
        """A session of its own with the same meter's public client."""
        return MeterSession(
            self._make_link,
            public(self._association),
            clock=self._clock,
            random_bytes=self._random_bytes,
            timing=self._timing,
            on_remark=self._on_remark,
            on_stopping=self._on_stopping,
        )

    async def _open(self, on: tuple[Link, SignedOn] | None) -> None:
        await self.close()
        if self._association.secret and self._far_end.asks_first:
            asking = self._public()
            await ask_first(self._far_end, asking.open(on=on), asking)
            on = None
        link = on[0] if on is not None else self._make_link()
        self._link = link
        try:
            if on is None:
                await link.open()
            await self._open_line(link, on[1] if on is not None else None)
            self._transport = self._association.transport(
                link,
                self._timing,
                record=self._record,
                on_remark=self._on_remark,
                on_stopping=self._on_stopping,
                sign_on=lambda: self._open_line(link),
            )
            client = self._association.client(self._random_bytes)
            session = self._cosem(self._transport, client)
            self._session = session  # from here on there is somebody to say goodbye to
            try:
                await self._associate(link, session)
            finally:
                self._counter_used = client.counter_used
            if self._asks_at_once:
                await session.may_change()
        except BaseException:
            await self.close()
            raise
        self._objects = MeterObjects(session, self._clock)

    async def _associate(self, link: Link, session: CosemSession) -> None:
        """Where nobody answers at a speed that the meter has not confirmed, it is looked for at 300 baud: some stay
        there, and some of those say nothing of it. Raises as `CosemSession.associate`."""
        try:
            await session.associate(self._association.longest_apdu)
            return
        except NobodyAnswers as error:
            if not self._may_be_slow:
                raise
            nobody = error
        self._on_remark(Remark("speed-lowered", speed_words(link.line.baud, SIGN_ON_BAUD)))
        await link.set_line(Line(SIGN_ON_BAUD))
        try:
            await session.associate(self._association.longest_apdu)
        except NobodyAnswers:
            nobody.remedy = remedy_for(Trouble.NO_DATA, link)
            raise nobody from None
        self._no_faster_than(SIGN_ON_BAUD)

    def _cosem(self, transport: ApduTransport, client: CosemClient) -> CosemSession:
        judge = None if self._far_end.work is None else self._far_end.of_meter
        if self._recording is None:
            patience_s = self._timing.busy_writing_s
            return CosemSession(transport, client, self._notified, judge, patience_writing_s=patience_s)
        return ReplayedSession(transport, client, self._notified, self._recording, judge)

    def _notified(self, message: DataNotification | EventNotification) -> None:
        if self._on_notice is not None:
            self._on_notice(notice_of(message))

    def rescue(self, link: Link, *, held: bool = False) -> Rescue:
        """Gets the meter on `link` back where it is still in a conversation that was broken off; see `Rescue`."""
        association = self._association
        caller = Caller(association.client_sap, association.server, association.physical, association.address_size)
        return Rescue(link, self._timing, caller, self._on_remark, fastest=association.sign_on.fastest, held=held)

    async def _open_line(self, link: Link, signed_on: SignedOn | None = None) -> None:
        if self._association.opening != "iec":
            await link.set_line(Line(self._association.baud))
            return
        rescue = self.rescue(link)
        for _step in range(STEPS):
            try:
                await self._sign_on(link, signed_on, rescue)
                return
            except SpeedFailed as failure:
                signed_on, rescue = None, await self._slowed(link, failure)
        await self._sign_on(link, signed_on, rescue)

    async def _sign_on(self, link: Link, signed_on: SignedOn | None, rescue: Rescue) -> None:
        opening = self._association.sign_on
        if signed_on is None:
            signed_on = await meet(link, self._timing, opening, rescue)
        self._timing = time_for(signed_on, self._timing, self._on_remark)
        has_followed = await enter_hdlc(link, self._timing, signed_on.identification, opening, self._on_remark)
        self._may_be_slow = not has_followed and Capability.LINE in link.capabilities and link.line.baud > SIGN_ON_BAUD

    async def _slowed(self, link: Link, failure: SpeedFailed) -> Rescue:
        """Hang up at the speed that is of no use, which the meter may hear or not, and agree on a slower one."""
        self._on_remark(Remark("speed-lowered", failure.told))
        await self.rescue(link).regain(busy=False)
        self._no_faster_than(failure.baud)
        return self.rescue(link, held=True)

    def _no_faster_than(self, baud: int) -> None:
        slower = replace(self._association.sign_on, fastest=baud)
        self._association = replace(self._association, sign_on=slower)

    async def close(self) -> None:
        """Release, disconnect, close the link. Never raises but CancelledError; the goodbye is said all the same."""
        session, link = self._session, self._link
        self._session = self._link = self._objects = None
        if link is None:
            return
        try:
            if session is not None and link.state is LinkState.UP:
                turn_s = self._transport.turn_s if self._transport is not None else 0.0
                await said(session.release(), max(GOODBYE_S, turn_s + SPARE_S))
        finally:
            await link.close()

    @property
    def _asks_at_once(self) -> bool:
        """Whether the meter is asked who it is as soon as the conversation stands: more than public access is for
        training's own meters alone."""
        return self._far_end.asks_first and self._association.security != "none"

    @property
    def is_open(self) -> bool:
        """Whether the conversation stands, as far as the terminal knows."""
        if self._session is None or self._link is None or self._transport is None:
            return False
        return self._link.state is LinkState.UP and self._transport.is_up

    @property
    def counters(self) -> SessionCounters:
        """Bytes and round trips of this conversation."""
        link, transport = self._link, self._transport
        return SessionCounters(
            link.bytes_tx if link else 0, link.bytes_rx if link else 0, transport.round_trips if transport else 0
        )

    @property
    def _meter(self) -> MeterObjects:
        if self._objects is None:
            raise MeterError(
                _("There is no conversation with the meter."), remedy=_("Connect first."), code="not-connected"
            )
        return self._objects

    # ------------------------------------------------------------------ reading

    async def identify(self) -> Identity:
        """Who the meter says it is. What it does not show is "" (local access: read only)."""
        return await self._meter.identity()

    async def read_device_id(self) -> str:
        """The Device ID as the meter states it, or the logical device name of one that has none."""
        return await self._meter.device_id()

    async def read_clock(self) -> ClockReading:
        """The meter's clock beside the terminal's."""
        return await self._meter.clock()

    async def read_import_mpan(self) -> str:
        """The import MPAN; "" when none has been set."""
        return await self._meter.text(catalogue.IMPORT_MPAN)

    async def read_contact(self, item: str) -> str:
        """The supplier's "contact-name" or "contact-telephone"; "" when none has been set."""
        return await self._meter.text(catalogue.CONTACTS[item])

    async def read_randomised_offset(self) -> RandomisedOffset:
        """Limit, number and offset."""
        return await self._meter.randomised_offset()

    async def read_registers(self) -> list[RegisterReading]:
        """Every Register object in the association view that may be read."""
        return await self._meter.registers()

    async def read_supply_state(self) -> SupplyState:
        """State of the load switch."""
        return await self._meter.supply_state()

    async def read_load_control(self) -> LoadControl:
        """Auxiliary switches, their calendar, the tariff's."""
        return await read_load_control(self._meter)

    async def stream_profile(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        listeners: Listeners = NOBODY,
        *,
        only: Sequence[str] = (),
    ) -> int:
        """Half-hourly import profile, `start` inclusive, `end` exclusive, row by row to `listeners`; how many. `only`
        these columns (OBIS), none: all."""
        return await stream_profile(self._meter, start, end, listeners, only=only)

    async def read_profile(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        listeners: Listeners = NOBODY,
        *,
        only: Sequence[str] = (),
    ) -> list[ProfileRow]:
        """As `stream_profile`, and every row: for who wants them all at once."""
        return await read_profile(self._meter, start, end, listeners, only=only)

    async def read_log(self, log: str) -> list[LogEntry]:
        """A log, oldest first: "event", "security", "power" or "switch"."""
        return await read_log(self._meter, log)

    async def association_view(self) -> list[ViewEntry]:
        """Every object that the meter shows to this client."""
        return await self._meter.view()

    async def read_object_view(self, entry: ViewEntry) -> ObjectView:
        """Every readable attribute of one of the association view's objects, typed where its class is known."""
        return await read_object_view(self._meter, entry)

    async def read_attribute(self, class_id: int, obis: Obis, number: int) -> AttributeValue:
        """One attribute of any object, whether the association view lists it or not."""
        return await read_attribute(self._meter, class_id, obis, number)

    async def ask_again(self, request: object) -> None:
        """A request of a recording, as it went then: attributes, lists of them, a write, a method. Raises what the link
        and the meter say."""
        assert self._session is not None
        match request:
            case GetRequestNormal(attribute=attribute, access=access):
                await self._session.get(attribute, access)
            case GetRequestWithList(items=items):
                await self._session.get_several([attribute for attribute, _access in items])
            case AccessRequest(items=items):
                await self._session.get_several([item.attribute for item in items if isinstance(item, AccessGet)])
            case SetRequestNormal(attribute=attribute, value=value) if isinstance(value, Data):
                await self._session.set(attribute, value)
            case ActionRequestNormal(method=method, parameters=parameters) if not isinstance(parameters, Encoded):
                await self._session.action(method, parameters)

    async def read_register(self, entry: ViewEntry) -> RegisterReading:
        """One register or extended register with its unit."""
        return await self._meter.register(entry.obis, entry.class_id)

    async def read_buffer(self, obis: Obis) -> Buffer:
        """Any profile's columns and rows, as the meter states them."""
        return await read_buffer(self._meter, obis)

    # ------------------------------------------------------------------ writing

    async def _writes(self) -> MeterWrites:
        """The way to write, where the meter's port is for writing; raises MeterRefused before a byte leaves."""
        await self._meter.may_change()
        identity = await self._meter.identity()
        return MeterWrites(self._meter, identity.local_access, self._clock)


__all__ = ["Association", "LocalAccess", "MeterSession", "Timing"]
