"""``hht premises NAME --routes`` and ``--ways``: how people get at their figures; installing without a terminal."""

from __future__ import annotations

from dataclasses import asdict

from hht.i18n import _
from ui.cli.common import DONE, Output
from ui.system import SystemClock

_HISTORY_DAYS = 2


def show_routes(name: str, output: Output) -> int:
    """Try every route, and tell what it shows or why it shows nothing."""
    from hht.model.consumer_devices.routes import routes
    from hht.model.premises import load_premises

    for route in routes(load_premises(name, clock=SystemClock(), days=_HISTORY_DAYS)):
        told = _("{title}, by {by}: {shows}").format(title=route.title, by=route.by, shows=route.shows)
        text = told if route.open else _("{title}: not here: {why}").format(title=route.title, why=route.why)
        output.emit("route", text, open=route.open, **asdict(route))
    return DONE


def show_ways(name: str, output: Output) -> int:
    """Install by each way at a premises of its own, and tell the seconds from the hub's power-on side by side."""
    from hht.clock import ManualClock
    from hht.model.installing import Way, by_terminal, by_wan
    from hht.model.premises import load_premises

    ways: list[Way] = []
    for install in (by_wan, by_terminal):
        clock = ManualClock(SystemClock().now())
        ways.append(install(load_premises(name, clock=clock, days=1), clock))
    titles = {"wan": _("without a terminal, over the WAN"), "terminal": _("with a terminal at the hub")}
    for way in ways:
        lines = [titles[way.name], *(f"    {seconds:6.0f} s  {title}" for title, seconds in way.ends_s)]
        if way.why:
            lines.append(_("    stops: {why}").format(why=way.why))
        ends = [{"order": title, "seconds": seconds} for title, seconds in way.ends_s]
        output.emit("way", "\n".join(lines), name=way.name, whole=way.whole, why=way.why, ends=ends)
    wan, terminal = ways
    text = _(
        "{wan:.0f} s without a terminal, {terminal:.0f} s with one; counted on the devices' clock, no one's minutes."
    )
    both = wan.whole and terminal.whole
    told = text if both else _("Only ways that come to their end can be compared: see where each stops.")
    seconds = {way.name: way.seconds for way in ways}
    output.emit("result", told.format(wan=wan.seconds, terminal=terminal.seconds), ok=True, both=both, seconds=seconds)
    return DONE
