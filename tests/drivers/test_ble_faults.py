"""What goes wrong between the terminal and a BLE bridge (faults 15 to 20 of the design notes on links), over a backend
on Bumble and over bleak's own on an emulated BlueZ: a typed error or recovery, in bounded time, visible in the trace,
and nothing left behind (the fixtures of this folder count threads, descriptors and tasks)."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from drivers import ble_bridge
from drivers.ble_bridge import BleBridgeLink
from drivers.ble_radio import bridge_kinds, scan_bridges, turn
from drivers.in_process import FarEnd
from drivers.virtual_ble.bridge import ADDRESS
from hht.link import Capability, Line, LinkLost, LinkState, LinkTimeout, LinkUnavailable, TraceKind
from tests.drivers.conftest import AT_ONCE_S, RealClock, Trace, eventually
from tests.support.bumble_bleak import BumbleClient
from tests.support.sky import WAYS, Sky, sky_over

pytestmark = pytest.mark.usefixtures("no_tasks")
BOTH = pytest.mark.parametrize("way", WAYS[:2])
EACH = pytest.mark.parametrize("way", WAYS)
BLUEZ = pytest.mark.parametrize("way", ["bluez"])
REQUEST = bytes(range(32, 132)) + b"\n"
LIMIT_S = AT_ONCE_S


@pytest.fixture
def meter() -> FarEnd:
    """Answers a whole request with itself, from its end to its beginning."""
    far = FarEnd()
    waiting = bytearray()

    def receive(data: bytes) -> None:
        waiting.extend(data)
        if waiting.endswith(REQUEST):
            far.send(REQUEST[::-1])
            waiting.clear()

    far.receive = receive  # type: ignore[method-assign]
    return far


@pytest.fixture
def options() -> dict[str, object]:
    """Of the bridge."""
    return {}


@pytest.fixture
async def sky(
    way: str, meter: FarEnd, options: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Sky]:
    monkeypatch.setattr(ble_bridge, "SILENT_S", 3600)
    monkeypatch.setattr(ble_bridge, "_needs_care", set())
    async with sky_over(way, meter, **options) as sky:
        yield sky


@pytest.fixture
async def link(sky: Sky, clock: RealClock, trace: Trace) -> AsyncIterator[BleBridgeLink]:
    link = sky.link(clock, trace)
    await link.open()
    await link.set_line(Line(9600))
    yield link
    await link.close()
    await eventually(lambda: not sky.bridge.connected)


async def exchange(link: BleBridgeLink, limit_s: float = LIMIT_S) -> bytes:
    """One request and its answer; what has come when nothing more does."""
    await link.write(REQUEST)
    got = b""
    while len(got) < len(REQUEST):
        got += await link.read(limit_s)
    return got


async def on_and_on(link: BleBridgeLink) -> None:
    """Exchanges without an end."""
    while True:
        await exchange(link)


async def refused(link: BleBridgeLink, trace: Trace, code: str) -> LinkUnavailable:
    """Opening fails in bounded time with that code, which the trace has."""
    async with asyncio.timeout(LIMIT_S):
        with pytest.raises(LinkUnavailable) as caught:
            await link.open()
    assert caught.value.code == code, caught.value
    assert caught.value.remedy
    assert f"closed {code}" in trace.notes(TraceKind.STATE)
    assert link.state is LinkState.CLOSED
    return caught.value


# 15: MTU ---------------------------------------------------------------------------------------------------------
@BOTH
async def test_what_fits_grows_while_one_writes(sky: Sky, clock: RealClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows says 20 octets at first, and so do others until the two ends have agreed."""

    def mtu(_client: BumbleClient) -> int:
        return 247 if sky.bridge.pieces else 23

    if sky.bluez is None:
        monkeypatch.setattr(BumbleClient, "mtu_size", property(mtu))
    else:
        sky.bluez.late_mtu = True
    link = sky.link(clock)
    await link.open()
    await link.set_line(Line(9600))
    assert await exchange(link) == REQUEST[::-1]
    await link.write(REQUEST)
    sizes = [len(piece) for piece in sky.bridge.pieces]
    assert sizes[0] == 20 < max(sizes)
    await link.close()


