"""A hub is exchanged: the box at its place is another one; what came, what went and who keeps it is written down.

What the new hub knows of the premises it is told afterwards: CCS03 and GCS59 from the centre's copy, or the whole copy
that a handheld terminal took along (`hht.model.communications_hub.backup`).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.communications_hub.modules import ModuleUnit, Slot
from hht.model.device import Device, DeviceIdentity
from hht.model.parties import Party
from hht.model.refusal import DeviceRefusal, Reason
from hht.model.wan.coverage import HubDuty, Ownership, responsible

if TYPE_CHECKING:
    from hht.model.communications_hub.hub import CommunicationsHub, HubConfiguration
    from hht.model.premises import Premises


_DEFECTS = {Slot.HAN: "han-radio-defect", Slot.WAN: "wan-module-defect"}  # faults that go with the unit


class Part(enum.StrEnum):
    """What was exchanged."""

    HUB = "communications hub"
    WAN_MODULE = "WAN module"
    HAN_MODULE = "HAN module"


class Fate(enum.StrEnum):
    """What becomes of what was taken out."""

    RETURNED = "returned to its owner"
    REFURBISHED = "to be refurbished"
    SCRAPPED = "recycled as electrical waste"


@dataclass(frozen=True, slots=True)
class ExchangeRecord:
    """One exchange (CH-20): the new part's type and configuration beside what it replaces. `time_ms` is true time."""

    time_ms: int
    part: Part
    place: str
    old: DeviceIdentity
    new: DeviceIdentity
    configuration: tuple[tuple[str, str], ...]
    why: str
    by: Party


@dataclass(frozen=True, slots=True)
class DisposalRecord:
    """One device that was taken out (CH-21): when and why, what becomes of it, and who maintains this record."""

    time_ms: int
    device: DeviceIdentity
    place: str
    why: str
    fate: Fate
    maintained_by: str


@dataclass(slots=True)
class Records:
    """What has been exchanged at one premises."""

    exchanges: list[ExchangeRecord] = field(default_factory=list)
    disposals: list[DisposalRecord] = field(default_factory=list)

    def dispose(self, device: Device, why: str, fate: Fate, maintained_by: str) -> DisposalRecord:
        """Write down that a device was taken out."""
        record = DisposalRecord(device.site.now_ms, device.identity, device.name, why, fate, maintained_by)
        self.disposals.append(record)
        return record


def exchange_hub(
    premises: Premises,
    old: CommunicationsHub,
    configuration: HubConfiguration,
    *,
    by: Party,
    why: str,
    fate: Fate = Fate.RETURNED,
) -> CommunicationsHub:
    """Take `old` off and fit another hub in its place (it takes the name of the place). It forms a network of its own
    and knows no device yet. The centre, where there is one, has it in its inventory."""
    site = premises.site
    site.catch_up()
    old.power.remove()
    configuration = replace(configuration, name=old.name)
    new = configuration.build(premises)
    module = premises.put_hub(new)
    new.power.tell_meter(fitted=True)
    if premises.centre is not None and module is not None:
        premises.centre.hub_exchanged(old, new, module)
    site.tell(new.name, f"{old.identity.device_id} was replaced by {new.identity.device_id}", why)
    settings = _settings(configuration, premises)
    records = premises.records
    records.exchanges.append(
        ExchangeRecord(site.now_ms, Part.HUB, new.name, old.identity, new.identity, settings, why, by)
    )
    wan = premises.plan.wan
    duties = wan.duties if wan is not None else responsible(Ownership.SUPPLIER)
    keeper = duties[HubDuty.FAULT_RETURN]
    records.dispose(old, why, fate, by.name if keeper is Ownership.SUPPLIER else keeper.value)
    return new


def exchange_module(
    premises: Premises, hub: CommunicationsHub, unit: ModuleUnit, *, by: Party, why: str, fate: Fate = Fate.RETURNED
) -> ExchangeRecord:
    """Swap the HAN or the WAN unit of a hub for another one of that kind; the hub stays where it is, with its Device
    Log, its keys and its Gas Proxy Function (CH-19). DeviceRefusal where the hub is of one piece."""
    modules, slot = hub.modules, unit.slot
    if modules is None:
        raise DeviceRefusal(
            Reason.OTHER,
            _("{hub} is of one piece: it has no unit that could be swapped.").format(hub=hub.name),
            remedy=_("Exchange the hub as a whole."),
        )
    site = premises.site
    site.catch_up()
    old = modules.take_out(slot)
    defect = _DEFECTS[slot]
    if any(kind.name == defect and where == hub.name for kind, where, _since in premises.faults.active()):
        premises.faults.off(defect, hub.name)
    modules.put_in(unit)
    if slot is Slot.HAN and hub.powered:
        hub.restart()
    site.tell(hub.name, f"{slot.value.upper()} module {old.serial} was replaced by {unit.serial}", why)
    part = {Slot.HAN: Part.HAN_MODULE, Slot.WAN: Part.WAN_MODULE}[slot]
    settings = (("interface", unit.interface), ("serial", unit.serial), ("fits", modules.problem or "yes"))
    was, now = _identity(hub, old), _identity(hub, unit)
    record = ExchangeRecord(site.now_ms, part, hub.name, was, now, settings, why, by)
    premises.records.exchanges.append(record)
    premises.records.disposals.append(DisposalRecord(site.now_ms, was, hub.name, why, fate, by.name))
    return record


def _identity(hub: CommunicationsHub, unit: ModuleUnit) -> DeviceIdentity:
    """A unit has no Device ID of its own: that of its hub."""
    return DeviceIdentity(hub.identity.device_id, unit.manufacturer, unit.model, unit.firmware, hardware=unit.serial)


def _settings(configuration: HubConfiguration, premises: Premises) -> tuple[tuple[str, str], ...]:
    """What the record has of the new hub's configuration."""
    wan = premises.plan.wan
    return (
        ("gpf", configuration.gpf_id),
        ("han", "dual band" if configuration.dual_band else "single band"),
        ("wan", wan.variant.value if wan is not None else "none"),
        ("mounting", configuration.mounting.value),
        ("device log", str(configuration.capacity)),
        ("pairing", configuration.pairing.value),
    )
