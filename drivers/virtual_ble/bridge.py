"""A BLE bridge: bytes over the air on one side, a meter's port on the other. Good, or with what real ones do wrong."""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from bumble import att, data_types, hci
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection as RadioConnection
from bumble.gatt import Characteristic, CharacteristicValue, Service
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from drivers.ble_radio import BridgeKind, bridge_kinds
from drivers.bridge_session import LINE, BridgeEnd, Records, SessionBroken
from drivers.serving import Attachable, Connection
from drivers.virtual_ble.air import Air, make_device

ADDRESS: Final = "F0:F1:F2:F3:F4:F5"
NAME: Final = "OptoP-01"  # eight letters: no more fits beside the service in the one packet that Bumble delivers
_LONGEST_VALUE = 512
_Characteristic = Characteristic[bytes]


@dataclass
class Habits:
    """What this bridge does wrong. May be changed while it runs."""

    loses: float = 0.0  # how likely a write without response is lost in its buffer, and nobody told
    keeps: int = _LONGEST_VALUE  # octets of one write that it takes; the rest of it is cut off in silence
    notifies: int = 0  # octets that it puts into one notification, though no more than fits arrives; 0: what fits
    write_s: float = 0.0  # how long it takes over each write
    changeover_s: float = 0.0  # ... and over a change of speed
    speeds: tuple[int, ...] = ()  # the only ones that it can do; (): any
    meddles: Callable[[str, bytes], list[bytes]] | None = None
    """Somebody who stands between: what becomes of a piece on its way, "up" (to the bridge) or "down"."""


