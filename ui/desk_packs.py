"""What asking a desk means to the packs that are kept: its own commands may overtake theirs, so they freeze until the
desk confirms them (and it confirms by the answer to an ask of that kind)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.desk.course import AskState
from hht.desk.kinds import AskKind
from hht.i18n import _
from hht.packs.records import RecordKind

if TYPE_CHECKING:
    from hht.desk.asks import Ask
    from hht.desk.course import AskReport
    from ui.pack_facts import PackFacts
    from ui.packs import Packs


def freeze_for(packs: Packs, ask: Ask) -> tuple[PackFacts, ...]:
    """Freeze the packs, of whatever job, with commands that still wait for the ask's device, where it is to be changed;
    which they are. A device takes counters of one supplier in one series: no other job's command is spared that.

    Raises StoreError, PackError ``pack-records-broken``.
    """
    if not ask.kind.changes:
        return ()
    why = _("the desk was asked to do this itself at {device}: {what} ({reference})").format(
        device=ask.device, what=ask.kind.words, reference=ask.reference
    )
    frozen = []
    for facts in packs.list():
        waits = any(entry.device == ask.device and not entry.state.final for entry in facts.entries)
        if waits and not facts.frozen:
            packs.freeze(facts.key, why)
            frozen.append(facts)
    return tuple(frozen)


def confirm_by(packs: Packs, report: AskReport) -> tuple[str, ...]:
    """Let a frozen pack go on where the desk has confirmed it; its name. A confirmation counts once: heard again, it
    tells nothing of what froze the pack since. Raises as `freeze_for`."""
    if report.ask.kind is not AskKind.CONFIRM_PACK or report.state is not AskState.DONE:
        return ()
    named = []
    for facts in packs.list():
        meant = facts.name == report.ask.details["pack"] and facts.job == report.ask.job
        if meant and facts.frozen and not _counted(packs, facts.key, report.ask.reference):
            packs.confirm(facts.key, report.ask.reference)
            named.append(facts.name)
    return tuple(named)


def _counted(packs: Packs, key: str, reference: str) -> bool:
    """Whether that confirmation has let the pack go on already."""
    confirmed = (one for one in packs.records(key) if one.kind is RecordKind.CONFIRMED)
    return any(one.payload["reference"] == reference for one in confirmed)
