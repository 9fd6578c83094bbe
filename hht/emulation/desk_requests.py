"""What an emulated supplier's desk makes of an ask: which of its users sends what to which device, over the WAN."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Final

from hht.desk.asks import Ask
from hht.desk.errors import AskRefused
from hht.desk.kinds import AskKind, end_of
from hht.emulation.gbcs.joins import JOINS, UNJOINS
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.identifiers.install_code import InstallCode
from hht.model.commands import Command
from hht.model.communications_hub.backup import LogBackup, RestoreDeviceLog, RestoreGpfLog
from hht.model.communications_hub.commands import (
    AddToDeviceLog,
    ReadDeviceLog,
    ReadDeviceLogs,
    RemoveFromDeviceLog,
)
from hht.model.communications_hub.hub import CommunicationsHub
from hht.model.device import Device, DeviceKind
from hht.model.electricity_meter.load_control import SWITCHES, SetBoost, SetCalendars, SetLabels, SetSwitch
from hht.model.electricity_meter.meter import ElectricityMeter
from hht.model.electricity_meter.randomised_offset import UpdateRandomisedOffsetLimit
from hht.model.electricity_meter.supply import ArmSupply, DisableSupply, EnableSupply, ReadSupplyState
from hht.model.electricity_meter.supply_points import ReadMpans, SetImportMpan
from hht.model.features.calendar import Calendar, DayProfile, Season, every_day
from hht.model.features.clock_setting import SetClock, SetGasClock
from hht.model.features.firmware import ActivateFirmware, ReadFirmwareVersion, ReadGasFirmwareVersion
from hht.model.features.logs_read import (
    ReadEventLog,
    ReadHubEventLog,
    ReadHubSecurityLog,
    ReadSecurityLog,
    ReadZigbeeEventLog,
    ReadZigbeeSecurityLog,
)
from hht.model.features.profile_read import ReadGasProfile, ReadImportProfile
from hht.model.features.stores import ReadDailyConsumption, ReadGasDailyConsumption
from hht.model.features.tariff import SetGasTariff, SetTariff
from hht.model.features.tariff_plan import TariffPlan
from hht.model.features.tenancy import ChangeGasTenancy, ChangeTenancy
from hht.model.gas_meter.mprn import ReadMprn, SetMprn
from hht.model.gas_meter.registers import ReadGasMeterBalance, ReadGasRegisters
from hht.model.gas_meter.valve import ArmValve, CloseValve, ReadValve
from hht.model.gas_meter.volume import Conversion, SetConversion
from hht.model.han.joins import JoinMethod, ReadJoinDetails
from hht.model.parties import UserRole
from hht.model.premises import Premises
from hht.model.prepayment.commands import (
    ReadGasPaymentMode,
    ReadMeterBalance,
    ReadPaymentMode,
    SetCreditMode,
    SetGasCreditMode,
    SetGasPrepaymentMode,
    SetPrepaymentMode,
)
from hht.model.site import to_ms
from hht.protocol.gbcs.device_types import DuisDeviceType as Type

TOLERANCE_S: Final = 3600  # of a clock, where the ask names none: a gas meter sleeps for half of that
JOIN_S: Final = 3600
_KINDS: Final = {
    Type.ESME: DeviceKind.ESME,
    Type.GSME: DeviceKind.GSME,
    Type.GPF: DeviceKind.GPF,
    Type.CHF: DeviceKind.COMMUNICATIONS_HUB,
    Type.HCALCS: DeviceKind.HCALCS,
    Type.PPMID: DeviceKind.PPMID,
    Type.IHD: DeviceKind.IHD,
    Type.CAD: DeviceKind.CAD,
}
_TARIFFS: Final = {  # what the emulated supplier sells
    "STANDARD": TariffPlan("STANDARD"),
    "SAVER": TariffPlan("SAVER", prices=((24_500,),), standing_charge=60_000),
    "NIGHT": TariffPlan("NIGHT", every_day(((1800, 2), (27_000, 1))), ((28_000,), (9_500,))),  # 00:30 to 07:30
    "BLOCKS": TariffPlan("BLOCKS", prices=((30_000, 22_000),), thresholds_wh=(2_000_000,)),
}


def role_of(ask: Ask) -> UserRole:
    """Which supplier's business it is: gas devices the gas supplier's, all others the electricity supplier's."""
    return UserRole.GAS_SUPPLIER if ask.type in (Type.GSME, Type.GPF) else UserRole.IMPORT_SUPPLIER


