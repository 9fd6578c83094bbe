"""What takes devices off the HAN, or out of a Device Log, and gives them back: so that of several faults that do so at
once each keeps its symptom until it ends itself, and when all have ended all is as it was, in whatever order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hht.model.device import Device
from hht.model.faults.kind import Undo, over
from hht.model.han.network import HomeAreaNetwork
from hht.model.han.node import HanNode

if TYPE_CHECKING:
    from hht.model.premises import Premises


def keep_off(network: HomeAreaNetwork, nodes: Sequence[HanNode]) -> Undo:
    """These devices are off the HAN, for one reason more; undone, those that nothing else keeps off, and that did not
    join otherwise, are on it again."""
    reason = object()
    for node in nodes:
        node.kept_off.add(reason)
        node.leave()

    def undo() -> None:
        for node in nodes:
            node.kept_off.discard(reason)
            network.reunite(node)

    return undo


def unlist(network: HomeAreaNetwork, node: HanNode) -> Undo:
    """The Device Log has lost this one device, which is off the HAN; undone, it is listed, and on the HAN again."""
    entry = network.log.withdraw(node.device.identity.device_id)
    back = keep_off(network, [node])

    def listed() -> None:
        if entry is not None:
            network.log.give_back(entry)

    return over(back, listed)


def lose_log(network: HomeAreaNetwork) -> Undo:
    """The Device Log is empty, and who was listed is off the HAN; undone, what nobody listed anew is there again."""
    off = keep_off(network, listed_near(network))
    network.log.lose()

    def undo() -> None:
        network.log.find_again()
        off()
        for node in network.nearby.values():  # also those that other faults kept off meanwhile, and do no more
            network.reunite(node)

    return undo


def listed_near(network: HomeAreaNetwork) -> list[HanNode]:
    """Who has joined by the Device Log, whether or not something keeps it off just now."""
    entries = network.log.entries
    return [node for device_id, node in network.nearby.items() if device_id in entries and entries[device_id].joined]


def is_listed(_premises: Premises, device: Device) -> bool:
    """Whether a Device Log has the device, so that it can be off the HAN and listed."""
    return device.node is not None and bool(device.node.homes)


def half_joined(_premises: Premises, device: Device) -> Undo:
    """The device forgets the HAN; the hub's Device Log still has it as joined."""
    node = device.node
    if node is None:
        raise TypeError(f"{device.name} has no radio")
    partners = dict(node.partners)
    back: list[Callable[[], None]] = [keep_off(home, [node]) for home in node.homes]
    node.partners.clear()

    def known_again() -> None:
        node.partners.update({partner: kind for partner, kind in partners.items() if partner not in node.partners})

    return over(*back, known_again)
