"""The emulated meter in plain text: readout, programming mode, older heads; who may what, what is logged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.clock import ManualClock
from hht.emulation.meter_server import MeterServer
from hht.emulation.optical_port import Mode, OpticalPort
from hht.model.electricity_meter import ElectricityMeter, Item
from hht.model.electricity_meter.maximum_demand import Demand
from hht.model.premises import load_premises
from hht.model.premises_plan import parse_premises
from hht.protocol.iec62056_21 import SwitchLine, acknowledge, even_parity, request_message, without_parity
from hht.protocol.iec62056_21.data_sets import DataSet, DataSetReader
from hht.protocol.iec62056_21.messages import Control, Event, Message, MessageReader, command
from hht.protocol.iec62056_21.programming import Password, password_command
from hht.protocol.iec62056_21.times import parse_time
from tests.emulation.conftest import START
from tests.standalone import standalone_meter

MeterOf = Callable[..., ElectricityMeter]
NAK, ACK = b"\x15", b"\x06"


class Caller:
    """Speaks plain text to an optical port, with parity bits and in single bytes."""

    def __init__(self, meter: ElectricityMeter, *, parity: bool = True) -> None:
        self.port = OpticalPort(MeterServer(meter))
        self.wire = even_parity if parity else bytes
        self.speeds: list[int] = []

    def say(self, data: bytes) -> bytes:
        out = b""
        for byte in self.wire(data):
            for action in self.port.receive(bytes([byte])):
                if isinstance(action, SwitchLine):
                    self.speeds.append(action.baud)
                else:
                    out += action.data
        assert self.wire(without_parity(out)) == out
        return without_parity(out)

    def events(self, data: bytes) -> list[Event]:
        return MessageReader().feed(self.say(data))

    def sign_on(self, mode: int, baud: str = "5") -> list[Event]:
        assert self.say(request_message()).startswith(b"/HHT5\\2TRAINER-1E\r\n")
        return self.events(acknowledge(baud, protocol=0, mode=mode))

    def text(self, data: bytes) -> str:
        (event,) = self.events(data)
        assert isinstance(event, Message)
        return event.text.decode()


def last(meter: ElectricityMeter) -> tuple[int, str]:
    """The newest entry of the Security Log."""
    *_before, record = meter.security_log
    return record.code, record.information


def sets(message: Event) -> dict[str, DataSet]:
    assert isinstance(message, Message)
    return {entry.address: entry for line in DataSetReader().feed(message.text) for entry in line}


@pytest.mark.parametrize("parity", [True, False])
def test_a_readout_holds_what_the_meter_holds(meter_of: MeterOf, parity: bool) -> None:
    meter = meter_of()
    caller = Caller(meter, parity=parity)
    (message,) = caller.sign_on(0)
    found = sets(message)
    imported, exported = meter.registers()
    registers = {str(r[0]): (r[1] * 1000, r[2]) for entry in found.values() if (r := entry.register)}
    assert registers["1-0:1.8.0"] == (imported, "kWh")
    assert registers["1-0:2.8.0"] == (exported, "kWh")
    assert registers["1-0:1.7.0"] == (meter.power_w(), "kW")
    assert registers["1-0:32.7.0"] == (meter.voltage_dv() * 100, "V")
    assert found["C.1.1"].values[0].text == meter.identity.device_id
    assert found["C.128.0"].values[0].text == "installer"
    now = meter.clock.now()
    assert found["0.9.1"].values[0].text == f"2{now:%H%M%S}"
    assert found["0.9.2"].values[0].text == f"2{now:%y%m%d}"
    assert isinstance(message, Message)
    assert message.text.endswith(b"!\r\n")
    assert caller.speeds == [9600]
    assert [(r.code, r.information) for r in meter.security_log][-1] == (0x81A5, "SAP 16 none")
    assert caller.events(NAK) == [message]  # again
    assert caller.say(ACK) == b""
    assert caller.port.mode is Mode.WAITING
    assert caller.speeds == [9600, 300]


def test_a_speed_that_is_not_offered_stays_at_300(meter_of: MeterOf) -> None:
    caller = Caller(meter_of())
    caller.sign_on(0, baud="6")
    assert caller.speeds == [300]


def test_after_a_readout_a_new_sign_on_begins_anew(meter_of: MeterOf) -> None:
    caller = Caller(meter_of())
    caller.sign_on(0)
    assert isinstance(caller.sign_on(0)[0], Message)
    for _ in range(5):
        caller.say(NAK)
    assert caller.port.mode is Mode.WAITING  # nobody repeats for ever


def test_programming_mode_reads_without_a_password_and_writes_with_it(meter_of: MeterOf) -> None:
    meter = meter_of()
    caller = Caller(meter)
    (request,) = caller.sign_on(1)
    assert request == Message(b"(00DB1234567890A0)", "P0")
    assert caller.text(command("R1", "1.8.0()")) == f"1.8.0({meter.registers()[0] / 1000:010.3f}*kWh)"
    assert caller.text(command("R5", "0-0:94.44.0.1()")) == "0-0:94.44.0.1(0*s)"
    write = command("W1", "0-0:94.44.0.1(600)")
    assert caller.text(write) == "(ER07)"
    assert meter.randomised_offset.limit_s == 0
    assert last(meter) == (0x8F30, "SAP 16 refused randomised-offset-limit")
    assert caller.events(password_command(Password("Gurux"))) == [Control.ACK]
    assert caller.events(write) == [Control.ACK]
    assert meter.randomised_offset.limit_s == 600
    assert meter.writes.count(Item.RANDOMISED_OFFSET_LIMIT) == 1
    clock = meter.clock.now() + timedelta(seconds=90)
    assert caller.events(command("W5", f"0-0:1.0.0(2{clock:%y%m%d%H%M%S})")) == [Control.ACK]
    assert caller.say(command("B0")) == b""
    assert caller.port.mode is Mode.WAITING
    assert isinstance(caller.sign_on(1)[0], Message)
    assert caller.text(write) == "(ER07)"  # the password went with the conversation


@pytest.mark.parametrize(
    ("wrong", "answer"),
    [
        ("R1", "(ER03)"),
        ("R1:9.9.9()", "(ER02)"),
        ("R1:1.8.0(", "(ER03)"),
        ("R5:P.01(yesterday)", "(ER03)"),
        ("R5:P.01(02611200000;)", "(ER03)"),
        ("E2:C.1.1()", "(ER07)"),
        ("E2:0-0:1.0.0(soon)", "(ER03)"),
        ("E2:0-0:1.0.0(901)", "(ER03)"),
        ("P2:(0123456789ABCDEF)", "(ER01)"),
        ("P3:(x)", "(ER01)"),
        ("R0:1.8.0()", "(ER01)"),
        ("R7:1.8.0()", "(ER01)"),
        ("W6:0-0:94.44.0.1(600)", "(ER01)"),
        ("E3:0-0:1.0.0(60)", "(ER01)"),
        ("B2", "(ER01)"),
        ("W1:1.8.0(0)", "(ER07)"),
        ("W1:9.9.9(0)", "(ER07)"),
        ("W1:0-0:94.44.0.1(1800)", "(ER03)"),
        ("W1:0-0:94.44.0.1(six)", "(ER03)"),
        ("W1:0-0:1.0.0(2269999999999)", "(ER03)"),
        ("W1:0-0:1.0.0(0260101000000)", "(ER03)"),
    ],
)
def test_what_cannot_be_done_is_answered_and_changes_nothing(meter_of: MeterOf, wrong: str, answer: str) -> None:
    meter = meter_of()
    caller = Caller(meter)
    caller.sign_on(1)
    assert caller.events(password_command(Password("Gurux"))) == [Control.ACK]
    name, _colon, text = wrong.partition(":")
    assert caller.text(command(name, text or None)) == answer
    assert meter.writes.entries == ()


def test_a_write_in_partial_blocks_is_done_once_it_is_whole(meter_of: MeterOf) -> None:
    meter = meter_of()
    caller = Caller(meter)
    caller.sign_on(1)
    caller.events(password_command(Password("Gurux")))
    first, last_block = command("W3", "0-0:94.44", more=True), command("W3", ".0.1(600)")
    assert caller.events(first) == [Control.ACK]
    assert meter.randomised_offset.limit_s == 0
    assert caller.events(last_block) == [Control.ACK]
    assert meter.randomised_offset.limit_s == 600
    assert caller.events(first) == [Control.ACK]
    assert caller.text(command("R1", "C.1.1()")).startswith("C.1.1(00-DB")  # another command ends what was begun
    assert caller.text(last_block) == "(ER07)"
    assert caller.say(command("B1")) == b""
    assert caller.port.mode is Mode.WAITING


def test_a_read_only_port_writes_nothing(meter_of: MeterOf) -> None:
    meter = meter_of("smets2-read-only")
    caller = Caller(meter)
    caller.say(request_message())
    caller.say(acknowledge("5", protocol=0, mode=1))
    assert caller.events(password_command(Password("Gurux"))) == [Control.ACK]
    assert caller.text(command("W1", "0-0:94.44.0.1(1)")) == "(ER07)"
    assert meter.writes.entries == ()


def test_wrong_passwords_are_logged_and_end_the_conversation(meter_of: MeterOf) -> None:
    meter = meter_of()
    caller = Caller(meter)
    caller.sign_on(1)
    wrong = password_command(Password("gurux"))
    assert [caller.text(wrong), caller.text(wrong)] == ["(ER07)"] * 2
    assert caller.events(wrong) == [Message(b"", "B0")]
    assert caller.port.mode is Mode.WAITING
    assert last(meter) == (0x8F53, "SAP 17")


def test_a_load_profile_in_blocks_and_whole(meter_of: MeterOf) -> None:
    meter = meter_of()
    caller = Caller(meter)
    caller.sign_on(1, baud="1")
    whole = caller.text(command("R5", "P.01(;)"))
    (first,) = caller.events(command("R6", "P.01(;)"))
    blocks = [first]
    while isinstance(blocks[-1], Message) and blocks[-1].more:
        if len(blocks) == 2:
            assert caller.events(NAK) == [blocks[-1]]
        blocks += caller.events(ACK)
    assert len(blocks) > 3
    assert all(isinstance(block, Message) and len(block.text) <= 480 for block in blocks)  # eight seconds at 600 baud
    assert all(isinstance(block, Message) and block.text.endswith(b"\n") for block in blocks[:-1])
    assert b"".join(block.text for block in blocks if isinstance(block, Message)).decode() == whole
    rows = whole.split("\r\n")
    assert rows[0].startswith("P.01(2")
    assert rows[0].endswith("(00000000)(30)(2)(1.8.0)(kWh)(2.8.0)(kWh)")
    assert len(rows) == 1 + len(meter.profile)


def test_a_block_takes_eight_seconds_of_the_line(meter_of: MeterOf) -> None:
    caller = Caller(meter_of())
    caller.sign_on(1)
    whole = caller.text(command("R5", "P.01(;)"))
    (first,) = caller.events(command("R6", "P.01(;)"))
    assert isinstance(first, Message)
    assert len(first.text) == min(len(whole), whole.rfind("\n", 0, 7680) + 1 if len(whole) > 7680 else len(whole))


def test_a_damaged_command_is_asked_for_again_and_never_done(meter_of: MeterOf) -> None:
    meter = meter_of()
    caller = Caller(meter)
    caller.sign_on(1)
    caller.say(password_command(Password("Gurux")))
    wire = command("W1", "0-0:94.44.0.1(600)")
    for at in range(1, len(wire)):
        caller.events(wire[:at] + bytes([wire[at] ^ 0x08]) + wire[at + 1 :])
        caller.say(b"\x03\x03" if caller.port.mode is Mode.PLAIN else b"")
        if caller.port.mode is not Mode.PLAIN:  # a slash came out of it: a new sign-on
            caller.sign_on(1)
            caller.say(password_command(Password("Gurux")))
    assert meter.writes.entries == ()


PREMISES = """
title = "An older meter"
[[device]]
id = "esme-1"
kind = "electricity-meter"
device_id = "00-DB-12-34-56-78-90-A0"
maker = "HHT"
manufacturer = "HHT Training"
model = "OLD-1"
firmware = "0002012F"
local_access = "read"
[device.optical]
mode = "{mode}"
reaction_ms = {reaction}
"""


def older(mode: str, reaction: int = 200) -> ElectricityMeter:
    plan = parse_premises(PREMISES.format(mode=mode, reaction=reaction), name="old", file="old.toml")
    return standalone_meter(plan.electricity_meters[0], ManualClock(START))


@pytest.mark.parametrize(("mode", "line", "speeds"), [("A", "/HHTXOLD-1", []), ("B", "/HHTEOLD-1", [9600])])
def test_heads_that_nobody_acknowledges(mode: str, line: str, speeds: list[int]) -> None:
    caller = Caller(older(mode))
    out = caller.say(request_message())
    identification, _feed, rest = out.partition(b"\r\n")
    assert identification.decode() == line
    assert sets(MessageReader().feed(rest)[0])["1.8.0"].register
    assert caller.speeds == speeds


def test_mode_c_has_no_hdlc() -> None:
    caller = Caller(older("C"))
    assert caller.say(bytes.fromhex("7ea0070321930f017e")) == b""
    assert caller.say(request_message()) == b"/HHT5OLD-1\r\n"
    assert caller.say(acknowledge("5")) == b""  # mode E: it stays silent
    assert isinstance(caller.events(acknowledge("3", protocol=0, mode=0))[0], Message)
    assert caller.speeds == [2400]


def test_mode_d_talks_by_itself() -> None:
    port = OpticalPort(MeterServer(older("D")))
    assert port.receive(even_parity(request_message())) == []
    speed, told = port.telegram()
    assert speed == SwitchLine(2400)
    assert not isinstance(told, SwitchLine)
    text = without_parity(told.data)
    assert text.startswith(b"/HHT3OLD-1\r\n\r\nF.F(00000000)\r\n")
    assert text.endswith(b"!\r\n")


def test_a_fast_head_says_so() -> None:
    assert MeterServer(older("E", 20)).identification == "/HHt5\\2OLD-1"
    assert MeterServer(older("E", 200)).identification == "/HHT5\\2OLD-1"


_METER = load_premises("single-element", clock=ManualClock(START), days=1).device()
_SERVER = MeterServer(_METER)
_BITS = [b"/?!\r\n", b"\x06050\r\n", b"\x06051\r\n", b"\x01W1\x02", b"\x03", b"\x04", ACK, NAK, command("R6", "P.01()")]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=20) | st.sampled_from(_BITS), max_size=15))
def test_noise_never_raises_and_never_writes(pieces: list[bytes]) -> None:
    port = OpticalPort(_SERVER)
    for piece in pieces:
        port.receive(piece)
    port.reset()
    assert _METER.writes.entries == ()


@pytest.mark.parametrize("name", ["P0", "P2", "P3", "P7", "P9"])
def test_only_p1_gives_the_password(meter_of: MeterOf, name: str) -> None:
    meter = meter_of()
    caller = Caller(meter)
    caller.sign_on(1)
    assert caller.text(command(name, "(Gurux)")) == "(ER01)"
    assert caller.text(command("W1", "0-0:94.44.0.1(600)")) == "(ER07)"
    assert meter.writes.entries == ()


@pytest.mark.parametrize("name", ["R0", "R7", "R8", "R9", "W0", "W6", "W7", "W8", "W9", "E0", "E1", "E3", "E9"])
def test_reserved_commands_are_refused(meter_of: MeterOf, name: str) -> None:
    meter = meter_of()
    caller = Caller(meter)
    caller.sign_on(1)
    caller.events(password_command(Password("Gurux")))
    assert caller.text(command(name, "0-0:94.44.0.1(600)")) == "(ER01)"
    assert meter.writes.entries == ()


def test_a_wrong_password_after_the_right_one_closes_what_that_opened(meter_of: MeterOf) -> None:
    meter = meter_of()
    caller = Caller(meter)
    caller.sign_on(1)
    assert caller.events(password_command(Password("Gurux"))) == [Control.ACK]
    assert caller.text(password_command(Password("gurux"))) == "(ER07)"
    assert caller.text(command("W1", "0-0:94.44.0.1(600)")) == "(ER07)"
    assert meter.writes.entries == ()


def test_the_error_register_is_read_by_command_as_it_is_read_out(meter_of: MeterOf) -> None:
    caller = Caller(meter_of())
    (message,) = caller.sign_on(0)
    shown = sets(message)
    caller.say(ACK)
    caller.sign_on(1)
    for address, entry in shown.items():
        if address in ("0.9.1", "0.9.2"):
            continue  # the time goes on
        assert caller.text(command("R1", f"{address}()")) == str(entry)
    assert caller.text(command("R5", "0-0:97.97.0.255()")) == "0-0:97.97.0.255(00000000)"


@pytest.mark.parametrize(
    ("text", "answer", "limit_s"),
    [("600", "", 600), ("600*s", "", 600), ("10*min", "(ER03)", 0), ("600*kWh", "(ER03)", 0), ("600*S", "(ER03)", 0)],
)
def test_a_unit_that_is_written_is_heeded(meter_of: MeterOf, text: str, answer: str, limit_s: int) -> None:
    meter = meter_of()
    caller = Caller(meter)
    caller.sign_on(1)
    caller.events(password_command(Password("Gurux")))
    wire = command("W1", f"0-0:94.44.0.1({text})")
    if answer:
        assert caller.text(wire) == answer
    else:
        assert caller.events(wire) == [Control.ACK]
    assert meter.randomised_offset.limit_s == limit_s
    assert caller.text(command("R1", "0-0:94.44.0.1()")) == f"0-0:94.44.0.1({limit_s}*s)"


@pytest.mark.parametrize("item", ["0-0:1.0.0(2261121101233*s)", "0-0:94.44.0.1()", "0-0:94.44.0.1(1)(2)"])
def test_what_has_no_unit_takes_none(meter_of: MeterOf, item: str) -> None:
    meter = meter_of()
    caller = Caller(meter)
    caller.sign_on(1)
    caller.events(password_command(Password("Gurux")))
    assert caller.text(command("W1", item)) == "(ER03)"
    assert meter.writes.entries == ()


def test_a_year_has_the_century_of_the_meter(meter_of: MeterOf) -> None:
    meter = meter_of()
    caller = Caller(meter)
    caller.sign_on(1)
    caller.events(password_command(Password("Gurux")))
    for year in (70, 90, 99):
        caller.events(command("W1", f"0-0:1.0.0(2{year:02}0101000000)"))
        assert caller.text(command("R1", "0-0:1.0.0()")).startswith(f"0-0:1.0.0(2{year:02}0101")
        assert meter.clock.now().year == 2000 + year


@pytest.mark.parametrize("name", ["single-element", "polyphase-farm"])
def test_the_registers_of_plain_text_are_those_of_cosem(meter_of: MeterOf, name: str) -> None:
    meter = meter_of(name)
    caller = Caller(meter)
    caller.say(request_message())
    (message,) = caller.events(acknowledge("5", protocol=0, mode=0))
    shown = sets(message)
    measured = meter.measurement
    kilo = {str(r[0]): r[1] * 1000 for entry in shown.values() if (r := entry.register)}
    assert kilo["1-0:3.8.0"] == measured.reactive_import_varh
    assert kilo["1-0:1.29.0"] == meter.stores.stores().today
    maximum = meter.maximum_demand.registers[Demand.IMPORT]
    power, at = shown["1.6.0"].values
    assert (power.number, power.unit) == (Decimal(maximum.power_w) / 1000, "kW")
    assert parse_time(at.text) == datetime.fromtimestamp(maximum.time_s, UTC)
    if name == "polyphase-farm":
        assert kilo["1-0:41.8.0"] == measured.channels[1].import_mws // 3_600_000
        assert kilo["1-0:72.7.0"] == meter.voltage_dv(2) * 100
        assert [kilo[f"1-0:1.8.{number}"] for number in (1, 2)] == [meter.tariff.tou_wh[1], meter.tariff.tou_wh[2]]
