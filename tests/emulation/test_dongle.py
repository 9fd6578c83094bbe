"""The emulated dongle before a host that asks anything: its memory, endpoints, scans, and what it refuses."""

from __future__ import annotations

from functools import cache

import pytest

from hht.clock import ManualClock
from hht.emulation.radio.air import Air
from hht.emulation.radio.dongle import EmulatedDongle, scan_ms
from hht.emulation.radio.firmware import FIRMWARES
from hht.emulation.radio.hub_end import HubEnd
from hht.identifiers import InstallCode
from hht.model.communications_hub import CommunicationsHub
from hht.model.communications_hub.handheld import HandheldTerminal
from hht.model.device import DeviceIdentity
from hht.model.premises import Premises, load_premises
from hht.protocol.zigbee.handheld import OwnFraming
from hht.protocol.zigbee.tunnelling import CloseTunnel, RequestTunnel, RequestTunnelResponse, TransferData
from hht.protocol.zigbee.zcl import CLUSTER, DefaultResponse, ZclFrame
from hht.protocol.znp import Frame, ZnpReader, command_of, frame_of
from hht.protocol.znp.af import (
    DataRequestExt,
    DataRequestExtRsp,
    DataRetrieve,
    DataRetrieveRsp,
    DataStore,
    DataStoreRsp,
    InterPanCtl,
    InterPanCtlRsp,
    Register,
    RegisterRsp,
)
from hht.protocol.znp.messages import Address, Command, RpcError
from hht.protocol.znp.status import INVALID_PARAMETER, NV_BAD_ITEM_LEN, NV_ITEM_UNINIT, NWK_INVALID_REQUEST, SUCCESS
from hht.protocol.znp.sys import (
    Item,
    NvCreate,
    NvCreateRsp,
    NvLength,
    NvLengthRsp,
    NvRead,
    NvReadRsp,
    NvWrite,
    NvWriteRsp,
    OsalNvDelete,
    OsalNvDeleteRsp,
    OsalNvItemInit,
    OsalNvItemInitRsp,
    OsalNvLength,
    OsalNvLengthRsp,
    OsalNvRead,
    OsalNvReadRsp,
    OsalNvWrite,
    OsalNvWriteRsp,
    ResetInd,
    ResetReq,
)
from hht.protocol.znp.util import KeyEstInitEst, KeyEstInitEstRsp
from hht.protocol.znp.zdo import (
    ALL_CHANNELS,
    JoinReq,
    JoinRsp,
    MgmtLeaveReq,
    MgmtLeaveRsp,
    MgmtNwkUpdateNotify,
    MgmtNwkUpdateReq,
    MgmtNwkUpdateRsp,
    NetworkDiscoveryReq,
    NetworkDiscoveryRsp,
    NwkDiscoveryCnf,
    StartupFromApp,
    StartupFromAppRsp,
)
from tests.support.radio import CODE, START, echo

KEY = bytes(range(16))
NOBODY = "0" * 16
HUB = Address.of("00DB1234567890A3")


@cache
def home() -> tuple[Premises, ManualClock]:
    clock = ManualClock(START)
    return load_premises("dual-fuel", clock=clock, days=1), clock


class Host:
    """Asks, and hears what comes unasked."""

    def __init__(self, firmware: str = "3.30") -> None:
        self.heard: list[Command] = []
        premises, self.clock = home()
        self.site = premises.site
        identity = DeviceIdentity("00-DB-12-34-56-78-99-01", "HHT", "DONGLE", "00000001")
        terminal = HandheldTerminal(premises.site, "hht", identity, InstallCode("00" * 16))
        self.dongle = EmulatedDongle(Air(premises), terminal, FIRMWARES[firmware], OwnFraming(), echo, self._hear)

    def _hear(self, octets: bytes) -> None:
        self.heard += _commands(octets)

    def ask(self, request: Command) -> Command:
        (answer,) = _commands(self.dongle.hear(frame_of(request)))
        return answer

    def wait(self, seconds: float) -> list[Command]:
        """What came unasked in that time."""
        self.heard.clear()
        self.clock.advance(seconds)
        self.site.catch_up()
        return list(self.heard)


def _commands(octets: bytes) -> list[Command]:
    return [command_of(frame) for frame in ZnpReader().feed(octets) if isinstance(frame, Frame)]


