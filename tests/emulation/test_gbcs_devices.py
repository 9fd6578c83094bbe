"""Devices that read GBCS: commands of the training cast carried out on the model, or refused."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from random import Random

import pytest

from hht.client.radio.carrier import TunnelCarrier
from hht.client.radio.tunnel import HanTunnel
from hht.emulation.gbcs.ends import TABLE, AnsweredCommand
from hht.emulation.gbcs.pki import device_certificate
from hht.identifiers.device_id import DeviceId
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.device import Alert, Device, DeviceKind
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.items import SupplyState
from hht.model.gas_meter import GasMeter
from hht.model.refusal import DeviceRefusal
from hht.packs.delivery import Delivery
from hht.packs.locker import EntryState, Facts
from hht.packs.pack import Entry, Pack, PackDevice
from hht.packs.records import first_hash
from hht.protocol.cosem.datetime import decode_datetime, encode_datetime
from hht.protocol.gbcs.envelope import Envelope
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.refusals import ALERT_CODES, CommandRefused
from hht.protocol.gbcs.results import operations
from tests.emulation.gbcs_home import USAGES, Home
from tests.packs.household import Notebook
from tests.support.radio import GSME, START, Bench, joined, play

REFUSALS = frozenset(ALERT_CODES.values())


@pytest.fixture
def home() -> Home:
    return Home()


SET_MPAN = "D900000000 00 01 02 0001 00005E2C220B 02 01 09 0D 31323030303233333035393637"
READ_MPAN = "D900000000 00 02 01 0001 00005E2C220B 02 01 0001 0100000002FF 02 02 00 00"
SWITCH = "D900000000 00 01 03 0009 00000A006AFF 01 01 12 00"
READ_SWITCH = "D900000000 00 01 01 0046 000060030AFF 03 01 00"
SET_LIMIT = "D900000000 00 01 02 0001 00005E2C0001 02 01 12 0258"
READ_OFFSET = "D900000000 00 03 01 0001 00005E2C0000 02 01 0001 00005E2C0002 02 01 0001 00005E2C0001 02 03 00 00 00"
SET_MPRN = "0109 01 01 0708 001A 09 00 03 804A371C 00000000 00000000 0A 31323334353637383930"
READ_MPRN = "0109 01 01 0702 0005 00 00 00 07 03"
CLOSE_VALVE = "0109 01 01 0702 0015 01 00 0B 00000000 804A371C 00000000 00000000 00 01"
ARM_VALVE = CLOSE_VALVE[:-5] + "01 01"


def test_an_mpan_is_set_and_read_back(home: Home) -> None:
    meter = home.device(ElectricityMeter)
    assert home.say(meter, 0x004C, SET_MPAN).payload[5:] == bytes.fromhex("0000 0100 010200")
    assert meter.import_mpan == "1200023305967"
    assert b"1200023305967" in home.say(meter, 0x004E, READ_MPAN).payload


def test_a_supply_is_disabled_armed_and_its_state_told(home: Home) -> None:
    meter = home.device(ElectricityMeter)
    for code, operand, state in ((0x0050, "34", SupplyState.DISABLED), (0x0051, "36", SupplyState.ARMED)):
        response = home.say(meter, code, SWITCH + operand)
        assert [operation.done for operation in operations(response)] == [True]
        assert response.signature
        assert meter.supply is state
    assert home.say(meter, 0x0052, READ_SWITCH).payload.hex().endswith("011602" + "010100")


def test_the_randomised_offset_limit_is_set_and_all_three_numbers_are_read(home: Home) -> None:
    meter = home.device(ElectricityMeter)
    home.say(meter, 0x004B, SET_LIMIT)
    assert meter.randomised_offset.limit_s == 600
    payload = home.say(meter, 0x003D, READ_OFFSET).payload
    offset = meter.randomised_offset
    told = b"".join(b"\x12" + number.to_bytes(2, "big") for number in (offset.offset_s, offset.number, 600))
    assert told in payload


def test_a_clock_is_set_by_the_hub_within_the_interval_and_tells_its_time(home: Home) -> None:
    meter = home.device(ElectricityMeter)
    never = "FF" * 9 + "8000FF"
    start, end = (encode_datetime(START + timedelta(hours=hours)).hex() for hours in (-12, 12))
    clock = "0000010000FF"
    items = f"03 0008 {clock} 05 03 0008 {clock} 04 01 0008 {clock} 02"
    values = f"02 03 09 0C {never} 09 0C {start} 09 0C {end} 0F 00 00"
    response = home.say(meter, 0x0062, f"D900000000 00 03 {items} 03 {values}")
    assert [operation.done for operation in operations(response)] == [True] * 3
    at = response.payload.index(b"\x09\x0c")
    assert decode_datetime(response.payload[at + 2 : at + 14]).time == meter.clock.now()


def test_gas_the_same_way(home: Home) -> None:
    meter = home.device(GasMeter)
    assert operations(home.say(meter, 0x0087, SET_MPRN))[0].done
    assert meter.mprn == "1234567890"
    assert b"\x0a1234567890" in home.say(meter, 0x0089, READ_MPRN).payload
    assert home.say(meter, 0x0081, CLOSE_VALVE).payload[-1:] == b"\x00"
    assert meter.valve.state is SupplyState.DISABLED
    assert home.say(meter, 0x0085, ARM_VALVE).payload[-1:] == b"\x01"
    assert meter.valve.state is SupplyState.ARMED


def test_devices_join_and_unjoin_as_the_model_says(home: Home) -> None:
    meter, display = home.device(ElectricityMeter), home.device(HomeDisplay)
    partner = display.identity.eui.hex()
    home.say(meter, 0x0010, f"0408 {partner}", role=Role.SUPPLIER)
    assert display.identity.device_id not in meter.node.partners
    joined_again = home.say(meter, 0x000E, f"3010 020102 0408 {partner} 020106")
    assert joined_again.payload == bytes.fromhex("020100")
    assert meter.node.partners[display.identity.device_id] is DeviceKind.IHD
    stranger = home.say(meter, 0x000E, "3010 020102 0408 0011223344556677 020106")
    assert stranger.payload[-1] != 0


@pytest.mark.parametrize("spoil", ["mac", "counter", "target", "role", "signature"])
def test_a_command_that_is_not_right_changes_nothing_and_gets_no_answer(home: Home, spoil: str) -> None:
    meter, gas = home.device(ElectricityMeter), home.device(GasMeter)
    home.say(meter, 0x0050, SWITCH + "34", counter=5000)
    role = Role.NETWORK_OPERATOR if spoil == "role" else Role.SUPPLIER
    counter = 5000 if spoil == "counter" else 5001
    octets = home.command(gas if spoil == "target" else meter, 0x0051, SWITCH + "36", role=role, counter=counter).raw
    if spoil in ("mac", "signature"):
        at = len(octets) - (1 if spoil == "mac" else 40)
        octets = octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]
    alerts: list[Alert] = []
    meter.uplink = alerts.append
    with pytest.raises(DeviceRefusal):
        home.ends.read(meter, octets)
    assert meter.supply is SupplyState.DISABLED
    assert [alert.code in REFUSALS for alert in alerts] == [True]  # it says by an alert that it did not believe it


def test_who_observes_hears_each_command_that_was_answered_and_whether_it_was_carried_out(home: Home) -> None:
    meter, heard = home.device(ElectricityMeter), list[AnsweredCommand]()
    stop = home.ends.observe(heard.append)
    home.say(meter, 0x004C, SET_MPAN)
    home.say(meter, 0x004C, SET_MPAN.replace("0D 31323030303233333035393637", "03 313233"))
    with pytest.raises(DeviceRefusal):
        home.say(meter, 0x004C, SET_MPAN, counter=1)  # a replay is answered by nothing but an alert
    home.say(meter, 0x004B, SET_LIMIT[:-4] + "0708")  # 1800 s
    stop()
    home.say(meter, 0x004E, READ_MPAN)
    assert [(one.device, one.command.use_case.code, bool(one.why)) for one in heard] == [
        (meter, 0x004C, False),
        (meter, 0x004C, True),
        (meter, 0x004B, True),
    ]


def test_what_a_device_may_not_do_is_refused_in_its_answer(home: Home) -> None:
    meter = home.device(ElectricityMeter)
    too_much = SET_LIMIT[:-4] + "0708"  # 1800 s
    assert [one.done for one in operations(home.say(meter, 0x004B, too_much))] == [False]
    short = SET_MPAN.replace("0D 31323030303233333035393637", "03 313233")
    assert [one.done for one in operations(home.say(meter, 0x004C, short))] == [False]


def test_who_takes_no_messages_says_so(home: Home) -> None:
    with pytest.raises(DeviceRefusal, match="takes no GBCS"):
        home.ends.read(home.device(HomeDisplay), b"\xdd")


def test_a_pack_is_delivered_by_radio_and_every_answer_comes_back() -> None:
    """No WAN: supplier's commands, hub, tunnel, sleepy gas meter, locker; all over bytes."""

    async def story(made: Bench) -> None:
        meter, gas = made.premises.of(ElectricityMeter)[0], made.premises.of(GasMeter)[0]
        home = Home.__new__(Home)
        home.counter = 1000
        commands = (
            ("mpan", home.command(meter, 0x004C, SET_MPAN)),
            ("limit", home.command(meter, 0x004B, SET_LIMIT)),
            ("mprn", home.command(gas, 0x0087, SET_MPRN)),
        )
        entries = tuple(Entry(name, request_of(message), message) for name, message in commands)
        devices = tuple(pack_device(device, kind) for device, kind in ((meter, "ESME"), (gas, "GSME")))
        day = timedelta(days=1)
        pack = Pack("P-1", 1, "J-1", True, START - day, START + day, "", "", devices, (), entries)
        pack.payload()  # as a desk makes it
        notes = Notebook(first_hash(b""), now=START)
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            delivery = Delivery(pack, notes, TunnelCarrier(tunnel, made.gpf_id, {GSME}), lambda: Facts(START))
            while (waiting := delivery.locker.next) is not None:
                await delivery.deliver(waiting)
        reports = delivery.locker.reports()
        assert [report.state for report in reports] == [EntryState.DONE] * 3
        assert [report.vouched for report in reports] == [False, True, False]  # only the critical one is signed
        assert (meter.import_mpan, meter.randomised_offset.limit_s, gas.mprn) == ("1200023305967", 600, "1234567890")

    play(story, read=None)


