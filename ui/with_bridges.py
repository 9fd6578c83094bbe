"""The part of the terminal that has to do with BLE bridges: which are near, and which are known by their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.link_url import parse_link_url
from ui.bridges import BridgeChoice, OnBridges, bridges_near

if TYPE_CHECKING:
    from hht.clock import Clock
    from ui.bridge_trust import KnownBridges
    from ui.known_ports import KnownPorts


class WithBridges:
    """See the module. Only `ui.terminal.Terminal` is one."""

    _known_ports: KnownPorts
    _known_bridges: KnownBridges
    _clock: Clock

    if TYPE_CHECKING:

        async def release_device(self) -> None: ...

    async def bridges(self, on_seen: OnBridges, *, everything: bool = False) -> list[BridgeChoice]:
        """BLE bridges that are near."""
        known = self._known_ports.read()
        return await bridges_near(known, on_seen, everything=everything, keys=self._known_bridges)

    async def pair_bridge(self, link: str, code: str) -> str:
        """Learn the key of the bridge, and say what it has proved."""
        from ui.bridge_trust import pair_bridge

        await self.release_device()
        return (await pair_bridge(parse_link_url(link), code, "", self._known_bridges, self._clock)).words

    async def accept_bridge(self, link: str) -> str:
        """Use the bridge though it proves nothing, and say so."""
        return self._known_bridges.accept(parse_link_url(link).target).words
