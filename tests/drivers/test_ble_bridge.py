"""A probe behind a BLE bridge, over a virtual radio: found, in pieces of any size, through every kind of loss."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bumble import core
from bumble.controller import Controller
from bumble.gatt import Characteristic
from bumble.hci import Address

from drivers.ble_bridge import BleBridgeLink
from drivers.ble_radio import BridgeKind, BridgeSeen, Radio, bridge_kinds, scan_bridges
from drivers.bridge_session import training_identity
from drivers.in_process import FarEnd
from drivers.virtual_ble.bridge import ADDRESS
from drivers.virtual_ble.connecting import radio_link
from hht.client.plain_text_session import PlainTextSession
from hht.emulation.port_server import open_port
from hht.link import Capability, Line, Link, LinkLost, LinkState, LinkUnavailable, TraceKind
from tests.conftest import ROOT
from tests.drivers.conftest import AT_ONCE_S, RealClock, Trace, eventually
from tests.support.sky import WAYS, Sky, sky_over
from tests.support.virtual_time import virtual

BOTH = Characteristic.Properties.WRITE | Characteristic.Properties.WRITE_WITHOUT_RESPONSE
pytestmark = [pytest.mark.usefixtures("no_tasks"), pytest.mark.filterwarnings("error::UserWarning")]


@pytest.fixture
def mtu() -> int:
    return 247


@pytest.fixture
def meter() -> FarEnd:
    return FarEnd()


@pytest.fixture(params=WAYS)
async def sky(request: pytest.FixtureRequest, mtu: int, meter: FarEnd) -> AsyncIterator[Sky]:
    async with sky_over(request.param, meter, mtu=mtu) as sky:
        yield sky


@pytest.fixture
async def link(sky: Sky, clock: RealClock, trace: Trace) -> AsyncIterator[BleBridgeLink]:
    link = sky.link(clock, trace)
    await link.open()
    await link.set_line(Line(9600))
    yield link
    await link.close()


async def read(link: Link, count: int) -> bytes:
    data = b""
    while len(data) < count:
        data += await link.read(AT_ONCE_S)
    return data


async def scanned(radio: Radio, **asked: Any) -> list[BridgeSeen]:
    """What is heard, once something is."""
    async with asyncio.timeout(AT_ONCE_S):
        while not (found := await scan_bridges(0.15, radio, **asked)):
            continue
    return found


async def test_bridges_are_found_by_name_and_strength(sky: Sky) -> None:
    (found,) = await scanned(sky.radio)
    assert (found.url, found.name, found.kind) == (f"ble:{ADDRESS}", "OptoP-01", bridge_kinds()[0])
    assert -127 <= found.rssi <= 20


@pytest.mark.parametrize("way", WAYS[:2])
async def test_what_advertises_no_known_service_is_listed_only_when_asked_for_or_known(way: str) -> None:
    battery = replace(bridge_kinds()[0], service="0000180f-0000-1000-8000-00805f9b34fb")
    async with sky_over(way, FarEnd(), kind=battery) as sky:
        assert await scan_bridges(0.15, sky.radio) == []
        for asked in ({"everything": True}, {"known": [ADDRESS]}):
            (found,) = await scanned(sky.radio, **asked)
            assert (found.address, found.title, found.kind) == (ADDRESS, "OptoP-01", None)


@pytest.mark.parametrize("mtu", [23, 65, 158, 247, 517])
async def test_pieces_of_every_size(sky: Sky, link: BleBridgeLink, trace: Trace, mtu: int, meter: FarEnd) -> None:
    assert isinstance(link, Link)
    assert Capability.LINE not in link.capabilities
    meter.receive = lambda data: meter.send(data[::-1])
    message = bytes(range(256)) * 4
    await link.write(message)
    answer = await read(link, len(message))
    assert b"".join(sky.bridge.pieces) == message
    assert {len(piece) for piece in sky.bridge.pieces[:-1]} == {min(mtu - 3, 512)}
    assert answer == b"".join(piece[::-1] for piece in sky.bridge.pieces)
    assert trace.bytes_of(TraceKind.TX) == message
    assert trace.bytes_of(TraceKind.RX) == answer
    assert f"bridge: Nordic UART, {min(mtu - 3, 512)} octets a piece" in trace.notes(TraceKind.LINE)


@pytest.mark.parametrize("way", WAYS[:2])
@pytest.mark.parametrize(
    ("writes", "commands"),
    [(BOTH, 7), (Characteristic.Properties.WRITE, 0), (Characteristic.Properties.WRITE_WITHOUT_RESPONSE, 10)],
)
async def test_every_fourth_piece_and_the_last_ask_for_a_response(
    way: str, writes: Characteristic.Properties, commands: int, meter: FarEnd, clock: RealClock
) -> None:
    """Where the characteristic can do both; else as it can."""
    async with sky_over(way, meter, mtu=23, writes=writes) as sky:
        link = sky.link(clock)
        await link.open()
        await link.set_line(Line(9600))
        await link.write(bytes(200))
        await eventually(lambda: len(sky.bridge.pieces) == 10)
        assert sky.bridge.commands == commands
        await link.close()


@pytest.mark.parametrize("kind", bridge_kinds(), ids=lambda kind: kind.name)
async def test_every_kind_of_the_table(kind: BridgeKind, meter: FarEnd, clock: RealClock, trace: Trace) -> None:
    meter.receive = lambda data: meter.send(data[::-1])  # type: ignore[method-assign]
    identity = training_identity() if kind.proves else None
    async with sky_over("bumble", meter, kind=kind, identity=identity) as sky:
        link = sky.link(clock, trace)
        await link.open()
        await link.set_line(Line(9600))
        await link.write(b"abc")
        assert await read(link, 3) == b"cba"
        assert f"bridge: {kind.name}, 244 octets a piece" in trace.notes(TraceKind.LINE)
        assert (await scan_bridges(0.1, await sky.other_central())) == [], "who is connected is not heard"
        await link.close()


@pytest.mark.parametrize("how", ["hangs up", "vanishes"])
async def test_the_radio_link_ends(sky: Sky, link: BleBridgeLink, how: str, meter: FarEnd) -> None:
    if how == "vanishes":
        sky.air.sever()
    else:
        await sky.bridge.hang_up()
    with pytest.raises(LinkLost) as caught:
        await link.read(AT_ONCE_S)
    assert "radio link" in caught.value.message
    assert link.state is LinkState.LOST
    with pytest.raises(LinkLost):
        await link.write(b"more")
    await sky.bridge.wake()
    await link.open()  # the session above decides to; the bridge is the same
    await link.set_line(Line(9600))
    await link.write(b"again")
    await eventually(lambda: bytes(meter.heard).endswith(b"again"))


async def test_the_radio_link_ends_while_bytes_go_out(sky: Sky, link: BleBridgeLink) -> None:
    count = 0

    def passes(_data: bytes) -> bool:
        nonlocal count
        count += 1
        if count == 5:
            asyncio.get_running_loop().call_soon(sky.air.sever)
        return True

    sky.air.passes = passes
    with pytest.raises(LinkLost):
        await link.write(bytes(5000))
    assert link.state is LinkState.LOST


async def test_a_link_that_fails_to_come_up_is_tried_again(sky: Sky, clock: RealClock, trace: Trace) -> None:
    count = 0

    def passes(_data: bytes) -> bool:
        nonlocal count
        count += 1
        if count == 3:
            asyncio.get_running_loop().call_soon(sky.air.sever)
        return True

    sky.air.passes = passes
    link = sky.link(clock, trace, chance=lambda: 1.0)
    await link.open()
    assert sky.bridge.connects == 2
    assert any("attempt 1 failed" in note for note in trace.notes(TraceKind.LINE))
    await link.close()


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_no_bridge_says_so(way: str, clock: RealClock) -> None:
    battery = replace(bridge_kinds()[0], service="0000180f-0000-1000-8000-00805f9b34fb")
    async with sky_over(way, FarEnd(), kind=battery) as sky:
        with pytest.raises(LinkUnavailable, match="no bridge of a kind") as caught:
            await sky.link(clock).open()
        assert "Nordic UART" in caught.value.remedy
        assert sky.bridge.connects == 1
        await eventually(lambda: not sky.bridge.connected)


async def test_two_links_are_not_opened_at_once(sky: Sky, clock: RealClock) -> None:
    first, second = sky.link(clock), sky.link(clock)
    await asyncio.gather(scan_bridges(0.2, sky.radio), first.open(), scan_bridges(0.2, sky.radio))
    assert first.state is LinkState.UP
    await first.close()
    await second.open()
    await second.close()


async def test_giving_up_leaves_no_connection(sky: Sky, clock: RealClock) -> None:
    sky.air.interval_s = 0.05
    link = sky.link(clock)
    opening = asyncio.create_task(link.open())
    await eventually(lambda: sky.bridge.connects == 1)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert link.state is LinkState.CLOSED
    await eventually(lambda: not sky.central.connections)


@pytest.mark.parametrize("way", WAYS[:2])
async def test_a_meter_read_through_it(way: str, clock: RealClock) -> None:
    """A whole mode C readout; the smallest pieces, 7.5 ms between radio events."""
    port = open_port("single-element", clock=clock, options={"days": "1", "offers": "c"})
    async with sky_over(way, port, interval_s=0.0075, mtu=23) as sky:
        session = PlainTextSession(lambda: sky.link(clock, echo="auto"))
        await session.open()
        readout = await session.readout()
        await session.close()
    assert len(readout.data_sets) > 5
    await port.close()


@pytest.mark.skipif(sys.platform != "linux", reason="BlueZ is Linux's")
async def test_a_computer_without_bluetooth(clock: RealClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/nobody")
    with pytest.raises(LinkUnavailable, match=r"no Bluetooth that can be used: .*does not answer") as caught:
        await BleBridgeLink(ADDRESS, clock=clock).open()
    assert caught.value.code == "link-no-bluetooth"
    with pytest.raises(LinkUnavailable):
        await scan_bridges(0.1)


def test_the_table_of_bridges() -> None:
    kinds = bridge_kinds()
    assert len({kind.service for kind in kinds}) == len(kinds) >= 3
    for kind in kinds:
        assert all(len(uuid) == 36 and uuid == uuid.lower() for uuid in (kind.service, kind.write, kind.notify))


def test_of_bleak_only_its_interface_is_used() -> None:
    """What no test here can run, Windows and macOS, is written to the same interface as what can."""
    used = set()
    for path in (ROOT / "drivers").glob("ble_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bleak"):
                used.add(node.module)
    interface = {"bleak", "bleak.exc"}
    types = {f"bleak.backends.{name}" for name in ("characteristic", "device", "scanner")}
    assert interface <= used <= interface | types


async def test_giving_up_counts_where_the_system_connects_all_the_same(
    sky: Sky, clock: RealClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some stacks swallow a cancel that meets a connection which has just come about."""
    link = sky.link(clock)
    whole = link._open_by_turn

    async def deaf() -> None:
        opening = asyncio.ensure_future(whole())
        try:
            await asyncio.shield(opening)
        except asyncio.CancelledError:
            await opening

    monkeypatch.setattr(link, "_open_by_turn", deaf)
    opening = asyncio.create_task(link.open())
    await eventually(lambda: sky.bridge.connects == 1)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert link.state is LinkState.CLOSED
    await eventually(lambda: not sky.central.connections)


