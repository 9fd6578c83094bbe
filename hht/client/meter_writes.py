"""Writing to a meter: read before, write only what differs, read back after. Nothing else in the program writes."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from hht.client import catalogue
from hht.client.api import ORDINARY_S, LocalAccess, MeterRefused, OnIntent, WriteResult
from hht.client.meter_objects import MeterObjects
from hht.client.read_back import check_set, look_at, mismatch
from hht.clock import Clock, iso_z
from hht.i18n import _
from hht.protocol.cosem.data import Data, DataType, long_unsigned, octets, visible
from hht.protocol.cosem.datetime import encode_datetime

LIMIT_MAX_S = 1799  # factbook 2.4


class MeterWrites:
    """The writes of an installer's port. Raises MeterRefused at once where the port is not for writing."""

    def __init__(self, meter: MeterObjects, access: LocalAccess, clock: Clock) -> None:
        if access is not LocalAccess.INSTALLER:
            raise MeterRefused(
                _("This meter's optical port lets nobody write: the change is the supplier's."),
                remedy=_("Ask the desk to send the change; nothing was written."),
                code="local-access",
            )
        self._meter = meter
        self._clock = clock

    async def clock(self, tolerance_s: float, before_write: OnIntent | None) -> WriteResult:
        """Set the clock to the terminal's time unless it is within `tolerance_s` already. Raises as `look_at` and
        `check_set` do."""
        before = await look_at(self._meter.clock, tolerance_s)
        authority = catalogue.AUTHORITY["clock"]
        if abs(before.drift_s) <= tolerance_s:
            return WriteResult("clock", iso_z(before.time), iso_z(before.time), False, authority)
        _announce(before_write)
        began = self._clock.now()
        value = octets(encode_datetime(began + timedelta(milliseconds=500)))
        await self._meter.put(catalogue.CLASS_CLOCK, catalogue.CLOCK, 2, value)
        setting_s = (self._clock.now() - began).total_seconds()
        limit_s = max(tolerance_s, ORDINARY_S)
        after = await look_at(self._meter.clock, limit_s)
        check_set(after, limit_s, setting_s, _("clock"))
        return WriteResult("clock", iso_z(before.time), iso_z(after.time), True, authority)

    async def mpan(self, mpan: str, before_write: OnIntent | None) -> WriteResult:
        """Set the import MPAN, 13 ASCII digits in an octet-string (factbook 1.1)."""
        return await self._text("mpan", _("MPAN"), catalogue.IMPORT_MPAN, mpan, before_write)

    async def contact(self, item: str, text: str, before_write: OnIntent | None) -> WriteResult:
        """Set the supplier's name or telephone number."""
        return await self._text(item, item, catalogue.CONTACTS[item], text, before_write)

    async def _text(self, item: str, label: str, obis: str, text: str, before_write: OnIntent | None) -> WriteResult:
        held = await self._meter.get(catalogue.CLASS_DATA, obis, 2)
        before = await self._meter.text(obis) if held.value else ""
        authority = catalogue.AUTHORITY[item]
        if before == text:
            return WriteResult(item, before, before, False, authority)
        _announce(before_write)
        await self._meter.put(catalogue.CLASS_DATA, obis, 2, _like(held, text))
        after = await self._meter.text(obis)
        if after != text:
            raise mismatch(label, text, after)
        return WriteResult(item, before, after, True, authority)

    async def offset_limit(self, limit_s: int, before_write: OnIntent | None) -> WriteResult:
        """Set the randomised offset limit; 0 switches randomisation off."""
        if not 0 <= limit_s <= LIMIT_MAX_S:
            raise MeterRefused(
                _("{limit} s is outside 0 to 1799 s (29 min 59 s).").format(limit=limit_s),
                remedy=_("Correct the limit; nothing was written."),
                code="randomised-offset-limit-range",
            )
        item, obis = "randomised-offset-limit", catalogue.RANDOMISED_OFFSET_LIMIT
        before = await self._meter.number(obis, item)
        authority = catalogue.AUTHORITY[item]
        if before == limit_s:
            return WriteResult(item, str(before), str(before), False, authority)
        _announce(before_write)
        await self._meter.put(catalogue.CLASS_DATA, obis, 2, long_unsigned(limit_s))
        after = await self._meter.number(obis, item)
        if after != limit_s:
            raise mismatch(_("randomised offset limit"), str(limit_s), str(after))
        return WriteResult(item, str(before), str(after), True, authority)


class _MayWrite(Protocol):
    async def _writes(self) -> MeterWrites: ...


class Writing:
    """What a session adds to write."""

    async def set_clock(self: _MayWrite, *, tolerance_s: float, before_write: OnIntent | None = None) -> WriteResult:
        """Set the meter's clock to the terminal's time if it is further off than `tolerance_s`."""
        return await (await self._writes()).clock(tolerance_s, before_write)

    async def set_import_mpan(self: _MayWrite, mpan: str, *, before_write: OnIntent | None = None) -> WriteResult:
        """Set the import MPAN (13 digits)."""
        return await (await self._writes()).mpan(mpan, before_write)

    async def set_randomised_offset_limit(
        self: _MayWrite, limit_s: int, *, before_write: OnIntent | None = None
    ) -> WriteResult:
        """Set the randomised offset limit, 0 to 1799 s."""
        return await (await self._writes()).offset_limit(limit_s, before_write)

    async def set_contact(
        self: _MayWrite, item: str, text: str, *, before_write: OnIntent | None = None
    ) -> WriteResult:
        """Set the supplier's "contact-name" or "contact-telephone"."""
        return await (await self._writes()).contact(item, text, before_write)


def _like(held: Data, text: str) -> Data:
    """`text` in the type that the meter holds there."""
    return visible(text) if held.tag is DataType.VISIBLE_STRING else octets(text.encode("ascii"))


def _announce(before_write: OnIntent | None) -> None:
    if before_write is not None:
        before_write()
