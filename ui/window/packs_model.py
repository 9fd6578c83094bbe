"""What the page of command packs shows. Plain Python: facts of packs in; rows and words out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from hht.clock import utc_text
from hht.i18n import _, ngettext
from hht.packs.locker import EntryState
from ui.window.going import Going

if TYPE_CHECKING:
    from ui.pack_facts import EntryFacts, PackFacts

FactLine = tuple[str, str, str, bool]
SOON: Final = timedelta(hours=2)  # an expiry nearer than this is a warning

GLYPH: Final = {
    EntryState.WAITING: "dot",
    EntryState.UNKNOWN: "unknown",
    EntryState.DONE: "check",
    EntryState.PARTLY: "warn",
    EntryState.FAILED: "cross",
    EntryState.ANSWERED: "lock",
    EntryState.VOID: "left",
    EntryState.BLOCKED: "pause",
}
TONE: Final = {
    EntryState.WAITING: "ink_soft",
    EntryState.UNKNOWN: "warn",
    EntryState.DONE: "good",
    EntryState.PARTLY: "warn",
    EntryState.FAILED: "bad",
    EntryState.ANSWERED: "good",
    EntryState.VOID: "ink_soft",
    EntryState.BLOCKED: "warn",
}


def state_word(state: EntryState) -> str:
    """A command's state, in a word or two."""
    return {
        EntryState.WAITING: _("to go"),
        EntryState.UNKNOWN: _("outcome unknown"),
        EntryState.DONE: _("carried out"),
        EntryState.PARTLY: _("in part"),
        EntryState.FAILED: _("not carried out"),
        EntryState.ANSWERED: _("answered"),
        EntryState.VOID: _("void"),
        EntryState.BLOCKED: _("cannot go"),
    }[state]


def pack_signs() -> list[tuple[str, str, str, str]]:
    """(icon, colour, word, meaning) of each state, for the help."""
    meaning = {
        EntryState.WAITING: _("Not its turn yet. Each command leaves once, in order."),
        EntryState.UNKNOWN: _(
            "It left, and no answer came. It is never sent again: ask the hub, or read the device and settle it."
        ),
        EntryState.DONE: _("The device says that it has done all of it."),
        EntryState.PARTLY: _("The device did some of it: its details say what."),
        EntryState.FAILED: _("The device refused it, or somebody saw that it was not carried out."),
        EntryState.ANSWERED: _("The device answered under a seal that only the supplier opens."),
        EntryState.VOID: _("Passed over, or overtaken by a later command: no device would take it."),
        EntryState.BLOCKED: _("Something before it was not done."),
    }
    return [(GLYPH[state], TONE[state], state_word(state), meaning[state]) for state in EntryState]


@dataclass(frozen=True, slots=True)
class PackRow:
    """A kept pack in the list."""

    pack: PackFacts
    now: datetime

    @property
    def title(self) -> str:
        """Its name and job."""
        return _("{name} · job {job} · edition {edition}").format(
            name=self.pack.name, job=self.pack.job, edition=self.pack.edition
        )

    @property
    def line(self) -> str:
        """How it stands."""
        return pack_line(self.pack, self.now)

    @property
    def tone(self) -> tuple[str, str]:
        """(icon, colour)."""
        if self.pack.unknown:
            return "unknown", "warn"
        if self.pack.over:
            return "complete", "good"
        return ("pause", "warn") if self.pack.obstacle else ("file", "accent")

    @property
    def word(self) -> str:
        """Whether it is done with, short."""
        if self.pack.unknown:
            return _("outcome unknown")
        if self.pack.over:
            return _("done with")
        if self.pack.frozen:
            return _("frozen")
        return _("not now") if self.pack.obstacle else _("to go")

    @property
    def spoken(self) -> str:
        """The row in words."""
        return f"{self.title}, {self.line}: {self.word}"


def pack_line(pack: PackFacts, now: datetime) -> str:
    """How a pack stands, on a line."""
    parts = [_("{done} of {all} carried out").format(done=pack.done, all=len(pack.entries))]
    if pack.unknown:
        unknown = len(pack.unknown)
        parts.append(ngettext("{count} outcome unknown", "{count} outcomes unknown", unknown).format(count=unknown))
    if pack.frozen:
        parts.append(_("frozen"))
    if not pack.over:
        parts.append(expiry_words(pack.expires, now))
    return " · ".join(parts)


