"""Who on a HAN is joined to whom, and so what each device is: the hub's Device Log names no kinds, joins do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from hht.identifiers.device_id import DeviceId
from hht.protocol.gbcs.device_types import GbcsDeviceType
from hht.work import hub_orders
from hht.work.hub_facts import Partner, partners
from hht.work.hub_hand import HubHand

_NOT_ASKED: Final = (GbcsDeviceType.TYPE_2, GbcsDeviceType.GSME)


async def ask_around(
    hand: HubHand, gpf: DeviceId, listed: Iterable[DeviceId], kinds: Mapping[DeviceId, GbcsDeviceType]
) -> dict[DeviceId, tuple[Partner, ...]]:
    """Whom each of `listed` knows that takes commands: the proxy `gpf` first, then whoever is known to be of such a
    kind by then (`kinds` to begin with). A gas meter, which would be heard in half an hour, is not asked: who knows it,
    it knows. Raises as `HubHand.ask`."""
    found: dict[DeviceId, tuple[Partner, ...]] = {}
    known = dict(kinds) | {gpf: GbcsDeviceType.GPF}
    waiting = [gpf, *listed]
    while able := [one for one in waiting if known.get(one, GbcsDeviceType.TYPE_2) not in _NOT_ASKED]:
        for device in able:
            waiting.remove(device)
            order = hub_orders.read(hub_orders.READ_PARTNERS, device, "before", known[device])
            found[device] = await hand.ask(order, partners)
            for partner in found[device]:
                known.setdefault(partner.device, partner.kind)
    for sleeper in (one for one in waiting if known.get(one) is GbcsDeviceType.GSME):
        knowing = [one for one, told in found.items() if any(partner.device == sleeper for partner in told)]
        found[sleeper] = tuple(Partner(one, known[one]) for one in knowing)
    return found


def kinds_of(joins: Mapping[DeviceId, tuple[Partner, ...]]) -> dict[DeviceId, GbcsDeviceType]:
    """What each device is, as far as others told."""
    return {partner.device: partner.kind for told in joins.values() for partner in told}