def request(data: bytes | int, *, pan: int = 0, endpoint: int = 1) -> DataRequestExt:
    return DataRequestExt(HUB, 1, pan, endpoint, 0x0704, 1, 0, 30, data)


def test_its_memory() -> None:
    host = Host()
    assert host.ask(OsalNvRead(Item.CHANNEL_LIST, 0)) == OsalNvReadRsp(0, ALL_CHANNELS.to_bytes(4, "little"))
    assert host.ask(OsalNvWrite(Item.CHANNEL_LIST, 2, b"\x00\x01")) == OsalNvWriteRsp(SUCCESS)
    assert host.ask(OsalNvRead(Item.CHANNEL_LIST, 1)) == OsalNvReadRsp(0, b"\xf8\x00\x01")
    assert host.ask(OsalNvWrite(Item.CHANNEL_LIST, 2, bytes(3))) == OsalNvWriteRsp(NV_BAD_ITEM_LEN)
    assert host.ask(OsalNvRead(0x7777, 0)) == OsalNvReadRsp(INVALID_PARAMETER, b"")
    assert host.ask(OsalNvItemInit(0x7777, 4, b"\x05")) == OsalNvItemInitRsp(NV_ITEM_UNINIT)
    assert host.ask(OsalNvItemInit(0x7777, 4, b"")) == OsalNvItemInitRsp(SUCCESS)
    assert host.ask(OsalNvItemInit(0x7777, 5, b"")) == OsalNvItemInitRsp(NV_BAD_ITEM_LEN)
    assert host.ask(OsalNvLength(0x7777)) == OsalNvLengthRsp(4)
    assert host.ask(OsalNvDelete(0x7777, 3)) == OsalNvDeleteRsp(NV_BAD_ITEM_LEN)
    assert host.ask(OsalNvDelete(0x7777, 4)) == OsalNvDeleteRsp(SUCCESS)
    assert host.ask(OsalNvDelete(0x7777, 4)) == OsalNvDeleteRsp(NV_ITEM_UNINIT)
    assert host.ask(OsalNvLength(0x7777)) == OsalNvLengthRsp(0)


def test_its_key_is_written_and_never_read() -> None:
    host = Host()
    assert host.ask(OsalNvWrite(Item.PRECONFIGURED_KEY, 0, KEY)) == OsalNvWriteRsp(SUCCESS)
    assert host.ask(OsalNvRead(Item.PRECONFIGURED_KEY, 0)) == OsalNvReadRsp(INVALID_PARAMETER, b"")
    assert host.dongle.memory.preconfigured_key == KEY


def test_sub_items_are_what_newer_firmware_has() -> None:
    host = Host()
    assert host.ask(NvLength(1, 4, 0)) == NvLengthRsp(0)
    assert host.ask(NvCreate(1, 4, 0, 6)) == NvCreateRsp(NV_ITEM_UNINIT)
    assert host.ask(NvWrite(1, 4, 0, 2, b"ab")) == NvWriteRsp(SUCCESS)
    assert host.ask(NvRead(1, 4, 0, 1, 4)) == NvReadRsp(SUCCESS, b"\x00ab\x00")
    assert host.ask(NvWrite(1, 4, 0, 5, b"ab")) == NvWriteRsp(NV_BAD_ITEM_LEN)
    assert host.ask(NvCreate(1, 4, 0, 7)) == NvCreateRsp(NV_BAD_ITEM_LEN)
    older = Host("3.0").ask(NvLength(1, 4, 0))
    assert older == RpcError(RpcError.INVALID_COMMAND, 0x3221)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (Frame(0x21, 0x77), RpcError.INVALID_COMMAND),
        (Frame(0x2A, 0x00), RpcError.INVALID_SUBSYSTEM),
        (Frame(0x21, 0x08, b"\x01"), RpcError.INVALID_LENGTH),
    ],
)
def test_requests_that_it_does_not_know(frame: Frame, code: int) -> None:
    host = Host()
    assert _commands(host.dongle.hear(frame)) == [RpcError(code, frame.cmd0 | frame.cmd1 << 8)]


