"""The five LEDs of a communications hub as data: which pattern each shows, and what that means (factbook 3.7).

Patterns, colours and meanings are the table's (`hht.lights`), by manufacturer and model, each labelled verified or not;
here is only which of its states each LED is in. Nothing runs: a look makes them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hht.lights import Led, LedTable, Pattern, led_table
from hht.model.agenda import HOUR_MS, SECOND_MS
from hht.model.device import DeviceKind

if TYPE_CHECKING:
    from hht.model.communications_hub.hub import CommunicationsHub

STARTING_MS = 30 * SECOND_MS  # our own number: how long SW says "starting" after power came
HEARD_WITHIN_MS = HOUR_MS  # our own number: two wakes of a gas meter


@dataclass(frozen=True, slots=True)
class LedShown:
    """One LED now. `state` is the data's own word; `verified`: the meaning is from the maker's text."""

    led: Led
    state: str
    pattern: Pattern
    colour: str
    meaning: str
    verified: bool

    def lit_at(self, time_ms: int) -> bool:
        """Whether it is lit at a moment of true time."""
        return self.pattern.lit_at(time_ms)


@dataclass(frozen=True, slots=True)
class WanLook:
    """What the WAN module tells the hub's LEDs: states of WAN and MESH."""

    wan: str = "off"
    mesh: str = "off"


class Leds:
    """The LEDs of one hub. A defect among its `faults` shows ("hub-defect", "wan-module-defect", "han-radio-defect"),
    and an LED itself may be broken ("led-defect-WAN")."""

    def __init__(self, hub: CommunicationsHub) -> None:
        self._hub = hub
        self.wan_look: Callable[[], WanLook] = WanLook  # the WAN module's, where there is one

    def shown(self) -> tuple[LedShown, ...]:
        """All five, now."""
        self._hub.site.catch_up()
        identity = self._hub.identity
        table = led_table(identity.manufacturer, identity.model)
        return tuple(self._show(table, led, state) for led, state in self._states().items())

    def _show(self, table: LedTable, led: Led, state: str) -> LedShown:
        colour, states = table.leds[led]
        pattern, meaning = states[state]
        if f"led-defect-{led}" in self._hub.faults:
            pattern = Pattern("off", 0, 0)
        return LedShown(led, state, pattern, colour, meaning, table.verified)

    def _states(self) -> dict[Led, str]:
        hub = self._hub
        if not hub.powered:
            return dict.fromkeys(Led, "off")
        look, faults = self.wan_look(), hub.faults
        return {
            Led.SW: "fault" if "hub-defect" in faults else "starting" if hub.starting else "running",
            Led.WAN: "fault" if "wan-module-defect" in faults else look.wan,
            Led.MESH: look.mesh,
            Led.HAN: "fault" if "han-radio-defect" in faults else "joining" if hub.network.lets_join else "formed",
            Led.GAS: self._gas(),
        }

    def _gas(self) -> str:
        """By the Device Log: a listed gas meter that has not joined while devices may, one that was heard, or none."""
        hub = self._hub
        now_ms = hub.site.agenda.now_ms
        meters = [entry for entry in hub.device_log.entries.values() if entry.kind is DeviceKind.GSME]
        if hub.network.lets_join and any(not entry.joined for entry in meters):
            return "joining"
        heard = (entry.statistics.last_ms for entry in meters if entry.joined)
        return "heard" if any(now_ms - last_ms < HEARD_WITHIN_MS for last_ms in heard) else "off"
