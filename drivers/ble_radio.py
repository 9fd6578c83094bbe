"""What every use of Bluetooth here shares: known kinds of bridges, scanning, one at a time, errors in words.

By bleak, and to its interface alone, so that Linux (BlueZ), Windows (WinRT) and macOS (CoreBluetooth) are alike here.
What bridges look like is data (`resources/catalogue/ble_bridges.toml`). Not verified on hardware.

Traps of the systems, and where they are dealt with:

- macOS hides addresses: a bridge's is a UUID of that computer's own, and another one on the next computer
  (`hht.link_url` takes both; what is remembered of a bridge says on which kind of computer).
- Windows connects only to what was heard (unpaired bridges have no entry of their own): every opening scans first and
  hands on what was heard, never a bare address.
- Windows says 20 octets first and more a moment later: how much fits is read at each write (`ble_bridge`).
- On Windows bleak wants a multi-threaded apartment. The core thread and `asyncio.run` are that, as long as nobody
  imports pywin32's COM parts; where it is otherwise, bleak says so, and `explained` passes it on.
- BlueZ keeps a connection when a program is killed, and then its bridge is heard by nobody: `ble_bridge` looks among
  the connected ones and takes it back.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import tomllib
import traceback
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Protocol
from weakref import WeakKeyDictionary

from hht.i18n import _
from hht.link import LinkUnavailable
from hht.resources import resource_text

if TYPE_CHECKING:
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData
    from bleak.exc import BleakBluetoothNotAvailableError

LISTEN_S = 5.0  # a scan for people to choose from
_ELSEWHERE_S = 0.02  # between looks whether another event loop of this process has done with the radio


@dataclass(frozen=True, slots=True)
class BridgeKind:
    """A way in which bridges offer a serial port: GATT service and characteristics, as UUIDs."""

    name: str
    service: str
    write: str
    notify: str
    line: str = ""  # characteristic that takes the speed, 32 bits, little-endian; "": the bridge sees to that itself
    proves: bool = False  # it has a key of its own, and what it says is a session of `bridge_session`


@dataclass(frozen=True, slots=True)
class BridgeSeen:
    """A Bluetooth device that advertises now."""

    address: str
    name: str
    rssi: int  # dBm
    kind: BridgeKind | None  # None: no known kind of bridge
    proof: str = ""  # once it was opened: what it has proved, in a few words

    @property
    def url(self) -> str:
        """The link's URL."""
        return f"ble:{self.address}"

    @property
    def title(self) -> str:
        """Its name, else what it is."""
        return self.name or (self.kind.name if self.kind else _("Bluetooth device without a name"))


@dataclass(frozen=True, slots=True)
class Radio:
    """Which Bluetooth: keyword arguments for bleak's scanner, client and subscription. Empty: the system's own."""

    scanner: Mapping[str, Any] = field(default_factory=dict)
    client: Mapping[str, Any] = field(default_factory=dict)
    notify: Mapping[str, Any] = field(default_factory=dict)

    @property
    def of_the_system(self) -> bool:
        """Whether it is what every other program here uses too."""
        return not self.scanner


SYSTEM_RADIO: Final = Radio()


@cache
def bridge_kinds() -> tuple[BridgeKind, ...]:
    """The known kinds, in the order of the table."""
    rows = tomllib.loads(resource_text("catalogue", "ble_bridges.toml"))["bridge"]
    fields = ("name", "service", "write", "notify", "line")
    texts = ({field: row.get(field, "") for field in fields} for row in rows)
    return tuple(BridgeKind(**one, proves=row.get("proves", False)) for one, row in zip(texts, rows, strict=True))


class BridgeTrust(Protocol):
    """Who decides whether a bridge is used."""

    def judge(self, address: str, name: str, key: bytes | None) -> str:
        """What the bridge has proved, in a few words; `key`: of which it has shown that it has it, None: of none.
        Raises LinkUnavailable where it is not used."""
        ...


class AnyBridge:
    """Whoever asks for no proof: every bridge is used."""

    def judge(self, _address: str, _name: str, key: bytes | None) -> str:
        """The code of its key."""
        from drivers.bridge_session import code_of

        return f"key {code_of(key)}, held against none" if key is not None else ""


OnSeen = Callable[[list[BridgeSeen]], None]


async def scan_bridges(
    seconds: float | None = None,
    radio: Radio = SYSTEM_RADIO,
    *,
    everything: bool = False,
    known: Collection[str] = (),
    on_seen: OnSeen | None = None,
) -> list[BridgeSeen]:
    """Bridges that advertise, the nearest first, after `seconds` (None: `LISTEN_S`): those of known kinds, and those
    whose addresses are `known` (some have no room for their service in what they advertise).

    `everything`: other Bluetooth devices too. `on_seen` hears, meanwhile, of each change. Raises LinkUnavailable where
    there is no Bluetooth.
    """
    from bleak import BleakScanner

    by_service = {kind.service: kind for kind in bridge_kinds()}
    found: dict[str, BridgeSeen] = {}

    def heard(device: BLEDevice, said: AdvertisementData) -> None:
        kind = next((by_service[uuid] for uuid in said.service_uuids if uuid in by_service), None)
        if kind is None and not everything and device.address not in known:
            return
        seen = BridgeSeen(device.address, device.name or said.local_name or "", said.rssi, kind)
        if found.get(device.address) != seen:
            found[device.address] = seen
            if on_seen is not None:
                on_seen(_nearest_first(found.values()))

    async with turn(), explained(_("Bluetooth"), LISTEN_S), BleakScanner(heard, **radio.scanner):
        await asyncio.sleep(LISTEN_S if seconds is None else seconds)
    return _nearest_first(found.values())


