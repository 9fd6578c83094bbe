"""Writes of earlier commands whose outcome is not known: settled by reading, and told, when the device is met again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.i18n import _
from ui.cli.common import Output
from ui.system import new_id

if TYPE_CHECKING:
    from hht.store.store import Store
    from hht.work.single_write import Held, Settled


async def tell_unsettled(output: Output, meter: Held, store: Store, link: str) -> None:
    """Say what became of every write to this meter that was left in doubt, having read it. Raises LinkError."""
    from hht.work.single_write import WriteLog

    log = WriteLog(store, new_id)
    if not log.open_writes():
        return  # nothing is asked of the meter
    for one in await log.settle(meter, await device_name(meter, link)):
        _tell(output, one)


async def device_name(meter: Held, link: str) -> str:
    """The meter as the log names it: by what it says of itself, else by its link."""
    return await meter.read_device_id() or link


def _tell(output: Output, settled: Settled) -> None:
    earlier = settled.earlier
    words = {
        "written-earlier": _("it was written"),
        "not-written": _("it was not written"),
        "holds-other": _("it holds neither this nor what it held before"),
        "not-readable": _("what was executed cannot be read: look what the meter does"),
        "read": _("a clock goes on: look whether it is right"),
    }
    text = _("of an earlier write nobody knew the outcome: {item} {target}, {at}. The meter holds {held}: {what}")
    unknown = _("of an earlier write nobody knows the outcome: {item} {target}, {at}. It cannot be read now")
    output.warn(
        (text if settled.result in words else unknown).format(
            item=earlier.item,
            target=earlier.target,
            at=earlier.at,
            held=settled.held or _("(none)"),
            what=words.get(settled.result, ""),
        )
    )
    if output.as_json:
        output.emit(
            "unsettled",
            item=earlier.item,
            target=earlier.target,
            at=earlier.at,
            result=settled.result,
            held=settled.held,
        )
