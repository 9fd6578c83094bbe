"""A probe behind a BLE bridge: `ble:AA:BB:CC:DD:EE:FF` (on macOS the system's own UUID of the device).

What the systems' Bluetooth has of traps stands in `ble_radio`. Not verified on hardware; tried against a virtual
bridge, over a backend of its own and over bleak's BlueZ backend.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from drivers.base import BaseLink
from drivers.ble_claim import Claim
from drivers.ble_radio import (
    SYSTEM_RADIO,
    AnyBridge,
    BridgeKind,
    BridgeSeen,
    BridgeTrust,
    Radio,
    bridge_kinds,
    explained,
    turn,
)
from drivers.bridge_proof import Proving, cut_off, falsified, not_proved
from drivers.bridge_session import SessionBroken
from drivers.loop_safe import in_thread
from hht.clock import Clock
from hht.i18n import _
from hht.link import SIGN_ON_LINE, Capability, Line, LinkTimeout, LinkUnavailable, TraceKind, TraceSink

if TYPE_CHECKING:
    from bleak import BleakClient
    from bleak.backends.characteristic import BleakGATTCharacteristic
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

SCAN_S = 10.0  # a sleeping probe advertises every few seconds, if at all
CONNECT_S = 15.0
OPEN_S = 40.0  # no further attempt begins later than this after the first
WRITE_LIMIT_S = 10.0  # for one piece: a slow bridge takes its time over each
LET_GO_S = 5.0
ATTEMPTS = 3  # radio links fail to come up now and then; a second try mostly does
PAUSE_S = 0.25  # before the second attempt, doubled each time, and shortened by chance (full jitter)
SILENT_S = 1.0  # after so long without a byte something that was written may be lost
LONGEST_VALUE = 512  # octets of an attribute's value, whatever else would fit (Bluetooth Core, Vol 3 Part F, 3.2.9)
SMALLEST_PIECE = 20  # what fits at the smallest MTU: every bridge must take it whole
UNACKNOWLEDGED = 3  # pieces sent without a response before one with it: flow control, and a fence behind them
_WEAK_DBM = -85

_needs_care: set[str] = set()
"""Addresses of bridges that answered only to small acknowledged pieces, as long as this process lasts."""


class BleBridgeLink(BaseLink):
    """Bytes through the bridge with that address. It begins as every optical port does, at 300 baud 7E1.

    A bridge may lose what was written without a response, or cut a long piece off, and nobody is told. Where nothing
    comes back for `SILENT_S`, small pieces are written from then on and each is acknowledged; the session above repeats
    what was lost.
    """

    def __init__(
        self,
        address: str,
        *,
        clock: Clock,
        sink: TraceSink | None = None,
        name: str | None = None,
        echo: str = "auto",
        radio: Radio = SYSTEM_RADIO,
        on_port: Callable[[BridgeSeen], None] | None = None,
        kinds: tuple[BridgeKind, ...] = (),
        chance: Callable[[], float] = random.random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        trust: BridgeTrust | None = None,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """`on_port` is told which bridge was opened, in a thread; what it raises as OSError is passed over. `kinds`:
        those that are known; empty: all of the table. `chance` (a number from 0 to 1) and `sleep` are for the pause
        between attempts. `trust` decides whether the bridge is used; None: every one is."""
        super().__init__(
            name or f"ble:{address}",
            clock=clock,
            sink=sink,
            line=SIGN_ON_LINE,
            capabilities=Capability.ECHO,
            echo=echo,
        )
        self._address, self._radio, self._kinds = address, radio, kinds or bridge_kinds()
        self._chance, self._sleep, self._on_port = chance, sleep, on_port
        self._trust, self._random_bytes = trust or AnyBridge(), random_bytes
        self._proving: Proving | None = None  # of a kind of bridge that proves who it is
        self._proof = ""
        self._rssi = 0
        self._claim = Claim(address)
        self._client: BleakClient | None = None
        self._in: BleakGATTCharacteristic | None = None
        self._control: BleakGATTCharacteristic | None = None
        self._careful = False
        self._wrote_at: float | None = None  # loop time; None: something has come since, or nothing was written

    # Opening -----------------------------------------------------------------------------------------------------
    async def _open(self) -> None:
        self._careful, self._wrote_at = self._address.upper() in _needs_care, None
        if self._radio.of_the_system:
            self._claim.take()
        try:
            async with turn():
                await self._open_by_turn()
            task = asyncio.current_task()
            if task is not None and task.cancelling():  # given up in the moment in which a connection came about
                raise asyncio.CancelledError
        except BaseException:
            client, self._client = self._client, None
            try:
                if client is not None:  # cancelled when all but the telling was done
                    await _let_go(client)
            finally:
                self._claim.drop()
            raise

    async def _open_by_turn(self) -> None:
        began = self._clock.monotonic()
        device = await self._find()
        for attempt in range(ATTEMPTS):
            try:
                async with explained(self._title, CONNECT_S):
                    kind = await self._connect(device)
                await self._tell(device, kind)
                return
            except LinkUnavailable as error:
                late = self._clock.monotonic() - began > OPEN_S
                if attempt == ATTEMPTS - 1 or late or error.code != "link-unavailable":
                    raise
                self._note_line(f"attempt {attempt + 1} failed: {error.message}")
            await self._sleep(self._chance() * PAUSE_S * 2**attempt)

    async def _tell(self, device: BLEDevice, kind: BridgeKind) -> None:
        if self._on_port is not None:
            with contextlib.suppress(OSError):
                seen = BridgeSeen(self._address, device.name or "", self._rssi, kind, self._proof)
                await in_thread("bridge opened", partial(self._on_port, seen))

    async def _find(self) -> BLEDevice:
        from bleak import BleakScanner

        strength: list[int] = []

        def is_it(device: BLEDevice, said: AdvertisementData) -> bool:
            if device.address.upper() != self._address.upper():
                return False
            strength.append(said.rssi)
            return True

        async with explained(self._name, SCAN_S):
            await self._take_back()
            device = await BleakScanner.find_device_by_filter(is_it, timeout=SCAN_S, **self._radio.scanner)
        if device is None:
            message = _("The bridge {address} is not heard.").format(address=self._address)
            remedy = _(
                "Press its button to wake it, charge it, come nearer; disconnect it from the phone or computer that "
                "has it: who is connected is not heard by others."
            )
            raise LinkUnavailable(message, code="link-absent", remedy=remedy)
        self._rssi = strength[-1]
        if device.name and device.name.replace("-", ":") != device.address:  # which BlueZ gives to who has none
            self._title = _("{adapter} ({port})").format(adapter=device.name, port=self._address)
        self._note_line(f"heard at {self._rssi} dBm{', weak' * (self._rssi < _WEAK_DBM)}")
        return device

    async def _take_back(self) -> None:
        """Let go of the bridge where BlueZ still has it connected, for a program that was killed: connected, it is
        heard by nobody. Of a terminal that runs the claim would have told."""
        if sys.platform != "linux" or not self._radio.of_the_system:
            return
        from bleak import BleakAdapter, BleakClient

        services = [kind.service for kind in self._kinds]
        connected = await (await BleakAdapter.get()).get_connected_devices(services)
        for device in connected:
            if device.address.upper() == self._address.upper():
                self._note_line("this computer still had it connected: let go of")
                async with asyncio.timeout(LET_GO_S):
                    client = BleakClient(device, timeout=LET_GO_S)
                    await client.connect()  # takes over what is there
                    await client.disconnect()

    async def _connect(self, device: BLEDevice) -> BridgeKind:
        from bleak import BleakClient

        client = self._client = BleakClient(device, self._gone, timeout=CONNECT_S, **self._radio.client)
        try:
            async with asyncio.timeout(CONNECT_S + 1):  # bleak counts its own; not everything that it does
                await client.connect()
                return await self._subscribe(client, device.name or "")
        except BaseException:
            self._client = None
            await _let_go(client)
            raise

    async def _subscribe(self, client: BleakClient, name: str) -> BridgeKind:
        kind = self._kind(client)
        self._proving = Proving(self._random_bytes) if kind.proves else None
        if self._proving is None:  # before anything is said to it
            self._proof = self._trust.judge(self._address, name, None)
        self._in = client.services.get_characteristic(kind.write)
        self._note_line(f"bridge: {kind.name}, {self._room()} octets a piece")
        self._control = client.services.get_characteristic(kind.line) if kind.line else None
        self._capabilities = Capability.ECHO | (Capability.LINE if self._control or kind.proves else Capability.NONE)
        # StartNotify on Linux, bleak's default: AcquireNotify loses what a bridge says before it confirms.
        await client.start_notify(kind.notify, lambda _sender, data: self._hear(bytes(data)), **self._radio.notify)
        if self._proving is not None:
            await self._prove(self._proving, name)
        if self._proof:
            self._note_line(f"bridge {self._proof}")
        await self._set_line(self._line)
        return kind

    async def _prove(self, proving: Proving, name: str) -> None:
        """Have the bridge show its key, and whoever decides say whether it is used. Raises LinkUnavailable."""
        await self._put(proving.hello())
        try:
            key = await proving.key()
        except SessionBroken as error:
            raise not_proved(self._address, error) from None
        self._proof = self._trust.judge(self._address, name, key)

    def _kind(self, client: BleakClient) -> BridgeKind:
        for kind in self._kinds:
            service = client.services.get_service(kind.service)
            if service is not None and all(service.get_characteristic(uuid) for uuid in (kind.write, kind.notify)):
                return kind
        message = _("{address} is no bridge of a kind that is known here.").format(address=self._address)
        names = ", ".join(kind.name for kind in self._kinds)
        raise LinkUnavailable(message, code="link-not-a-bridge", remedy=_("Known are: {names}.").format(names=names))

    def _gone(self, client: BleakClient) -> None:
        if client is self._client:  # and not one of an earlier attempt
            self._lose(OSError(_("the radio link to the bridge ended")))

    # Bytes -------------------------------------------------------------------------------------------------------
    def _hear(self, raw: bytes) -> None:
        if self._proving is not None:
            try:
                raw = self._proving.heard(raw)
            except SessionBroken as error:
                self._lose(falsified(error))
                return
            if not raw:
                return
        if raw and self._careful and self._wrote_at is not None:
            _needs_care.add(self._address.upper())
        self._wrote_at = None
        self._feed(raw)

    async def _write(self, raw: bytes) -> None:
        if self._proving is not None:
            self._sent(raw)
            raw = self._proving.data(raw)
        await self._put(raw)

    async def _put(self, raw: bytes) -> None:
        """Into the radio, piece by piece."""
        from bleak.exc import BleakError

        sent = count = 0
        self._wrote_at = self._now()
        try:
            while sent < len(raw):
                count += 1
                async with asyncio.timeout(WRITE_LIMIT_S):
                    sent += await self._write_piece(raw[sent:], count)
        except TimeoutError:
            message = _("{link} has taken nothing for {seconds} s.").format(
                link=self._title, seconds=f"{WRITE_LIMIT_S:g}"
            )
            self._trace(TraceKind.ERROR, note=f"piece {count} not taken")
            raise LinkTimeout(message, remedy=_("Bring the computer nearer to the bridge, then try again.")) from None
        except (BleakError, AssertionError) as error:  # bleak asserts where its bus died
            raise OSError(str(error) or _("the system's Bluetooth service does not answer")) from error
        finally:
            if self._proving is not None and sent < len(raw):
                self._lose(cut_off())  # what follows would be no record
        if self._wrote_at is not None:
            self._wrote_at = self._now()

    async def _write_piece(self, raw: bytes, count: int) -> int:
        """Send the beginning of `raw`, as much as fits now; how much that was. What fits may grow while one writes."""
        client, characteristic = self._client, self._in
        if client is None or characteristic is None:
            raise EOFError
        piece = raw[: min(self._room(), SMALLEST_PIECE) if self._careful else self._room()]
        properties = characteristic.properties
        acknowledged = "write" in properties and (
            self._careful
            or self._proving is not None  # a lost piece would end the session
            or "write-without-response" not in properties
            or len(piece) == len(raw)
            or count % (UNACKNOWLEDGED + 1) == 0
        )
        if self._proving is None:
            self._sent(piece)
        await client.write_gatt_char(characteristic, piece, response=acknowledged)
        return len(piece)

    def _room(self) -> int:
        """Octets that fit into one write now. Windows says 20 at first and more later; `mtu_size` is no use, on Linux
        it is always 23."""
        most = self._in.max_write_without_response_size if self._in is not None else 0
        return max(1, min(most, LONGEST_VALUE))

    def _timeout_error(self, timeout: float) -> LinkTimeout:
        if self._wrote_at is not None and not self._careful and self._now() - self._wrote_at >= SILENT_S:
            self._careful = True
            self._note_line(f"nothing came back: pieces of {SMALLEST_PIECE} octets from now on, each acknowledged")
        return super()._timeout_error(timeout)

    async def _set_line(self, line: Line) -> None:
        from bleak.exc import BleakError

        client = self._client
        if client is not None and self._proving is not None:
            await self._put(self._proving.line(line.baud))
            return
        if client is None or self._control is None:
            return
        try:
            async with asyncio.timeout(WRITE_LIMIT_S):
                await client.write_gatt_char(self._control, line.baud.to_bytes(4, "little"), response=True)
        except (BleakError, AssertionError) as error:
            if isinstance(error, AssertionError) or not client.is_connected:
                raise OSError(str(error) or _("the system's Bluetooth service does not answer")) from error
            message = _("The bridge cannot do {line}.").format(line=line)
            raise LinkUnavailable(message, remedy=_("Use another bridge, or another speed.")) from error

    # Closing -----------------------------------------------------------------------------------------------------
    async def _close(self) -> None:
        from bleak.exc import BleakError

        client, self._client = self._client, None
        try:
            if client is not None:
                await client.disconnect()
        except (BleakError, AssertionError) as error:
            raise OSError(str(error)) from error
        finally:
            self._claim.drop()

    def _remedy(self) -> str:
        return _("Wake the bridge and come nearer, then try again: the step reads before it repeats anything.")


async def _let_go(client: BleakClient) -> None:
    """Leave no connection behind, also where whoever waits is cancelled meanwhile; at most `LET_GO_S`."""

    async def disconnect() -> None:
        with contextlib.suppress(Exception):  # half connected, or not at all: whatever it says, it is not used
            async with asyncio.timeout(LET_GO_S):
                await client.disconnect()

    task, cancelled = asyncio.ensure_future(disconnect()), None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
