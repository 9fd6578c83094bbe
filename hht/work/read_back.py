"""What became of a relayed command that left and of which nobody heard again: a read of the device itself settles it.

The command itself is never sent again. The desk hands over a read, which this terminal brings to the same device
through the same hub; what the device answers shows whether it holds what was commanded. Where it does, it is done.
Where it does not, the command has not been carried out, and only then may the same be asked for anew: as another
command with a higher counter. Should the first one turn up after all, the device refuses it by its counter (protection
against replay, GBCS 4.3.1.5; each of these commands has it), or it has set already what the second one sets.

What no such read shows stays unknown; so does what switches a supply or may have it switched: that is left to people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hht.desk.course import AskReport, CommandState
from hht.desk.kinds import AskKind
from hht.desk.messages import Way
from hht.i18n import _
from hht.protocol.gbcs.envelope import Envelope, parse
from hht.work import hub_facts
from hht.work.supplier import Wanted

if TYPE_CHECKING:
    from hht.desk.asks import Ask


@dataclass(frozen=True, slots=True)
class Shown:
    """What the device shows, in words, and whether that is what was commanded."""

    what: str
    done: bool


def read_of(report: AskReport) -> Wanted | None:
    """The read that settles what became of an ask; None: none does, or it did not go by relay."""
    found = SETTLES.get(report.ask.kind)
    if found is None or report.way is not Way.RELAY or not report.commands:
        return None
    return Wanted(found, report.ask.device, report.ask.type)


def shown_by(ask: Ask, read: AskReport) -> Shown | None:
    """What the device answered to the read, octet for octet as this terminal brought it home; None: it brought none.
    Raises HubFactsError, ProtocolError for an answer that cannot be read."""
    answers = [one.answer for one in read.commands if one.state is CommandState.RETURNED and one.answer]
    return _LOOKS[ask.kind][1](ask, parse(answers[-1])) if answers else None


def _listed(ask: Ask, response: Envelope) -> Shown:
    listed = ask.other in [row.device for row in hub_facts.device_log(response)]
    words = _("listed in the Device Log") if listed else _("not listed in the Device Log")
    return Shown(words, listed is (ask.kind is AskKind.WHITELIST))


def _joined(ask: Ask, response: Envelope) -> Shown:
    known = [one.device for one in hub_facts.partners(response)]
    words = ", ".join(str(one) for one in known) or _("none")
    return Shown(words, (ask.other in known) is (ask.kind is AskKind.JOIN))


def _mpan(ask: Ask, response: Envelope) -> Shown:
    held = hub_facts.mpans(response)
    wanted = (ask.details["mpan"], ask.details.get("secondary", held[1]))
    return Shown(", ".join(one for one in held if one) or _("nothing"), held == wanted)


def _mprn(ask: Ask, response: Envelope) -> Shown:
    held = hub_facts.mprn(response)
    return Shown(held or _("nothing"), held == ask.details["mprn"])


_LOOKS: Final[Mapping[AskKind, tuple[AskKind, Callable[[Ask, Envelope], Shown]]]] = {
    AskKind.WHITELIST: (AskKind.READ_DEVICE_LOG, _listed),
    AskKind.REMOVE: (AskKind.READ_DEVICE_LOG, _listed),
    AskKind.JOIN: (AskKind.READ_DEVICE_LOG, _joined),
    AskKind.UNJOIN: (AskKind.READ_DEVICE_LOG, _joined),
    AskKind.SET_MPAN: (AskKind.READ_MPXN, _mpan),
    AskKind.SET_MPRN: (AskKind.READ_MPXN, _mprn),
}
SETTLES: Final[Mapping[AskKind, AskKind]] = {kind: read for kind, (read, _look) in _LOOKS.items()}  # what settles what
