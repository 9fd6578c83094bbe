"""Faults of the WAN: coverage, the hub's module, and the DCC's systems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.agenda import HOUR_MS, MINUTE_MS
from hht.model.communications_hub import CommunicationsHub
from hht.model.device import DeviceKind
from hht.model.faults.kind import Amount, Effect, FaultKind, Undo, at_device, at_premises
from hht.model.wan.coverage import HubVariant, Region, Service
from hht.model.wan.module import WanModule

if TYPE_CHECKING:
    from hht.model.premises import Premises

WEAKER_DB = 60
SLOW_MINUTES = 15
GONE_MINUTES = 25  # of each hour
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


def _weaker(module: WanModule, by_db: int = WEAKER_DB) -> Undo:
    module.signal_dbm -= by_db

    def undo() -> None:
        module.signal_dbm += by_db

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


def _lost(by_db: int) -> Effect:
    return at_device(CommunicationsHub, _at(partial(_weaker, by_db=by_db), "the signal is gone"), _has_module)


def _slow_by(minutes: int) -> Effect:
    begin = _at(partial(_slow, minutes=minutes), f"messages take {minutes} minutes")
    return at_device(CommunicationsHub, begin, _has_module)


def _gone_for(minutes: int) -> Effect:
    return at_device(CommunicationsHub, partial(_comes_and_goes, gone_ms=minutes * MINUTE_MS), _has_module)


def _slow(module: WanModule, minutes: int) -> Undo:
    before = module.configuration.latency_ms
    module.configuration = replace(module.configuration, latency_ms=minutes * MINUTE_MS)

    def undo() -> None:
        module.configuration = replace(module.configuration, latency_ms=before)

    return undo


def _comes_and_goes(premises: Premises, hub: CommunicationsHub, gone_ms: int) -> Undo:
    module, agenda = _module(premises, hub), premises.site.agenda
    gone: list[Undo] = []

    def go() -> None:
        gone.append(_weaker(module))
        module.change(why="somebody has parked before the aerial")
        agenda.after(gone_ms, come)

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
            _lost(WEAKER_DB),
            kept,
            Amount("dB", WEAKER_DB, 1, 120, _lost),
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
            _slow_by(SLOW_MINUTES),
            amount=Amount(_("min"), SLOW_MINUTES, 1, 60, _slow_by),
        ),
        FaultKind(
            "wan-comes-and-goes",
            _("WAN comes and goes"),
            ("F-46",),
            _("Each hour the hub loses the WAN for some 25 minutes, and finds it again."),
            _("Keep a log of the signal over a day before anything is exchanged."),
            _HUBS,
            _gone_for(GONE_MINUTES),
            kept,
            Amount(_("min of each hour"), GONE_MINUTES, 1, 59, _gone_for),
        ),
    )