@pytest.mark.parametrize("frame", [Frame(0x41, 0x77), Frame(0x00, 0x00), Frame(0x61, 0x01, b"\x00\x00")])
def test_what_asks_for_no_answer_gets_none(frame: Frame) -> None:
    assert Host().dongle.hear(frame) == b""


def test_a_reset_ends_what_is_under_way() -> None:
    host = Host()
    host.ask(Register(1, 0x0109, 0))
    assert host.ask(NetworkDiscoveryReq(ALL_CHANNELS, 2)) == NetworkDiscoveryRsp(SUCCESS)
    assert host.dongle.hear(frame_of(ResetReq())) == b""
    heard = host.wait(5)
    assert [type(one) for one in heard] == [ResetInd]
    assert host.ask(Register(1, 0x0109, 0)) == RegisterRsp(SUCCESS)
    assert host.ask(Register(1, 0x0109, 0)) == RegisterRsp(0xB8)
    assert host.ask(StartupFromApp(0)) == StartupFromAppRsp(2)


def test_scans_take_their_time_and_one_at_a_time() -> None:
    host = Host()
    assert host.ask(NetworkDiscoveryReq(ALL_CHANNELS, 2)) == NetworkDiscoveryRsp(SUCCESS)
    assert host.ask(MgmtNwkUpdateReq(0, 2, ALL_CHANNELS, 2, 1)) == MgmtNwkUpdateRsp(1)
    assert host.wait(1.2) == []
    assert isinstance(host.wait(0.1)[-1], NwkDiscoveryCnf)
    assert host.ask(MgmtNwkUpdateReq(0, 2, ALL_CHANNELS, 0, 2)) == MgmtNwkUpdateRsp(SUCCESS)
    told = host.wait(2 * scan_ms(0, 16) / 1000 + 0.01)
    assert [type(one) for one in told] == [MgmtNwkUpdateNotify] * 2
    for bad in (
        MgmtNwkUpdateReq(0, 2, 0, 2, 1),
        MgmtNwkUpdateReq(0, 2, ALL_CHANNELS, 0xFE, 1),
        MgmtNwkUpdateReq(9, 2, ALL_CHANNELS, 2, 1),
        MgmtNwkUpdateReq(0, 2, ALL_CHANNELS, 2, 0),
    ):
        assert host.ask(bad) == MgmtNwkUpdateRsp(INVALID_PARAMETER)
    assert host.ask(NetworkDiscoveryReq(0, 2)) == NetworkDiscoveryRsp(INVALID_PARAMETER)
    assert host.ask(NetworkDiscoveryReq(ALL_CHANNELS, 15)) == NetworkDiscoveryRsp(INVALID_PARAMETER)


def test_messages_need_an_endpoint_and_a_network() -> None:
    host = Host()
    assert host.ask(request(b"x")) == DataRequestExtRsp(INVALID_PARAMETER)
    host.ask(Register(1, 0x0109, 0))
    assert host.ask(request(b"x")) == DataRequestExtRsp(NWK_INVALID_REQUEST)
    assert host.ask(request(b"x", pan=5)) == DataRequestExtRsp(NWK_INVALID_REQUEST)
    assert host.ask(InterPanCtl(1, b"\x0a")) == InterPanCtlRsp(1)
    assert host.ask(InterPanCtl(2, b"\x07")) == InterPanCtlRsp(1)
    assert host.ask(InterPanCtl(1, b"\x0b")) == InterPanCtlRsp(SUCCESS)
    assert host.ask(InterPanCtl(2, b"\x01")) == InterPanCtlRsp(SUCCESS)
    assert host.ask(request(b"x", pan=5)) == DataRequestExtRsp(SUCCESS)
    assert getattr(host.wait(0.1)[0], "status") == 0xE9  # noqa: B009 - nobody is there
    assert host.ask(DataStore(0, b"x")) == DataStoreRsp(1)
    assert host.ask(request(300, pan=5)) == DataRequestExtRsp(SUCCESS)
    assert host.ask(DataStore(5, b"x")) == DataStoreRsp(INVALID_PARAMETER)
    assert host.ask(DataStore(0, bytes(247))) == DataStoreRsp(SUCCESS)
    assert host.ask(DataStore(247, b"")) == DataStoreRsp(INVALID_PARAMETER)  # not all of it
    assert host.ask(request(60000, pan=5)) == DataRequestExtRsp(0x10)
    assert host.ask(DataRetrieve(1, 0, 9)) == DataRetrieveRsp(1, b"")


