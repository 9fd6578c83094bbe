"""What emulated devices send unasked, as GBCS messages: code, payload, counter, protection, and whom it is for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from hht.emulation.gbcs.ends import ends_of
from hht.emulation.gbcs.outgoing import instructions
from hht.emulation.gbcs.pki import ORGANISATIONS
from hht.emulation.gbcs.translation import Asked
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub import CommunicationsHub
from hht.model.consumer_devices.displays import PrepaymentInterface
from hht.model.device import Device
from hht.model.electricity_meter import ElectricityMeter
from hht.model.gas_meter import GasMeter
from hht.model.refusal import DeviceRefusal
from hht.protocol.cosem.datetime import encode_datetime
from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.gbcs import zcl
from hht.protocol.gbcs.alerts import read_alert
from hht.protocol.gbcs.envelope import Envelope, parse
from hht.protocol.gbcs.gbz import EPOCH
from hht.protocol.gbcs.messages import Role, use_case
from hht.protocol.gbcs.payload import parse_payload
from hht.protocol.gbcs.protection import check, is_lawful
from hht.protocol.gbcs.receiver import VerifiedCommand
from tests.emulation.gbcs_home import Home, keys
from tests.emulation.test_gbcs_settings import controllers, schedule, special_days
from tests.protocol.gbcs_vectors import messages
from tests.support.radio import START

BROKER, SUPPLIER, OPERATOR = (
    ORGANISATIONS[role] for role in (Role.ACCESS_CONTROL_BROKER, Role.SUPPLIER, Role.NETWORK_OPERATOR)
)
HOUR_S = 3600
TIMES = ("startTime", "implementationDateTime")


class Ear:
    """What was heard at the hub."""

    def __init__(self, home: Home) -> None:
        self.heard: list[tuple[Device, Envelope]] = []
        self.stop = home.ends.listen(home.premises, self._hear)

    def _hear(self, device: Device, octets: bytes) -> None:
        message = parse(octets)
        assert is_lawful(message)
        assert check(message, keys(device)).vouched
        assert message.originator == device.identity.eui
        self.heard.append((device, message))

    def codes(self) -> list[tuple[int, int]]:
        return [(message.message_code, read_alert(message).code) for _device, message in self.heard]


@pytest.fixture
def home() -> Home:
    return Home()


@pytest.mark.parametrize(
    ("code", "message_code", "to"),
    [
        (AlertCode.SOURCE_LACKS_AUTHORITY, 0x1000, SUPPLIER),
        (AlertCode(0x8145), 0x1001, SUPPLIER),
        (AlertCode(0x8002), 0x1001, OPERATOR),
    ],
)
def test_an_alert_goes_to_whom_it_concerns(home: Home, code: AlertCode, message_code: int, to: bytes) -> None:
    meter, ear = home.device(ElectricityMeter), Ear(home)
    meter.alert(code)
    ((device, message),) = ear.heard
    assert (device, message.message_code, message.target) == (meter, message_code, to)
    assert (bool(message.signature), bool(message.mac)) == (message_code == 0x1000, message_code == 0x1001)
    told = read_alert(message)
    assert (told.code, told.time) == (code, meter.time_believed().replace(microsecond=0))


def test_an_alert_is_one_message_whoever_hears_it(home: Home) -> None:
    """Counters rise with each alert, and not with each that listens."""
    meter, one, other = home.device(ElectricityMeter), Ear(home), Ear(home)
    for _time in range(2):
        meter.alert(AlertCode.SOURCE_LACKS_AUTHORITY)
    one.stop()
    meter.alert(AlertCode.SOURCE_LACKS_AUTHORITY)
    assert [message.raw for _device, message in one.heard] == [message.raw for _device, message in other.heard[:2]]
    assert [message.counter for _device, message in other.heard] == [1, 2, 3]
    one.stop()  # twice is harmless
    other.stop()
    assert not home.device(CommunicationsHub).listeners
    meter.alert(AlertCode.SOURCE_LACKS_AUTHORITY)
    assert len(other.heard) == 3


def test_gas_speaks_zigbee_and_a_prepayment_display_cosem(home: Home) -> None:
    ear = Ear(home)
    for kind in (GasMeter, PrepaymentInterface):
        home.device(kind).alert(AlertCode.SOURCE_LACKS_AUTHORITY)
    assert [(device.kind.value, message.payload[:2]) for device, message in ear.heard] == [
        ("gas-meter", b"\x01\x09"),
        ("prepayment-interface", b"\x0f\x20"),
    ]


def test_a_changed_device_log_is_copied_to_the_broker(home: Home) -> None:
    hub, ear = home.device(CommunicationsHub), Ear(home)
    hub.log_changed(home.device(ElectricityMeter).identity.device_id)
    ((_device, message),) = ear.heard
    assert (message.message_code, message.target, bool(message.mac)) == (0x0018, BROKER, True)
    body = parse_payload(message).body  # type: ignore[union-attr]
    time, whose, rows = body.as_items()[2].as_items()
    assert (len(time.as_bytes()), whose.as_bytes()) == (12, hub.gpf.identity.eui)
    assert {row.as_items()[0].as_bytes() for row in rows.as_items()} >= {home.device(GasMeter).identity.eui}


def test_the_gas_proxy_copies_its_log_to_the_broker(home: Home) -> None:
    """GCS62."""
    gpf, ear = home.device(CommunicationsHub).gpf, Ear(home)
    gpf.alert(AlertCode.GPF_DEVICE_LOG_CHANGED, "")
    ((_device, message),) = ear.heard
    assert (message.message_code, message.target) == (0x00B2, BROKER)
    entries = parse_payload(message).value["deviceLogEntries"]  # type: ignore[union-attr]
    assert {"deviceIdentifier": home.device(GasMeter).identity.eui, "deviceType": 0} in entries
    assert read_alert(message).code == 0x8071


def test_an_outage_is_told_with_its_beginning_and_end(home: Home) -> None:
    meter, ear = home.device(ElectricityMeter), Ear(home)
    home.premises.mains.switch(False)
    home.clock.advance(600)
    home.premises.site.catch_up()
    home.premises.mains.switch(True)
    told = [message for device, message in ear.heard if device is meter and message.message_code == 0x0067]
    assert [message.target for message in told] == [OPERATOR]
    _code, _time, began, ended = parse_payload(told[0]).body.as_items()  # type: ignore[union-attr]
    assert len(began.as_bytes()) == len(ended.as_bytes()) == 12
    assert began.as_bytes() < ended.as_bytes()


def test_what_is_refused_is_alerted_over_gbcs(home: Home) -> None:
    meter, ear = home.device(ElectricityMeter), Ear(home)
    command = home.command(meter, 0x0051, "D920000000000103000900000A006AFF0101120036")
    home.ends.read(meter, command.raw)
    with pytest.raises(DeviceRefusal):
        home.ends.read(meter, command.raw)
    assert ear.codes()[-1] == (0x1000, 0x8F60)


def test_an_alert_for_nobody_is_told_to_the_chronicle(home: Home) -> None:
    meter, ear = home.device(ElectricityMeter), Ear(home)
    anchors = home.ends.end_of(meter).anchors
    for cell, _found in list(anchors):
        if cell.role is Role.SUPPLIER:
            anchors._cells[cell] = None  # a device that nobody has taken over yet
    anchors.version += 1
    meter.alert(AlertCode.SOURCE_LACKS_AUTHORITY)
    assert not ear.heard
    assert any(line.what == "could not send an alert" for line in home.premises.site.chronicle)


def test_a_home_has_one_set_of_ends(home: Home) -> None:
    assert ends_of(home.premises) is ends_of(home.premises)
    assert ends_of(home.premises) is not ends_of(Home().premises)


# --- dated ahead


def test_each_dated_instruction_of_a_reference_command_has_its_alert(vectors: Any) -> None:
    """The reference alerts name the same instructions. Their order is the device's own, and so are the frame controls
    that GCS05's alerts repeat."""
    commands: dict[int, Envelope] = {}
    alerts: dict[int, set[Any]] = {}
    for item in messages(vectors):
        if "FUTURE_DATED" not in item["id"]:
            continue
        message = parse(bytes.fromhex(item["hex"]))
        if item["form"] == "COMMAND":
            commands[message.message_code] = message
        elif item["form"].startswith("ALERT"):
            about = read_alert(message).instruction
            if about is not None and about.where is not None:
                alerts.setdefault(about.message_code, set()).add(_where(about.where))
    compared = 0
    for code, theirs in alerts.items():
        command = commands.get(code)
        if command is None:
            continue
        mine = {_where(one) for one in instructions(_asked(command))}
        assert mine >= theirs, f"{code:04X}"
        compared += len(theirs)
    assert compared >= 10