def expiry_words(expires: datetime, now: datetime) -> str:
    """How long a pack may still be used."""
    left = expires - now
    if left <= timedelta():
        return _("expired")
    hours = int(left / timedelta(hours=1))
    if hours >= 48:
        return _("{days} days left").format(days=hours // 24)
    if hours:
        return _("{hours} h left").format(hours=hours)
    return _("{minutes} min left").format(minutes=int(left / timedelta(minutes=1)))


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A command in the locker. `following`: it goes next; `sending`: it is on its way just now; `voids`: what its
    leaving makes void that has not gone before it by then."""

    entry: EntryFacts
    following: bool
    sending: bool = False
    voids: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Its place and what it is."""
        return f"{self.entry.number}  {self.entry.name} · {self.entry.use_case} {self.entry.title}".rstrip()

    @property
    def line(self) -> str:
        """Its device, and what hangs together with it."""
        entry = self.entry
        parts = [f"{entry.kind} …{str(entry.device)[-5:]}"]
        if entry.depends_on and not entry.state.final:
            parts.append(_("after {names}").format(names=", ".join(entry.depends_on)))
        if entry.held:
            parts.append(_("held"))
        if self.voids:
            parts.append(_("makes {names} void").format(names=", ".join(self.voids)))
        return " · ".join(parts)

    @property
    def word(self) -> str:
        """Its state, short."""
        if self.sending:
            return _("on its way")
        if self.entry.held and self.following:
            return _("held")
        return _("next") if self.following and self.entry.state is EntryState.WAITING else state_word(self.entry.state)

    @property
    def tone(self) -> tuple[str, str]:
        """(icon, colour)."""
        if self.sending:
            return "running", "accent"
        if self.entry.held and self.following:
            return "clock", "warn"
        if self.following and self.entry.state is EntryState.WAITING:
            return "forward", "accent"
        return GLYPH[self.entry.state], TONE[self.entry.state]

    @property
    def spoken(self) -> str:
        """The row in words."""
        return f"{self.title}, {self.line}: {self.word}"


def entry_rows(pack: PackFacts, sending: str) -> list[EntryRow]:
    """The locker of a pack, in its order."""
    return [
        EntryRow(entry, entry.name == pack.next, entry.name == sending, left_behind(pack, entry))
        for entry in pack.entries
    ]


def left_behind(pack: PackFacts, entry: EntryFacts) -> tuple[str, ...]:
    """What becomes void when `entry` leaves in its turn: what can go before it will have gone."""
    goes_before = {one.name for one in pack.entries if one.number < entry.number and one.state is EntryState.WAITING}
    return tuple(name for name in entry.voids if name not in goes_before)


def failure_words(on_failure: str) -> str:
    """What becomes of the rest when a command fails."""
    return {
        "stop": _("nothing more of the pack goes"),
        "stop-device": _("nothing more goes to this device"),
        "continue": _("the rest goes on"),
    }[on_failure]


def entry_facts_shown(row: EntryRow, doing: str) -> list[FactLine]:
    """Everything about one command; `doing`: what is said of it while it is on its way."""
    entry = row.entry
    tone = {"good": "good", "warn": "warn", "bad": "bad"}.get(TONE[entry.state], "plain")
    lines: list[FactLine] = [
        (_("State"), doing or row.word, "plain", False) if row.sending else (_("State"), entry.words, tone, False)
    ]
    if entry.held:
        lines.append((_("Held"), entry.held, "warn", False))
    if row.voids:
        words = _("{names}: its device refuses them once this one has left").format(names=", ".join(row.voids))
        lines.append((_("Makes void"), words, "warn", False))
    lines += [(one.what, one.words, "good" if one.done else "bad", False) for one in entry.operations]
    lines.append((_("Device"), f"{entry.kind} {entry.device}", "plain", False))
    what = f"{entry.use_case} {entry.title} ({entry.message_code:04X})".strip()
    lines.append((_("Use case"), what, "plain", False))
    if entry.depends_on:
        lines.append((_("Only after"), ", ".join(entry.depends_on), "plain", False))
    lines.append((_("If it fails"), failure_words(entry.on_failure), "plain", False))
    critical = _("critical: signed by the supplier") if entry.critical else _("not critical")
    lines.append((_("Protection"), _("{critical}; counter {counter}, {size} octets").format(
        critical=critical, counter=entry.counter, size=entry.size), "plain", False))  # fmt: skip
    if entry.note:
        lines.append((_("The desk's note"), entry.note, "plain", False))
    return lines


def about_facts(pack: PackFacts, now: datetime) -> list[FactLine]:
    """Who made a pack, for what, and what of it is checked here."""
    late = pack.expires - now
    tone = "bad" if late <= timedelta() else "warn" if late < SOON else "plain"
    signed = (
        (_("Signed by"), _("{desk}: the signature fits").format(desk=pack.desk), "good", False)
        if pack.desk
        else (_("Signed by"), _("not checked: anybody may have made it"), "bad", False)
    )
    lines: list[FactLine] = [
        signed,
        (_("Supplier"), pack.supplier or _("not named"), "plain", False),
        (_("For job"), pack.job, "plain", False),
        (_("For"), _("training") if pack.training else _("LIVE work"), "plain", False),
        (_("Made"), utc_text(pack.created), "plain", False),
        (_("Expires"), f"{utc_text(pack.expires)} ({expiry_words(pack.expires, now)})", tone, False),
    ]
    if pack.obstacle:
        lines.append((_("Not now"), pack.obstacle, "bad", False))
    for one in pack.devices:
        parts = [str(one.device)]
        if one.sealed_code:
            parts.append(_("install code sealed for this terminal"))
        parts.append(
            _("its signatures are checked here") if one.certified else _("its signatures cannot be checked here")
        )
        lines.append((one.kind, ", ".join(parts), "plain", False))
    sealed = _("the commands' MACs, and what is sealed: a terminal has no such key")
    lines += [
        (_("Not verifiable here"), sealed, "plain", False),
        (_("Answers"), ngettext("{count} to bring home", "{count} to bring home", pack.answers).format(
            count=pack.answers), "plain", False),
    ]  # fmt: skip
    return lines


def unknown_words(entries: Sequence[EntryFacts]) -> str:
    """What to do about unknown outcomes."""
    names = ", ".join(entry.name for entry in entries)
    return _("Nobody knows what became of {names}.").format(names=names)


def unknown_remedy() -> str:
    """How an unknown outcome is settled."""
    return _("It is never sent again. Ask the hub, or read the device and settle by what you saw.")


def before_words(pack: PackFacts) -> list[FactLine]:
    """What is said before anything leaves."""
    going = [entry for entry in pack.entries if entry.state is EntryState.WAITING]
    lines: list[FactLine] = [
        (_("To go"), ", ".join(entry.name for entry in going) or _("nothing"), "plain", False),
    ]
    held = [f"{entry.name}: {entry.held}" for entry in going if entry.held]
    if held:
        lines.append((_("Held"), "; ".join(held), "warn", False))
    for entry in going:
        if voids := left_behind(pack, entry):
            words = _("{names}, once {name} has left").format(names=", ".join(voids), name=entry.name)
            lines.append((_("Void then"), words, "warn", False))
    if any(entry.kind == "GSME" for entry in going):
        lines.append((_("Gas meter"), _("it sleeps: an answer takes up to 35 minutes"), "plain", False))
    return lines


def going(pack: PackFacts, *, ask: bool) -> Going:
    """What is said before a delivery, or (`ask`) before the hub is asked what became of what is unknown."""
    if ask:
        words = _("The hub says what became of what it was given. Nothing is sent to any device.")
        return Going(_("Ask the hub about {pack}").format(pack=pack.name), (), words, _("Ask"))
    words = _("Each command leaves once. What has left cannot be called back; the page says what became of it.")
    return Going(_("Deliver {pack}").format(pack=pack.name), before_words(pack), words, _("Deliver"))
