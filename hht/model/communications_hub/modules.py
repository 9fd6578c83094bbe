"""A hub of modules: its HAN radio and its WAN modem are units of their own, with one interface between them.

Document 002 asks for it (L333: a faulty HAN transceiver is swapped without the whole hub; L431: separate modules with a
standard interface). What the interface is, no document says: here it has a version, major and minor, and two units
pass messages to one another where the major ones are the same. Device Log, keys, Gas Proxy Function and the CHF's
Device ID are the body's: they stay when a unit goes.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field

from hht.i18n import _
from hht.model.refusal import DeviceRefusal, Reason


class Slot(enum.StrEnum):
    """Where a unit sits."""

    HAN = "han"
    WAN = "wan"


@dataclass(frozen=True, slots=True)
class ModuleUnit:
    """One unit. `interface`: the version that it speaks, "2.1"; `firmware`: 8 hex digits."""

    slot: Slot
    manufacturer: str
    model: str
    serial: str
    firmware: str
    interface: str

    @property
    def major(self) -> str:
        """The part of the version that has to be the same at both ends."""
        return self.interface.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.manufacturer} {self.model} {self.serial}, {self.firmware}, interface {self.interface}"


@dataclass(frozen=True, slots=True)
class ModulesPlan:
    """What a hub is fitted with. `filters`: its interface lets no critical command through whose header shows that
    nobody may send it so (SEC-18)."""

    han: ModuleUnit
    wan: ModuleUnit
    filters: bool = False


@dataclass(slots=True)
class HubModules:
    """The units of one hub, None where a slot is empty. `changed` is told of every change."""

    plan: ModulesPlan
    units: dict[Slot, ModuleUnit | None] = field(default_factory=dict)
    changed: list[Callable[[], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.units = {Slot.HAN: self.plan.han, Slot.WAN: self.plan.wan}

    @property
    def problem(self) -> str:
        """Why nothing passes between the two; "" where it does."""
        han, wan = self.units[Slot.HAN], self.units[Slot.WAN]
        if han is None or wan is None:
            return _("a slot of the hub is empty")
        if han.major != wan.major:
            return _("the interface versions {han} (HAN) and {wan} (WAN) do not go together").format(
                han=han.interface, wan=wan.interface
            )
        return ""

    def take_out(self, slot: Slot) -> ModuleUnit:
        """Take a unit out. DeviceRefusal where there is none."""
        unit = self.units[slot]
        if unit is None:
            raise DeviceRefusal(
                Reason.TEMPORARY_FAILURE,
                _("The {slot} slot is empty.").format(slot=slot.value.upper()),
                remedy=_("Put a unit in."),
            )
        self.units[slot] = None
        self._tell()
        return unit

    def put_in(self, unit: ModuleUnit) -> None:
        """Put a unit into its empty slot. DeviceRefusal where one is in it."""
        if self.units[unit.slot] is not None:
            raise DeviceRefusal(
                Reason.TEMPORARY_FAILURE,
                _("A unit is in the {slot} slot.").format(slot=unit.slot.value.upper()),
                remedy=_("Take it out first."),
            )
        self.units[unit.slot] = unit
        self._tell()

    def _tell(self) -> None:
        for changed in self.changed:
            changed()
