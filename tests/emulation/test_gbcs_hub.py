"""A communications hub and its Gas Proxy Function asked in GBCS: Device Log, restoring, sub-GHz, logs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hht.emulation.gbcs.pki import ORGANISATIONS, device_certificate
from hht.model.communications_hub import CommunicationsHub
from hht.model.communications_hub.delivery import DeliveryState, MessageDelivery, SealedMessage
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.device import DeviceKind
from hht.model.electricity_meter import ElectricityMeter
from hht.model.features.firmware import FirmwareImage
from hht.model.load_control_switch import LoadControlSwitch
from hht.model.parties import Party, UserRole
from hht.model.refusal import DeviceRefusal
from hht.protocol.cosem.descriptors import SelectiveAccess
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.values import (
    array,
    boolean,
    double_long_unsigned,
    enumerated,
    integer,
    long_unsigned,
    octets,
    structure,
    unsigned,
)
from hht.protocol.gbcs import der
from hht.protocol.gbcs.asn1_shapes import shape_of
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.envelope import Cra, parse
from hht.protocol.gbcs.gbz import EPOCH
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.payload import Asn1, encode_payload, parse_payload
from tests.emulation.gbcs_home import Home, act, read, write

LOG = "0-0:30.3.0"
ACB = {"role": Role.ACCESS_CONTROL_BROKER}
CODE = bytes(range(16))
NEW = bytes.fromhex("00DB123456780077")


@pytest.fixture
def home() -> Home:
    return Home()


@pytest.fixture
def hub(home: Home) -> CommunicationsHub:
    found: CommunicationsHub = home.device(CommunicationsHub)
    return found


def text(device_id: str) -> bytes:
    return bytes.fromhex(device_id.replace("-", ""))


def asn1(code: int, tag: int, value: Any) -> bytes:
    shape = shape_of(code, Cra.COMMAND, tag)
    assert shape is not None
    return encode_payload(Asn1(value, shape))


def add(entity: bytes, kind: int, seconds: int = 600) -> tuple[Any, ...]:
    entry = structure(octets(entity), enumerated(1), octets(CODE), enumerated(kind))
    return act(104, LOG, 1, entry), write(104, LOG, long_unsigned(seconds), 3), write(104, LOG, boolean(True), 2)


def test_a_device_is_listed_and_taken_off_again(home: Home, hub: CommunicationsHub) -> None:
    assert set(home.ask(hub, 0x0001, *add(NEW, 132), **ACB).results) == {0}
    listed = hub.device_log.entries["00-DB-12-34-56-78-00-77"]
    assert (listed.kind, hub.network.joining_left_s) == (DeviceKind.PPMID, 600)
    assert listed.install_code is not None
    assert listed.install_code.reveal() == CODE.hex().upper()
    assert home.ask(hub, 0x0002, act(104, LOG, 2, octets(NEW)), **ACB).results == (0,)
    assert listed.device_id not in hub.device_log
    assert home.ask(hub, 0x0002, act(104, LOG, 2, octets(NEW)), **ACB).results != (0,)  # it is listed no more


def test_each_of_the_three_operations_has_its_own_result(home: Home, hub: CommunicationsHub) -> None:
    hub.device_log.capacity = len(hub.device_log.entries)
    response = home.ask(hub, 0x0001, *add(NEW, 0), **ACB)
    assert (len(response.results), 0 in response.results) == (3, False)
    assert 0 not in home.ask(hub, 0x0001, *add(NEW, 0, 3601), **ACB).results


def test_the_device_log_tells_how_each_device_is_heard(home: Home, hub: CommunicationsHub) -> None:
    rows = home.ask(hub, 0x010F, read(104, LOG, 4), **ACB).data[0].value
    assert [row.value[0].value for row in rows] == [text(known) for known in hub.device_log.entries]
    highest, average, lowest = (cell.value for cell in rows[0].value[2:5])
    assert -120 < lowest <= average <= highest < 0


def test_a_log_that_was_read_can_be_restored_to_another_hub(home: Home, hub: CommunicationsHub) -> None:
    """CCS07's answer is what CCS03 and GCS59 need."""
    display = home.device(HomeDisplay)
    before = home.ask(hub, 0x00FE, act(104, LOG, 4), act(104, "0-0:30.3.1", 4), **ACB)
    _taken, pan, devices = before.data[0].value
    assert pan.value == text(hub.network.pan_id)
    other = Home("second-hub")
    new = other.device(CommunicationsHub)
    known = len(new.device_log.entries)
    restored = other.ask(new, 0x0003, act(104, LOG, 5, structure(pan, devices)), **ACB)
    assert restored.results == (0,)
    assert new.network.pan_id == hub.network.pan_id
    assert len(new.device_log.entries) >= max(known, len(hub.device_log.entries))
    assert home.ask(hub, 0x0003, act(104, LOG, 5, structure(pan, devices)), **ACB).results != (0,)  # it is its own
    entry = {"deviceIdentifier": display.identity.eui, "deviceType": 6}
    meter = {"deviceIdentifier": NEW, "deviceType": 0}
    answer = parse_payload(
        other.say(new.gpf, 0x008C, asn1(0x008C, der.SEQUENCE, {"deviceLogEntries": [entry, meter]}), **ACB)
    )
    assert isinstance(answer, Asn1)
    assert [one["joinResponseCode"] for one in answer.value["restoreOutcomes"]] == [0, 12]
    assert display.identity.device_id in new.gpf.node.partners