@EACH
async def test_a_bridge_that_cuts_long_pieces_off_is_found_out(
    sky: Sky, link: BleBridgeLink, trace: Trace, clock: RealClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ble_bridge, "SILENT_S", 0.05)
    sky.bridge.habits.keeps = 20
    with pytest.raises(LinkTimeout) as caught:
        await exchange(link, 0.1)
    assert "bridge is charged and near" in caught.value.remedy
    assert link.state is LinkState.UP
    assert any("20 octets from now on, each acknowledged" in note for note in trace.notes(TraceKind.LINE))
    assert await exchange(link) == REQUEST[::-1], "repeated by the session above, it arrives"
    await link.close()
    second = sky.link(clock)
    await second.open()
    await second.set_line(Line(9600))
    assert await exchange(second) == REQUEST[::-1], "and it is remembered of that bridge"
    await second.close()


@EACH
@pytest.mark.parametrize("options", [{"mtu": 23}])
async def test_a_bridge_that_notifies_more_than_fits_loses_the_rest(
    sky: Sky, link: BleBridgeLink, trace: Trace
) -> None:
    sky.bridge.habits.notifies = 50
    with pytest.raises(LinkTimeout):
        await exchange(link, 0.1)
    answer = REQUEST[::-1]
    arrived = b"".join(answer[start : start + 20] for start in range(0, len(answer), 50))
    await eventually(lambda: trace.bytes_of(TraceKind.RX) == arrived)
    link.discard_input()
    sky.bridge.habits.notifies = 0
    assert await exchange(link) == answer


# 16: loss, disconnects under load --------------------------------------------------------------------------------
@EACH
@pytest.mark.parametrize("options", [{"mtu": 23}])
async def test_writes_without_a_response_that_are_lost(
    sky: Sky, link: BleBridgeLink, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ble_bridge, "SILENT_S", 0.05)
    sky.bridge.habits.loses = 1.0
    with pytest.raises(LinkTimeout):
        await exchange(link, 0.1)
    assert len(sky.bridge.pieces) == 2, "the fourth and the last of six were acknowledged"
    assert any("each acknowledged" in note for note in trace.notes(TraceKind.LINE))
    assert await exchange(link) == REQUEST[::-1], "repeated by the session above, it arrives"


@EACH
@pytest.mark.parametrize("how", ["hangs up", "vanishes"])
async def test_the_link_ends_while_answers_come(sky: Sky, link: BleBridgeLink, how: str, trace: Trace) -> None:
    count = 0

    def passes(_data: bytes) -> bool:
        nonlocal count
        count += 1
        if count == 12:
            loop = asyncio.get_running_loop()
            loop.call_soon(sky.air.sever) if how == "vanishes" else loop.create_task(sky.bridge.hang_up())
        return True

    sky.air.passes = passes
    async with asyncio.timeout(LIMIT_S):
        with pytest.raises(LinkLost) as caught:
            await on_and_on(link)
    assert "radio link" in caught.value.message
    assert trace.notes(TraceKind.ERROR)
    assert "lost" in trace.notes(TraceKind.STATE)
    sky.air.passes = lambda _data: True
    await link.open()
    await link.set_line(Line(9600))
    assert await exchange(link) == REQUEST[::-1]


