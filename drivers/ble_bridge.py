"""A probe behind a BLE bridge: `ble:AA:BB:CC:DD:EE:FF` (on macOS the system's own UUID of the device).

By bleak, and to its interface alone, so that Linux, Windows and macOS are alike here. What bridges look like is data
(`resources/catalogue/ble_bridges.toml`). Not verified on hardware; tried against a virtual peripheral.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from drivers.base import BaseLink
from hht.clock import Clock
from hht.i18n import _
from hht.link import SIGN_ON_LINE, Capability, Line, LinkTimeout, LinkUnavailable, TraceSink
from hht.resources import resource_text

if TYPE_CHECKING:
    from bleak import BleakClient
    from bleak.backends.characteristic import BleakGATTCharacteristic
    from bleak.backends.device import BLEDevice

SCAN_S = 10.0  # a sleeping probe advertises every few seconds, if at all
LISTEN_S = 5.0
CONNECT_S = 20.0
WRITE_LIMIT_S = 10.0
ATTEMPTS = 3  # radio links fail to come up now and then; a second try mostly does
_PAUSE_S = 0.25  # before the second attempt, doubled each time, and shortened by chance
_LONGEST_VALUE = 512  # octets of an attribute's value, whatever else would fit (Bluetooth Core, Vol 3 Part F, 3.2.9)
_UNACKNOWLEDGED = 3  # pieces sent without a response before one with it: flow control, and it finds out what was lost


@dataclass(frozen=True, slots=True)
class BridgeKind:
    """A way in which bridges offer a serial port: GATT service and characteristics, as UUIDs."""

    name: str
    service: str
    write: str
    notify: str
    line: str = ""  # characteristic that takes the speed, 32 bits, little-endian; "": the bridge sees to that itself


@dataclass(frozen=True, slots=True)
class BridgeSeen:
    """A bridge that advertises now."""

    address: str
    name: str
    rssi: int  # dBm
    kind: BridgeKind

    @property
    def url(self) -> str:
        """The link's URL."""
        return f"ble:{self.address}"


@dataclass(frozen=True, slots=True)
class Radio:
    """Which Bluetooth: keyword arguments for bleak's scanner, client and subscription. Empty: the system's own."""

    scanner: Mapping[str, Any] = field(default_factory=dict)
    client: Mapping[str, Any] = field(default_factory=dict)
    notify: Mapping[str, Any] = field(default_factory=dict)


@cache
def bridge_kinds() -> tuple[BridgeKind, ...]:
    """The known kinds, in the order of the table."""
    rows = tomllib.loads(resource_text("catalogue", "ble_bridges.toml"))["bridge"]
    fields = ("name", "service", "write", "notify", "line")
    return tuple(BridgeKind(*(row.get(field, "") for field in fields)) for row in rows)


async def scan_bridges(seconds: float | None = None, radio: Radio = Radio()) -> list[BridgeSeen]:
    """Bridges of known kinds that advertise, the nearest first, after `seconds` (None: `LISTEN_S`). Raises
    LinkUnavailable where there is no Bluetooth."""
    from bleak import BleakScanner

    by_service = {kind.service: kind for kind in bridge_kinds()}
    async with _turn(), _explained(_("Bluetooth")):
        found = await BleakScanner.discover(
            timeout=LISTEN_S if seconds is None else seconds,
            return_adv=True,
            service_uuids=list(by_service),
            **radio.scanner,
        )
    seen = [
        BridgeSeen(device.address, device.name or said.local_name or "", said.rssi, by_service[uuid])
        for device, said in found.values()
        for uuid in said.service_uuids
        if uuid in by_service
    ]
    return sorted(seen, key=lambda bridge: (-bridge.rssi, bridge.address))


