"""What the terminal itself reads of an ask, at the meter or in the hub's Device Log: the last of the five lamps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hht.desk.errors import DeskError
from hht.i18n import _
from hht.work.desk_sight import Sight, look

if TYPE_CHECKING:
    from hht.client.api import Meter
    from hht.desk.course import AskReport
    from ui.desks import Desks
    from ui.hub_facts import DeviceLogFacts

LISTED: Final = {"whitelist": True, "remove": False}  # what the Device Log shows when it is as asked


async def see_at_meter(desks: Desks, reference: str, meter: Meter, tolerance_s: float) -> AskReport:
    """Read of an open `meter` what the ask is about. Raises DeskError ``desk-not-seen`` where it is another device, or
    shows nothing of it, and what reading a meter raises."""
    ask = desks.report(reference).ask
    identity = await meter.identify()
    if identity.device_id != str(ask.device):
        raise nothing_to_see(
            _("{other} is at this port, not {device}").format(other=identity.device_id, device=ask.device)
        )
    found = await look(ask, meter, tolerance_s)
    if found is None:
        raise nothing_to_see(_("a meter's port does not show it"))
    return desks.seen(reference, found.what, agrees=found.agrees, by=_("read by the meter's port"))


def see_in_log(desks: Desks, reference: str, log: DeviceLogFacts) -> AskReport:
    """Look for what the ask is about in a Device Log that was read. Raises DeskError ``desk-not-seen``."""
    ask = desks.report(reference).ask
    wanted = LISTED.get(str(ask.kind))
    if wanted is None or ask.other is None or str(ask.device) != log.chf:
        raise nothing_to_see(_("the Device Log of this hub does not show it"))
    listed = str(ask.other) in [row.device for row in log.rows]
    found = Sight(_("listed in the Device Log") if listed else _("not listed in the Device Log"), listed is wanted)
    return desks.seen(reference, found.what, agrees=found.agrees, by=_("read from the hub by radio"))


def see_all_in_log(desks: Desks, log: DeviceLogFacts) -> None:
    """Of a Device Log that was read: every ask that the desk has ended and that it shows, and nobody has read yet."""
    for report in desks.asks():
        ask, fact = report.ask, report.fact
        shown = str(ask.kind) in LISTED and ask.other is not None and str(ask.device) == log.chf
        if shown and report.state.final and (fact is None or not fact.read):
            see_in_log(desks, ask.reference, log)


def nothing_to_see(why: str) -> DeskError:
    """It cannot be seen there."""
    return DeskError(
        _("This cannot be seen here: {why}.").format(why=why),
        remedy=_("Look at the device itself, and note it: hht desk note REFERENCE VALUE --by WORDS --agrees."),
        code="desk-not-seen",
    )