# 17: slow bridges ------------------------------------------------------------------------------------------------
@BOTH
@pytest.mark.parametrize("options", [{"mtu": 23}])
async def test_a_slow_bridge_has_its_time_for_every_piece(
    sky: Sky, link: BleBridgeLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[float | None] = []
    timeout = asyncio.timeout
    monkeypatch.setattr("drivers.ble_bridge.asyncio.timeout", lambda limit: (limits.append(limit), timeout(limit))[1])
    monkeypatch.setattr(ble_bridge, "WRITE_LIMIT_S", LIMIT_S - 1)
    sky.bridge.habits.write_s = 0.01
    sky.bridge.habits.notifies = 1  # one notification for each character
    link._careful = True  # every piece is waited for
    assert await exchange(link) == REQUEST[::-1]
    assert len(sky.bridge.pieces) == limits.count(LIMIT_S - 1) == 6


@BOTH
async def test_a_bridge_that_takes_nothing_more(
    sky: Sky, link: BleBridgeLink, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ble_bridge, "WRITE_LIMIT_S", 0.1)
    sky.bridge.habits.write_s = 1.0
    with pytest.raises(LinkTimeout, match="has taken nothing"):
        await link.write(REQUEST)
    assert link.state is LinkState.UP
    assert "piece 1 not taken" in trace.notes(TraceKind.ERROR)


# 18: asleep, taken -----------------------------------------------------------------------------------------------
@BOTH
async def test_asleep_and_taken_are_told_and_waking_helps(
    sky: Sky, clock: RealClock, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = sky.link(clock, trace)
    await sky.bridge.sleep()
    with monkeypatch.context() as quick:
        quick.setattr(ble_bridge, "SCAN_S", 0.2)
        error = await refused(link, trace, "link-absent")
    assert "Press its button" in error.remedy
    await sky.bridge.wake()
    phone = sky.link(clock, radio=await sky.other_central())
    await phone.open()
    with monkeypatch.context() as quick:
        quick.setattr(ble_bridge, "SCAN_S", 0.2)
        error = await refused(link, trace, "link-absent")
    assert "phone" in error.remedy
    await phone.close()
    await link.open()
    assert any(note.startswith("heard at -50 dBm") for note in trace.notes(TraceKind.LINE))
    await link.close()


@BLUEZ
async def test_what_a_killed_program_left_connected_is_taken_back(sky: Sky, clock: RealClock, trace: Trace) -> None:
    from bleak import BleakClient, BleakScanner

    device = await BleakScanner.find_device_by_address(ADDRESS, timeout=LIMIT_S)
    assert device is not None
    left = BleakClient(device)
    await left.connect()
    link = sky.link(clock, trace)
    await link.open()
    await link.set_line(Line(9600))
    assert any("still had it connected" in note for note in trace.notes(TraceKind.LINE))
    assert await exchange(link) == REQUEST[::-1]
    assert sky.bridge.connects == 2
    await link.close()


@BLUEZ
async def test_another_terminal_on_this_computer_has_it(
    sky: Sky, link: BleBridgeLink, clock: RealClock, trace: Trace
) -> None:
    error = await refused(sky.link(clock, trace), trace, "link-busy")
    assert "another terminal on this computer" in error.message
    assert await exchange(link) == REQUEST[::-1], "which goes on unharmed"
    await link.close()
    second = sky.link(clock)
    await second.open()
    await second.close()


# 19: what the system has -----------------------------------------------------------------------------------------
@BLUEZ
async def test_connects_that_are_aborted_are_tried_again(sky: Sky, clock: RealClock) -> None:
    assert sky.bluez is not None
    sky.bluez.aborts = 2
    link = sky.link(clock)
    await link.open()
    assert sky.bluez.calls.count("Connect") == 3
    await link.close()


@BLUEZ
async def test_connects_that_fail_for_good(sky: Sky, clock: RealClock, trace: Trace) -> None:
    """Each pause is chosen by chance up to a limit that doubles; then it is over."""
    assert sky.bluez is not None
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        assert sky.bluez is not None
        sky.bluez.fail_next["Connect"] = ("org.bluez.Error.Failed", "br-connection-canceled")

    sky.bluez.fail_next["Connect"] = ("org.bluez.Error.Failed", "br-connection-canceled")
    chances = iter((0.5, 1.0))
    error = await refused(sky.link(clock, trace, chance=lambda: next(chances), sleep=sleep), trace, "link-unavailable")
    assert pauses == [0.125, 0.5]
    assert "br-connection-canceled" in error.message
    assert sum("attempt" in note for note in trace.notes(TraceKind.LINE)) == 2


@BOTH
async def test_a_bridge_that_never_says_what_it_offers(
    sky: Sky, clock: RealClock, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ble_bridge, "ATTEMPTS", 2)
    monkeypatch.setattr(ble_bridge, "CONNECT_S", 0.3)
    if sky.bluez is not None:
        sky.bluez.resolves = False
    else:
        sky.air.passes = lambda _data: False
    error = await refused(sky.link(clock, trace), trace, "link-unavailable")
    assert "no answer within" in error.message
    assert "switch the bridge off and on" in error.remedy
    await eventually(lambda: not sky.bridge.connected)


@BLUEZ
async def test_bluetooth_that_is_switched_off_and_on(sky: Sky, clock: RealClock, trace: Trace) -> None:
    assert sky.bluez is not None
    link = sky.link(clock, trace)
    await link.open()
    await sky.bluez.power(False)
    async with asyncio.timeout(LIMIT_S):
        with pytest.raises(LinkLost):
            await link.read(LIMIT_S)
    await refused(link, trace, "link-bluetooth-off")
    with pytest.raises(LinkUnavailable, match="switched off"):
        await scan_bridges(0.1)
    await sky.bluez.power(True)
    async with asyncio.timeout(LIMIT_S):
        while link.state is not LinkState.UP:  # until bleak has heard of it
            with contextlib.suppress(LinkUnavailable):
                await link.open()
            await asyncio.sleep(0.005)
    await link.close()


@BLUEZ
async def test_the_bus_dies(sky: Sky, clock: RealClock, trace: Trace) -> None:
    assert sky.bus is not None
    link = sky.link(clock, trace)
    await link.open()
    sky.bus.kill()
    async with asyncio.timeout(LIMIT_S):
        with pytest.raises(LinkLost):
            await on_and_on(link)
    await refused(link, trace, "link-no-bluetooth")


@BLUEZ
async def test_what_a_dead_bus_leaves_untold_is_no_fault_of_the_program(
    sky: Sky, clock: RealClock, tmp_path: Path
) -> None:
    """The library on the bus drops what it could not send; the window would take that for a crash."""
    from dbus_fast.aio import MessageBus

    told: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: told.append(context["message"]))
    link = sky.link(clock)
    await link.open()
    await link.close()
    bus = MessageBus(bus_address=f"unix:path={tmp_path}/none")
    with pytest.raises(OSError, match="No such file") as caught:
        await bus.connect()
    bus.disconnect()
    loop.call_exception_handler({"message": "of the bus", "exception": caught.value})
    loop.call_exception_handler({"message": "of ours", "exception": OSError("another")})
    assert told == ["of ours"]


@BLUEZ
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("org.freedesktop.DBus.Error.AccessDenied", "link-bluetooth-denied"),
        ("org.freedesktop.DBus.Error.ServiceUnknown", "link-no-bluetooth"),
    ],
)
async def test_what_the_bus_refuses(sky: Sky, clock: RealClock, trace: Trace, name: str, code: str) -> None:
    assert sky.bluez is not None
    sky.bluez.fail_next["GetManagedObjects"] = (name, "No")
    await refused(sky.link(clock, trace), trace, code)
    link = sky.link(clock)
    await link.open()
    await link.close()


