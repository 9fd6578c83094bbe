"""Faults of a whole network: nothing comes through, whatever carries it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.communications_hub import CommunicationsHub
from hht.model.device import DeviceKind
from hht.model.faults.kind import FaultKind, Undo, at_device
from hht.model.han.network import HomeAreaNetwork

if TYPE_CHECKING:
    from hht.model.premises import Premises

_HUBS = frozenset({DeviceKind.COMMUNICATIONS_HUB})


def _jam(which: Callable[[CommunicationsHub], HomeAreaNetwork]) -> Callable[[Premises, CommunicationsHub], Undo]:
    def begin(_premises: Premises, hub: CommunicationsHub) -> Undo:
        network = which(hub)
        network.jammed = True

        def undo() -> None:
            network.jammed = False

        return undo

    return begin


def _apart(_premises: Premises, hub: CommunicationsHub) -> bool:
    return hub.consumer is not None


def _consumers(hub: CommunicationsHub) -> HomeAreaNetwork:
    return hub.networks[-1]


def kinds() -> tuple[FaultKind, ...]:
    """The faults of this module."""
    return (
        FaultKind(
            "han-jammed",
            _("Nothing comes through on the HAN"),
            (),
            _(
                "Every device is joined and none answers. A basic gas meter and its hub count half-hours down from the "
                "timeout, every display warns, and gas stays on without credit until it ends."
            ),
            _("Look for what disturbs or blocks the radio; read from the timeout how long it has been so."),
            _HUBS,
            at_device(CommunicationsHub, _jam(lambda hub: hub.network)),
        ),
        FaultKind(
            "consumer-network-jammed",
            _("Nothing comes through on the consumers' network"),
            (),
            _("Displays and consumer access devices get no data at all; meters report and are read as ever."),
            _("Look for what disturbs the consumers' band; no meter has to be visited."),
            _HUBS,
            at_device(CommunicationsHub, _jam(_consumers), _apart),
        ),
    )
