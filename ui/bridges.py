"""BLE bridges that are near, as a person recognises them: the same for the window and `hht ports --ble`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from hht.i18n import _
from hht.plain_text import plain_text
from ui.known_ports import KnownPort, used_words

if TYPE_CHECKING:
    from drivers.ble_radio import BridgeSeen
    from ui.bridge_trust import KnownBridges

_STRONG_DBM: Final = -60
_FAIR_DBM: Final = -80


@dataclass(frozen=True, slots=True)
class BridgeChoice:
    """A Bluetooth device that is heard now. `title`: as it calls itself, made safe to show. `kind`: the kind of bridge;
    "" for what is none. `known`: when it was used here, if it was."""

    url: str
    title: str
    rssi: int  # dBm
    kind: str
    known: KnownPort | None = None
    proof: str = ""  # what it can prove, or has, in a few words

    @property
    def used(self) -> datetime | None:
        """When it was used last."""
        return None if self.known is None else self.known.used

    @property
    def words(self) -> str:
        """Name, strength, what it is, when it was used: one line."""
        strength = _("{strength} ({rssi} dBm)").format(strength=strength_word(self.rssi), rssi=self.rssi)
        kind = self.kind or ("" if self.known is not None else _("no known kind of bridge"))
        used = used_words(self.known) if self.known is not None else ""
        return " · ".join(word for word in (self.title, strength, kind, self.proof, used) if word)


OnBridges = Callable[[list[BridgeChoice]], None]


def strength_word(rssi: int) -> str:
    """A signal strength (dBm) in a word."""
    if rssi >= _STRONG_DBM:
        return _("strong")
    return _("fair") if rssi >= _FAIR_DBM else _("weak")


async def bridges_near(
    known: dict[str, KnownPort],
    on_seen: OnBridges | None = None,
    *,
    everything: bool = False,
    keys: KnownBridges | None = None,
) -> list[BridgeChoice]:
    """Listen for some seconds; the nearest first. `on_seen` hears of each change meanwhile. Raises LinkUnavailable."""
    from drivers.ble_radio import scan_bridges

    def choices(seen: list[BridgeSeen]) -> list[BridgeChoice]:
        return [_choice(bridge, known, keys) for bridge in seen]

    def tell(seen: list[BridgeSeen]) -> None:
        if on_seen is not None:
            on_seen(choices(seen))

    addresses = {port.device for name, port in known.items() if name.startswith("ble:")}
    return choices(await scan_bridges(everything=everything, known=addresses, on_seen=tell))


def _choice(bridge: BridgeSeen, known: dict[str, KnownPort], keys: KnownBridges | None) -> BridgeChoice:
    kind = bridge.kind.name if bridge.kind is not None else ""
    proof = _proof(bridge, keys) if keys is not None and bridge.kind is not None else ""
    return BridgeChoice(bridge.url, plain_text(bridge.title), bridge.rssi, kind, known.get(bridge.url), proof)


def _proof(bridge: BridgeSeen, keys: KnownBridges) -> str:
    """What is known of it by what it advertises, which proves nothing yet."""
    if bridge.kind is None or not bridge.kind.proves:
        return _("not authenticated")
    here = [one for one in keys.known() if one.key and one.address.upper() == bridge.address.upper()]
    return _("paired as {name}").format(name=here[0].name) if here else _("has a key: pair it once")