def request_of(message: Envelope) -> str:
    return ":".join((message.originator.hex("-").upper(), message.target.hex("-").upper(), str(message.counter)))


def pack_device(device: Device, kind: str) -> PackDevice:
    certificates = tuple(device_certificate(device.identity.eui, usage) for usage in USAGES)
    return PackDevice(DeviceId.parse(device.identity.device_id), kind, certificates)


def test_every_use_case_of_the_table_is_one_of_gbcs() -> None:
    from hht.protocol.gbcs.messages import use_case

    assert all(use_case(code) is not None for code in TABLE)
    assert len(TABLE) >= 20


def test_no_flipped_bit_gets_past_a_device(home: Home) -> None:
    """A sample at the device itself, which knows whom it trusts and how far each has counted; the whole sweep of the
    reference messages is tests/protocol/test_gbcs_protection."""
    meter, chance, flips = home.device(ElectricityMeter), Random(8), 0
    end = home.ends.end_of(meter)
    for code, payload in ((0x0051, SWITCH + "36"), (0x004C, SET_MPAN), (0x004E, READ_MPAN), (0x004B, SET_LIMIT)):
        message = home.command(meter, code, payload).raw
        before = deepcopy(end.counters)
        for bit in chance.sample(range(8 * len(message)), 150):
            wrong = bytearray(message)
            wrong[bit >> 3] ^= 0x80 >> (bit & 7)
            with pytest.raises(CommandRefused):
                end.receive(bytes(wrong))
            flips += 1
        assert end.counters == before
        assert end.receive(message)
    assert flips == 600
