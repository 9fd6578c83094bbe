"""Before a number is given to a meter: whose it is to be, to be compared once more with the door and the wall."""

from __future__ import annotations

from hht.i18n import _
from hht.work.devices import shown
from hht.work.step import StepContext
from hht.work.view import Fact

_ASKED = {  # device type -> where its label was scanned, and where the old meter's serial number was written down
    "electricity-meter": ("scan-meter", "old-electricity/serial"),
    "gas-meter": ("scan-gas-meter", "old-gas/serial"),
}


def whose_supply(ctx: StepContext, device: str) -> tuple[Fact, ...]:
    """The address, the new meter as its label was scanned, and the serial number of the one that came off, as far as
    this visit knows them."""
    label, old = _ASKED[device]
    facts = [Fact(_("Address"), shown(ctx.job.address))]
    if scanned := ctx.data(label).get("device_id"):
        facts.append(Fact(_("New meter, by its label"), shown(str(scanned))))
    if serial := ctx.visit.answers.get(old):
        facts.append(Fact(_("Old meter, serial number"), shown(serial)))
    return tuple(facts)