def test_a_hub_says_what_it_is_and_what_it_runs(home: Home, hub: CommunicationsHub) -> None:
    told = home.ask(hub, 0x00FA, read(1, "0-0:96.1.4"), read(1, "0-0:96.1.6"), **ACB)
    assert [one.value for one in told.data] == [hub.identity.model.encode(), hub.identity.manufacturer.encode()]
    version = home.ask(hub, 0x0059, read(1, "0-0:0.2.1"), **ACB)
    assert version.data[0].value == bytes.fromhex(hub.firmware.version)


def span(since: int, until: int) -> SelectiveAccess:
    column = structure(long_unsigned(1), octets(bytes(Obis.parse("0-0:94.44.100"))), integer(2), long_unsigned(0))
    return SelectiveAccess(1, structure(column, double_long_unsigned(since), double_long_unsigned(until), array(())))


@pytest.mark.parametrize(("code", "obis"), [(0x0093, "0-0:99.98.0"), (0x0094, "0-0:99.98.1")])
def test_logs_are_read_by_a_range_of_times(home: Home, hub: CommunicationsHub, code: int, obis: str) -> None:
    log = hub.event_log if code == 0x0093 else hub.security_log
    now = home.premises.site.now()
    log.add(now, 0x8F12, "a device came")
    at = int((now - EPOCH).total_seconds())
    rows = home.ask(hub, code, read(7, obis, 2, span(at, at)), **ACB).data[0].value.items
    assert [cell.value for cell in rows[-1].value] == [at, 0x8F12, b"a device"]
    assert not home.ask(hub, code, read(7, obis, 2, span(0, 9)), **ACB).data[0].value.items


def test_sub_ghz_settings_are_read_and_written_back(home: Home, hub: CommunicationsHub) -> None:
    found = home.ask(hub, 0x010C, read(1, "0-0:94.44.10.0"), **ACB).data[0]
    assert found.value[4].value == 10 * hub.sub_ghz.settings.normal_limited_duty_cycle
    other = structure(*found.value[:6], unsigned(5), *found.value[7:])
    assert home.ask(hub, 0x010D, write(1, "0-0:94.44.10.0", other), **ACB).results == (0,)
    assert hub.sub_ghz.settings.channel_changes_per_week == 5
    too_often = structure(*found.value[:6], unsigned(8), *found.value[7:])
    assert home.ask(hub, 0x010D, write(1, "0-0:94.44.10.0", too_often), **ACB).results != (0,)
    mask = home.ask(hub, 0x010A, read(1, "0-0:94.44.10.2"), **ACB).data[0].value
    page, channel = hub.sub_ghz.channel
    assert (int(mask[:5], 2), mask[::-1].index("1")) == (page, channel)


def test_a_scan_is_asked_for_and_the_channel_log_tells_of_it(home: Home, hub: CommunicationsHub) -> None:
    assert home.ask(hub, 0x010E, write(1, "0-0:94.44.10.1", unsigned(0)), **ACB).results == (0,)
    rows = home.ask(hub, 0x010B, read(7, "0-0:94.44.10.3", 2, span(0, 0xFFFFFFFF)), **ACB).data[0].value.items
    assert len(rows) == len(hub.sub_ghz.log) >= 1
    assert [row.value[1].value for row in rows] == [event.code for event in hub.sub_ghz.log]


def test_whom_a_device_is_joined_to(home: Home, hub: CommunicationsHub) -> None:
    for device in (home.device(ElectricityMeter), hub.gpf):
        answer = parse_payload(home.say(device, 0x0013, asn1(0x0013, der.NULL, None), **ACB))
        assert isinstance(answer, Asn1)
        told = {entry["deviceIdentifier"] for entry in answer.value["deviceLogEntries"]}
        assert told == {text(partner) for partner in device.node.partners}