def device_of(ask: Ask, premises: Premises) -> Device:
    """The device that is asked for. Raises AskRefused where the premises has none, or one of another kind."""
    found = _named(premises, str(ask.device))
    if found is None or found.kind is not _KINDS[ask.type]:
        raise AskRefused(
            _("The desk knows no {type} with the Device ID {device} at this premises.").format(
                type=ask.type, device=ask.device
            ),
            remedy=_("Scan the label again, and ask for the device that stands there."),
            code="desk-unknown-device",
        )
    return found


def _named(premises: Premises, device_id: str) -> Device | None:
    everything: list[Device] = [*premises.devices, *(hub.gpf for hub in premises.of(CommunicationsHub))]
    return next((device for device in everything if device.identity.device_id == device_id), None)


def type_of(device_id: DeviceId, premises: Premises) -> Type:
    """Which type a device is of, as DUIS names it. Raises AskRefused for one that is not at the premises."""
    found = _named(premises, str(device_id))
    known = next((type_ for type_, kind in _KINDS.items() if found is not None and found.kind is kind), None)
    if known is None:
        raise AskRefused(
            _("{device} is not in the inventory of this premises.").format(device=device_id),
            remedy=_("Scan its label again; the desk notifies a device before the visit."),
            code="desk-unknown-device",
        )
    return known


def command_of(ask: Ask, premises: Premises) -> Command:
    """What the model is asked. Raises AskRefused where the desk lacks something that it needs for it."""
    return _MAKERS[ask.kind](ask, premises)


def _whitelisted(ask: Ask, premises: Premises) -> Command:
    other = _named(premises, ask.details["other"])
    books = premises.centre.inventory.assets if premises.centre is not None else None
    if other is not None and books is not None and ask.details["other"] not in books:
        raise AskRefused(
            _("{device} is not in the inventory.").format(device=ask.details["other"]),
            remedy=_("Have it notified first (service request 12.2), then ask again."),
            code="desk-not-notified",
        )
    given = ask.details.get("install_code")
    code = InstallCode(given) if given is not None else None
    if code is None and other is not None and other.node is not None:
        code = other.node.install_code  # the supplier has it from the device's maker
    kind = _KINDS[_other_type(ask)]
    if code is None:
        raise AskRefused(
            _("The desk has no install code of {device}.").format(device=ask.details["other"]),
            remedy=_("Ask again with the install code from its label."),
            code="desk-no-install-code",
        )
    return AddToDeviceLog(ask.details["other"], kind, code, int(ask.details.get("join_s", JOIN_S)))


def _other_type(ask: Ask) -> Type:
    assert ask.other_type is not None  # a value that such an ask must have
    return ask.other_type


def _join(ask: Ask, _premises: Premises) -> Command:
    end = end_of(ask.type, _other_type(ask)).join
    assert end.method is not None  # of every Join
    kind = _KINDS[_other_type(ask)]
    return JOINS[end.code](JoinMethod(end.method), ask.details["other"], kind, end.certificate)


def _unjoin(ask: Ask, _premises: Premises) -> Command:
    return UNJOINS[end_of(ask.type, _other_type(ask)).unjoin.code](ask.details["other"])


def _clock(ask: Ask, premises: Premises) -> Command:
    tolerance_s = int(ask.details.get("tolerance_s", TOLERANCE_S))
    return (SetGasClock if ask.type is Type.GSME else SetClock)(premises.site.now_ms, tolerance_s)


def _tariff(ask: Ask, _premises: Premises) -> Command:
    plan = _TARIFFS.get(ask.details["tariff"].upper())
    if plan is None:
        raise AskRefused(
            _("The desk sells no tariff “{name}”.").format(name=ask.details["tariff"]),
            remedy=_("Choose one of: {names}.").format(names=", ".join(_TARIFFS)),
            code="desk-unknown-tariff",
        )
    return (SetGasTariff if ask.type is Type.GSME else SetTariff)(plan)


