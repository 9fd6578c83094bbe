"""Reading a meter's objects: each value as the trade says it, through the association view where names differ."""

from __future__ import annotations

import contextlib
import math
from collections.abc import AsyncIterator, Callable, Iterable
from decimal import Decimal

from hht.client import catalogue
from hht.client.api import (
    ClockReading,
    Identity,
    LocalAccess,
    MeterError,
    MeterRefused,
    RandomisedOffset,
    RegisterReading,
    SupplyState,
)
from hht.client.cosem_session import Ahead, CosemSession
from hht.client.interface_classes import object_name
from hht.client.object_list import ViewEntry as ViewEntry
from hht.client.object_list import view_entry
from hht.client.several import Found, Several
from hht.client.values import clock_status, items_of, makes_no_sense, number_of, scaled, text_of, time_of
from hht.clock import Clock
from hht.i18n import _
from hht.protocol.cosem.codes import Conformance, DataAccessResult
from hht.protocol.cosem.data import Data, null
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod
from hht.protocol.cosem.errors import CosemRefusal, DataAccessError
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.profile import Selection

ASSOCIATION_VIEW = CosemAttribute(15, Obis.parse("0-0:40.0.0"), 2)
_EMPTY = null()
_IDENTITY = (
    catalogue.DEVICE_ID, catalogue.LOCAL_ACCESS, catalogue.MODEL, catalogue.MANUFACTURER, catalogue.FIRMWARE,
    catalogue.VARIANT, catalogue.LOGICAL_DEVICE_NAME,
)  # fmt: skip
_STATES = {0: SupplyState.DISABLED, 1: SupplyState.ENABLED, 2: SupplyState.ARMED}


