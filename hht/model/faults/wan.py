"""Faults of the WAN: coverage, the hub's module, and the DCC's systems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.agenda import HOUR_MS, MINUTE_MS
from hht.model.communications_hub import CommunicationsHub
from hht.model.device import DeviceKind
from hht.model.faults.kind import FaultKind, Undo, at_device, at_premises
from hht.model.wan.coverage import HubVariant, Region, Service
from hht.model.wan.module import WanModule

if TYPE_CHECKING:
    from hht.model.premises import Premises

WEAKER_DB = 60
SLOW_MS = 15 * MINUTE_MS
GONE_MS = 25 * MINUTE_MS  # of each hour
_HUBS = frozenset({DeviceKind.COMMUNICATIONS_HUB})
_UNSUITED = {
    Region.NORTH: HubVariant.CELLULAR,
    Region.CENTRAL: HubVariant.LONG_RANGE_RADIO,
    Region.SOUTH: HubVariant.LONG_RANGE_RADIO,
}


def _module(premises: Premises, hub: CommunicationsHub) -> WanModule:
    return next(module for module in premises.wan if module.hub is hub)


def _has_module(premises: Premises, hub: CommunicationsHub) -> bool:
    return any(module.hub is hub for module in premises.wan)


def _at(begin: Callable[[WanModule], Undo], name: str) -> Callable[[Premises, CommunicationsHub], Undo]:
    """An effect on the hub's module; the chronicle says what it is of the coverage."""

    def start(premises: Premises, hub: CommunicationsHub) -> Undo:
        module = _module(premises, hub)
        end = begin(module)
        module.change(why=name)

        def undo() -> None:
            end()
            module.change(why=f"no longer: {name}")

        return undo

    return start


def _never(module: WanModule) -> Undo:
    """Nothing serves the place, and the hub has never been connected there."""
    before, module.service = module.service, Service.NONE
    ever, module.ever_connected = module.ever_connected, False

    def undo() -> None:
        module.service, module.ever_connected = before, ever or module.ever_connected

    return undo


def _weaker(module: WanModule) -> Undo:
    module.signal_dbm -= WEAKER_DB

    def undo() -> None:
        module.signal_dbm += WEAKER_DB

    return undo


def _unsuited(module: WanModule) -> Undo:
    before = module.configuration.variant
    module.configuration = replace(module.configuration, variant=_UNSUITED[module.configuration.region])

    def undo() -> None:
        module.configuration = replace(module.configuration, variant=before)

    return undo


def _defect(module: WanModule) -> Undo:
    module.hub.faults.add("wan-module-defect")
    return lambda: module.hub.faults.discard("wan-module-defect")


def _slow(module: WanModule) -> Undo:
    before = module.configuration.latency_ms
    module.configuration = replace(module.configuration, latency_ms=SLOW_MS)

    def undo() -> None:
        module.configuration = replace(module.configuration, latency_ms=before)

    return undo


def _comes_and_goes(premises: Premises, hub: CommunicationsHub) -> Undo:
    module, agenda = _module(premises, hub), premises.site.agenda
    gone: list[Undo] = []

    def go() -> None:
        gone.append(_weaker(module))
        module.change(why="somebody has parked before the aerial")
        agenda.after(GONE_MS, come)

    def come() -> None:
        if gone:
            gone.pop()()
            module.change(why="the way is free again")

    beat = agenda.every(HOUR_MS, go)

    def undo() -> None:
        beat.cancel()
        come()

    return undo


def _centre_down(premises: Premises) -> Undo:
    for module in premises.wan:
        module.centre_outage(True)

    def undo() -> None:
        for module in premises.wan:
            module.centre_outage(False)

    return undo


def kinds() -> tuple[FaultKind, ...]:
    """The faults of this module."""
    kept = _("Messages that waited arrive late, in their order.")
    return (
        FaultKind(
            "no-wan-here",
            _("There has never been WAN here"),
            ("F-03", "F-26"),
            _(
                "The search ends without service, each time; the coverage check says so too; no clock is set by the "
                "hub."
            ),
            _("Ask the coverage check; try an aerial or another place; else install and leave."),
            _HUBS,
            at_device(CommunicationsHub, _at(_never, "nothing serves the place"), _has_module),
            kept,
        ),
        FaultKind(
            "wan-lost",
            _("WAN lost"),
            ("F-04",),
            _(
                "There was WAN, and it is lost: the signal reads some 60 dB less, alerts wait in the hub, requests "
                "end with N12."
            ),
            _("Look for what stands before the aerial; compare the signal with that of the installation."),
            _HUBS,
            at_device(CommunicationsHub, _at(_weaker, "the signal is gone"), _has_module),
            kept,
        ),
        FaultKind(
            "wrong-hub-variant",
            _("Hub of another region's variant"),
            ("F-05",),
            _(
                "The hub finds no service where its neighbours have it: its variant does not speak what serves the "
                "region."
            ),
            _("Exchange the hub for the variant of this region."),
            _HUBS,
            at_device(CommunicationsHub, _at(_unsuited, "the hub is of another variant"), _has_module),
            kept,
        ),
        FaultKind(
            "dcc-down",
            _("DCC's systems down"),
            ("F-06",),
            _("The hub is connected and WAN shows it; nothing is answered, here nor anywhere else."),
            _("Look at the DCC's service status; read locally; do not exchange anything."),
            frozenset(),
            at_premises(_centre_down, lambda premises: bool(premises.wan)),
            kept,
        ),
        FaultKind(
            "wan-module-defect",
            _("WAN module of the hub defect"),
            ("F-05",),
            _("WAN is lit all the time; with the best of signals the module registers nowhere."),
            _("Exchange the module where the hub is modular, else the hub."),
            _HUBS,
            at_device(CommunicationsHub, _at(_defect, "the module is defect"), _has_module),
            kept,
        ),
        FaultKind(
            "wan-slow",
            _("WAN takes minutes"),
            ("F-37",),
            _("Requests end without response (N13) after ten minutes; the device has carried them out all the same."),
            _("Read what became of it before sending it again."),
            _HUBS,
            at_device(CommunicationsHub, _at(_slow, "messages take a quarter of an hour"), _has_module),
        ),
        FaultKind(
            "wan-comes-and-goes",
            _("WAN comes and goes"),
            ("F-46",),
            _("Each hour the hub loses the WAN for some 25 minutes, and finds it again."),
            _("Keep a log of the signal over a day before anything is exchanged."),
            _HUBS,
            at_device(CommunicationsHub, _comes_and_goes, _has_module),
            kept,
        ),
    )