@BOTH
async def test_an_opening_that_is_given_up_at_its_end_lets_the_bridge_go(sky: Sky, clock: RealClock) -> None:
    """It is connected already, and only whoever keeps what was opened last has not come back yet."""
    told, go_on = threading.Event(), threading.Event()

    def on_port(_seen: object) -> None:
        told.set()
        go_on.wait(LIMIT_S)

    link = sky.link(clock, on_port=on_port)
    opening = asyncio.create_task(link.open())
    await eventually(told.is_set)
    opening.cancel()
    try:
        with pytest.raises(asyncio.CancelledError):
            await opening
        await eventually(lambda: not sky.bridge.connected)
    finally:
        go_on.set()


# 20: a bridge that changes speed slowly --------------------------------------------------------------------------
LINED = replace(bridge_kinds()[0], name="with a line", line="6e400004-b5a3-f393-e0a9-e50e24dcca9e")


@BOTH
@pytest.mark.parametrize("options", [{"kind": LINED}])
async def test_a_slow_changeover_is_waited_for(sky: Sky, clock: RealClock) -> None:
    sky.bridge.habits.changeover_s = 0.1
    sky.bridge.habits.speeds = (300, 9600)
    link = sky.link(clock, kinds=(LINED,))
    await link.open()
    assert Capability.LINE in link.capabilities
    await link.set_line(Line(9600))
    assert sky.bridge.speeds == [300, 9600], "the next byte meets the new speed"
    assert await exchange(link) == REQUEST[::-1]
    with pytest.raises(LinkUnavailable, match="cannot do 19200"):
        await link.set_line(Line(19200))
    assert link.line == Line(9600)
    assert link.state is LinkState.UP
    await link.close()


@BLUEZ
@pytest.mark.parametrize("options", [{"kind": LINED}])
async def test_the_bus_dies_under_a_change_of_speed(
    sky: Sky, clock: RealClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bleak import BleakClient

    link = sky.link(clock, kinds=(LINED,))
    await link.open()

    async def dead(*_args: object, **_more: object) -> None:
        raise AssertionError  # as bleak does where it has no bus any more

    with monkeypatch.context() as lost:
        lost.setattr(BleakClient, "write_gatt_char", dead)
        with pytest.raises(LinkLost):
            await link.set_line(Line(9600))
    await link.close()


# Never two at once -----------------------------------------------------------------------------------------------
async def test_one_at_a_time_in_the_whole_process() -> None:
    """Another loop in another thread counts too."""
    held, let_go = threading.Event(), threading.Event()

    async def hold() -> None:
        async with turn():
            held.set()
            await asyncio.to_thread(let_go.wait, LIMIT_S)

    other = threading.Thread(target=lambda: asyncio.run(hold()))
    other.start()
    await asyncio.to_thread(held.wait, LIMIT_S)
    ours = asyncio.create_task(_one_turn())
    await asyncio.sleep(0.05)
    assert not ours.done()
    let_go.set()
    assert await asyncio.wait_for(ours, LIMIT_S)
    other.join(LIMIT_S)


async def _one_turn() -> bool:
    async with turn():
        return True
