"""By which routes the people of a home get at their own figures, each tried here and now (EED-08).

Document 003, 2.34: the internet, mobile phones, or locally a personal computer; beside the display that comes with the
meter. A route is open where a device or an archive of the premises carries it, and what it shows was fetched by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from hht.i18n import _
from hht.model.consumer_devices.access_device import AccessDevice, AccessKind
from hht.model.consumer_devices.bridge import ConsumerBridge
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.device import DeviceKind
from hht.model.premises import Premises
from hht.model.wan.archive import Span


@dataclass(frozen=True, slots=True)
class Route:
    """One route. `name`: "display", "local-pc", "mobile-phone", "internet", "supplier"; `by`: what carries it ("":
    nothing here does); `shows`: what was fetched by it now; `why`: why nothing was ("": something was)."""

    name: str
    title: str
    by: str = ""
    shows: str = ""
    why: str = ""

    @property
    def open(self) -> bool:
        """Whether it shows something now."""
        return not self.why


def routes(premises: Premises) -> tuple[Route, ...]:
    """Every route, the nearest first. Devices are asked, bridges read and pass on."""
    premises.site.catch_up()
    return (_display(premises), _local_pc(premises), *_by_bridge(premises), _supplier(premises))


def _display(premises: Premises) -> Route:
    title, why = _("display at home"), _("no display here is joined and switched on")
    for one in premises.of(HomeDisplay):
        pages = one.pages() if one.kind is DeviceKind.IHD and one.node is not None and one.node.joined else []
        if pages:
            return Route("display", title, one.name, _("{count} pages").format(count=len(pages)))
    return Route("display", title, why=why)


def _local_pc(premises: Premises) -> Route:
    title, why = _("personal computer at home"), _("no dongle for a computer is paired here")
    for one in premises.of(AccessDevice):
        found = one.read() if one.kind is DeviceKind.CAD and one.configuration.sort is AccessKind.DONGLE else []
        if found:
            return Route("local-pc", title, one.name, _told(found))
    return Route("local-pc", title, why=why)


def _told(found: list[tuple[str, int, int]]) -> str:
    return "; ".join(_("{meter}: {wh} Wh, {watts} W now").format(meter=name, wh=wh, watts=w) for name, wh, w in found)


def _by_bridge(premises: Premises) -> tuple[Route, Route]:
    """A mobile phone and the internet: both see what a bridge has passed on into the home's own network."""
    titles = {"mobile-phone": _("mobile phone"), "internet": _("internet")}
    by, shows, why = "", "", _("no bridge is paired here")
    for bridge in premises.of(ConsumerBridge):
        before = len(bridge.passed_on)
        bridge.upload()
        fresh = bridge.passed_on[before:]
        if fresh:
            by, shows, why = bridge.name, _told([(one.meter, one.import_wh, one.power_w) for one in fresh]), ""
            break
        by = bridge.name
        why = _("the bridge reads no meter") if bridge.home_network else _("the home's own network is down")
    mobile, internet = (Route(name, title, by, shows, why) for name, title in titles.items())
    return mobile, internet


def _supplier(premises: Premises) -> Route:
    """The supplier's own site, out of what it collects each night."""
    title, why = _("supplier's site, from its archive"), _("no supplier keeps an archive here")
    day = (premises.site.now() - timedelta(days=1)).date()
    for name, archive in (premises.centre.archives if premises.centre is not None else {}).items():
        usage = archive.usage(Span.DAY, day)
        if usage.halves:
            shows = _("{meter}: {total} on {day}").format(meter=name, total=usage.total, day=day.isoformat())
            return Route("supplier", title, str(archive.party), shows)
        why = _("the supplier has collected nothing of yesterday yet")
    return Route("supplier", title, why=why)