class VirtualBridge:
    """`mtu`: the most that it agrees to. `kind`: what it offers. `writes`: how its write characteristic may be
    written. `identity`: its key, of a bridge that proves who it is. `pieces`: every write that it took; `commands`: how
    many asked for no response. `speeds`: what it was told of the line, in baud."""

    def __init__(
        self,
        air: Air,
        port: Attachable,
        *,
        mtu: int = 247,
        kind: BridgeKind | None = None,
        name: str = NAME,
        address: str = ADDRESS,
        writes: Characteristic.Properties = Characteristic.Properties.WRITE
        | Characteristic.Properties.WRITE_WITHOUT_RESPONSE,
        identity: Ed25519PrivateKey | None = None,
    ) -> None:
        self.port, self.habits = port, Habits()
        self.pieces: list[bytes] = []
        self.speeds: list[int] = []
        self.connects = self.commands = 0
        self.kind = kind or (keyed_kind() if identity is not None else bridge_kinds()[0])
        self._end = BridgeEnd(identity, secrets.token_bytes) if identity is not None else None
        self._records = Records()
        self.device = make_device(air, name, address)
        self._chance = random.Random(1)
        self._radio: RadioConnection | None = None
        self._serial: Connection | None = None
        self._writing = asyncio.Lock()
        self._outgoing: asyncio.Queue[bytes] = asyncio.Queue()
        self._pump: asyncio.Task[None] | None = None
        self._notify = self._serve(writes)
        self.device.gatt_server.max_mtu = mtu
        self.device.advertising_data = bytes(
            AdvertisingData(
                [
                    data_types.Flags(
                        AdvertisingData.Flags.LE_GENERAL_DISCOVERABLE_MODE | AdvertisingData.Flags.BR_EDR_NOT_SUPPORTED
                    ),
                    data_types.IncompleteListOf128BitServiceUUIDs([UUID(self.kind.service)]),
                    data_types.CompleteLocalName(name),
                ]
            )
        )
        self.device.on("connection", self._connected)
        server = self.device.gatt_server
        self._take_command = server.on_att_write_command
        server.on_att_write_command = self._command

    def _serve(self, writes: Characteristic.Properties) -> _Characteristic:
        """Put the service up; the characteristic that notifies."""
        kind, notifies = self.kind, Characteristic.Properties.NOTIFY
        both = kind.write == kind.notify
        taking: CharacteristicValue[bytes] = CharacteristicValue(write=self._written)
        write: _Characteristic = Characteristic(
            UUID(kind.write), writes | notifies if both else writes, Characteristic.WRITEABLE, taking
        )
        notify = write if both else _Characteristic(UUID(kind.notify), notifies, Characteristic.READABLE, b"")
        offered = [write] if both else [write, notify]
        if kind.line:
            telling: CharacteristicValue[bytes] = CharacteristicValue(write=self._told_speed)
            offered.append(
                _Characteristic(UUID(kind.line), Characteristic.Properties.WRITE, Characteristic.WRITEABLE, telling)
            )
        self.device.add_service(Service(UUID(kind.service), offered))
        return notify

    @property
    def connected(self) -> bool:
        """Whether somebody has it."""
        return self._radio is not None

    async def start(self) -> None:
        """On the air, and heard."""
        await self.device.power_on()
        await self.wake()
        self._pump = asyncio.create_task(self._notify_all())

    async def wake(self) -> None:
        """Advertise, also again after each connection."""
        await self.device.start_advertising(advertising_interval_min=20, advertising_interval_max=20, auto_restart=True)

    async def sleep(self) -> None:
        """Advertise no more."""
        await self.device.stop_advertising()

    async def hang_up(self) -> None:
        """End the radio connection from this side."""
        if self._radio is not None:
            with contextlib.suppress(Exception):
                await self._radio.disconnect(hci.HCI_REMOTE_USER_TERMINATED_CONNECTION_ERROR)

    async def close(self) -> None:
        """Off the air."""
        await self.hang_up()
        if self._pump is not None:
            self._pump.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._pump
        with contextlib.suppress(Exception):
            await self.device.power_off()

    def _connected(self, connection: RadioConnection) -> None:
        self.connects += 1
        self._radio = connection
        self._records = Records()
        self._serial = self.port.attach(self._say)
        connection.on("disconnection", self._disconnected)

    def _disconnected(self, *_reason: Any) -> None:
        self._radio = None
        while not self._outgoing.empty():
            self._outgoing.get_nowait()  # nobody is there to hear it, and the next one is not meant
        serial, self._serial = self._serial, None
        if serial is not None:
            serial.closed()

    def _command(self, bearer: Any, request: Any) -> None:
        """A write without a response: lost where there is no room for it, and nobody hears of that."""
        self.commands += 1
        if not (self.habits.loses and self._chance.random() < self.habits.loses):
            self._take_command(bearer, request)

    async def _written(self, _connection: Any, value: bytes) -> None:
        habits = self.habits
        async with self._writing:  # one after another, as they came
            if habits.write_s:
                await asyncio.sleep(habits.write_s)
            piece = bytes(value)[: habits.keeps]
            for one in habits.meddles("up", piece) if habits.meddles is not None else [piece]:
                self.pieces.append(one)
                await self._take(one)

    async def _take(self, piece: bytes) -> None:
        """To the meter; of a bridge that proves who it is, what was sealed in it."""
        if self._end is None:
            if self._serial is not None:
                self._serial.receive(piece)
            return
        try:
            for kind, body in self._records.feed(piece):
                answer, inner, octets = self._end.heard(kind, body)
                self._outgoing.put_nowait(answer)
                if self._serial is not None and inner == LINE:
                    self.speeds.append(int.from_bytes(octets, "big"))
                    self._serial.line_speed(self.speeds[-1])
                elif self._serial is not None and octets:
                    self._serial.receive(octets)
        except SessionBroken:
            await self.hang_up()

    def _say(self, octets: bytes) -> None:
        """What the meter says, on its way out."""
        self._outgoing.put_nowait(octets if self._end is None else self._end.data(octets))

    async def _told_speed(self, _connection: Any, value: bytes) -> None:
        baud = int.from_bytes(value, "little")
        if self.habits.speeds and baud not in self.habits.speeds:
            raise att.ATT_Error(att.ErrorCode.VALUE_NOT_ALLOWED)
        if self.habits.changeover_s:
            await asyncio.sleep(self.habits.changeover_s)
        self.speeds.append(baud)
        if self._serial is not None:
            self._serial.line_speed(baud)

    async def _notify_all(self) -> None:
        """From the meter into the air, in pieces that fit, as a good bridge's firmware does."""
        while True:
            data = await self._outgoing.get()
            while data and self._radio is not None:
                room = self.habits.notifies or min(self._radio.att_mtu - 3, _LONGEST_VALUE)
                meddles = self.habits.meddles
                for piece in meddles("down", data[:room]) if meddles is not None else [data[:room]]:
                    with contextlib.suppress(Exception):
                        await self.device.notify_subscribers(self._notify, piece)  # Bumble cuts off what is too long
                data = data[room:]


def keyed_kind() -> BridgeKind:
    """The kind of bridge that proves who it is."""
    return next(kind for kind in bridge_kinds() if kind.proves)