class BleBridgeLink(BaseLink):
    """Bytes through the bridge with that address. It begins as every optical port does, at 300 baud 7E1."""

    def __init__(
        self,
        address: str,
        *,
        clock: Clock,
        sink: TraceSink | None = None,
        name: str | None = None,
        echo: str = "auto",
        radio: Radio = Radio(),
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`chance`: a number from 0 to 1, for the pause between attempts."""
        super().__init__(
            name or f"ble:{address}",
            clock=clock,
            sink=sink,
            line=SIGN_ON_LINE,
            capabilities=Capability.ECHO,
            echo=echo,
        )
        self._address, self._radio, self._chance = address, radio, chance
        self._client: BleakClient | None = None
        self._in: BleakGATTCharacteristic | None = None
        self._control: BleakGATTCharacteristic | None = None

    async def _open(self) -> None:
        async with _turn():
            device = await self._find()
            for attempt in range(ATTEMPTS):
                try:
                    async with _explained(self._name):
                        await self._connect(device)
                        return
                except LinkUnavailable as error:
                    if attempt == ATTEMPTS - 1 or error.code != "link-unavailable":
                        raise
                    self._note_line(f"attempt {attempt + 1} failed: {error.message}")
                await asyncio.sleep(self._chance() * _PAUSE_S * 2**attempt)

    async def _find(self) -> BLEDevice:
        from bleak import BleakScanner

        async with _explained(self._name):
            device = await BleakScanner.find_device_by_address(self._address, timeout=SCAN_S, **self._radio.scanner)
        if device is None:
            message = _("The bridge {address} is not heard.").format(address=self._address)
            remedy = _(
                "Press its button to wake it, charge it, come nearer; disconnect it from the phone or computer that "
                "has it: who is connected is not heard by others."
            )
            raise LinkUnavailable(message, code="link-absent", remedy=remedy)
        return device

    async def _connect(self, device: BLEDevice) -> None:
        from bleak import BleakClient

        client = self._client = BleakClient(device, self._gone, timeout=CONNECT_S, **self._radio.client)
        try:
            await client.connect()
            kind = self._kind(client)
            self._in = client.services.get_characteristic(kind.write)
            self._note_line(f"bridge: {kind.name}, {self._room()} octets a piece")
            self._control = client.services.get_characteristic(kind.line) if kind.line else None
            self._capabilities = Capability.ECHO | (Capability.LINE if self._control else Capability.NONE)
            await client.start_notify(kind.notify, lambda _sender, data: self._feed(bytes(data)), **self._radio.notify)
            await self._set_line(self._line)
        except BaseException:
            self._client = None
            with contextlib.suppress(Exception):  # half connected, or not at all: whatever it says, it is not used
                await asyncio.shield(client.disconnect())
            raise

    def _kind(self, client: BleakClient) -> BridgeKind:
        for kind in bridge_kinds():
            service = client.services.get_service(kind.service)
            if service is not None and all(service.get_characteristic(uuid) for uuid in (kind.write, kind.notify)):
                return kind
        message = _("{address} is no bridge of a kind that is known here.").format(address=self._address)
        names = ", ".join(kind.name for kind in bridge_kinds())
        raise LinkUnavailable(message, code="link-not-a-bridge", remedy=_("Known are: {names}.").format(names=names))

    def _gone(self, client: BleakClient) -> None:
        if client is self._client:  # and not one of an earlier attempt
            self._lose(OSError(_("the radio link to the bridge ended")))

    async def _write(self, raw: bytes) -> None:
        from bleak.exc import BleakError

        sent = 0
        try:
            async with asyncio.timeout(WRITE_LIMIT_S):
                for count in range(1, 1 + len(raw)):
                    if sent == len(raw):
                        return
                    sent += await self._write_piece(raw[sent:], count)
        except TimeoutError:
            message = _("{link} has taken nothing for {seconds} s.").format(
                link=self._name, seconds=f"{WRITE_LIMIT_S:g}"
            )
            raise LinkTimeout(message, remedy=_("Bring the computer nearer to the bridge, then try again.")) from None
        except BleakError as error:
            raise OSError(str(error)) from error

    async def _write_piece(self, raw: bytes, count: int) -> int:
        """Send the beginning of `raw`, as much as fits now; how much that was. What fits may grow while one writes."""
        client, characteristic = self._client, self._in
        if client is None or characteristic is None:
            raise EOFError
        piece = raw[: self._room()]
        properties = characteristic.properties
        acknowledged = "write" in properties and (
            "write-without-response" not in properties or len(piece) == len(raw) or count % (_UNACKNOWLEDGED + 1) == 0
        )
        self._sent(piece)
        await client.write_gatt_char(characteristic, piece, response=acknowledged)
        return len(piece)

    def _room(self) -> int:
        """Octets that fit into one write now. Windows says 20 at first and more later; `mtu_size` is no use, on Linux
        it is always 23."""
        most = self._in.max_write_without_response_size if self._in is not None else 0
        return max(1, min(most, _LONGEST_VALUE))

    async def _set_line(self, line: Line) -> None:
        from bleak.exc import BleakError

        if self._client is None or self._control is None:
            return
        try:
            await self._client.write_gatt_char(self._control, line.baud.to_bytes(4, "little"), response=True)
        except BleakError as error:
            if not self._client.is_connected:
                raise OSError(str(error)) from error
            message = _("The bridge cannot do {line}.").format(line=line)
            raise LinkUnavailable(message, remedy=_("Use another bridge, or another speed.")) from error

    async def _close(self) -> None:
        from bleak.exc import BleakError

        client, self._client = self._client, None
        if client is None:
            return
        try:
            await client.disconnect()
        except BleakError as error:
            raise OSError(str(error)) from error

    def _remedy(self) -> str:
        return _("Wake the bridge and come nearer, then try again: the step reads before it repeats anything.")


_TURNS: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock]] = WeakKeyDictionary()


def _turn() -> asyncio.Lock:
    """One scan or one connect at a time: radios and their drivers do not bear two."""
    return _TURNS.setdefault(asyncio.get_running_loop(), asyncio.Lock())


@contextlib.asynccontextmanager
async def _explained(what: str) -> AsyncIterator[None]:
    """Turn what bleak and the system say into a sentence. Raises LinkUnavailable."""
    from bleak.exc import BleakBluetoothNotAvailableError, BleakDBusError, BleakError

    try:
        yield
    except BleakBluetoothNotAvailableError as error:
        raise _no_bluetooth(str(error.args[0])) from error
    except BleakDBusError as error:
        if "ServiceUnknown" in error.dbus_error or "NotReady" in error.dbus_error:
            raise _no_bluetooth(error.dbus_error) from error
        raise _failed(what, error) from error
    except TimeoutError as error:
        raise _failed(what, _("no answer within {seconds} s").format(seconds=f"{CONNECT_S:g}")) from error
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise _no_bluetooth(_("the system's Bluetooth service does not answer")) from error
    except OSError as error:
        raise _no_bluetooth(error.strerror or str(error)) from error
    except BleakError as error:
        raise _failed(what, error) from error


def _no_bluetooth(why: str) -> LinkUnavailable:
    message = _("There is no Bluetooth that can be used: {why}.").format(why=why)
    remedy = _("Turn Bluetooth on, let this program use it (system settings), or plug an adapter in.")
    return LinkUnavailable(message, code="link-no-bluetooth", remedy=remedy)


def _failed(what: str, why: object) -> LinkUnavailable:
    message = _("The connection with {what} did not come up: {why}.").format(what=what, why=why)
    return LinkUnavailable(message, remedy=_("Come nearer, wake the bridge, then try again."))
