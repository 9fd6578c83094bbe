"""What the page of the outbox shows. Plain Python: what waits to go home in; rows and words out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hht.clock import utc_text
from hht.i18n import _, ngettext

if TYPE_CHECKING:
    from hht.store.erasure import Erased
    from ui.outbox_items import OutItem, OutReceipt, OutVisit

FactLine = tuple[str, str, str, bool]

_LOOK: Final = {"waiting": ("clock", "ink_soft"), "exported": ("export", "accent"), "receipted": ("check", "good")}


def state_word(state: str) -> str:
    """How far an item is, in a word."""
    return {"waiting": _("waits"), "exported": _("exported"), "receipted": _("receipted")}[state]


def kind_word(kind: str) -> str:
    """What an item is."""
    return {"bundle": _("Evidence"), "trace": _("Trace"), "photo": _("Photo")}[kind]


def size_words(octets: int) -> str:
    """How big it is."""
    return _("{size} kB").format(size=f"{max(1, round(octets / 1000)):,}")


def visit_words(visit: OutVisit) -> str:
    """Which visit it is."""
    return _("{reference}, visit {number}").format(reference=visit.reference, number=visit.number)


@dataclass(frozen=True, slots=True)
class OutRow:
    """One thing that goes home, or (`item` None) a visit of which nothing is left."""

    visit: OutVisit
    item: OutItem | None

    @property
    def title(self) -> str:
        """What it is, and of which visit."""
        if self.item is None:
            return _("Visit {id}…").format(id=self.visit.visit_id[:8])
        return f"{visit_words(self.visit)} · {kind_word(self.item.kind)}"

    @property
    def line(self) -> str:
        """How big it is, and since when it stands so."""
        if self.item is None:
            when = utc_text(self.visit.erased) if self.visit.erased else ""
            if self.visit.missed:
                return _("erased {when}; {name} has it no more").format(when=when, name=self.visit.missed)
            return _("erased {when}").format(when=when) if when else _("erasure begun: look once more")
        since = utc_text(self.item.since) if self.item.since else ""
        by = self.item.receipt.words if self.item.receipt is not None else self.item.sent_to
        return " · ".join(filter(None, (size_words(self.item.octets), since, by)))

    @property
    def word(self) -> str:
        """Its state."""
        if self.item is None:
            erased = _("lost") if self.visit.missed else _("erased")
            return erased if self.visit.erased else _("look once more")
        return state_word(self.item.state.value)

    @property
    def tone(self) -> tuple[str, str]:
        """(icon, colour)."""
        if self.item is None:
            erased = ("warn", "bad") if self.visit.missed else ("cross", "ink_soft")
            return erased if self.visit.erased else ("warn", "warn")
        return _LOOK[self.item.state.value]

    @property
    def spoken(self) -> str:
        """The row in words."""
        return f"{self.title}, {self.line}: {self.word}"


def out_rows(visits: Sequence[OutVisit]) -> list[OutRow]:
    """What goes home, visit by visit, what matters first; erased visits last."""
    return [OutRow(visit, item) for visit in visits for item in visit.items or (None,)]


def waiting_of(visits: Sequence[OutVisit]) -> int:
    """How many items are not receipted."""
    return sum(item.state.value != "receipted" for visit in visits for item in visit.items)


def waiting_words(visits: Sequence[OutVisit]) -> str:
    """How much waits."""
    count = waiting_of(visits)
    return ngettext("{count} item is not receipted.", "{count} items are not receipted.", count).format(count=count)


def facts_of(row: OutRow, refused: Mapping[str, str] = MappingProxyType({})) -> list[FactLine]:
    """Everything about what is marked. `refused`: what the depot did not take, and why."""
    visit, item = row.visit, row.item
    if item is None:
        return [
            (_("Visit"), visit.visit_id, "plain", False),
            (_("State"), row.line, "bad" if visit.missed else "good" if visit.erased else "warn", False),
            *(_receipted_by(one) for one in visit.receipts),
            *([(_("Erased by"), visit.erased_by, "plain", False)] if visit.erased and visit.erased_by else ()),
        ]
    tones = {"waiting": "plain", "exported": "plain", "receipted": "good"}
    lines: list[FactLine] = [
        (_("State"), sent_meaning(item.sent_to) or state_meaning(item.state.value), tones[item.state.value], False),
        (_("Visit"), visit_words(visit), "plain", False),
        (_("File"), item.name, "plain", False),
        (_("Size"), size_words(item.octets), "plain", False),
        (_("SHA-256"), item.sha256, "plain", False),
    ]
    if item.since is not None:
        lines.append((_("Since"), utc_text(item.since), "plain", False))
    if item.name in refused and item.state.value != "receipted":
        lines.insert(1, (_("Not taken"), refused[item.name], "bad", False))
    if item.receipt is not None:
        lines.append(_receipted_by(item.receipt))
    if visit.unbound:
        words = _("no photo is bound to {steps}, though an answer names one")
        lines.append((_("Missing"), words.format(steps=", ".join(visit.unbound)), "warn", False))
    return lines


def _receipted_by(receipt: OutReceipt) -> FactLine:
    return (_("Receipted by"), receipt.words, "warn" if receipt.unsigned else "good", False)


def sent_meaning(name: str) -> str:
    """What it means that a desk said over its line that it has it, which is no receipt; "" where none did."""
    words = _("{name} has it, as it says over its line. Nothing is erased before a receipt is taken in.")
    return words.format(name=name) if name else ""


def state_meaning(state: str) -> str:
    """What a state means."""
    return {
        "waiting": _("It has not left this terminal."),
        "exported": _("It was written to a folder; nobody has said that it arrived."),
        "receipted": _("Somebody has it whole, and says so."),
    }[state]


def out_signs() -> list[tuple[str, str, str, str]]:
    """(icon, colour, word, meaning) of each state, for the help."""
    return [(*_LOOK[state], state_word(state), state_meaning(state)) for state in _LOOK]


def erased_facts(erased: Erased) -> list[FactLine]:
    """The proof that an erasure took: what was looked for, and where."""
    gone = erased.found_after == 0
    return [
        (_("Erased"), _("{octets:,} bytes").format(octets=erased.octets), "good", False),
        (_("Looked for"), _("{pieces} pieces of what stood there").format(pieces=erased.pieces), "plain", False),
        (_("Found before"), f"{erased.found_before}", "plain", False),
        (_("Found now"), f"{erased.found_after}", "good" if gone else "bad", False),
        (_("Searched"), _("{octets:,} bytes of {files}").format(
            octets=erased.octets_searched, files=", ".join(erased.files)), "plain", False),
        (_("SHA-256 of what was erased"), erased.sha256 or "–", "plain", False),
    ]  # fmt: skip