def _tenancy(ask: Ask, premises: Premises) -> Command:
    since = ask.details.get("since")
    since_ms = to_ms(datetime.fromisoformat(since)) if since is not None else premises.site.now_ms
    return (ChangeGasTenancy if ask.type is Type.GPF else ChangeTenancy)(since_ms)


def _mode(ask: Ask, _premises: Premises) -> Command:
    if ask.details["mode"] == "credit":
        return SetGasCreditMode() if ask.type is Type.GSME else SetCreditMode()
    return SetGasPrepaymentMode() if ask.type is Type.GSME else SetPrepaymentMode()


def _labels(ask: Ask, _premises: Premises) -> Command:
    labels = tuple((int(name.removeprefix("label_")), text) for name, text in ask.details.items())
    if not labels:
        raise AskRefused(_("No label is named."), remedy=_("Name a label for a switch, 1 to 5."), code="desk-no-value")
    return SetLabels(labels)


def _calendars(ask: Ask, _premises: Premises) -> Command:
    """Each switch that has times gets them; the others none."""
    found = []
    for number in range(1, SWITCHES + 1):
        workdays = ask.details.get(f"times_{number}", "")
        weekends = ask.details.get(f"weekend_{number}", workdays)
        if workdays or weekends:
            days = {"workday": _profile(workdays), "weekend": _profile(weekends)}
            season = Season((1, 1), (*(("workday",) * 5), "weekend", "weekend"))
            found.append((number, Calendar(days, (season,))))
    return SetCalendars(tuple(found))


def _profile(times: str) -> DayProfile:
    entries: dict[int, int] = {}
    for span in filter(None, times.split(",")):
        begins, ends = (int(time[:2]) * 3600 + int(time[3:]) * 60 for time in span.split("-"))
        entries[begins] = 1
        entries[ends] = 0
    return DayProfile(tuple(sorted(entries.items())))


def _held(ask: Ask, *, closed: bool) -> Command:
    """At once: who stands before the switch does not wait for the Randomised Offset (factbook 2.4)."""
    return SetSwitch(int(ask.details["switch"]), closed, int(ask.details["minutes"]))


def _boost(ask: Ask, premises: Premises) -> Command:
    """Those that it closes already, and these."""
    meter = device_of(ask, premises)
    assert isinstance(meter, ElectricityMeter)
    known = {number for number, switch in meter.load_control.switches.items() if switch.plan.boost}
    return SetBoost(frozenset(known | {int(number) for number in ask.details["switches"].split(",")}))


def conversion_of(ask: Ask) -> Conversion:
    """Calorific value in tenths of MJ/m3, factor in hundred-thousandths; what is finer is cut."""
    return Conversion(
        int(Decimal(ask.details["calorific_value"]) * 10), int(Decimal(ask.details["conversion_factor"]) * 100_000)
    )


def _restored(ask: Ask, premises: Premises) -> Command:
    copy = backup_of(ask, premises)
    return RestoreGpfLog(copy) if ask.type is Type.GPF else RestoreDeviceLog(copy)


def backup_of(ask: Ask, premises: Premises) -> LogBackup:
    """The centre's copy of the older hub's logs. Raises AskRefused where it has none."""
    found = premises.centre.hub_logs.copy_of(ask.details["old"]) if premises.centre is not None else None
    if found is None:
        raise AskRefused(
            _("The centre has no copy of the Device Log of {hub}.").format(hub=ask.details["old"]),
            remedy=_("Check the old hub's ID; without a copy each device has to be let in again."),
            code="desk-no-copy",
        )
    return found


def _device_log(ask: Ask, _premises: Premises) -> Command:
    if ask.type is not Type.CHF:
        return ReadJoinDetails()
    return ReadDeviceLogs() if ask.details.get("keys") == "yes" else ReadDeviceLog()


