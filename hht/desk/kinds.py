"""What can be asked of a desk, in the trade's words: for which devices, with which values, by which service request.

Service requests and who may send them: ``resources/catalogue/service_requests.json``; which joins are critical:
``join_matrix.toml``; install data of the hub: factbook 3.4 and 3.5.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from hht.desk import values
from hht.i18n import _
from hht.protocol.gbcs.device_types import DuisDeviceType as Type
from hht.protocol.gbcs.device_types import to_gbcs
from hht.work.join_matrix import LinkEnd, MatrixError, link_between


class AskKind(enum.StrEnum):
    """What is asked for. The last five ask the desk itself, and no service request comes of them."""

    WHITELIST = "whitelist"
    REMOVE = "remove"
    READ_DEVICE_LOG = "read-device-log"
    RESTORE_DEVICE_LOG = "restore-device-log"
    JOIN = "join"
    UNJOIN = "unjoin"
    COMMISSION = "commission"
    DECOMMISSION = "decommission"
    SYNCHRONISE_CLOCK = "synchronise-clock"
    SET_MPAN = "set-mpan"
    SET_MPRN = "set-mprn"
    READ_MPXN = "read-mpxn"
    SET_OFFSET_LIMIT = "set-randomised-offset-limit"
    LABEL_SWITCHES = "label-switches"
    SET_SWITCH_TIMES = "set-switch-times"
    CLOSE_SWITCH = "close-switch"
    OPEN_SWITCH = "open-switch"
    RELEASE_SWITCH = "release-switch"
    ADD_TO_BOOST = "add-to-boost"
    SET_TARIFF = "set-tariff"
    SET_PAYMENT_MODE = "set-payment-mode"
    SET_CALORIFIC_VALUE = "set-calorific-value"
    ENABLE_SUPPLY = "enable-supply"
    DISABLE_SUPPLY = "disable-supply"
    ARM_SUPPLY = "arm-supply"
    READ_SUPPLY = "read-supply"
    READ_BALANCE = "read-balance"
    READ_PAYMENT_MODE = "read-payment-mode"
    READ_LOG = "read-log"
    READ_FIRMWARE = "read-firmware"
    ACTIVATE_FIRMWARE = "activate-firmware"
    READ_REGISTERS = "read-registers"
    READ_DAYS = "read-days"
    READ_HALF_HOURS = "read-half-hours"
    READ_INVENTORY = "read-inventory"
    PRE_NOTIFY = "pre-notify"
    CHANGE_TENANCY = "change-tenancy"
    PAIR_DEVICE = "pair-device"
    HUB_INSTALLED = "hub-installed"
    HUB_INSTALLED_NO_WAN = "hub-installed-no-wan"
    HUB_FAULT_RETURN = "hub-fault-return"
    HUB_RETURN = "hub-return"
    CONFIRM_LOG_COPY = "confirm-log-copy"
    CONFIRM_PACK = "confirm-pack"
    READ_ENROLMENT = "read-enrolment"
    READ_DIAGNOSTICS = "read-diagnostics"
    RAISE_INCIDENT = "raise-incident"

    @property
    def words(self) -> str:
        """What it is, for people."""
        return _words()[self]

    @property
    def wording(self) -> Wording:
        """Devices, values, service request."""
        return KINDS[self]

    @property
    def to_device(self) -> bool:
        """Whether anything goes to a device; the rest is between the desk and the DCC, whatever the WAN does."""
        return self not in _AT_THE_CENTRE

    @property
    def changes(self) -> bool:
        """Whether a device is another one afterwards."""
        return self.to_device and self not in _READS

    @property
    def reads(self) -> bool:
        """Whether a device is asked for something and stays as it is: that can be asked again."""
        return self in _READS


@dataclass(frozen=True, slots=True)
class Field:
    """One value of an ask. `read` makes the one way of writing of what was typed; it raises ValueError or HhtError."""

    read: Callable[[str], str]
    must: bool = True
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """`services`: the Service Reference Variant by the type of the device that is asked for ("": none goes out)."""

    services: Mapping[Type, str]
    fields: Mapping[str, Field]


def _for(service: str, *types: Type) -> dict[Type, str]:
    return dict.fromkeys(types, service)


_METERS = (Type.ESME, Type.GSME)
_MIRRORED = (*_METERS, Type.GPF)  # the hub answers for a gas meter that sleeps
_JOINERS = (Type.ESME, Type.GSME, Type.GPF, Type.HCALCS, Type.PPMID)
_NONE: Final[Mapping[str, Field]] = {}
_OTHER = Field(values.device)
_PARTNER: Final = {"other": _OTHER, "other_type": Field(values.device_type)}
_JOIN: Final = dict.fromkeys((Type.ESME, Type.GSME, Type.HCALCS), "8.7.1") | _for("8.7.2", Type.GPF, Type.PPMID)
_UNJOIN: Final = dict.fromkeys((Type.ESME, Type.GSME, Type.HCALCS), "8.8.1") | _for("8.8.2", Type.GPF, Type.PPMID)
_SWITCHES: Final = range(1, 6)
_FOR_A_TIME: Final = {"switch": Field(values.number(1, 5)), "minutes": Field(values.number(1, 1440))}  # factbook 8
_PLACE: Final = {
    "mpxn": Field(values.mpxn),
    "installed": Field(values.moment, must=False),
    "aerial": Field(values.yes_or_no),
    "location": Field(values.listed("CHFLocation")),
    "more": Field(values.short_text, must=False),
}
# What an incident about a hub is about, as codes: no words of anybody's life stand in it
INCIDENTS: Final = ("no-wan", "no-han", "lights-fault", "restarts", "readings-stop", "other")
KINDS: Final[Mapping[AskKind, Wording]] = {
    AskKind.WHITELIST: Wording(
        _for("8.11", Type.CHF),
        {
            **_PARTNER,
            "install_code": Field(values.install_code, must=False, secret=True),
            "join_s": Field(values.number(1, 3600), must=False),
            "mpxn": Field(values.mpxn, must=False),
        },
    ),
    AskKind.REMOVE: Wording(_for("8.11", Type.CHF), {"other": _OTHER}),
    AskKind.READ_DEVICE_LOG: Wording(_for("8.9", Type.CHF, *_JOINERS), {"keys": Field(values.yes_or_no, must=False)}),
    AskKind.RESTORE_DEVICE_LOG: Wording({Type.CHF: "8.12.1", Type.GPF: "8.12.2"}, {"old": _OTHER}),
    AskKind.JOIN: Wording(_JOIN, _PARTNER),
    AskKind.UNJOIN: Wording(_UNJOIN, _PARTNER),
    AskKind.COMMISSION: Wording(_for("8.1.1", *_METERS), {"tolerance_s": Field(values.number(1, 86400), must=False)}),
    AskKind.DECOMMISSION: Wording(_for("8.3", Type.CHF, *_JOINERS), _NONE),
    AskKind.SYNCHRONISE_CLOCK: Wording(
        _for("6.11", *_METERS), {"tolerance_s": Field(values.number(1, 86400), must=False)}
    ),
    AskKind.SET_MPAN: Wording(
        _for("6.20.1", Type.ESME), {"mpan": Field(values.mpan), "secondary": Field(values.mpan, must=False)}
    ),
    AskKind.SET_MPRN: Wording(_for("6.20.1", Type.GSME), {"mprn": Field(values.mprn)}),
    AskKind.READ_MPXN: Wording(_for("6.2.7", *_MIRRORED), _NONE),
    AskKind.SET_OFFSET_LIMIT: Wording(_for("7.12", Type.ESME), {"seconds": Field(values.number(0, 1799))}),
    AskKind.LABEL_SWITCHES: Wording(
        _for("6.14.1", Type.ESME), {f"label_{n}": Field(values.switch_label, must=False) for n in _SWITCHES}
    ),
    AskKind.SET_SWITCH_TIMES: Wording(
        _for("6.14.2", Type.ESME),
        {f"{days}_{n}": Field(values.on_times, must=False) for n in _SWITCHES for days in ("times", "weekend")},
    ),
    AskKind.CLOSE_SWITCH: Wording(_for("7.5", Type.ESME), _FOR_A_TIME),
    AskKind.OPEN_SWITCH: Wording(_for("7.6", Type.ESME), _FOR_A_TIME),
    AskKind.RELEASE_SWITCH: Wording(_for("7.8", Type.ESME), {"switch": Field(values.number(1, 5))}),
    AskKind.ADD_TO_BOOST: Wording(_for("7.9", Type.ESME), {"switches": Field(values.switches)}),
    AskKind.SET_TARIFF: Wording(_for("1.1.1", *_METERS), {"tariff": Field(values.short_text)}),
    AskKind.SET_PAYMENT_MODE: Wording(_for("1.6", *_METERS), {"mode": Field(values.one_of("credit", "prepayment"))}),
    AskKind.SET_CALORIFIC_VALUE: Wording(
        _for("6.6", Type.GSME),
        {"calorific_value": Field(values.decimal(1, 99, 1)), "conversion_factor": Field(values.decimal(0.5, 2, 5))},
    ),
    AskKind.ENABLE_SUPPLY: Wording(_for("7.1", Type.ESME), _NONE),
    AskKind.DISABLE_SUPPLY: Wording(_for("7.2", *_METERS), _NONE),
    AskKind.ARM_SUPPLY: Wording(_for("7.3", *_METERS), _NONE),
    AskKind.READ_SUPPLY: Wording(_for("7.4", *_MIRRORED), _NONE),
    AskKind.READ_BALANCE: Wording(_for("4.18", *_METERS), _NONE),
    AskKind.READ_PAYMENT_MODE: Wording(_for("6.2.9", *_MIRRORED), _NONE),
    AskKind.READ_LOG: Wording(
        _for("6.13", Type.CHF, *_METERS),
        {
            "log": Field(values.one_of("event", "security")),
            "since": Field(values.moment, must=False),
            "until": Field(values.moment, must=False),
        },
    ),
    AskKind.READ_FIRMWARE: Wording(_for("11.2", *_METERS, Type.GPF), _NONE),
    AskKind.ACTIVATE_FIRMWARE: Wording(_for("11.3", *_METERS), {"image_hash": Field(values.image_hash)}),
    AskKind.READ_REGISTERS: Wording(_for("4.1.1", Type.GPF), _NONE),
    AskKind.READ_DAYS: Wording(_for("4.17", Type.ESME, Type.GPF), _NONE),
    AskKind.READ_HALF_HOURS: Wording(
        _for("4.8.1", Type.ESME, Type.GPF), {"since": Field(values.moment), "until": Field(values.moment)}
    ),
    AskKind.READ_INVENTORY: Wording(_for("8.2", *Type), _NONE),
    AskKind.PRE_NOTIFY: Wording(_for("12.2", *Type), _NONE),
    AskKind.CHANGE_TENANCY: Wording(_for("3.2", Type.ESME, Type.GPF), {"since": Field(values.moment, must=False)}),
    AskKind.PAIR_DEVICE: Wording(_for("8.11", Type.CHF), _PARTNER),
    AskKind.HUB_INSTALLED: Wording(
        _for("8.14.1", Type.CHF), {"install_type": Field(values.listed("CHFInstallType")), **_PLACE}
    ),
    AskKind.HUB_INSTALLED_NO_WAN: Wording(
        _for("8.14.2", Type.CHF),
        {
            "install_type": Field(values.listed("CHFInstallType")),
            **_PLACE,
            "premises": Field(values.listed("PremiseType")),
            "metal_checked": Field(values.yes_or_no),
            "connectivity_checked": Field(values.yes_or_no),
            "shared_checked": Field(values.yes_or_no),
        },
    ),
    AskKind.HUB_FAULT_RETURN: Wording(
        _for("8.14.3", Type.CHF),
        {
            "fault_found": Field(values.listed("CHFFaultReturnType")),
            "other": _OTHER,
            "connection": Field(values.listed("CHFConnectionMethod")),
            "reason": Field(values.listed("CHFFaultReason")),
            "more": Field(values.short_text, must=False),
        },
    ),
    AskKind.HUB_RETURN: Wording(
        _for("8.14.4", Type.CHF),
        {"reason": Field(values.listed("CHFNoFaultReturnType")), "more": Field(values.short_text, must=False)},
    ),
    AskKind.CONFIRM_LOG_COPY: Wording(_for("", Type.CHF), {"since": Field(values.moment, must=False)}),
    AskKind.CONFIRM_PACK: Wording(_for("", *Type), {"pack": Field(values.short_text)}),
    AskKind.READ_ENROLMENT: Wording(_for("", Type.CHF), _NONE),
    AskKind.READ_DIAGNOSTICS: Wording(_for("", Type.CHF), _NONE),
    AskKind.RAISE_INCIDENT: Wording(
        _for("", Type.CHF),
        {"about": Field(values.one_of(*INCIDENTS)), "explained": Field(values.yes_or_no), "party": Field(values.label)},
    ),
}
_AT_THE_CENTRE: Final = frozenset(
    {
        AskKind.READ_INVENTORY,
        AskKind.PRE_NOTIFY,
        AskKind.DECOMMISSION,
        AskKind.HUB_INSTALLED,
        AskKind.HUB_INSTALLED_NO_WAN,
        AskKind.HUB_FAULT_RETURN,
        AskKind.HUB_RETURN,
        AskKind.CONFIRM_LOG_COPY,
        AskKind.CONFIRM_PACK,
        AskKind.READ_ENROLMENT,
        AskKind.READ_DIAGNOSTICS,
        AskKind.RAISE_INCIDENT,
    }
)
_READS: Final = frozenset(
    {
        AskKind.READ_DEVICE_LOG,
        AskKind.READ_MPXN,
        AskKind.READ_SUPPLY,
        AskKind.READ_BALANCE,
        AskKind.READ_PAYMENT_MODE,
        AskKind.READ_LOG,
        AskKind.READ_FIRMWARE,
        AskKind.READ_REGISTERS,
        AskKind.READ_DAYS,
        AskKind.READ_HALF_HOURS,
    }
)


def service_of(kind: AskKind, device: Type, other: Type | None = None) -> str:
    """The Service Reference Variant by which a desk sees to it; "": none goes out.

    Raises KeyError for a device of another type, MatrixError for a join of two that are never joined.
    """
    found = KINDS[kind].services[device]
    if other is None or kind not in (AskKind.JOIN, AskKind.UNJOIN):
        return found
    end = end_of(device, other)
    return end.join.service if kind is AskKind.JOIN else end.unjoin.service


def end_of(device: Type, other: Type) -> LinkEnd:
    """What is commanded at `device` where it is joined to `other`. Raises MatrixError where nothing is."""
    link = link_between(to_gbcs(device), to_gbcs(other))
    for end in link.ends:
        if end.at is to_gbcs(device):
            return end
    raise MatrixError(
        _("A {device} takes no command where it is joined to a {other}.").format(device=device, other=other),
        remedy=_("Ask for it at the {other} alone.").format(other=other),
    )


def _words() -> dict[AskKind, str]:
    return {
        AskKind.WHITELIST: _("let a device into the hub's Device Log"),
        AskKind.REMOVE: _("take a device out of the hub's Device Log"),
        AskKind.READ_DEVICE_LOG: _("read the Device Log"),
        AskKind.RESTORE_DEVICE_LOG: _("restore the Device Log from an older hub's"),
        AskKind.JOIN: _("join it to another device"),
        AskKind.UNJOIN: _("unjoin it from another device"),
        AskKind.COMMISSION: _("commission it"),
        AskKind.DECOMMISSION: _("decommission it"),
        AskKind.SYNCHRONISE_CLOCK: _("synchronise its clock"),
        AskKind.SET_MPAN: _("set its import MPAN"),
        AskKind.SET_MPRN: _("set its MPRN"),
        AskKind.READ_MPXN: _("read its MPAN or MPRN"),
        AskKind.SET_OFFSET_LIMIT: _("set its Randomised Offset Limit"),
        AskKind.LABEL_SWITCHES: _("label its auxiliary switches"),
        AskKind.SET_SWITCH_TIMES: _("set the switching times of its auxiliary switches, all of them anew"),
        AskKind.CLOSE_SWITCH: _("close an auxiliary switch for so many minutes"),
        AskKind.OPEN_SWITCH: _("open an auxiliary switch for so many minutes"),
        AskKind.RELEASE_SWITCH: _("give an auxiliary switch back to its calendar"),
        AskKind.ADD_TO_BOOST: _("have its boost button close auxiliary switches"),
        AskKind.SET_TARIFF: _("set its tariff"),
        AskKind.SET_PAYMENT_MODE: _("set its payment mode"),
        AskKind.SET_CALORIFIC_VALUE: _("set calorific value and conversion factor"),
        AskKind.ENABLE_SUPPLY: _("enable the supply"),
        AskKind.DISABLE_SUPPLY: _("disable the supply"),
        AskKind.ARM_SUPPLY: _("arm the supply"),
        AskKind.READ_SUPPLY: _("read the state of the supply"),
        AskKind.READ_BALANCE: _("read its balance"),
        AskKind.READ_PAYMENT_MODE: _("read its payment mode"),
        AskKind.READ_LOG: _("read its Event Log or Security Log"),
        AskKind.READ_FIRMWARE: _("read its firmware version"),
        AskKind.ACTIVATE_FIRMWARE: _("activate the firmware image that it holds"),
        AskKind.READ_REGISTERS: _("read the registers of gas that the hub mirrors"),
        AskKind.READ_DAYS: _("read its Daily Consumption Log"),
        AskKind.READ_HALF_HOURS: _("read its half-hourly profile between two times"),
        AskKind.READ_INVENTORY: _("look it up in the inventory"),
        AskKind.PRE_NOTIFY: _("notify it to the inventory"),
        AskKind.CHANGE_TENANCY: _("restrict access for a change of tenancy"),
        AskKind.PAIR_DEVICE: _("pair a device for the customer who rings"),
        AskKind.HUB_INSTALLED: _("tell that the hub is installed and on the WAN"),
        AskKind.HUB_INSTALLED_NO_WAN: _("tell that the hub is installed without WAN"),
        AskKind.HUB_FAULT_RETURN: _("tell that the hub goes back with a fault"),
        AskKind.HUB_RETURN: _("tell that the hub goes back without a fault, or is lost"),
        AskKind.CONFIRM_LOG_COPY: _("confirm that the centre's copy of the Device Log is up to date"),
        AskKind.CONFIRM_PACK: _("confirm that the command pack still holds"),
        AskKind.READ_ENROLMENT: _("say how the SMETS1 site of the hub stands with the DCC"),
        AskKind.READ_DIAGNOSTICS: _("show the hub's diagnostics of the self-service interface"),
        AskKind.RAISE_INCIDENT: _("raise an incident about the hub"),
    }
