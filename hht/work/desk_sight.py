"""What a meter itself shows of an ask: read by the terminal after the desk has said its word, never taken from that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

from hht.client.api import Meter, SupplyState
from hht.desk.asks import Ask
from hht.desk.kinds import AskKind
from hht.i18n import _
from hht.work.units import drift_text


class Sight(NamedTuple):
    """What was read off the device, and whether it is as asked."""

    what: str
    agrees: bool


async def look(ask: Ask, meter: Meter, tolerance_s: float) -> Sight | None:
    """Read what the ask is about; None: no reading of this meter tells. `tolerance_s`: of a clock. The caller has seen
    that it is the ask's device. Raises what reading a meter raises."""
    found = _LOOKS.get(ask.kind)
    return None if found is None else await found(ask, meter, tolerance_s)


def can_be_seen(kind: AskKind) -> bool:
    """Whether a meter's own port shows what such an ask is about."""
    return kind in _LOOKS


async def _mpan(ask: Ask, meter: Meter, _tolerance_s: float) -> Sight:
    held = await meter.read_import_mpan()
    return Sight(held or _("nothing"), held == ask.details["mpan"])


async def _clock(_ask: Ask, meter: Meter, tolerance_s: float) -> Sight:
    reading = await meter.read_clock()
    return Sight(drift_text(reading.drift_s), abs(reading.drift_s) <= tolerance_s)


async def _offset(ask: Ask, meter: Meter, _tolerance_s: float) -> Sight:
    limit_s = (await meter.read_randomised_offset()).limit_s
    return Sight(_("{seconds} s").format(seconds=limit_s), str(limit_s) == ask.details["seconds"])


def _supply(*wanted: SupplyState) -> Callable[[Ask, Meter, float], Awaitable[Sight]]:
    async def look_at(_ask: Ask, meter: Meter, _tolerance_s: float) -> Sight:
        state = await meter.read_supply_state()
        return Sight(str(state), state in wanted)

    return look_at


_LOOKS: Final[Mapping[AskKind, Callable[[Ask, Meter, float], Awaitable[Sight]]]] = {
    AskKind.SET_MPAN: _mpan,
    AskKind.COMMISSION: _clock,
    AskKind.SYNCHRONISE_CLOCK: _clock,
    AskKind.SET_OFFSET_LIMIT: _offset,
    AskKind.ENABLE_SUPPLY: _supply(SupplyState.ENABLED),
    AskKind.DISABLE_SUPPLY: _supply(SupplyState.DISABLED),
    AskKind.ARM_SUPPLY: _supply(SupplyState.ARMED, SupplyState.ENABLED),
}