_LOGS: Final[dict[Type, tuple[type[Command], type[Command]]]] = {
    Type.ESME: (ReadEventLog, ReadSecurityLog),
    Type.GSME: (ReadZigbeeEventLog, ReadZigbeeSecurityLog),
    Type.CHF: (ReadHubEventLog, ReadHubSecurityLog),
}


def _log(ask: Ask, _premises: Premises) -> Command:
    event, security = _LOGS[ask.type]
    return security() if ask.details["log"] == "security" else event()


def _half_hours(ask: Ask, _premises: Premises) -> Command:
    since_s, until_s = (int(datetime.fromisoformat(ask.details[name]).timestamp()) for name in ("since", "until"))
    return (ReadGasProfile if ask.type is Type.GPF else ReadImportProfile)(since_s, until_s)


def _by_fuel(electricity: Callable[[], Command], gas: Callable[[], Command]) -> Callable[[Ask, Premises], Command]:
    return lambda ask, _premises: gas() if ask.type in (Type.GSME, Type.GPF) else electricity()


_MAKERS: Final[dict[AskKind, Callable[[Ask, Premises], Command]]] = {
    AskKind.WHITELIST: _whitelisted,
    AskKind.REMOVE: lambda ask, _premises: RemoveFromDeviceLog(ask.details["other"]),
    AskKind.READ_DEVICE_LOG: _device_log,
    AskKind.RESTORE_DEVICE_LOG: _restored,
    AskKind.JOIN: _join,
    AskKind.UNJOIN: _unjoin,
    AskKind.COMMISSION: _clock,
    AskKind.SYNCHRONISE_CLOCK: _clock,
    AskKind.SET_MPAN: lambda ask, _premises: SetImportMpan(ask.details["mpan"], ask.details.get("secondary", "")),
    AskKind.SET_MPRN: lambda ask, _premises: SetMprn(ask.details["mprn"]),
    AskKind.READ_MPXN: _by_fuel(ReadMpans, ReadMprn),
    AskKind.SET_OFFSET_LIMIT: lambda ask, _premises: UpdateRandomisedOffsetLimit(int(ask.details["seconds"])),
    AskKind.LABEL_SWITCHES: _labels,
    AskKind.SET_SWITCH_TIMES: _calendars,
    AskKind.CLOSE_SWITCH: lambda ask, _premises: _held(ask, closed=True),
    AskKind.OPEN_SWITCH: lambda ask, _premises: _held(ask, closed=False),
    AskKind.RELEASE_SWITCH: lambda ask, _premises: SetSwitch(int(ask.details["switch"]), None),
    AskKind.ADD_TO_BOOST: _boost,
    AskKind.SET_TARIFF: _tariff,
    AskKind.SET_PAYMENT_MODE: _mode,
    AskKind.CHANGE_TENANCY: _tenancy,
    AskKind.SET_CALORIFIC_VALUE: lambda ask, _premises: SetConversion(conversion_of(ask)),
    AskKind.ENABLE_SUPPLY: lambda _ask, _premises: EnableSupply(),
    AskKind.DISABLE_SUPPLY: _by_fuel(DisableSupply, CloseValve),
    AskKind.ARM_SUPPLY: _by_fuel(ArmSupply, ArmValve),
    AskKind.READ_SUPPLY: _by_fuel(ReadSupplyState, ReadValve),
    AskKind.READ_BALANCE: _by_fuel(ReadMeterBalance, ReadGasMeterBalance),
    AskKind.READ_PAYMENT_MODE: _by_fuel(ReadPaymentMode, ReadGasPaymentMode),
    AskKind.READ_LOG: _log,
    AskKind.READ_FIRMWARE: _by_fuel(ReadFirmwareVersion, ReadGasFirmwareVersion),
    AskKind.ACTIVATE_FIRMWARE: lambda ask, _premises: ActivateFirmware(ask.details["image_hash"]),
    AskKind.READ_REGISTERS: lambda _ask, _premises: ReadGasRegisters(),
    AskKind.READ_DAYS: _by_fuel(ReadDailyConsumption, ReadGasDailyConsumption),
    AskKind.READ_HALF_HOURS: _half_hours,
}
