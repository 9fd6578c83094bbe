"""The devices of a home, as the pages of devices list them: those of the premises that is trained with, else those that
the jobs name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hht.client.api import LogEntry
from hht.i18n import _
from hht.protocol.gbcs.device_types import DuisDeviceType as Type
from hht.work.devices import device_kind

if TYPE_CHECKING:
    from datetime import datetime

    from hht.work.job import Job

Line = tuple[str, str, str, bool]  # label, value, tone, said by the device
TYPES: Final = {
    "electricity-meter": Type.ESME,
    "gas-meter": Type.GSME,
    "communications-hub": Type.CHF,
    "load-control-switch": Type.HCALCS,
    "prepayment-interface": Type.PPMID,
    "in-home-display": Type.IHD,
    "consumer-access-device": Type.CAD,
}
LOGS: Final = {
    "electricity-meter": ("event", "security", "power", "switch"),
    "gas-meter": ("event", "security"),
    "communications-hub": ("event", "security"),
}


@dataclass(frozen=True, slots=True)
class HomeDevice:
    """One device. `kind`: as jobs name it; `name`: in the premises that is trained with, "" in live work; `gpf`: of a
    hub, and of a gas meter the proxy that answers for it; `hub`: the CHF that it is listed at, "" unknown."""

    kind: str
    device_id: str = field(repr=False)
    name: str = ""
    gpf: str = field(default="", repr=False)
    hub: str = field(default="", repr=False)

    @property
    def title(self) -> str:
        """What it is, for people."""
        words = device_kind(self.kind)
        return words[:1].upper() + words[1:]

    @property
    def type(self) -> Type | None:
        """As DUIS calls it; None for what the DCC knows no such type of."""
        return TYPES.get(self.kind)

    @property
    def logs(self) -> tuple[str, ...]:
        """Which logs can be read of it, by probe or desk."""
        return LOGS.get(self.kind, ())

    @property
    def spoken(self) -> str:
        """All of it in words."""
        return ", ".join(filter(None, (self.title, self.name, self.device_id)))


@dataclass(frozen=True, slots=True)
class Item:
    """A setting of a device: what it holds, and who may change it. `by`: "probe" where this port lets an engineer
    write, "desk" where the supplier's desk has to be asked (`ask`: for what), "" where nobody changes it from here."""

    name: str
    label: str
    value: str
    by: str = ""
    ask: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a device was read to be: when it was confirmed, and by whose word. `notes`: what could not be read, and
    why."""

    lines: tuple[Line, ...]
    at: datetime
    by: str
    notes: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class LogTold:
    """A log as it was read."""

    entries: tuple[LogEntry, ...]
    at: datetime
    by: str


def devices_of_jobs(jobs: Iterable[Job]) -> tuple[HomeDevice, ...]:
    """The devices that these jobs name, each once."""
    found: dict[str, HomeDevice] = {}
    for job in jobs:
        hub = next((one for one in job.devices if one.type == "communications-hub"), None)
        gpf = str(getattr(hub, "gpf_id", "") or "")
        for one in job.devices:
            proxy = gpf if one.type in ("communications-hub", "gas-meter") else ""
            at = "" if hub is None else str(hub.device_id)
            found.setdefault(str(one.device_id), HomeDevice(one.type, str(one.device_id), "", proxy, at))
    return tuple(found.values())


def by_words(by: str) -> str:
    """Whose word it is."""
    return {
        "probe": _("the device itself, by the probe"),
        "desk": _("the supplier's desk, which asked the device"),
        "mirror": _("the hub's mirror, by the supplier's desk"),
        "both": _("the electricity meter by the probe, and hub and meter by the supplier's desk"),
    }[by]
