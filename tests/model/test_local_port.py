"""The gate at the optical port: who may do what, what is refused, what the logs say, and what is counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.electricity_meter import Action, ElectricityMeter, Item, LocalPort, PresetTime, Proof
from hht.model.electricity_meter.clients import PRIVATE, TRAINING_CLIENTS, ClientRole
from hht.model.electricity_meter.items import WRITABLE
from hht.model.electricity_meter.write_ledger import ServedWrite
from hht.model.refusal import DeviceRefusal, Reason

MeterOf = Callable[..., ElectricityMeter]
PUBLIC, PASSWORD, KEYS = (16, 17, 1)
GOOD: dict[Item, object] = {
    Item.IMPORT_MPAN: "1200023305967",
    Item.RANDOMISED_OFFSET_LIMIT: 900,
    Item.CONTACT_NAME: "E-ON",
    Item.CONTACT_TELEPHONE: "0333 202 4650",
}


def port_and_role(meter: ElectricityMeter, sap: int) -> tuple[LocalPort, ClientRole]:
    port = LocalPort(meter)
    role = port.role(sap)
    assert role is not None
    return port, role


def value_for(item: Item, meter: ElectricityMeter) -> object:
    return meter.clock.true_now() if item is Item.CLOCK else GOOD.get(item, "x")


@pytest.mark.requirement("HHT-07")
@pytest.mark.parametrize("sap", [PUBLIC, PASSWORD, KEYS])
@pytest.mark.parametrize("item", list(Item))
def test_every_client_reads_everything_but_writes_only_its_items(meter_of: MeterOf, sap: int, item: Item) -> None:
    meter = meter_of()
    port, role = port_and_role(meter, sap)
    if sap == PUBLIC and item in PRIVATE:
        with pytest.raises(DeviceRefusal):
            port.read(role, item)
    else:
        port.read(role, item)
    if sap != PUBLIC and item in WRITABLE:
        port.write(role, item, value_for(item, meter))
        assert meter.writes.count(item) == 1
        return
    with pytest.raises(DeviceRefusal) as refused:
        port.write(role, item, value_for(item, meter))
    assert refused.value.reason is Reason.ACCESS_DENIED
    assert meter.writes.entries == ()
    last = list(meter.security_log)[-1]
    assert last.code == AlertCode.SOURCE_LACKS_AUTHORITY
    assert f"SAP {sap} refused {item.value}" in last.information


@pytest.mark.requirement("HHT-07")
@pytest.mark.parametrize("sap", [PUBLIC, PASSWORD, KEYS])
@pytest.mark.parametrize("item", list(Item))
def test_a_read_only_port_refuses_every_write_and_says_who_tried(meter_of: MeterOf, sap: int, item: Item) -> None:
    meter = meter_of("smets2-read-only")
    port, role = port_and_role(meter, sap)
    hidden = sap == PUBLIC and item in PRIVATE
    before = None if hidden else port.read(role, item)
    with pytest.raises(DeviceRefusal) as refused:
        port.write(role, item, value_for(item, meter))
    assert refused.value.reason is Reason.ACCESS_DENIED
    assert hidden or port.read(role, item) == before
    last = list(meter.security_log)[-1]
    assert last.code == 0x81A5
    assert f"SAP {sap}" in last.information


@pytest.mark.parametrize("sap", [PUBLIC, PASSWORD, KEYS])
@pytest.mark.parametrize("action", list(Action))
def test_actions_follow_the_role_table(meter_of: MeterOf, sap: int, action: Action) -> None:
    allowed = {(17, Action.PRESET_TIME), (17, Action.ADJUST_TO_PRESET_TIME), (17, Action.SHIFT_TIME)}
    allowed |= {(1, action) for _sap, action in allowed} | {(1, Action.CLEAR)}
    meter = meter_of()
    port, role = port_and_role(meter, sap)
    item = Item.EVENT_LOG if action is Action.CLEAR else Item.CLOCK
    if action in (Action.DISCONNECT, Action.RECONNECT):
        item = Item.SUPPLY_STATE
    assert port.may_invoke(role, item, action) == ((sap, action) in allowed)
    if (sap, action) not in allowed:
        with pytest.raises(DeviceRefusal) as refused:
            port.invoke(role, item, action)
        assert refused.value.reason is Reason.ACCESS_DENIED


def test_no_port_at_all(meter_of: MeterOf) -> None:
    with pytest.raises(DeviceRefusal) as refused:
        LocalPort(meter_of("no-optical-port"))
    assert "no optical port" in refused.value.message


def test_an_unknown_client_has_no_role(meter_of: MeterOf) -> None:
    assert LocalPort(meter_of()).role(99) is None


def test_whoever_speaks_is_logged(meter_of: MeterOf) -> None:
    meter = meter_of()
    port = LocalPort(meter)
    port.associated(17, Proof.LOW)
    port.association_refused(17, proof_failed=True)
    port.association_refused(99, proof_failed=False)
    spoken = [(record.code, record.information) for record in list(meter.security_log)[-3:]]
    assert spoken == [(0x81A5, "SAP 17 low"), (0x8F53, "SAP 17"), (0x8F3E, "SAP 99")]


def test_the_security_log_keeps_a_hundred_and_cannot_be_cleared(meter_of: MeterOf) -> None:
    meter = meter_of()
    port, role = port_and_role(meter, KEYS)
    for _number in range(150):
        port.associated(1, Proof.GMAC)
    assert len(meter.security_log) == 100
    with pytest.raises(DeviceRefusal):
        port.invoke(role, Item.SECURITY_LOG, Action.CLEAR)
    with pytest.raises(ValueError, match="never be cleared"):
        meter.security_log.clear()
    assert len(meter.security_log) == 100


def test_clearing_the_event_log_is_itself_recorded(meter_of: MeterOf) -> None:
    meter = meter_of(days=396)
    port, role = port_and_role(meter, KEYS)
    meter.set_clock(meter.clock.now())
    assert len(meter.event_log) > 0
    port.invoke(role, Item.EVENT_LOG, Action.CLEAR)
    assert [record.code for record in meter.event_log] == [AlertCode.LOCAL_COMMAND_ACTIONED]
    assert list(meter.security_log)[-1].code == AlertCode.EVENT_LOG_CLEARED


@pytest.mark.requirement("ALC-08")
@pytest.mark.parametrize("limit_s", [-1, 1800, 65535])
def test_the_offset_limit_ends_at_1799(meter_of: MeterOf, limit_s: int) -> None:
    meter = meter_of()
    port, role = port_and_role(meter, KEYS)
    with pytest.raises(DeviceRefusal) as refused:
        port.write(role, Item.RANDOMISED_OFFSET_LIMIT, limit_s)
    assert refused.value.reason is Reason.OTHER
    assert port.read(role, Item.RANDOMISED_OFFSET_LIMIT) == 0
    assert meter.writes.entries == ()
    assert list(meter.event_log)[-1].code == AlertCode.LOCAL_COMMAND_NOT_ACTIONED


@pytest.mark.requirement("ALC-08")
def test_offset_is_limit_times_number(meter_of: MeterOf) -> None:
    meter = meter_of()
    port, role = port_and_role(meter, KEYS)
    number = port.read(role, Item.RANDOMISED_OFFSET_NUMBER)
    assert isinstance(number, int)
    assert 0 <= number < 10_000
    for limit_s in (0, 1, 900, 1799):
        port.write(role, Item.RANDOMISED_OFFSET_LIMIT, limit_s)
        assert port.read(role, Item.RANDOMISED_OFFSET) == limit_s * number // 10_000
    assert port.read(role, Item.RANDOMISED_OFFSET_NUMBER) == number


@pytest.mark.parametrize(
    ("item", "value"),
    [
        (Item.IMPORT_MPAN, "120002330596"),
        (Item.IMPORT_MPAN, "12000233059678"),
        (Item.IMPORT_MPAN, "12000233O5967"),
        (Item.IMPORT_MPAN, "١٢٠٠٠٢٣٣٠٥٩٦٧"),
        (Item.CONTACT_NAME, "sixteen letters!"),
        (Item.CONTACT_NAME, "£"),
        (Item.CONTACT_TELEPHONE, "0" * 19),
        (Item.CONTACT_TELEPHONE, "\n"),
    ],
)
def test_values_that_the_meter_does_not_take(meter_of: MeterOf, item: Item, value: str) -> None:
    meter = meter_of()
    port, role = port_and_role(meter, PASSWORD)
    with pytest.raises(DeviceRefusal) as refused:
        port.write(role, item, value)
    assert refused.value.reason is Reason.OTHER
    assert port.read(role, item) == ""


@pytest.mark.parametrize("item", sorted(WRITABLE))
def test_a_value_of_another_kind_is_refused(meter_of: MeterOf, item: Item) -> None:
    port, role = port_and_role(meter_of(), PASSWORD)
    with pytest.raises(DeviceRefusal) as refused:
        port.write(role, item, 3.5)
    assert refused.value.reason is Reason.WRONG_TYPE


def test_preset_time_is_taken_inside_its_interval_only(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of()
    port, role = port_and_role(meter, KEYS)
    right, minute = clock.now(), timedelta(seconds=60)
    with pytest.raises(DeviceRefusal):
        port.invoke(role, Item.CLOCK, Action.ADJUST_TO_PRESET_TIME)
    port.invoke(role, Item.CLOCK, Action.PRESET_TIME, PresetTime(right, right - 3 * minute, right - minute))
    with pytest.raises(DeviceRefusal):
        port.invoke(role, Item.CLOCK, Action.ADJUST_TO_PRESET_TIME)
    assert AlertCode.CLOCK_NOT_ADJUSTED_OUTSIDE_TOLERANCE in [record.code for record in meter.event_log]
    port.invoke(role, Item.CLOCK, Action.PRESET_TIME, PresetTime(right, right - minute, right + minute))
    port.invoke(role, Item.CLOCK, Action.ADJUST_TO_PRESET_TIME)
    assert meter.clock.now() == right


def test_shift_time(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of()
    port, role = port_and_role(meter, KEYS)
    port.invoke(role, Item.CLOCK, Action.SHIFT_TIME, -37)
    assert meter.clock.now() == clock.now()
    with pytest.raises(DeviceRefusal):
        port.invoke(role, Item.CLOCK, Action.SHIFT_TIME, 901)


def test_writes_are_counted_before_the_answer(meter_of: MeterOf) -> None:
    meter = meter_of()
    port, role = port_and_role(meter, PASSWORD)
    heard: list[ServedWrite] = []
    meter.writes.observe(heard.append)
    for _time in range(2):
        port.write(role, Item.IMPORT_MPAN, "1200023305967")
    port.write(role, Item.RANDOMISED_OFFSET_LIMIT, 900)
    assert [(entry.item, entry.value, entry.count, entry.client) for entry in heard] == [
        (Item.IMPORT_MPAN, "1200023305967", 1, 17),
        (Item.IMPORT_MPAN, "1200023305967", 2, 17),
        (Item.RANDOMISED_OFFSET_LIMIT, "900", 1, 17),
    ]
    assert tuple(heard) == meter.writes.entries


def test_a_meter_that_refuses_and_one_that_forgets(meter_of: MeterOf) -> None:
    port, role = port_and_role(meter_of("refuses-writes"), KEYS)
    with pytest.raises(DeviceRefusal) as refused:
        port.write(role, Item.IMPORT_MPAN, "1200023305967")
    assert refused.value.reason is Reason.HARDWARE_FAULT
    forgetful = meter_of("forgets-writes")
    port, role = port_and_role(forgetful, KEYS)
    port.write(role, Item.IMPORT_MPAN, "1200023305967")
    assert port.read(role, Item.IMPORT_MPAN) == ""
    assert forgetful.writes.count(Item.IMPORT_MPAN) == 1


def test_credentials_never_show() -> None:
    shown = repr(TRAINING_CLIENTS)
    assert "Gurux" not in shown
    assert "encryption_key" not in shown