def _nearest_first(seen: Any) -> list[BridgeSeen]:
    return sorted(seen, key=lambda bridge: (-bridge.rssi, bridge.address))


_TURNS: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock]] = WeakKeyDictionary()
_PROCESS: Final = threading.Lock()


@contextlib.asynccontextmanager
async def turn() -> AsyncIterator[None]:
    """One scan or one connect at a time in this process: radios and their drivers do not bear two."""
    async with _lock_of(asyncio.get_running_loop()):
        while True:
            if _PROCESS.acquire(blocking=False):
                break
            await asyncio.sleep(_ELSEWHERE_S)  # another loop has it, in another thread: rare, and soon over
        try:
            yield
        finally:
            _PROCESS.release()


def _lock_of(loop: asyncio.AbstractEventLoop) -> asyncio.Lock:
    lock = _TURNS.get(loop)
    if lock is None:
        lock = _TURNS[loop] = asyncio.Lock()
        _pass_over_dead_bus(loop)
    return lock


def _pass_over_dead_bus(loop: asyncio.AbstractEventLoop) -> None:
    """Where the bus dies, the library that speaks on it (Linux) drops what it could not send, and the loop calls that a
    fault of the program. It is none: bleak tells of the same by itself, and the link is lost."""
    before = loop.get_exception_handler()

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if _from_the_bus(context.get("exception")):
            return
        if before is not None:
            before(loop, context)
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(handle)


def _from_the_bus(error: object) -> bool:
    if not isinstance(error, OSError | EOFError):
        return False
    frames = [frame.f_globals.get("__name__", "") for frame, _line in traceback.walk_tb(error.__traceback__)]
    return any(name.partition(".")[0] == "dbus_fast" for name in frames)


@contextlib.asynccontextmanager
async def explained(what: str, limit_s: float) -> AsyncIterator[None]:
    """Turn what bleak and the system say into a sentence. `limit_s`: the time-out that may end it. Raises
    LinkUnavailable with the code `link-no-bluetooth`, `link-bluetooth-off`, `link-bluetooth-denied` or its own."""
    from bleak.exc import BleakBluetoothNotAvailableError, BleakDBusError, BleakError

    try:
        yield
    except BleakBluetoothNotAvailableError as error:
        raise _not_available(error) from error
    except BleakDBusError as error:
        raise _by_bus(what, error.dbus_error, error) from error
    except TimeoutError as error:
        raise _failed(what, _("no answer within {seconds} s").format(seconds=f"{limit_s:g}")) from error
    except PermissionError as error:
        raise _denied(error.strerror or str(error)) from error
    except (FileNotFoundError, ConnectionError, EOFError) as error:
        raise _no_bluetooth(_("the system's Bluetooth service does not answer")) from error
    except OSError as error:
        raise _no_bluetooth(error.strerror or str(error)) from error
    except (BleakError, AssertionError) as error:  # bleak asserts where its bus dies between two calls
        raise _failed(what, error or type(error).__name__) from error


def _not_available(error: BleakBluetoothNotAvailableError) -> LinkUnavailable:
    from bleak.exc import BleakBluetoothNotAvailableReason as Reason

    if error.reason is Reason.POWERED_OFF:
        return _off()
    if error.reason in (Reason.DENIED_BY_USER, Reason.DENIED_BY_SYSTEM, Reason.DENIED_BY_UNKNOWN):
        return _denied(str(error.args[0]))
    if error.reason is Reason.NO_BLUETOOTH:
        return _no_bluetooth(_("this computer has no adapter"))
    return _no_bluetooth(str(error.args[0]))


def _by_bus(what: str, name: str, error: object) -> LinkUnavailable:
    """BlueZ's and the bus's own errors by their names."""
    last = name.rpartition(".")[2]
    if last in ("AccessDenied", "AuthFailed", "NotAuthorized"):
        return _denied(name)
    if last == "NotReady":
        return _off()
    if last in ("ServiceUnknown", "NameHasNoOwner", "Disconnected", "NoReply"):
        return _no_bluetooth(_("the system's Bluetooth service does not answer"))
    return _failed(what, error)


def _no_bluetooth(why: str) -> LinkUnavailable:
    message = _("There is no Bluetooth that can be used: {why}.").format(why=why)
    remedy = _("Plug a Bluetooth adapter in, or start the system's Bluetooth service; on Linux: {command}.")
    return LinkUnavailable(message, code="link-no-bluetooth", remedy=remedy.format(command="systemctl start bluetooth"))


def _off() -> LinkUnavailable:
    return LinkUnavailable(
        _("Bluetooth is switched off."),
        code="link-bluetooth-off",
        remedy=_("Switch it on in the system's settings (a laptop may have a key for it; flight mode ends it too)."),
    )


def _denied(why: str) -> LinkUnavailable:
    return LinkUnavailable(
        _("This program may not use Bluetooth: {why}.").format(why=why),
        code="link-bluetooth-denied",
        remedy=_(
            "Allow it in the system's privacy settings; on Linux the user must be in the group that may (often "
            "“bluetooth”). Then start the program again."
        ),
    )


def _failed(what: str, why: object) -> LinkUnavailable:
    message = _("The connection with {what} did not come up: {why}.").format(what=what, why=why)
    remedy = _(
        "Come nearer, wake the bridge, then try again. If it stays, switch the bridge off and on, and remove it in the "
        "system's Bluetooth settings."
    )
    return LinkUnavailable(message, remedy=remedy)