def test_firmware_is_activated_by_its_hash(home: Home) -> None:
    meter = home.device(ElectricityMeter)
    image = FirmwareImage("0A0B0C0D", meter.identity.manufacturer, meter.identity.model)
    meter.firmware.receive(image)

    def activate(digest: str, **more: Any) -> Any:
        fields = {"manufacturerImageHash": bytes.fromhex(digest), "originatorCounter": 1, **more}
        answer = parse_payload(home.say(meter, 0x0012, asn1(0x0012, der.SEQUENCE, fields)))
        assert isinstance(answer, Asn1)
        return answer.value

    assert activate("11" * 32)["activateFirmwareResponseCode"] == 2
    later = home.premises.site.now().replace(microsecond=0) + timedelta(days=1)
    assert activate(image.sha256, executionDateTime=later) is None  # accepted, for tomorrow
    assert activate(image.sha256) == {
        "activateFirmwareResponseCode": 0,
        "firmwareVersion": bytes.fromhex("0A0B0C0D"),
    }


def test_what_no_hub_can_read_is_refused(home: Home, hub: CommunicationsHub) -> None:
    wrong: list[tuple[int, tuple[Any, ...]]] = [
        (0x0001, add(NEW, 99)),
        (0x0001, add(NEW, 0)[:2]),
        (0x0002, (act(104, LOG, 2, integer(1)),)),
        (0x010D, (write(1, "0-0:94.44.10.0", structure(integer(1))),)),
        (0x0093, (read(7, "0-0:99.98.0"),)),
    ]
    before = dict(hub.device_log.entries)
    for code, items in wrong:
        with pytest.raises(DeviceRefusal):
            home.ask(hub, code, *items, **ACB)
    assert hub.device_log.entries == before


def test_a_message_for_the_gas_proxy_reaches_it_through_the_hub(home: Home, hub: CommunicationsHub) -> None:
    """The hub has two identities; what is for one is refused by the other."""
    message = home.command(hub.gpf, 0x0013, asn1(0x0013, der.NULL, None), **ACB)
    sender = Party("remote party", UserRole.OTHER_USER)
    for target, state in (
        (hub.gpf.identity.device_id, DeliveryState.ANSWERED),
        (hub.identity.device_id, DeliveryState.REFUSED),
    ):
        delivery = MessageDelivery(target, SealedMessage(message.raw), sender, read=home.ends.read)
        assert hub.deliveries.send(delivery).state is state
        if state is DeliveryState.ANSWERED:
            assert isinstance(delivery.answer, bytes)
            assert parse(delivery.answer).originator == hub.gpf.identity.eui


def test_a_load_control_switch_says_what_it_is_joined_to_and_runs_and_is_unjoined() -> None:
    home = Home("storage-heaters")
    switch, meter = home.device(LoadControlSwitch), home.device(ElectricityMeter)
    version: Any = parse_payload(home.say(switch, 0x0129, asn1(0x0129, der.NULL, None), **ACB))
    assert version.value["firmwareVersion"] == bytes.fromhex(switch.firmware.version)
    details = asn1(0x0013, der.NULL, None)
    joined: Any = parse_payload(home.say(switch, 0x0013, details, **ACB))
    assert joined.value["deviceLogEntries"] == [{"deviceIdentifier": meter.identity.eui, "deviceType": 1}]
    assert home.say(switch, 0x000F, asn1(0x000F, der.OCTET_STRING, meter.identity.eui)).payload == b"\2\1\0"
    alone: Any = parse_payload(home.say(switch, 0x0013, details, **ACB))
    assert alone.value["deviceLogEntries"] == []


def test_a_device_shows_its_certificates_and_whom_it_trusts(home: Home) -> None:
    meter = home.device(ElectricityMeter)
    for bits, usage in ((b"\x07\x80", KeyUsage.DIGITAL_SIGNATURE), (b"\x03\x08", KeyUsage.KEY_AGREEMENT)):
        answer = home.say(meter, 0x000C, asn1(0x000C, der.SEQUENCE, {"keyUsage": bits}))
        assert answer.payload == device_certificate(meter.identity.eui, usage).der
    supplier = {"remotePartyRole": 2, "keyUsage": b"\x03\x08"}
    asked = {"authorisingRemotePartyTACellIdentifier": supplier, "remotePartyRolesCredentialsRequired": [2, 6]}
    told: Any = parse_payload(home.say(meter, 0x0008, asn1(0x0008, der.SEQUENCE, asked), sign=False))
    mine, none = told.value
    assert {cell["existingSubjectUniqueID"] for cell in mine["trustAnchorCellsDetails"]} == {
        ORGANISATIONS[Role.SUPPLIER]
    }
    assert none == {"remotePartyRole": 6, "statusCode": 25}  # a meter knows no WAN provider
    another = asked | {"authorisingRemotePartyTACellIdentifier": supplier | {"remotePartyRole": 3}}
    with pytest.raises(DeviceRefusal):
        home.say(meter, 0x0008, asn1(0x0008, der.SEQUENCE, another), sign=False)