def test_what_was_dated_ahead_is_told_when_it_takes_effect(home: Home, vectors: Any) -> None:
    """A reference command, with its date an hour from now: one alert for each of its parts."""
    device, ear = home.device(GasMeter), Ear(home)
    name = "rtds/GCS01a_1.1.1_FUTURE_DATED_BLOCK_SUCCESS_COMMAND"
    command = parse(bytes.fromhex(next(one for one in messages(vectors) if one["id"] == name)["hex"]))
    payload = command.payload
    for old, new in dates(command, START + timedelta(hours=1)):
        payload = payload.replace(old, new)
    home.say(device, command.message_code, payload)
    assert not ear.heard
    home.clock.advance(2 * HOUR_S)
    home.premises.site.catch_up()
    told = [message for heard, message in ear.heard if heard is device and message.message_code == 0x00CD]
    assert len(told) == len(instructions(_asked(command))) == 5
    for message in told:
        said = read_alert(message)
        assert (said.code, message.target) == (0x8F66, SUPPLIER)
        assert said.instruction is not None
        assert (said.instruction.message_code, said.instruction.counter) == (command.message_code, home.counter)


def test_what_was_dated_ahead_for_an_electricity_meter_names_its_attributes() -> None:
    home = Home("storage-heaters")
    meter, ear = home.device(ElectricityMeter), Ear(home)
    later = encode_datetime(START + timedelta(hours=1), deviation=None, status=0xFF)
    number = sorted(meter.load_control.switches)[0]
    row = (0x1080 | number << 8, 1, "1111111", "0", "FFFFFFFFFF", "FFFFFFFFFF")
    assert controllers(home, meter, special_days(), schedule(row), later).results == (0, 0, 0, 0)
    home.clock.advance(2 * HOUR_S)
    home.premises.site.catch_up()
    told = [read_alert(message) for heard, message in ear.heard if message.message_code == 0x00CC]
    assert [(one.code, one.instruction and one.instruction.message_code) for one in told] == [(0x8F66, 0x011A)] * 2
    wheres = [str(one.instruction.where.obis) for one in told if one.instruction and one.instruction.where]  # type: ignore[union-attr]
    assert [where.removesuffix(".255") for where in wheres] == ["0-0:94.44.128.26", "0-0:94.44.128.35"]


def dates(command: Envelope, later: datetime) -> list[tuple[bytes, bytes]]:
    """The octets of the date in a reference command, and those of another one."""
    payload = parse_payload(command)
    seconds = {fields[name] for fields in map(_fields, payload.components) for name in TIMES if name in fields}  # type: ignore[union-attr]
    new = int((later - EPOCH).total_seconds()).to_bytes(4, "little")
    return [(old.to_bytes(4, "little"), new) for old in seconds if old]


def _fields(one: Any) -> dict[str, Any]:
    layout = zcl.layout_of(one.cluster, one.frame_control, one.command)
    return zcl.read(layout, one.payload) if layout is not None else {}


def _asked(command: Envelope) -> Asked:
    found = use_case(command.message_code)
    assert found is not None
    return Asked(VerifiedCommand(command, found, Role.SUPPLIER, parse_payload(command)), None, None)  # type: ignore[arg-type]


def _where(one: Any) -> Any:
    return one if isinstance(one, CosemAttribute) else (one.cluster, one.command)