class MeterObjects:
    """Typed reads over an open association. What has been read once and cannot change is remembered."""

    def __init__(self, session: CosemSession, clock: Clock) -> None:
        self._session = session
        self._clock = clock
        self._view: list[ViewEntry] | None = None
        self._names: frozenset[Obis] = frozenset()  # of what the view shows
        self._identity: Identity | None = None
        self._device_id: str | None = None
        self._currency: tuple[int, str] | None = None
        self._scales: dict[tuple[int, Obis], tuple[int, str]] = {}
        self._several = Several(session)
        self._ahead: dict[CosemAttribute, Found] = {}

    # ------------------------------------------------------------------ raw

    @property
    def may_select(self) -> bool:
        """The meter agreed to selective access: a part of a profile can be asked for."""
        return Conformance.SELECTIVE_ACCESS in self._session.agreed

    async def get(self, class_id: int, obis: str | Obis, attribute: int, selection: Selection | None = None) -> Data:
        """An attribute's value."""
        name = obis if isinstance(obis, Obis) else Obis.parse(obis)
        wanted = CosemAttribute(class_id, name, attribute)
        found = self._ahead.pop(wanted, None) if selection is None else None
        if found is None:
            return await self._session.get(wanted, selection)
        if isinstance(found, DataAccessResult):
            raise DataAccessError(found, where=str(wanted))
        return found

    @contextlib.asynccontextmanager
    async def at_once(self, wanted: Iterable[tuple[int, str | Obis, int]]) -> AsyncIterator[None]:
        """Inside, what is `wanted` (class, OBIS, attribute) has been asked for in as few exchanges as the meter can do,
        and `get` has each answer, once, as if it had asked for it alone."""
        names = [CosemAttribute(c, o if isinstance(o, Obis) else Obis.parse(o), a) for c, o, a in wanted]
        self._ahead |= await self._several.read(names)
        try:
            yield
        finally:
            for name in names:
                self._ahead.pop(name, None)

    async def stream(
        self,
        class_id: int,
        obis: Obis,
        attribute: int,
        take: Callable[[bytes], None],
        selection: Selection | None,
        ahead: Ahead | None = None,
    ) -> None:
        """An attribute's encoded value, handed to `take` piece by piece as it arrives (see `CosemSession.stream`)."""
        await self._session.stream(CosemAttribute(class_id, obis, attribute), take, selection, ahead)

    async def may_change(self) -> None:
        """As `CosemSession.may_change`."""
        await self._session.may_change()

    async def put(self, class_id: int, obis: str, attribute: int, value: Data) -> None:
        """Set an attribute. Raises MeterRefused with the meter's reason where it said no, protected as agreed: then
        nothing is in doubt. After any other error, UnprotectedRefusal among them, it is not known whether the
        attribute was set."""
        try:
            await self._session.set(CosemAttribute(class_id, Obis.parse(obis), attribute), value)
        except CosemRefusal as error:
            raise MeterRefused(error.message, remedy=error.remedy, code=error.code) from error

    async def invoke(self, class_id: int, obis: str, method: int, parameters: Data) -> None:
        """Invoke a method."""
        await self._session.action(CosemMethod(class_id, Obis.parse(obis), method), parameters)

    async def text(self, obis: str) -> str:
        """A Data object's value as text."""
        return text_of(await self.get(catalogue.CLASS_DATA, obis, 2))

    async def number(self, obis: str, what: str) -> int:
        """A Data object's value as a whole number."""
        return number_of(await self.get(catalogue.CLASS_DATA, obis, 2), what)

    # ------------------------------------------------------------------ the association view

    async def view(self) -> list[ViewEntry]:
        """Every object that the meter shows to this client, in its order; odd entries too."""
        if self._view is None:
            listed = await self._session.get(ASSOCIATION_VIEW)
            self._view = [view_entry(item, place) for place, item in enumerate(listed.as_items(), 1)]
            self._names = frozenset(entry.obis for entry in self._view if entry.is_object)
        return self._view

    @property
    def view_is_known(self) -> bool:
        """The meter has been asked what it shows."""
        return self._view is not None

    async def has(self, obis: str) -> bool:
        """Whether the meter shows this object."""
        await self.view()
        return Obis.parse(obis) in self._names

    # ------------------------------------------------------------------ what it holds

    async def identity(self) -> Identity:
        """Who the meter says it is."""
        if self._identity is None:
            shown = [(catalogue.CLASS_DATA, name, 2) for name in _IDENTITY if await self.has(name)]
            async with self.at_once(shown):
                self._identity = await self._read_identity()
        return self._identity

    async def _read_identity(self) -> Identity:
        device_id = await self._optional(catalogue.DEVICE_ID)
        access = text_of(await self._optional(catalogue.LOCAL_ACCESS))
        return Identity(
            device_id=_device_id(device_id),
            model=text_of(await self._optional(catalogue.MODEL)),
            manufacturer=text_of(await self._optional(catalogue.MANUFACTURER)),
            firmware=_hex_or_text(await self._optional(catalogue.FIRMWARE)),
            variant=text_of(await self._optional(catalogue.VARIANT)),
            logical_name=text_of(await self._optional(catalogue.LOGICAL_DEVICE_NAME)),
            local_access=LocalAccess(access) if access in list(LocalAccess) else LocalAccess.READ,
        )

    async def device_id(self) -> str:
        """The Device ID, or the logical device name of a meter that shows none; "" where it shows neither."""
        if self._identity is not None:
            return self._identity.device_id or self._identity.logical_name
        if self._device_id is None:
            shown = _device_id(await self._optional(catalogue.DEVICE_ID))
            self._device_id = shown or text_of(await self._optional(catalogue.LOGICAL_DEVICE_NAME))
        return self._device_id

    async def _optional(self, obis: str) -> Data:
        """A Data object's value; an empty text where the meter has no such object or does not show it."""
        if not await self.has(obis):
            return _EMPTY
        try:
            return await self.get(catalogue.CLASS_DATA, obis, 2)
        except DataAccessError:
            return _EMPTY

    async def clock(self) -> ClockReading:
        """The meter's clock, beside the terminal's at the middle of the exchange."""
        before = self._clock.now()
        value = await self.get(catalogue.CLASS_CLOCK, catalogue.CLOCK, 2)
        took = self._clock.now() - before
        time, status = time_of(value.value, _("clock"))
        return ClockReading(time, clock_status(status), before + took / 2, max(0.0, took.total_seconds()))

    async def randomised_offset(self) -> RandomisedOffset:
        """Limit, number (held as ten-thousandths) and offset."""
        limit = await self.number(catalogue.RANDOMISED_OFFSET_LIMIT, _("randomised offset limit"))
        number = await self.number(catalogue.RANDOMISED_OFFSET_NUMBER, _("randomised offset number"))
        offset = await self.number(catalogue.RANDOMISED_OFFSET, _("randomised offset"))
        return RandomisedOffset(limit, Decimal(number).scaleb(-4), offset)

    async def supply_state(self) -> SupplyState:
        """State of the load switch (class 70, attribute 3)."""
        state = number_of(await self.get(catalogue.CLASS_DISCONNECT, catalogue.SUPPLY_SWITCH, 3), _("supply state"))
        if state not in _STATES:
            raise makes_no_sense(_("supply state"))
        return _STATES[state]

    async def registers(self) -> list[RegisterReading]:
        """Every readable Register object. One that is refused or makes no sense takes nothing from the others: its
        reading says what is odd about it."""
        names = [
            entry.obis
            for entry in await self.view()
            if entry.is_object and entry.class_id == catalogue.CLASS_REGISTER and 2 in entry.readable
        ]
        values = [(catalogue.CLASS_REGISTER, name, 2) for name in names]
        scales = self.unknown_scales((catalogue.CLASS_REGISTER, name) for name in names)
        async with self.at_once([*values, *scales]):
            return [await self._register_or_why(name) for name in names]

    async def _register_or_why(self, name: Obis) -> RegisterReading:
        try:
            return await self.register(name)
        except (CosemRefusal, MeterError) as error:
            return RegisterReading(str(name), None, "", _label(name), error.message)

    def unknown_scales(self, registers: Iterable[tuple[int, Obis]]) -> list[tuple[int, Obis, int]]:
        """Those scalers and units of registers (class, name) that have not been read."""
        return [
            (class_id, name, catalogue.SCALE_ATTRIBUTE[class_id])
            for class_id, name in dict.fromkeys(registers)
            if (class_id, name) not in self._scales
        ]

    async def register(self, obis: Obis, class_id: int = catalogue.CLASS_REGISTER) -> RegisterReading:
        """One register, or extended register, with its unit; where the meter does not tell that in a way that can be
        understood, the number as it stands, and why. Raises MeterError where the value is no number."""
        raw = (await self.get(class_id, obis, 2)).value
        if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
            raise makes_no_sense(str(obis))
        label = _label(obis, class_id)
        try:
            value, unit = scaled(raw, *await self.scale(obis, class_id))
        except (CosemRefusal, MeterError) as error:
            odd = _("scaler and unit unknown: {why}").format(why=error.message)
            return RegisterReading(str(obis), Decimal(str(raw)), "", label, odd)
        return RegisterReading(str(obis), value, unit, label)

    async def scale(self, obis: Obis, class_id: int = catalogue.CLASS_REGISTER) -> tuple[int, str]:
        """Scaler and unit of a register of whatever kind; read once."""
        if (class_id, obis) not in self._scales:
            stated = await self.get(class_id, obis, catalogue.SCALE_ATTRIBUTE[class_id])
            scaler, unit = items_of(stated, 2, _("unit"))
            text = catalogue.unit_text(number_of(unit, _("unit")), str(obis))
            exponent = number_of(scaler, _("scaler"))
            if not -12 <= exponent <= 12:
                raise makes_no_sense(_("scaler"))
            self._scales[class_id, obis] = (exponent, text)
        return self._scales[class_id, obis]

    async def currency(self) -> tuple[int, str] | None:
        """Power of ten and name of the currency that the account counts in; None where there is no account, or it does
        not say. Read once."""
        from hht.client.scales_beyond import currency_of

        if self._currency is None and await self.has(catalogue.ACCOUNT):
            self._currency = currency_of(await self.get(catalogue.CLASS_ACCOUNT, catalogue.ACCOUNT, 15))
        return self._currency


def _label(obis: Obis, class_id: int = catalogue.CLASS_REGISTER) -> str:
    """A register's name in words, or what the trade calls it; "" where neither is known."""
    return catalogue.register_label(str(obis)) or object_name(class_id, obis)


def _device_id(data: Data) -> str:
    """An EUI-64 in pairs; a meter that holds it as text is taken at its word."""
    if isinstance(data.value, bytes) and len(data.value) == 8:
        return "-".join(f"{octet:02X}" for octet in data.value)
    return text_of(data)


def _hex_or_text(data: Data) -> str:
    if isinstance(data.value, bytes) and len(data.value) == 4 and not data.value.isalnum():
        return data.value.hex().upper()
    return text_of(data)
