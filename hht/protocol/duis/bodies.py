"""What a service request asks: the bodies that this terminal's work makes and meets, field by field.

Order, limits and words are those of the DUIS 5.4 schema (8.13, 8.14.1 to 8.14.4, SignedPreCommand). Every other body is
kept as it came (`OtherBody`): what it asks is between the supplier and the DCC.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from hht.identifiers.device_id import DeviceId
from hht.protocol.duis import values
from hht.protocol.duis.sequence import Sequence
from hht.protocol.duis.tree import Element, element, of
from hht.protocol.duis.values import RequestId


class Slot(NamedTuple):
    """One element of a body: its name, how it is read, how it is written, whether it must be there."""

    name: str
    read: Callable[[Element], Any]
    write: Callable[[Any], str] = str
    must: bool = True


def _word(value: bool) -> str:
    return "true" if value else "false"


def _device(name: str) -> Slot:
    return Slot(name, values.eui)


def _time(name: str) -> Slot:
    return Slot(name, values.moment, values.written_moment, must=False)


def _yes_or_no(name: str) -> Slot:
    return Slot(name, values.truth, _word)


LISTS: dict[str, tuple[str, ...]] = {}  # what the schema lists for an element, by its name


def _listed(name: str, *words: str) -> Slot:
    LISTS[name] = words
    return Slot(name, values.one_of(words))


_USER_REFERENCE = Slot("UserRefID", values.text(25), must=False)
_GIS = Slot("GISData", values.text(25), must=False)
_INCIDENT = Slot("IncidentReference", values.text(15), must=False)
_MORE = Slot("AdditionalInformation", values.text(200), must=False)
_MPXN = Slot("MPxN", values.text(13, 1))
_INSTALL_TYPE = _listed("CHFInstallType", "New CHF Install", "Replacement CHF Install", "CHF Install - no SM WAN")
_LOCATION = _listed("CHFLocation", "Outside Premises", "Indoors on external wall", "Deep indoors", "Basement or Cellar")
_PREMISES = _listed(
    "PremiseType",
    "Detached / Semi Detached",
    "Terraced",
    "Low Rise Apartment (MDU <= 5 floors)",
    "High Rise Apartment (MDU > 5 floors)",
)
_FAULT_FOUND = _listed(
    "CHFFaultReturnType", "Fault identified prior to installation", "Fault identified post installation"
)
_CONNECTION = _listed("CHFConnectionMethod", "Hot-shoe", "Cradle", "ESME")
_FAULT_REASON = _listed(
    "CHFFaultReason",
    "Damaged case",
    "Damaged Connector",
    "Illegal interference or missing seals",
    "Environmental conditions exceeded",
    "SM WAN Fault",
    "SMHAN Interface Fault",
    "LED Fault",
    "Aerial fault",
    "Manufacturing defect",
)
_NO_FAULT_KIND = _listed(
    "CHFNoFaultReturnType",
    "No Fault Return (general)",
    "No Fault Return (non-dom opt out)",
    "No Fault Return (dual supplier HAN variant replacement)",
    "No Fault Return (SM WAN variant replacement requested by DCC)",
    "Lost or Stolen Hub",
)


@dataclass(frozen=True, slots=True)
class Body:
    """The fields of a class stand in the order of its `SLOTS`; None: the element is left out."""

    NAME: ClassVar[str]
    SLOTS: ClassVar[tuple[Slot, ...]]

    def written(self) -> Element:
        """Its element."""
        held = [getattr(self, field.name) for field in fields(self)]
        pairs = zip(self.SLOTS, held, strict=True)
        return of(self.NAME, [element(slot.name, slot.write(value)) for slot, value in pairs if value is not None])


@dataclass(frozen=True, slots=True)
class ReturnLocalCommandResponse(Body):
    """8.13: what a device answered to a command that was delivered on site, octet for octet as it came."""

    original_request: RequestId | None
    response: bytes

    NAME = "ReturnLocalCommandResponse"
    SLOTS = (
        Slot("OriginalRequestID", values.request_id, must=False),
        Slot("DeviceGBCSResponse", values.octets, values.written_octets),
    )


@dataclass(frozen=True, slots=True)
class SignedPreCommand(Body):
    """The pre-command that its originator has signed, for command variants 5, 6 and 7. Future-dated by `execution`."""

    execution: datetime | None
    payload: bytes

    NAME = "SignedPreCommand"
    SLOTS = (_time("ExecutionDateTime"), Slot("GBCSPayload", values.octets, values.written_octets))


@dataclass(frozen=True, slots=True)
class HubInstalledWithWan(Body):
    """8.14.1 CHFInstallSuccessSMWAN: the hub is in its place and reaches the WAN."""

    device: DeviceId
    install_type: str
    installed: datetime | None
    user_reference: str | None
    mpxn: str
    gis: str | None
    aerial: bool
    location: str
    more: str | None = None

    NAME = "CHFInstallSuccessSMWAN"
    SLOTS = (
        _device("DeviceID"),
        _INSTALL_TYPE,
        _time("InstallDateTime"),
        _USER_REFERENCE,
        _MPXN,
        _GIS,
        _yes_or_no("AerialInstall"),
        _LOCATION,
        _MORE,
    )


@dataclass(frozen=True, slots=True)
class HubInstalledWithoutWan(Body):
    """8.14.2 CHFInstallSuccessNoSMWAN: in its place, without the WAN, and what was looked at before leaving it so."""

    device: DeviceId
    install_type: str
    installed: datetime | None
    user_reference: str | None
    mpxn: str
    gis: str | None
    aerial: bool
    location: str
    premises: str
    metal_checked: bool
    connectivity_checked: bool
    shared_checked: bool
    more: str | None = None

    NAME = "CHFInstallSuccessNoSMWAN"
    SLOTS = (
        *HubInstalledWithWan.SLOTS[:-1],
        _PREMISES,
        _yes_or_no("MetalObstructionCheck"),
        _yes_or_no("ConnectivityObstructionCheck"),
        _yes_or_no("SharedObstructionCheck"),
        _MORE,
    )


@dataclass(frozen=True, slots=True)
class HubFaultReturn(Body):
    """8.14.3 CHFFaultReturn: the hub goes back, something is wrong with it. `other_device`: GPF or ESME beside it."""

    device: DeviceId
    fault_found: str
    time: datetime | None
    user_reference: str | None
    other_device: DeviceId
    incident: str | None
    connection: str
    reason: str
    more: str | None = None

    NAME = "CHFFaultReturn"
    SLOTS = (
        _device("DeviceID"),
        _FAULT_FOUND,
        _time("UserRefDateTime"),
        _USER_REFERENCE,
        _device("OtherDeviceID"),
        _INCIDENT,
        _CONNECTION,
        _FAULT_REASON,
        _MORE,
    )


@dataclass(frozen=True, slots=True)
class HubReturn(Body):
    """8.14.4 CHFNoFaultReturn: the hub goes back, or is lost, and nothing is wrong with it."""

    device: DeviceId
    reason: str
    time: datetime | None
    user_reference: str | None
    incident: str | None
    more: str | None = None

    NAME = "CHFNoFaultReturn"
    SLOTS = (_device("DeviceID"), _NO_FAULT_KIND, _time("UserRefDateTime"), _USER_REFERENCE, _INCIDENT, _MORE)


@dataclass(frozen=True, slots=True)
class OtherBody:
    """A body whose fields are not looked at here."""

    asked: Element

    def written(self) -> Element:
        """Its element, as it came."""
        return self.asked


AnyBody = Body | OtherBody
_KNOWN: dict[str, type[Body]] = {
    kind.NAME: kind
    for kind in (
        ReturnLocalCommandResponse,
        SignedPreCommand,
        HubInstalledWithWan,
        HubInstalledWithoutWan,
        HubFaultReturn,
        HubReturn,
    )
}


def read_body(asked: Element) -> AnyBody:
    """The body that `asked` is. Raises StructureError and ValueRefused for fields that are not as they should be."""
    kind = _KNOWN.get(asked.name)
    if kind is None:
        return OtherBody(asked)
    inside = Sequence(asked)
    found = [(inside.must if slot.must else inside.may)(slot.name, slot.read) for slot in kind.SLOTS]
    inside.end()
    return kind(*found)