async def test_sentences_call_a_bridge_by_its_name(sky: Sky, clock: RealClock) -> None:
    link = sky.link(clock)
    assert link.title == link.name == f"ble:{ADDRESS}"
    await link.open()
    assert link.title == f"OptoP-01 ({ADDRESS})"
    await sky.bridge.hang_up()
    with pytest.raises(LinkLost, match=rf"The connection OptoP-01 \({ADDRESS}\) is gone"):
        await link.read(20)
    await link.close()


def asked_for(sky: Sky) -> bool:
    """The controller has been told to connect, and has not."""
    return _controller(sky).pending_le_connection is not None


def not_told_of(sky: Sky) -> bool:
    """The controller has connected, and whoever asked it to has not heard so yet."""
    return bool(_controller(sky).le_connections) and not sky.central.connections


def _controller(sky: Sky) -> Controller:
    (controller,) = [one for one in sky.air.controllers if one.name == "terminal"]
    return controller


@pytest.mark.parametrize("moment", [asked_for, not_told_of])
async def test_a_bridge_is_free_whenever_its_opening_was_given_up(
    sky: Sky, clock: RealClock, moment: Callable[[Sky], bool]
) -> None:
    """A radio that was told to connect does so later too, and then has a bridge that nobody knows of."""
    opening = asyncio.create_task(sky.link(clock).open())
    while not moment(sky):
        assert not opening.done()
        await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    await eventually(lambda: not (sky.bridge.connected or asked_for(sky) or _controller(sky).le_connections))
    again = sky.link(clock)
    await again.open()
    await again.close()


@virtual
async def test_a_bridge_is_free_where_the_time_for_connecting_ran_out_as_it_came_about() -> None:
    """A computer that slept while it connected finds both when it wakes: the time is over, and the answer is there."""
    async with sky_over("bumble", FarEnd()) as sky:
        connecting = asyncio.create_task(radio_link(sky.central, Address(ADDRESS), 15))
        await asyncio.sleep(0.01)  # of virtual time: half an interval of advertising
        assert asked_for(sky)
        asyncio.get_running_loop().sleep_through(3600)  # type: ignore[attr-defined]
        with contextlib.suppress(core.TimeoutError):
            await (await connecting).disconnect()
        await asyncio.sleep(1)
        assert not sky.bridge.connected
        assert not asked_for(sky)
        assert not _controller(sky).le_connections
