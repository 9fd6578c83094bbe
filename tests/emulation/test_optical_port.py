"""Whole conversations with the optical port in memory: sign-on, HDLC, wrapper; who may what; what is logged."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.clock import ManualClock
from hht.emulation.meter_server import MeterServer
from hht.emulation.optical_port import Mode, OpticalPort
from hht.errors import HhtError
from hht.model.electricity_meter import ElectricityMeter
from hht.model.premises import load_premises
from hht.model.refusal import DeviceRefusal
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.client import GetResult, SetDone
from hht.protocol.cosem.codes import DataAccessResult
from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.cosem.errors import AssociationRejected, CosemRefusal, DataAccessError
from hht.protocol.cosem.obis import Obis
from hht.protocol.hdlc import HdlcParameters
from hht.protocol.hdlc.frame import Control, Frame, HdlcAddress
from hht.protocol.iec62056_21 import SwitchLine, even_parity, request_message
from tests.emulation.conftest import START
from tests.emulation.terminal_end import TerminalEnd

MeterOf = Callable[..., ElectricityMeter]
MPAN = CosemAttribute(1, Obis.parse("0-0:94.44.34.11"), 2)
IMPORT = CosemAttribute(3, Obis.parse("1-0:1.8.0"), 2)
PROFILE = CosemAttribute(7, Obis.parse("1-0:99.1.0"), 2)
NUMBER = cosem.octets(b"1200023305967")


def codes(meter: ElectricityMeter) -> list[tuple[int, str]]:
    return [(record.code, record.information) for record in meter.security_log]


@pytest.mark.requirement("HHT-08")
@pytest.mark.parametrize("parity", [True, False])
@pytest.mark.parametrize("chunk", [0, 1, 3])
def test_mode_e_then_a_reading(meter_of: MeterOf, parity: bool, chunk: int) -> None:
    meter = meter_of()
    end = TerminalEnd(meter, chunk=chunk)
    assert end.port.baud == 300
    assert end.sign_on(parity=parity) == "TRAINER-1E"
    assert end.speeds == [9600]
    assert end.port.baud == 9600
    client = end.associate(16)
    assert end.run(client.get(IMPORT)) == GetResult(cosem.double_long_unsigned(meter.registers()[0]))
    end.run(client.release())
    end.disconnect()
    assert end.speeds == [9600, 300]
    assert end.port.mode is Mode.WAITING
    assert end.sign_on(parity=parity) == "TRAINER-1E"


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
@pytest.mark.parametrize(("sap", "ciphered"), [(16, None), (17, None), (1, False), (1, True)])
@pytest.mark.parametrize("chunk", [0, 5])
def test_every_association_over_every_framing(
    meter_of: MeterOf, framing: str, sap: int, ciphered: bool | None, chunk: int
) -> None:
    meter = meter_of()
    end = TerminalEnd(meter, framing=framing, chunk=chunk)
    client = end.associate(sap, ciphered=ciphered)
    assert codes(meter)[-1] == (0x81A5, f"SAP {sap} {({16: 'none', 17: 'low', 1: 'gmac'})[sap]}")
    result = end.run(client.get(PROFILE))
    assert isinstance(result, GetResult)
    assert len(result.data.as_items()) == 144
    if sap == 16:
        with pytest.raises(DataAccessError) as refused:
            end.run(client.set(MPAN, NUMBER))
        assert refused.value.result is DataAccessResult.READ_WRITE_DENIED
        assert codes(meter)[-1] == (0x8F30, "SAP 16 refused import-mpan")
    else:
        assert end.run(client.set(MPAN, NUMBER)) == SetDone()
        assert end.run(client.get(MPAN)) == GetResult(NUMBER)
    assert len(meter.writes.entries) == (sap != 16)


@pytest.mark.parametrize(
    ("sap", "how", "code"),
    [(17, {"password": b"gurux"}, 0x8F53), (1, {"ek": bytes(16)}, 0x8F53), (99, {}, 0x8F3E)],
)
def test_who_cannot_prove_itself_is_logged(meter_of: MeterOf, sap: int, how: dict[str, bytes], code: int) -> None:
    meter = meter_of()
    end = TerminalEnd(meter)
    with pytest.raises(HhtError) as refused:
        end.associate(sap, **how)
    assert not isinstance(refused.value, AssertionError)
    assert codes(meter)[-1] == (code, f"SAP {sap}")
    if sap != 1:
        assert isinstance(refused.value, AssociationRejected)
    assert meter.writes.entries == ()


@pytest.mark.parametrize("sap", [16, 17, 1])
def test_a_read_only_port_over_the_wire(meter_of: MeterOf, sap: int) -> None:
    meter = meter_of("smets2-read-only")
    end = TerminalEnd(meter)
    client = end.associate(sap)
    with pytest.raises(DataAccessError) as refused:
        end.run(client.set(MPAN, NUMBER))
    assert refused.value.result is DataAccessResult.READ_WRITE_DENIED
    assert codes(meter)[-1] == (0x81A5, f"SAP {sap} refused import-mpan")
    end.run(client.get(IMPORT))


def test_no_port_no_server(meter_of: MeterOf) -> None:
    with pytest.raises(DeviceRefusal):
        MeterServer(meter_of("no-optical-port"))


def test_a_request_without_association_is_not_served(meter_of: MeterOf) -> None:
    meter = meter_of()
    end = TerminalEnd(meter)
    helper = TerminalEnd(meter)
    helper.associate(17)
    end.connect(17)
    end.client = helper.client
    with pytest.raises((CosemRefusal, HhtError)):
        end.run(helper.client.set(MPAN, NUMBER))
    assert meter.writes.entries == ()


def test_an_association_does_not_outlive_its_connection(meter_of: MeterOf) -> None:
    meter = meter_of()
    end = TerminalEnd(meter)
    client = end.associate(17)
    end.disconnect()
    end.connect(17)
    with pytest.raises(HhtError):
        end.run(client.set(MPAN, NUMBER))
    assert meter.writes.entries == ()


@pytest.mark.parametrize("how", ["disconnected", "waited for"])
def test_a_terminal_that_lost_its_power_is_not_heard_at_300_baud(meter_of: MeterOf, how: str) -> None:
    """The meter is in HDLC until somebody hangs up, or its inactivity time is over."""
    meter = meter_of()
    end = TerminalEnd(meter)
    end.port.line_speed(300)
    end.sign_on()
    end.associate(17)
    end.port.line_speed(300)
    assert (end.port.mode, end.port.baud) == (Mode.HDLC, 9600)
    assert end.port.receive(even_parity(request_message())) == []
    assert (end.port.mode, end.port.baud) == (Mode.HDLC, 9600)
    if how == "disconnected":
        end.port.receive(Frame(HdlcAddress(1), HdlcAddress(17), Control.DISC).encode())
    else:
        end.port.reset()
    assert (end.port.mode, end.port.baud) == (Mode.WAITING, 300)
    assert end.sign_on() == "TRAINER-1E"
    client = end.associate(17)
    assert end.run(client.set(MPAN, NUMBER)) == SetDone()


def test_a_port_that_knows_of_no_conversation_says_so_and_waits_for_a_sign_on(meter_of: MeterOf) -> None:
    port = OpticalPort(MeterServer(meter_of()))
    port.line_speed(9600)  # after a power cut: the terminal goes on with its conversation
    port.receive(Frame(HdlcAddress(1), HdlcAddress(1), Control.RR, final=True).encode())
    said = port.receive(Frame(HdlcAddress(1), HdlcAddress(1), Control.DISC).encode())
    assert said
    assert port.mode is Mode.WAITING
    port.line_speed(300)
    assert port.baud == 300
    assert port.receive(even_parity(request_message()))


def test_a_waiting_port_follows_the_callers_speed(meter_of: MeterOf) -> None:
    port = OpticalPort(MeterServer(meter_of()))
    port.line_speed(9600)
    assert port.baud == 9600


def test_sign_on_for_another_meter_is_not_answered(meter_of: MeterOf) -> None:
    port = OpticalPort(MeterServer(meter_of()))
    assert port.receive(even_parity(request_message("99999"))) == []


def test_options_that_are_not_offered_are_not_answered(meter_of: MeterOf) -> None:
    end = TerminalEnd(meter_of())
    end.exchange(request_message())
    for option in (b"\x06151\r\n", b"\x06262\r\n", b"\x06250\r\n", b"\x06\r\n"):
        assert end.exchange(option) == b""
    assert end.port.mode is Mode.SIGN_ON
    assert end.sign_on(parity=False) == "TRAINER-1E"


def test_two_wrapper_clients_share_a_connection(meter_of: MeterOf) -> None:
    meter = meter_of()
    first = TerminalEnd(meter, framing="wrapper")
    second = TerminalEnd(meter, framing="wrapper", port=first.port)
    one, two = first.associate(16), second.associate(17)
    assert second.run(two.set(MPAN, NUMBER)) == SetDone()
    assert first.run(one.get(MPAN)) == GetResult(NUMBER)
    with pytest.raises(DataAccessError):
        first.run(one.set(MPAN, NUMBER))


@pytest.mark.parametrize(
    "parameters", [HdlcParameters(), HdlcParameters(2030, 2030, 1, 1), HdlcParameters(64, 64, 3, 3)]
)
def test_13_months_through_any_window(meter_of: MeterOf, parameters: HdlcParameters) -> None:
    meter = meter_of(days=60)
    end = TerminalEnd(meter)
    end.connect(16, parameters)
    end.associate(16)
    result = end.run(end.client.get(PROFILE))
    assert isinstance(result, GetResult)
    rows = result.data.as_items()
    assert len(rows) == 60 * 48
    assert rows[-1].as_items()[1].as_int() <= meter.registers()[0]


_METER = load_premises("single-element", clock=ManualClock(START), days=1).device()
_SERVER = MeterServer(_METER)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.binary(max_size=40) | st.sampled_from([b"/?!\r\n", b"\x06252\r\n", b"\x7e", b"\x00\x01"]), max_size=12)
)
def test_noise_never_raises_and_never_writes(pieces: list[bytes]) -> None:
    port = OpticalPort(_SERVER)
    for piece in pieces:
        port.receive(piece)
    port.reset()
    assert _METER.writes.entries == ()


def test_a_conversation_without_a_sign_on_runs_at_the_port_s_own_speed(meter_of: MeterOf) -> None:
    """Over TCP nobody tells a speed: without a sign-on it is not the sign-on's."""
    snrm = Frame(HdlcAddress(1), HdlcAddress(16), Control.SNRM, True).encode()
    unseen = OpticalPort(MeterServer(meter_of(days=1)))
    assert SwitchLine(9600) in unseen.receive(snrm)
    assert unseen.baud == 9600
    seen = OpticalPort(MeterServer(meter_of(days=1)))
    seen.line_speed(2400)
    assert not any(isinstance(action, SwitchLine) for action in seen.receive(snrm))
    assert seen.baud == 2400
