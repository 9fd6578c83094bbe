"""Meters asked in GBCS: sealed registers, payment modes, top-ups, identity, notices, conversion, switches."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hht.model.communications_hub import CommunicationsHub
from hht.model.consumer_devices.displays import PrepaymentInterface
from hht.model.device import Device
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.items import SupplyState
from hht.model.gas_meter import GasMeter
from hht.model.gas_meter.valve import FlowTest
from hht.model.prepayment.settings import ModeTerms, PaymentMode
from hht.model.refusal import DeviceRefusal
from hht.protocol.cosem.access import AccessRequest
from hht.protocol.cosem.axdr import decode_at
from hht.protocol.cosem.datetime import NOW, encode_datetime
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.values import (
    Data,
    array,
    bit_string,
    boolean,
    double_long,
    enumerated,
    integer,
    long_unsigned,
    octets,
    structure,
    visible,
)
from hht.protocol.gbcs import zcl
from hht.protocol.gbcs.envelope import Envelope
from hht.protocol.gbcs.gbz import Component, Gbz
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.payload import encode_payload, parse_payload
from hht.protocol.gbcs.results import operations
from hht.protocol.gbcs.segments import opened, segments
from tests.emulation.gbcs_home import Home, act, keys, read, write

ACB = {"role": Role.ACCESS_CONTROL_BROKER}


@pytest.fixture(scope="module")
def home() -> Home:
    """Shared: every test looks after what it set itself."""
    return Home()


def esme(home: Home) -> Any:
    return home.device(ElectricityMeter)


def gsme(home: Home) -> Any:
    return home.device(GasMeter)


def attributes(cluster: int, *numbers: int) -> Component:
    names = b"".join(number.to_bytes(2, "little") for number in numbers)
    return Component(cluster, 0x00, 0, zcl.READ_ATTRIBUTES, names)


def command(cluster: int, frame_control: int, number: int, **fields: Any) -> Component:
    layout = zcl.layout_of(cluster, frame_control, number)
    assert layout is not None
    return Component(cluster, frame_control, 0, number, zcl.write(layout, fields))


def unsealed(home: Home, device: Device, code: int, *asked: Any) -> tuple[Envelope, bytes]:
    """The answer, and what its one sealed value says to whom it is for."""
    if isinstance(asked[0], Component):
        payload = Gbz(asked).encode()
    else:
        payload = encode_payload(AccessRequest(0, tuple(one for one, _ in asked), tuple(data for _, data in asked)))
    answer = home.say(device, code, payload)
    (place,) = segments(answer)
    return answer, opened(answer, keys(device))[place.start : place.text_end]


def numbers(data: Data) -> list[int]:
    return [one.value for one in data.value if isinstance(one.value, int)] if isinstance(data.value, tuple) else []


# --- electricity


def test_registers_come_sealed_for_who_asked(home: Home) -> None:
    meter = esme(home)
    answer, plaintext = unsealed(home, meter, 0x0027, act(30, "0-0:43.2.8", 1, structure()))
    assert answer.date_time
    assert meter.registers()[0].to_bytes(4, "big") not in answer.payload
    (collection,) = decode_at(plaintext, 0)[0].value
    assert numbers(collection) == [meter.measurement.import_wh, meter.measurement.reactive_import_varh]


@pytest.mark.parametrize(("code", "name", "count"), [(0x0029, "0-0:43.2.9", 48), (0x002A, "0-0:43.2.10", 64)])
def test_tariff_registers_are_all_there(home: Home, code: int, name: str, count: int) -> None:
    _answer, plaintext = unsealed(home, esme(home), code, act(30, name, 1, structure()))
    (collection,) = decode_at(plaintext, 0)[0].value
    found = numbers(collection.value[0])
    tariff = esme(home).tariff
    assert len(found) == count
    assert sum(found) == sum((tariff.tou_wh if count == 48 else tariff.block_wh).values())


CREDIT, EMERGENCY, DEBT, ENERGY = (
    octets(bytes(Obis.parse(name))) for name in ("0-0:19.10.0", "0-0:19.10.1", "0-0:19.20.1", "0-0:19.20.0")
)


def prepayment(when: str, *, in_emergency: bool, threshold: int, at: bytes = NOW) -> tuple[Any, ...]:
    rows = [structure(CREDIT, ENERGY, bit_string("111")), structure(CREDIT, DEBT, bit_string(when))]
    rows += [structure(EMERGENCY, DEBT, bit_string(when))] if in_emergency else []
    return (
        write(111, "0-1:19.0.0", structure(enumerated(2), enumerated(1))),
        write(9000, "0-0:94.44.128.22", double_long(threshold), 4),
        write(111, "0-1:19.0.0", array(rows), 11),
        write(9000, "0-0:94.44.128.22", octets(at), 6),
        write(111, "0-1:19.0.0", octets(at), 13),
    )


def credit(at: bytes = NOW) -> tuple[Any, ...]:
    mode = write(111, "0-1:19.0.0", structure(enumerated(1), enumerated(1)))
    return mode, write(111, "0-1:19.0.0", array(()), 11), write(111, "0-1:19.0.0", octets(at), 13)


def test_a_payment_mode_is_set_read_and_set_back(home: Home) -> None:
    meter = esme(home)
    for waits, in_emergency in ((True, False), (False, True)):
        asked = prepayment("110" if waits else "111", in_emergency=in_emergency, threshold=-1234)
        assert set(home.ask(meter, 0x001B, *asked).results) == {0}
        assert meter.prepayment.mode is PaymentMode.PREPAYMENT
        assert meter.prepayment.monitor.terms == ModeTerms(waits, not in_emergency, -1234)
        mode = home.ask(meter, 0x00BE, read(111, "0-0:19.0.0")).data[0]
        assert numbers(mode) == [2, 2]
        balance = home.ask(meter, 0x0069, read(112, "0-0:19.10.0")).data[0]
        assert balance.value == meter.prepayment.registers.meter_balance
    assert set(home.ask(meter, 0x001A, *credit()).results) == {0}
    assert meter.prepayment.mode is PaymentMode.CREDIT


def test_a_payment_mode_may_be_dated_ahead_and_cancelled() -> None:
    home = Home()
    meter = esme(home)
    now = home.premises.site.now().replace(microsecond=0)
    never = b"\xff" * 9 + b"\x80\x00\xff"

    def ahead(hours: int) -> bytes:
        return encode_datetime(now + timedelta(hours=hours), deviation=None)

    def pass_hours(hours: int) -> None:
        home.clock.advance(hours * 3600)
        home.premises.site.catch_up()

    assert set(home.ask(meter, 0x001B, *prepayment("111", in_emergency=True, threshold=0, at=ahead(1))).results) == {0}
    assert set(home.ask(meter, 0x001A, *credit(ahead(3))).results) == {0}
    pass_hours(2)
    assert meter.prepayment.mode is PaymentMode.PREPAYMENT
    assert set(home.ask(meter, 0x001A, *credit(never)).results) == {0}
    pass_hours(2)
    assert meter.prepayment.mode is PaymentMode.PREPAYMENT


def test_identity_tamper_state_and_notices(home: Home) -> None:
    meter = esme(home)
    assert home.ask(meter, 0x0068, write(1, "0-0:94.44.0.4", boolean(True))).results == (0,)
    names = ("0-0:96.1.2", "0-0:96.1.4", "0-0:96.1.6", "0-0:94.44.0.4")
    told = home.ask(meter, 0x00F9, *(read(1, name) for name in names))
    assert [one.value for one in told.data][1:] == [
        meter.identity.model.encode(),
        meter.identity.manufacturer.encode(),
        True,
    ]
    home.ask(meter, 0x0068, write(1, "0-0:94.44.0.4", boolean(False)))
    assert not meter.tampers.locks
    assert home.ask(meter, 0x0058, write(1, "0-3:96.13.1", octets(b"4711")), **ACB).results == (0,)
    assert home.ask(meter, 0x0021, write(1, "0-2:96.13.1", octets(b"Hello"))).results == (0,)
    contact = write(9000, "0-0:96.13.0", octets(b"0800 1")), write(9000, "0-0:96.13.1", octets(b"Power plc"))
    assert home.ask(meter, 0x0025, *contact).results == (0, 0)
    shown = meter.notices
    assert (shown.cin, shown.message, shown.contact_name) == ("4711", "Hello", "Power plc")
    assert shown.contact_telephone == "0800 1"
    assert home.ask(meter, 0x0058, write(1, "0-3:96.13.1", octets(b"47")), **ACB).results != (0,)


def test_an_unknown_object_of_a_read_is_undefined(home: Home) -> None:
    told = home.ask(esme(home), 0x00F9, read(1, "0-0:96.1.6"), read(1, "0-0:96.1.99"))
    assert [code == 0 for code in told.results] == [True, False]


def test_bills_are_monthly(home: Home) -> None:
    monthly = array([structure(octets(b"\x06\x1e\0\0"), octets(b"\xff\xff\xff\x05\xff"))])
    assert home.ask(esme(home), 0x00D7, write(22, "0-0:15.0.0", monthly, 4)).results == (0,)
    assert (esme(home).billing.calendar.day, esme(home).billing.calendar.time_s) == (5, 6 * 3600 + 1800)
    yearly = array([structure(octets(b"\0\0\0\0"), octets(b"\xff\xff\x01\x05\xff"))])
    assert home.ask(esme(home), 0x00D7, write(22, "0-0:15.0.0", yearly, 4)).results != (0,)


def test_switches_are_labelled_and_switched() -> None:
    home = Home("storage-heaters")
    meter = esme(home)
    number, switch = next((n, s) for n, s in meter.load_control.switches.items() if not s.plan.device)
    label = write(1, f"0-0:94.44.0.{10 + number}", visible("Sauna"))
    assert home.ask(meter, 0x0053, label).results == (0,)
    assert switch.plan.label == "Sauna"

    def switched(what: int, *more: Any) -> tuple[int, ...]:
        found: tuple[int, ...] = home.ask(
            meter, 0x0055, *more, act(9, "0-0:10.0.103", 1, long_unsigned(number << 8 | what))
        ).results
        return found

    assert switched(0x11, write(1, f"0-0:94.44.{116 + number}.1", long_unsigned(30))) == (0, 0)
    assert (switch.closed, switch.why) == (True, "command")
    assert switched(0x12, write(1, f"0-0:94.44.{116 + number}.2", long_unsigned(30))) == (0, 0)
    assert (switch.closed, switch.why) == (False, "command")
    assert switched(0x20) == (0,)
    assert switch.why == "calendar"
    assert 0 not in switched(0x11, write(1, f"0-0:94.44.{116 + number}.1", long_unsigned(2000)))
    now = home.premises.site.now()
    begin, end = (encode_datetime(now.replace(hour=hour), deviation=None) for hour in (0, 23))
    times = [write(1, f"0-0:94.44.{116 + number}.{part}", octets(time)) for part, time in ((1, begin), (2, end))]
    level = act(9, "0-0:10.0.103", 1, long_unsigned(0x1000 | number << 8 | 100))
    assert home.ask(meter, 0x011E, *times, level).results == (0, 0, 0)
    assert (switch.closed, switch.why) == (True, "command")
    past = [write(1, f"0-0:94.44.{116 + number}.{part}", octets(begin)) for part in (1, 2)]
    assert 0 not in home.ask(meter, 0x011E, *past, level).results


# --- top-ups


def test_a_top_up_is_credited_once_whichever_the_fuel() -> None:
    home = Home("prepayment-flat")
    meter = esme(home)
    receipt = meter.prepayment.top_ups.vend.mint(500)
    before = meter.prepayment.accounts.balance
    paid = act(115, "0-0:19.40.0", 1, octets(receipt.utrn.reveal().encode()))
    for results in ((0,), (250,)):
        said = home.ask(meter, 0x0007, paid, counter=(receipt.counter << 32) + home.counter)
        assert said.results == results
        home.counter += 1
    assert meter.prepayment.accounts.balance > before
    home.counter += receipt.counter << 32
    assert 0 not in home.ask(meter, 0x0007, act(115, "0-0:19.40.0", 1, octets(b"1" * 20))).results


def test_gas_is_topped_up_in_prepayment_mode_alone(home: Home) -> None:
    meter = gsme(home)

    def topped_up(counter: int, token: str) -> dict[str, Any]:
        told = home.ask(
            meter, 0x0097, command(0x0705, 0x01, 4, originatingDevice=0, topUpCode=token.encode()), counter=counter
        ).components[0]
        layout = zcl.layout_of(0x0705, told.frame_control, told.command)
        assert layout is not None
        return zcl.read(layout, told.payload)

    receipt = meter.prepayment.top_ups.vend.mint(500)
    counter = receipt.counter << 32
    assert topped_up(counter, receipt.utrn.reveal())["resultType"] == 3  # in Credit mode it takes none
    mode = {"providerId": 0, "issuerEventId": 1, "implementationDateTime": 0}
    home.counter = counter + 10
    home.ask(meter, 0x006D, command(0x0705, 0x01, 6, **mode, proposedPaymentControlConfiguration=0x0497, cutOffValue=0))
    assert meter.prepayment.monitor.terms == ModeTerms(True, True, 0)
    said = topped_up(home.counter + 1, receipt.utrn.reveal())
    assert (said["resultType"], said["topUpValue"]) == (0, 500_000)
    assert said["creditRemaining"] == meter.prepayment.registers.meter_balance
    home.counter += 1
    assert topped_up(home.counter + 1, receipt.utrn.reveal())["resultType"] == 1
    home.counter += 1
    read_mode = home.ask(meter, 0x00BF, attributes(0x0705, 0)).components[0].payload
    assert read_mode.hex() == "0000001997" + "04"
    home.ask(
        meter, 0x006C, command(0x0705, 0x01, 6, **mode, proposedPaymentControlConfiguration=0x0C94, cutOffValue=-1)
    )
    assert meter.prepayment.mode is PaymentMode.CREDIT


# --- gas


def test_gas_registers_come_sealed_from_the_meter_and_older_from_its_proxy(home: Home) -> None:
    hub = home.device(CommunicationsHub)
    for device, litres in ((gsme(home), gsme(home).litres()), (hub.gpf, hub.gpf.mirror.litres)):
        _answer, plaintext = unsealed(home, device, 0x0074, attributes(0x0702, 0x0000, 0x0300))
        assert plaintext == b"\0\0\0\x25" + litres.to_bytes(6, "little") + b"\0\x03\0\x30\x01"
    _answer, plaintext = unsealed(home, hub.gpf, 0x00B6, attributes(0x0702, 0x0100))
    assert plaintext[:4] == b"\0\x01\0\x25"
    assert 0 < int.from_bytes(plaintext[4:], "little") <= gsme(home).tariff.tou_wh[1]


def test_what_reads_no_attributes_is_refused(home: Home) -> None:
    for code in (0x0074, 0x00B8, 0x0082):
        with pytest.raises(DeviceRefusal):
            home.ask(gsme(home), code, Component(0x0702, 0x01, 0, 1))


def test_valve_state_with_battery_identity_and_an_unknown_attribute(home: Home) -> None:
    gpf = home.device(CommunicationsHub).gpf
    codes = {SupplyState.DISABLED: "00", SupplyState.ARMED: "01", SupplyState.ENABLED: "02"}
    for device, state in ((gsme(home), gsme(home).valve.state), (gpf, gpf.mirror.supply)):
        told = home.ask(device, 0x0082, attributes(0x0702, 0x0205, 0x0014, 0x7777)).components[0].payload
        assert told[:4] == bytes.fromhex("05020021")
        assert abs(int.from_bytes(told[4:6], "little") - gsme(home).battery_days) <= 1
        assert told[6:].hex() == "14000030" + codes[state] + "777786"
    meter = gsme(home).identity
    basic, metering = home.ask(gsme(home), 0x00FB, attributes(0, 4, 5), attributes(0x0702, 0x0607, 0x0608)).components
    assert meter.manufacturer.encode() in basic.payload
    assert meter.model.encode() in basic.payload
    assert metering.payload.hex() == "0706003003080600" + "3003"
    for device in (gsme(home), home.device(CommunicationsHub).gpf):
        version = home.ask(device, 0x0084, attributes(0x0702, 0x0206)).components[0].payload
        running = (gsme(home) if device is gsme(home) else home.device(CommunicationsHub)).firmware.version
        assert version == bytes.fromhex("0602004104" + running)


def test_conversion_is_set_within_reason(home: Home) -> None:
    def convert(value: int) -> list[bool | None]:
        asked = (
            command(0x0700, 0x09, 2, issuerEventId=1, startTime=0, conversionFactor=102_500,
                    conversionFactorTrailingDigit=0x50),
            command(0x0700, 0x09, 3, issuerEventId=1, startTime=0, calorificValue=value, calorificValueUnit=1,
                    calorificValueTrailingDigit=0x10),
        )  # fmt: skip
        return [one.done for one in operations(home.say(gsme(home), 0x007C, Gbz(asked).encode()))]

    assert convert(391) == [True, True]
    found = gsme(home).conversion
    assert (found.calorific_value, found.factor) == (391, 102_500)
    assert convert(4000) == [False, False]


def test_the_flow_test_and_what_a_tamper_does(home: Home) -> None:
    def ask(state: int, depletion: int = 3) -> list[bool | None]:
        asked = (
            command(0x0702, 0x01, 14, providerId=0, issuerEventId=1, uncontrolledFlowThreshold=200, unitOfMeasure=1,
                    multiplier=1, divisor=10_000, stabilisationPeriod=60, measurementPeriod=300),
            command(0x0702, 0x01, 13, issuerEventId=1, supplyTamperState=state, supplyDepletionState=depletion,
                    supplyUncontrolledFlowState=0, loadLimitSupplyState=3),
        )  # fmt: skip
        return [one.done for one in operations(home.say(gsme(home), 0x00FC, Gbz(asked).encode()))]

    assert ask(0) == [True, True]
    assert (gsme(home).valve.test, gsme(home).tampers.locks) == (FlowTest(20, 60, 300), True)
    assert ask(3, depletion=0) == [False, False]
    assert gsme(home).tampers.locks
    assert ask(3) == [True, True]
    assert not gsme(home).tampers.locks


def test_gas_notices(home: Home) -> None:
    said = command(0x0703, 0x09, 0, messageId=1, messageControl=0, startTime=0, durationInMinutes=0xFFFF, message=b"Hi")
    cin = command(0x0708, 0x09, 6, issuerEventId=1, cinImplementationTime=0, providerId=0, customerIdNumber=b"0815")
    home.ask(gsme(home), 0x0071, said)
    home.ask(gsme(home), 0x0083, cin, **ACB)
    assert (gsme(home).notices.message, gsme(home).notices.cin) == ("Hi", "0815")


def test_a_zigbee_log_is_read_by_times_and_by_code(home: Home) -> None:
    meter = gsme(home)
    meter.security_log.add(home.premises.site.now(), 0x8F3D, "wrong MAC")

    def log(event: int) -> Any:
        fields = {"eventControlLogId": 0x14, "eventId": event, "startTime": 0, "endTime": 0xFFFFFFFE}
        asked = command(0x0709, 0x01, 0, **fields, numberOfEvents=0, eventOffset=0)
        return home.ask(meter, 0x00A1, asked).components[0]

    found = log(0x8F3D)
    layout = zcl.layout_of(0x0709, found.frame_control, found.command)
    assert layout is not None
    entry = zcl.read(layout, found.payload)["entries"][-1]
    assert (entry["logId"], entry["eventId"], entry["eventData"]) == (4, 0x8F3D, b"wrong MA")
    assert log(0x1234).payload == b"\x00\x8b"  # not found


def test_a_prepayment_interface_says_which_version_it_runs(home: Home) -> None:
    device = home.device(PrepaymentInterface)
    told: Any = parse_payload(home.say(device, 0x0129, b"\x05\x00", **ACB))
    assert told.value == {"firmwareVersion": bytes.fromhex(device.firmware.version), "responseCode": 0}


@pytest.mark.parametrize("code", [0x0021, 0x0058, 0x0068, 0x00D7, 0x001B, 0x0055, 0x0053, 0x0029])
def test_what_no_meter_can_read_is_refused_and_changes_nothing(home: Home, code: int) -> None:
    role = Role.ACCESS_CONTROL_BROKER if code == 0x0058 else Role.SUPPLIER
    with pytest.raises(DeviceRefusal):
        home.ask(esme(home), code, write(1, "0-0:94.44.0.9", integer(1)), role=role)
