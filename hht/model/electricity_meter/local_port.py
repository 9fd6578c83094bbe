"""What the meter answers to a client at its optical port: the gate where roles, local access and faults are decided.

`hht.emulation` asks here and nowhere else, so that nothing can be reached around the role table.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NoReturn

from hht.clock import iso_z
from hht.i18n import _
from hht.model.alert_codes import AlertCode
from hht.model.alert_routes import LogName
from hht.model.electricity_meter.clients import ClientRole, Proof
from hht.model.electricity_meter.items import Action, Item, LocalAccess
from hht.model.electricity_meter.meter import ElectricityMeter
from hht.model.electricity_meter.transformers import TransformerReadings
from hht.model.meter_clock import PresetTime
from hht.model.refusal import DeviceRefusal, Reason

Value = object


class LocalPort:
    """The meter as its optical port shows it. Every refusal is a DeviceRefusal; every contact is logged."""

    def __init__(self, meter: ElectricityMeter) -> None:
        if meter.local_access is LocalAccess.NONE:
            raise DeviceRefusal(
                Reason.ACCESS_DENIED,
                _("{model} has no optical port.").format(model=meter.identity.model),
                remedy=_("Reach this meter through the home area network."),
            )
        self.meter = meter

    # --- who is there ----------------------------------------------------------------------------------------------

    def role(self, sap: int) -> ClientRole | None:
        """The row of the role table for a client SAP; None when the meter knows no such client."""
        return next((client for client in self.meter.clients if client.sap == sap), None)

    def associated(self, sap: int, proof: Proof) -> None:
        """A client has proved itself: the Security Log says who spoke."""
        self._security(AlertCode.COMMUNICATION_FROM_LOCAL_PORT, f"SAP {sap} {proof.value}")

    def association_refused(self, sap: int, *, proof_failed: bool) -> None:
        """A client could not prove itself (`proof_failed`), or the meter does not know it at all."""
        code = AlertCode.AUTHENTICATION_FAILED if proof_failed else AlertCode.UNAUTHORISED_COMMUNICATION
        self._security(code, f"SAP {sap}")

    # --- what it may do --------------------------------------------------------------------------------------------

    def may_read(self, role: ClientRole, item: Item) -> bool:
        """Whether the client may read the item."""
        return item in role.reads

    def may_write(self, role: ClientRole, item: Item) -> bool:
        """Whether the client may write the item."""
        return self.meter.local_access is LocalAccess.INSTALLER and item in role.writes

    def may_invoke(self, role: ClientRole, item: Item, action: Action) -> bool:
        """Whether the client may do the action."""
        return self.meter.local_access is LocalAccess.INSTALLER and (item, action) in role.invokes

    # --- doing it --------------------------------------------------------------------------------------------------

    def read(self, role: ClientRole, item: Item) -> Value:
        """The item's value, of the type that `Item` states. DeviceRefusal (access denied) when the role may not."""
        if not self.may_read(role, item):
            raise _denied(role, item.value)
        return value_of(self.meter, item)

    def write(self, role: ClientRole, item: Item, value: Value) -> None:
        """Write the item; counted in the ledger before this returns. DeviceRefusal leaves everything as it was."""
        if not self.may_write(role, item):
            self.refuse_write(role, item.value)
        self._faulty()
        self._do(role, item, None, _shown(value), lambda: _WRITERS[item](self.meter, value))

    def refuse_write(self, role: ClientRole, what: str) -> NoReturn:
        """Refuse what this client (or any) may not do, and log who tried."""
        self._log_denial(role, what)
        raise _denied(role, what)

    def invoke(self, role: ClientRole, item: Item, action: Action, argument: Value = None) -> None:
        """Do the action; counted in the ledger before this returns."""
        if not self.may_invoke(role, item, action):
            self.refuse_write(role, f"{item.value} {action.value}")
        self._faulty()
        if action is Action.TAKE_BLOCK:  # a thousand entries would leave nothing else in the log
            self.meter.catch_up()
            _take_block(self.meter, argument)
            return
        self._do(role, item, action, _shown(argument), lambda: _ACTIONS[item, action](self.meter, argument))

    def _do(self, role: ClientRole, item: Item, action: Action | None, shown: str, change: Callable[[], None]) -> None:
        """Make the change (unless a fault makes the meter forget it), log it and count it."""
        meter = self.meter
        meter.catch_up()
        name = item.value if action is None else f"{item.value} {action.value}"
        try:
            if "forgets-writes" not in meter.faults:
                change()
        except DeviceRefusal:
            meter.event_log.add(meter.clock.now(), AlertCode.LOCAL_COMMAND_NOT_ACTIONED, f"SAP {role.sap} {name}")
            raise
        meter.event_log.add(meter.clock.now(), AlertCode.LOCAL_COMMAND_ACTIONED, f"SAP {role.sap} {name}")
        meter.writes.record(item, action, shown, meter.clock.true_now(), role.sap)

    def _faulty(self) -> None:
        if "refuses-writes" in self.meter.faults:
            raise DeviceRefusal(
                Reason.HARDWARE_FAULT,
                _("The meter reports a hardware fault and stores nothing."),
                remedy=_("Replace the meter."),
            )

    def _log_denial(self, role: ClientRole, what: str) -> None:
        """A read-only port logs that somebody spoke to it; an installer's port, that the client lacks authority."""
        read_only = self.meter.local_access is LocalAccess.READ
        code = AlertCode.COMMUNICATION_FROM_LOCAL_PORT if read_only else AlertCode.SOURCE_LACKS_AUTHORITY
        self._security(code, f"SAP {role.sap} refused {what}")

    def _security(self, code: AlertCode, information: str) -> None:
        self.meter.catch_up()
        self.meter.security_log.add(self.meter.clock.now(), code, information)


