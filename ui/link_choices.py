"""The links that can be chosen now, as the window lists them."""

from __future__ import annotations

import asyncio

from ui.known_ports import KnownPorts, by_use, known_bridges, port_words
from ui.services import LinkChoice


async def link_choices(known_ports: KnownPorts, *, training: bool) -> list[LinkChoice]:
    """Probes that are plugged in, BLE bridges that were used before (which of them are near is heard only by listening:
    `ui.bridges`); in training the emulated premises too."""
    from drivers.discovery import list_serial_ports

    ports, known = await asyncio.to_thread(list_serial_ports), known_ports.read()
    choices = [LinkChoice(port.url, port_words(port, known)) for port in by_use(ports, known)]
    choices += [LinkChoice(url, words) for url, words in known_bridges(known)]
    return choices + (_emulated() if training else [])


def _emulated() -> list[LinkChoice]:
    """Premises with a meter that can be reached at its optical port."""
    from hht.model.electricity_meter import LocalAccess
    from hht.model.premises import available_premises, read_premises

    plans = [read_premises(name) for name in available_premises()]
    return [
        LinkChoice(f"emulated:{plan.name}", plan.title_words)
        for plan in plans
        if any(meter.local_access is not LocalAccess.NONE for meter in plan.electricity_meters)
    ]