def test_joining_needs_a_network_and_leaving_too() -> None:
    host = Host()
    assert host.ask(MgmtLeaveReq(0, NOBODY, 0)) == MgmtLeaveRsp(NWK_INVALID_REQUEST)
    assert host.ask(KeyEstInitEst(0, 0, 1, HUB)) == KeyEstInitEstRsp(INVALID_PARAMETER)  # no channel is set
    assert host.ask(JoinReq(11, 1, NOBODY, 0, 0, 2)) == JoinRsp(SUCCESS)
    assert host.ask(JoinReq(11, 1, NOBODY, 0, 0, 2)) == JoinRsp(NWK_INVALID_REQUEST)
    told = host.wait(4)
    assert [getattr(one, "status", None) for one in told] == [0xC3, None]


# --- the hub's end


def hub_end() -> tuple[HubEnd, list[ZclFrame]]:
    premises = home()[0]
    said: list[ZclFrame] = []
    identity = DeviceIdentity("00-DB-12-34-56-78-99-01", "HHT", "DONGLE", "00000001")
    terminal = HandheldTerminal(premises.site, "hht", identity, CODE)
    hub = premises.of(CommunicationsHub)[0]
    return HubEnd(hub, terminal, OwnFraming(), echo, lambda octets: said.append(ZclFrame.decode(octets))), said


@pytest.mark.requirement("HAN-08")
@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (RequestTunnel(), 0),
        (RequestTunnel(protocol=0), 3),
        (RequestTunnel(flow_control=1), 4),
    ],
)
def test_a_hub_opens_tunnels_for_gbcs_alone(asked: RequestTunnel, status: int) -> None:
    end, said = hub_end()
    end.hear(asked.frame(7).encode())
    assert said[0].sequence == 7
    assert RequestTunnelResponse.decode(said[0].payload).status == status


def test_a_hub_has_only_so_many_tunnels() -> None:
    end, said = hub_end()
    for number in range(5):
        end.hear(RequestTunnel().frame(number).encode())
    assert [RequestTunnelResponse.decode(frame.payload).status for frame in said] == [0, 0, 0, 0, 2]
    end.hear(CloseTunnel(1).frame(9).encode())
    end.hear(RequestTunnel().frame(10).encode())
    assert RequestTunnelResponse.decode(said[-1].payload).status == 0


@pytest.mark.parametrize(
    ("octets", "answer"),
    [
        (ZclFrame(CLUSTER, 1, 0x55).encode(), DefaultResponse(0x55, 0x81)),
        (ZclFrame(CLUSTER, 1, 0x00, b"\x06").encode(), DefaultResponse(0x00, 0x80)),
        (b"\xff", None),
    ],
)
def test_a_hub_says_what_it_does_not_understand(octets: bytes, answer: DefaultResponse | None) -> None:
    end, said = hub_end()
    end.hear(octets)
    assert [DefaultResponse.decode(frame.payload) for frame in said] == ([answer] if answer else [])


def test_data_for_no_tunnel_and_too_much_of_it() -> None:
    end, said = hub_end()
    end.hear(TransferData(9, b"x").frame(1).encode())
    assert said[-1].payload == b"\x09\x00\x00"  # no such tunnel
    end.hear(RequestTunnel().frame(2).encode())
    number = RequestTunnelResponse.decode(said[-1].payload).tunnel
    end.hear(TransferData(number, bytes(1501)).frame(3).encode())
    assert said[-1].payload == number.to_bytes(2, "little") + b"\x02"  # overflow
    end.hear(TransferData(number, b"short").frame(4).encode())
    assert DefaultResponse.decode(said[-1].payload).status == 0x80


def test_who_agreed_no_key_is_not_listened_to() -> None:
    end, _said = hub_end()
    framing = OwnFraming()
    from hht.protocol.zigbee.handheld import NOT_LISTENING, Introduction

    octets = framing.introduce(Introduction("00DB123456789901", CODE), 1)
    answer = end.introduced(octets, 1)
    assert answer is not None
    assert framing.welcomed(answer) == NOT_LISTENING
    assert end.introduced(b"\x00", 1) is None