def value_of(meter: ElectricityMeter, item: Item) -> Value:
    """The item's value, of the type that `Item` states, for whoever may have it by other rules than the port's."""
    meter.catch_up()
    return _READERS[item](meter)


def _denied(role: ClientRole, what: str) -> DeviceRefusal:
    return DeviceRefusal(
        Reason.ACCESS_DENIED,
        _("Client {sap} may not do this at the optical port: {what}.").format(sap=role.sap, what=what),
        remedy=_("Associate as a client that may, or leave it to the supplier."),
    )


def _shown(value: Value) -> str:
    """A written value as the ledger keeps it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return iso_z(value)
    if isinstance(value, tuple):
        return " ".join(part.hex() if isinstance(part, bytes) else str(part) for part in value)
    return iso_z(value.time) if isinstance(value, PresetTime) else str(value)


def _wrong_type(item: Item) -> DeviceRefusal:
    return DeviceRefusal(
        Reason.WRONG_TYPE,
        _("The value for {item} is of another kind than the meter expects.").format(item=item.value),
        remedy=_("Send the kind of value that the item holds."),
    )


def _unacceptable(item: Item, rule: str) -> DeviceRefusal:
    return DeviceRefusal(Reason.OTHER, _("The meter does not accept this {item}.").format(item=item.value), remedy=rule)


def _set_clock(meter: ElectricityMeter, value: Value) -> None:
    if not isinstance(value, datetime):
        raise _wrong_type(Item.CLOCK)
    meter.set_clock(value)


def _set_import_mpan(meter: ElectricityMeter, value: Value) -> None:
    """A single-element meter holds one 13-digit core; the meter itself does not check the check digit."""
    if not isinstance(value, str):
        raise _wrong_type(Item.IMPORT_MPAN)
    if len(value) != 13 or not (value.isascii() and value.isdigit()):
        raise _unacceptable(Item.IMPORT_MPAN, _("Send the 13 digits of the MPAN core."))
    meter.import_mpan = value


def _set_offset_limit(meter: ElectricityMeter, value: Value) -> None:
    if not isinstance(value, int):
        raise _wrong_type(Item.RANDOMISED_OFFSET_LIMIT)
    meter.randomised_offset.set_limit(value)


def _set_contact(attribute: str, item: Item, longest: int) -> Callable[[ElectricityMeter, Value], None]:
    """Contact name at most 15, telephone at most 18 printable ASCII characters (factbook 1.6, ch. 9)."""

    def write(meter: ElectricityMeter, value: Value) -> None:
        if not isinstance(value, str):
            raise _wrong_type(item)
        if len(value) > longest or not all(" " <= character <= "~" for character in value):
            rule = _("Send at most {longest} printable ASCII characters.").format(longest=longest)
            raise _unacceptable(item, rule)
        setattr(meter.notices, attribute, value)

    return write


def _preset_time(meter: ElectricityMeter, argument: Value) -> None:
    if not isinstance(argument, PresetTime):
        raise _wrong_type(Item.CLOCK)
    meter.clock.preset = argument


def _adjust_to_preset_time(meter: ElectricityMeter, _argument: Value) -> None:
    """Takes the preset time while the meter's clock lies inside the validity interval; otherwise logs 0x81C6."""
    preset, now = meter.clock.preset, meter.clock.now()
    if preset is None or not preset.valid_from <= now <= preset.valid_to:
        meter.event_log.add(now, AlertCode.CLOCK_NOT_ADJUSTED_OUTSIDE_TOLERANCE)
        raise _unacceptable(Item.CLOCK, _("Preset a time whose validity interval holds the meter's clock."))
    meter.clock.preset = None
    meter.set_clock(preset.time)


