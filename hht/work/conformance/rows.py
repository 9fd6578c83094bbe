"""What a check says of a requirement's rows, and the meter that it asks, each thing once."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, Protocol, TypeVar

from hht.client.api import Identity, LogEntry, Meter, MeterError, RandomisedOffset, RegisterReading
from hht.client.load_control import LoadControl
from hht.client.meter_objects import ViewEntry
from hht.client.network_data import NetworkData
from hht.client.object_reader import AttributeValue
from hht.client.values import number_of
from hht.diagnosis.evidence import Frames
from hht.i18n import _
from hht.protocol.cosem.obis import Obis
from hht.work.actions.network import read_view
from hht.work.network_view import Compared

_Found = TypeVar("_Found")
PROFILE: Final = 7  # interface class of a profile
CAPTURE_PERIOD, ENTRIES = 4, 8  # its attributes


class Verdict(enum.StrEnum):
    """NOT_APPLICABLE: the meter has nothing that the row speaks of; NOT_SHOWN: the link or the moment does not tell."""

    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "not-applicable"
    NOT_SHOWN = "not-shown"

    @property
    def words(self) -> str:
        """For people."""
        return {
            Verdict.PASS: _("pass"),
            Verdict.FAIL: _("FAIL"),
            Verdict.NOT_APPLICABLE: _("not applicable"),
            Verdict.NOT_SHOWN: _("not shown"),
        }[self]


@dataclass(frozen=True, slots=True)
class Said:
    """What a check found: a verdict and in words what it rests on."""

    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of one meter. `frames`: where in the link's trace it asked."""

    check: str
    rows: tuple[str, ...]
    said: Said
    frames: Frames


class ConformingMeter(Meter, Protocol):
    """A meter that speaks COSEM."""

    async def read_load_control(self) -> LoadControl:
        """Auxiliary switches with their calendar, and the tariff's."""
        ...

    async def read_attribute(self, class_id: int, obis: Obis, number: int) -> AttributeValue:
        """One attribute."""
        ...


class Subject:
    """The meter that is looked at. What several checks need is read once."""

    def __init__(self, meter: ConformingMeter) -> None:
        self.meter = meter
        self._known: dict[str, Any] = {}

    async def _once(self, name: str, read: Callable[[], Awaitable[_Found]]) -> _Found:
        if name not in self._known:
            self._known[name] = await read()
        found: _Found = self._known[name]
        return found

    async def identity(self) -> Identity:
        """Who it says it is."""
        return await self._once("identity", self.meter.identify)

    async def registers(self) -> list[RegisterReading]:
        """Its registers."""
        return await self._once("registers", self.meter.read_registers)

    async def offset(self) -> RandomisedOffset:
        """Its randomised offset."""
        return await self._once("offset", self.meter.read_randomised_offset)

    async def load_control(self) -> LoadControl:
        """Its switches."""
        return await self._once("load_control", self.meter.read_load_control)

    async def power_events(self) -> list[LogEntry]:
        """When its supply was interrupted, and came back."""
        return await self._once("power", lambda: self.meter.read_log("power"))

    async def network(self) -> tuple[NetworkData, list[Compared], dict[str, int], datetime]:
        """What a network operator reads, the maxima held against the half-hours."""

        async def read() -> tuple[NetworkData, list[Compared], dict[str, int], datetime]:
            return await read_view(self.meter, (await self.meter.read_clock()).time)

        return await self._once("network", read)

    async def has(self, obis: str) -> ViewEntry | None:
        """The object of that OBIS code in the association view; None: the meter shows none."""
        return next((entry for entry in await self.view() if entry.is_object and str(entry.obis) == obis), None)

    async def view(self) -> list[ViewEntry]:
        """Everything that the association view shows."""
        return await self._once("view", self.meter.association_view)

    async def capacity_s(self, obis: str) -> int | None:
        """How many seconds a profile's rows reach back when it is full (entries times capture period); None: the meter
        has no such profile, or states no period. Raises MeterError where what it states makes no sense."""
        if (entries := await self.entries(obis)) is None:
            return None
        period = await self._number(obis, CAPTURE_PERIOD, _("capture period"))
        return entries * period if period else None

    async def entries(self, obis: str) -> int | None:
        """How many rows a profile holds at most; None: the meter has no such profile."""
        found = await self.has(obis)
        if found is None or found.class_id != PROFILE:
            return None
        return await self._number(obis, ENTRIES, _("profile entries"))

    async def _number(self, obis: str, attribute: int, what: str) -> int:
        value = await self.meter.read_attribute(PROFILE, Obis.parse(obis), attribute)
        if value.data is None:
            raise MeterError(
                _("{what} of {obis} cannot be read: {why}").format(what=what, obis=obis, why=value.error),
                remedy=_("The row stays open; look at the object with hht browse."),
                code="not-shown",
            )
        return number_of(value.data, what, 0)


_On = TypeVar("_On")


@dataclass(frozen=True)
class Check(Generic[_On]):
    """One look at what is asked (`Subject`, `HubSubject`) that speaks for requirement `rows`, as far as its `title`
    says: in words, a text to be translated."""

    name: str
    rows: tuple[str, ...]
    title: Callable[[], str]
    run: Callable[[_On], Awaitable[Said]]


def passed(why: str) -> Said:
    """It is so."""
    return Said(Verdict.PASS, why)


def failed(why: str) -> Said:
    """It is not so."""
    return Said(Verdict.FAIL, why)


def absent(why: str) -> Said:
    """There is nothing here that it speaks of."""
    return Said(Verdict.NOT_APPLICABLE, why)


def open_still(why: str) -> Said:
    """It cannot be told now, or over this link."""
    return Said(Verdict.NOT_SHOWN, why)
