"""Which network a hub has that was fitted in the place of another: what the exchanges kept in a store tell.

A replacement takes its predecessor's extended PAN ID over with the Device Log (CCS03), so it is not found by its own
GPF ID alone any more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hht.work.hub_exchange_state import ExchangeState, exchange_state
from hht.work.hub_records import HubRecords, HubWorkKind, works

if TYPE_CHECKING:
    from hht.identifiers.device_id import DeviceId
    from hht.store.store import Store
    from ui.pack_radio import HanWay


def network_of(store: Store, gpf: DeviceId) -> DeviceId | None:
    """The Extended PAN ID that the hub with this GPF ID has taken over, or is about to; None: it replaced none that is
    known here. Raises StoreError, SealBroken."""
    kept = works(store, HubWorkKind.EXCHANGE)
    states = [exchange_state(one.work_id, HubRecords(store, one.work_id).all()) for one in kept]
    return _taken_over(states, gpf)


def with_network(way: HanWay, store: Store) -> HanWay:
    """The way with the network that its hub has by what is kept, where nobody has named one. Raises as `network_of`."""
    return way if way.network is not None else replace(way, network=network_of(store, way.hub))


def _taken_over(states: list[ExchangeState], gpf: DeviceId) -> DeviceId | None:
    """By the latest exchange that fitted it: the network read at the old hub, else that of the old hub's own past."""
    for number in reversed(range(len(states))):
        state = states[number]
        if state.new_gpf == gpf:
            return state.pan or _taken_over(states[:number], state.old_gpf) or state.old_gpf
    return None
