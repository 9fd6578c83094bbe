"""The bodies of service requests that the emulated supplier makes of asks, as the DUIS 5.4 schema has them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from hht.desk.asks import Ask
from hht.desk.kinds import AskKind
from hht.emulation.desk_requests import JOIN_S, TOLERANCE_S
from hht.identifiers.device_id import DeviceId
from hht.protocol.duis.bodies import (
    AnyBody,
    HubFaultReturn,
    HubInstalledWithoutWan,
    HubInstalledWithWan,
    HubReturn,
    OtherBody,
)
from hht.protocol.duis.services import service
from hht.protocol.duis.tree import Element, element
from hht.protocol.duis.values import written_moment
from hht.protocol.gbcs.device_types import DuisDeviceType as Type

Parts = tuple[Element, ...]
LOOK_BACK: Final = timedelta(days=30)  # of a log, where the ask says nothing


def local_body(ask: Ask, now: datetime, install_code: str = "") -> OtherBody | None:
    """The body of the request that asks for a finished command; None: the emulated supplier has it only over the WAN
    or in a pack. `install_code`: of the device to be let in, 32 hex digits."""
    maker = _BODIES.get(ask.kind) if (ask.kind, ask.type) not in _OVER_WAN else None
    found = service(ask.service)
    if maker is None or found is None:
        return None
    return OtherBody(element(found.element, "", *maker(ask, now, install_code)))


def notice_body(ask: Ask) -> AnyBody | None:
    """The body of a hub status notice (8.14.1 to 8.14.4); None: the ask is none."""
    maker = _NOTICES.get(ask.kind)
    return None if maker is None else maker(ask)


def _log_change(ask: Ask, _now: datetime, install_code: str) -> Parts:
    device = element("DeviceID", ask.details["other"])
    if ask.kind is AskKind.REMOVE:
        return device, element("RequestType", "Remove")
    parts = [
        element("JoinTimePeriod", ask.details.get("join_s", str(JOIN_S))),
        element("InstallCode", install_code),
    ]
    if "mpxn" in ask.details:
        parts.append(element("ImportMPxN", ask.details["mpxn"]))
    return device, element("RequestType", "Add"), element("AddDeviceToCHFWhitelist", "", *parts)


def _partner(ask: Ask, _now: datetime, _code: str) -> Parts:
    return (element("OtherDeviceID", ask.details["other"]),)


def _interval(ask: Ask, now: datetime, _code: str) -> Parts:
    tolerance = ask.details.get("tolerance_s", str(TOLERANCE_S))
    return element("CurrentDateTime", written_moment(now)), element("TolerancePeriod", tolerance)


def _mpxn(ask: Ask, _now: datetime, _code: str) -> Parts:
    if ask.type is Type.GSME:
        return (element("ImportMPRN", ask.details["mprn"]),)
    parts = [element("ImportMPAN", ask.details["mpan"])]
    if "secondary" in ask.details:
        parts.append(element("SecondaryImportMPAN", ask.details["secondary"]))
    return (element("ImportMPANs", "", *parts),)


def _conversion(ask: Ask, _now: datetime, _code: str) -> Parts:
    details = ask.details
    return (
        element("CalorificValue", details["calorific_value"]),
        element("ConversionFactor", details["conversion_factor"]),
    )


def _labels(ask: Ask, _now: datetime, _code: str) -> Parts:
    named = sorted((int(name.removeprefix("label_")), text) for name, text in ask.details.items())
    return tuple(
        element("ALCSHCALCSDescription", "", element("SwitchDescription", text), index=str(number))
        for number, text in named
    )


def _mode(ask: Ask, _now: datetime, _code: str) -> Parts:
    """What the emulated supplier sells as prepayment: time-based debts wait while there is no supply, and the supply
    ends with the credit."""
    if ask.details["mode"] == "credit":
        return (element("Credit"),)
    terms = {"SuspendDebtDisabled": "true", "SuspendDebtEmergency": "false", "DisablementThreshold": "0"}
    return (element("Prepayment", "", *(element(name, text) for name, text in terms.items())),)


def _device_log(ask: Ask, _now: datetime, _code: str) -> Parts:
    keys = ask.type is Type.CHF and ask.details.get("keys") == "yes"
    return (element("ReadSecurityDetails"),) if keys else ()


def _old_hub(ask: Ask, _now: datetime, _code: str) -> Parts:
    return (element("OldGPFID" if ask.type is Type.GPF else "OldCHFID", ask.details["old"]),)


def _log(ask: Ask, now: datetime, _code: str) -> Parts:
    since, until = ask.details.get("since"), ask.details.get("until")
    begins = datetime.fromisoformat(since) if since is not None else now - LOOK_BACK
    ends = datetime.fromisoformat(until) if until is not None else now
    period = (element("StartDateTime", written_moment(begins)), element("EndDateTime", written_moment(ends)))
    word = "Security" if ask.details["log"] == "security" else "Event"
    return element("ReadLogPeriod", "", *period), element("LogToRead", word)


def _nothing(_ask: Ask, _now: datetime, _code: str) -> Parts:
    return ()


_BODIES: Final[dict[AskKind, Callable[[Ask, datetime, str], Parts]]] = {
    AskKind.WHITELIST: _log_change,
    AskKind.REMOVE: _log_change,
    AskKind.READ_DEVICE_LOG: _device_log,
    AskKind.RESTORE_DEVICE_LOG: _old_hub,
    AskKind.JOIN: _partner,
    AskKind.UNJOIN: _partner,
    AskKind.COMMISSION: _interval,
    AskKind.SYNCHRONISE_CLOCK: _interval,
    AskKind.SET_MPAN: _mpxn,
    AskKind.SET_MPRN: _mpxn,
    AskKind.READ_MPXN: _nothing,
    AskKind.SET_OFFSET_LIMIT: lambda ask, _now, _code: (element("RandomisedOffsetLimit", ask.details["seconds"]),),
    AskKind.LABEL_SWITCHES: _labels,
    AskKind.SET_PAYMENT_MODE: _mode,
    AskKind.SET_CALORIFIC_VALUE: _conversion,
    AskKind.ENABLE_SUPPLY: _nothing,
    AskKind.DISABLE_SUPPLY: _nothing,
    AskKind.ARM_SUPPLY: _nothing,
    AskKind.READ_SUPPLY: _nothing,
    AskKind.READ_BALANCE: _nothing,
    AskKind.READ_PAYMENT_MODE: _nothing,
    AskKind.READ_LOG: _log,
    AskKind.READ_FIRMWARE: _nothing,
    AskKind.ACTIVATE_FIRMWARE: lambda ask, _now, _code: (element("FirmwareHash", ask.details["image_hash"]),),
}


# what the hub answers for a gas meter that sleeps
_OVER_WAN: Final = {(kind, Type.GPF) for kind in (AskKind.READ_SUPPLY, AskKind.READ_MPXN, AskKind.READ_PAYMENT_MODE)}


def _is(text: str) -> bool:
    return text == "yes"


def _time(ask: Ask) -> datetime | None:
    text = ask.details.get("installed")
    return None if text is None else datetime.fromisoformat(text)


def _installed(ask: Ask) -> HubInstalledWithWan:
    told = ask.details
    return HubInstalledWithWan(
        ask.device,
        told["install_type"],
        _time(ask),
        None,
        told["mpxn"],
        None,
        _is(told["aerial"]),
        told["location"],
        told.get("more"),
    )


def _installed_without_wan(ask: Ask) -> HubInstalledWithoutWan:
    told = ask.details
    return HubInstalledWithoutWan(
        ask.device,
        told["install_type"],
        _time(ask),
        None,
        told["mpxn"],
        None,
        _is(told["aerial"]),
        told["location"],
        told["premises"],
        _is(told["metal_checked"]),
        _is(told["connectivity_checked"]),
        _is(told["shared_checked"]),
        told.get("more"),
    )


def _faulty(ask: Ask) -> HubFaultReturn:
    told = ask.details
    other = DeviceId.parse(told["other"])
    connection, reason = told["connection"], told["reason"]
    return HubFaultReturn(
        ask.device, told["fault_found"], None, None, other, None, connection, reason, told.get("more")
    )


def _given_back(ask: Ask) -> HubReturn:
    return HubReturn(ask.device, ask.details["reason"], None, None, None, ask.details.get("more"))


_NOTICES: Final[dict[AskKind, Callable[[Ask], AnyBody]]] = {
    AskKind.HUB_INSTALLED: _installed,
    AskKind.HUB_INSTALLED_NO_WAN: _installed_without_wan,
    AskKind.HUB_FAULT_RETURN: _faulty,
    AskKind.HUB_RETURN: _given_back,
}