def _shift_time(meter: ElectricityMeter, argument: Value) -> None:
    if not isinstance(argument, int):
        raise _wrong_type(Item.CLOCK)
    if abs(argument) > 900:
        raise _unacceptable(Item.CLOCK, _("Shift by at most 900 s."))
    meter.set_clock(meter.clock.now() + timedelta(seconds=argument))


def _clear_event_log(meter: ElectricityMeter, _argument: Value) -> None:
    meter.event_log.clear()
    meter.security_log.add(meter.clock.now(), AlertCode.EVENT_LOG_CLEARED)


def _initiate_image(meter: ElectricityMeter, argument: Value) -> None:
    match argument:
        case (bytes() as identifier, int() as octets):
            meter.image_port.initiate(identifier, octets)
        case _:
            raise _wrong_type(Item.IMAGE_TRANSFER)


def _take_block(meter: ElectricityMeter, argument: Value) -> None:
    match argument:
        case (int() as number, bytes() as block):
            meter.image_port.take(number, block)
        case _:
            raise _wrong_type(Item.IMAGE_TRANSFER)


def _measured(meter: ElectricityMeter) -> Value:
    meter.count()
    return meter.measurement


def _transformers(meter: ElectricityMeter) -> Value:
    """Each phase's current as power over voltage: that of what is measured, whatever flows besides."""
    fitted = meter.configuration.transformers
    if fitted is None:
        return None
    meter.count()
    volts = [max(meter.voltage_dv(phase), 1) for phase in range(meter.capabilities.phases)]
    powers = [one.import_w - one.export_w for one in meter.measurement.channels]
    amps = tuple(100 * watts // decivolts for watts, decivolts in zip(powers, volts, strict=True))
    return TransformerReadings(*fitted.programmed, amps)


def _prepaid(meter: ElectricityMeter) -> Value:
    meter.prepayment.settle()
    return meter.prepayment


_READERS: dict[Item, Callable[[ElectricityMeter], Value]] = {
    Item.LOGICAL_DEVICE_NAME: lambda meter: meter.identity.logical_device_name,
    Item.DEVICE_ID: lambda meter: meter.identity.device_id,
    Item.MODEL: lambda meter: meter.identity.model,
    Item.MANUFACTURER: lambda meter: meter.identity.manufacturer,
    Item.VARIANT: lambda meter: meter.identity.variant,
    Item.FIRMWARE_VERSION: lambda meter: meter.firmware.version,
    Item.LOCAL_ACCESS: lambda meter: meter.local_access.value,
    Item.CLOCK: lambda meter: meter.clock.now(),
    Item.CLOCK_STATUS: lambda meter: meter.clock.status,
    Item.ACTIVE_IMPORT: lambda meter: meter.registers()[0],
    Item.ACTIVE_EXPORT: lambda meter: meter.registers()[1],
    Item.ACTIVE_POWER_IMPORT: lambda meter: meter.power_w(),
    Item.VOLTAGE: lambda meter: meter.voltage_dv(),
    Item.IMPORT_MPAN: lambda meter: meter.import_mpan,
    Item.EXPORT_MPAN: lambda meter: meter.export_mpan,
    Item.RANDOMISED_OFFSET: lambda meter: meter.randomised_offset.offset_s,
    Item.RANDOMISED_OFFSET_LIMIT: lambda meter: meter.randomised_offset.limit_s,
    Item.RANDOMISED_OFFSET_NUMBER: lambda meter: meter.randomised_offset.number,
    Item.SUPPLY_STATE: lambda meter: meter.supply,
    Item.CONTACT_NAME: lambda meter: meter.notices.contact_name,
    Item.CONTACT_TELEPHONE: lambda meter: meter.notices.contact_telephone,
    Item.PROFILE: lambda meter: meter.profile,
    Item.EVENT_LOG: lambda meter: meter.event_log,
    Item.SECURITY_LOG: lambda meter: meter.security_log,
    Item.POWER_EVENT_LOG: lambda meter: meter.logs[LogName.POWER_EVENT],
    Item.ALCS_EVENT_LOG: lambda meter: meter.logs[LogName.ALCS_EVENT],
    Item.MEASUREMENT: _measured,
    Item.VOLTAGES: lambda meter: tuple(meter.voltage_dv(phase) for phase in range(meter.capabilities.phases)),
    Item.TRANSFORMERS: _transformers,
    Item.VOLTAGE_SUPERVISION: lambda meter: meter.voltage,
    Item.MAXIMUM_DEMAND: lambda meter: meter.maximum_demand,
    Item.LOAD_LIMIT: lambda meter: meter.load_limit,
    Item.SHORT_PROFILE: lambda meter: meter.short_profile,
    Item.TARIFF: lambda meter: meter.tariff,
    Item.SECOND_TARIFF: lambda meter: meter.tariff.beside,
    Item.COST: lambda meter: meter.tariff,
    Item.BILLING: lambda meter: meter.billing,
    Item.DAILY_STORES: lambda meter: meter.stores,
    Item.PREPAYMENT: _prepaid,
    Item.LOAD_CONTROL: lambda meter: meter.load_control,
    Item.MESSAGE: lambda meter: meter.notices.message,
    Item.IMAGE_TRANSFER: lambda meter: meter.image_port,
    Item.SUPPLY_TAMPER_STATE: lambda meter: meter.tampers.locks,
}
_WRITERS: dict[Item, Callable[[ElectricityMeter, Value], None]] = {
    Item.CLOCK: _set_clock,
    Item.IMPORT_MPAN: _set_import_mpan,
    Item.RANDOMISED_OFFSET_LIMIT: _set_offset_limit,
    Item.CONTACT_NAME: _set_contact("contact_name", Item.CONTACT_NAME, 15),
    Item.CONTACT_TELEPHONE: _set_contact("contact_telephone", Item.CONTACT_TELEPHONE, 18),
}
_ACTIONS: dict[tuple[Item, Action], Callable[[ElectricityMeter, Value], None]] = {
    (Item.CLOCK, Action.PRESET_TIME): _preset_time,
    (Item.CLOCK, Action.ADJUST_TO_PRESET_TIME): _adjust_to_preset_time,
    (Item.CLOCK, Action.SHIFT_TIME): _shift_time,
    (Item.EVENT_LOG, Action.CLEAR): _clear_event_log,
    (Item.IMAGE_TRANSFER, Action.INITIATE_IMAGE): _initiate_image,
    (Item.IMAGE_TRANSFER, Action.TAKE_BLOCK): _take_block,
    (Item.IMAGE_TRANSFER, Action.VERIFY_IMAGE): lambda meter, _argument: meter.image_port.verify(),
    (Item.IMAGE_TRANSFER, Action.ACTIVATE_IMAGE): lambda meter, _argument: meter.image_port.activate(),
}
