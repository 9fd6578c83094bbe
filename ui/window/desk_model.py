"""What the page of the desk shows. Plain Python: how asks stand in; rows, lamps, facts and words out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from hht.clock import utc_text
from hht.desk.course import AskState
from hht.desk.messages import Way
from hht.i18n import _
from ui.desk_words import command_words
from ui.window.going import Going

if TYPE_CHECKING:
    from hht.desk.course import AskReport
    from ui.askable import What
    from ui.desks import Ways

FactLine = tuple[str, str, str, bool]

_TONE: Final = {
    AskState.ASKED: ("dot", "ink_soft"),
    AskState.TAKEN: ("running", "accent"),
    AskState.SENT: ("running", "accent"),
    AskState.ACKNOWLEDGED: ("running", "accent"),
    AskState.UNKNOWN: ("unknown", "warn"),
    AskState.DONE: ("check", "good"),
    AskState.REFUSED: ("cross", "bad"),
    AskState.FAILED: ("cross", "bad"),
    AskState.UNDELIVERED: ("left", "warn"),
    AskState.NO_RESPONSE: ("unknown", "warn"),
}


def state_word(state: AskState) -> str:
    """Where an ask stands, in a word or two."""
    return {
        AskState.ASKED: _("kept here"),
        AskState.TAKEN: _("the desk has it"),
        AskState.SENT: _("sent"),
        AskState.ACKNOWLEDGED: _("acknowledged"),
        AskState.UNKNOWN: _("unknown"),
        AskState.DONE: _("done"),
        AskState.REFUSED: _("refused"),
        AskState.FAILED: _("failed"),
        AskState.UNDELIVERED: _("not delivered"),
        AskState.NO_RESPONSE: _("no response"),
    }[state]


def way_words(way: Way | None) -> str:
    """By which way an ask went."""
    if way is None:
        return _("not asked yet")
    return {
        Way.WAN: _("over the WAN"),
        Way.RELAY: _("by mobile data, commands brought by this terminal"),
        Way.PHONE: _("by phone"),
        Way.FILE: _("by a file that is carried"),
    }[way]


def mode_words(ways: Ways | None) -> tuple[str, str, str]:
    """(icon, words, colour) of how the desk can act now."""
    if ways is None:
        return "link", _("Way not tried"), "ink"
    return {
        "wan": ("mast", _("WAN"), "good"),
        "relay": ("dongle", _("Mobile data"), "good"),
        "nothing": ("file", _("Pack or phone"), "warn"),
    }[str(ways.mode)]


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the five lamps of an ask. `short`: its name where there is little room; `tone`: "good", "warn", "bad" or
    "plain"; `note`: with which code, or when."""

    name: str
    short: str
    lit: bool
    tone: str
    note: str

    @property
    def words(self) -> str:
        """It, in words."""
        state = {"good": _("yes"), "warn": _("in doubt"), "bad": _("no")}.get(self.tone, _("not yet"))
        return f"{self.name}: {state}, {self.note}" if self.note else f"{self.name}: {state}"


def stage_signs() -> list[tuple[str, str, str, str]]:
    """(icon, colour, word, meaning) of each stage, for the help."""
    return [
        ("dot", "accent", _("Asked"), _("Written down here, under a reference of its own.")),
        ("dot", "accent", _("Sent"), _("The desk has sent the service request.")),
        ("dot", "accent", _("Acknowledged"), _("The DCC has taken it (I99); its answer comes later.")),
        ("dot", "accent", _("Result"), _("What came of it, with the DCC's code or alert (N24 …).")),
        ("dot", "accent", _("Seen at device"), _("This terminal has read it at the device or the hub: the only fact.")),
    ]


def stages(report: AskReport) -> list[Stage]:
    """asked, sent, acknowledged, result, seen at the device."""
    names = {
        "asked": (_("Asked"), _("Asked")),
        "sent": (_("Sent"), _("Sent")),
        "acknowledged": (_("Acknowledged"), _("Ackn.")),
        "result": (_("Result"), _("Result")),
        "seen": (_("Seen at device"), _("Seen")),
    }
    return [Stage(*names[name], lit, *_tone(report, name, lit=lit)) for name, lit in report.lamps]


def _tone(report: AskReport, name: str, *, lit: bool) -> tuple[str, str]:
    when = report.since.get(name)
    note = "" if when is None else f"{when:%H:%M:%S}"
    if name == "result":
        return _result_tone(report, note)
    if name == "seen":
        if report.fact is None:
            return "plain", "" if report.ask.kind.changes else _("nothing to see")
        if not report.fact.read:
            return "plain", _("a person's note")
        return ("good" if report.fact.agrees else "bad"), f"{report.fact.at:%H:%M:%S}"
    if lit:
        return "good", "I99" if name == "acknowledged" else note
    return ("warn", _("not heard since")) if report.unknown and name == _first_dark(report) else ("plain", "")


def _result_tone(report: AskReport, note: str) -> tuple[str, str]:
    if not report.state.final:
        return ("warn", _("not heard since")) if report.unknown and _first_dark(report) == "result" else ("plain", "")
    code = report.alert or report.code
    tone = {"good": "good", "bad": "bad"}.get(_TONE[report.state][1], "warn")
    return tone, code or note


def _first_dark(report: AskReport) -> str:
    return next((name for name, lit in report.lamps if not lit), "")


@dataclass(frozen=True, slots=True)
class AskRow:
    """An ask in the list."""

    report: AskReport

    @property
    def title(self) -> str:
        """What is asked."""
        return f"{self.report.ask.type}: {self.report.ask.kind.words}"

    @property
    def line(self) -> str:
        """Of which device, for which job."""
        ask = self.report.ask
        values = ", ".join(f"{name} {text}" for name, text in ask.shown.items())
        parts = [f"…{str(ask.device)[-5:]}", _("job {job}").format(job=ask.job), values]
        return " · ".join(part for part in parts if part)

    @property
    def word(self) -> str:
        """Where it stands."""
        if self.report.fact is not None and not self.report.fact.agrees:
            return _("device says otherwise")
        if self.report.settled and self.report.fact is not None:
            return _("seen") if self.report.fact.read else _("noted")
        return state_word(self.report.state)

    @property
    def tone(self) -> tuple[str, str]:
        """(icon, colour)."""
        if self.report.fact is not None:
            return ("complete", "good") if self.report.fact.agrees else ("warn", "bad")
        return _TONE[self.report.state]

    @property
    def spoken(self) -> str:
        """The row in words."""
        return f"{self.title}, {self.line}: {self.word}"


def ask_facts(report: AskReport) -> list[FactLine]:
    """Everything that is known of an ask."""
    ask = report.ask
    lines: list[FactLine] = []
    if report.contradiction:
        lines.append((_("Contradiction"), report.contradiction, "bad", False))
    if report.why:
        tone = "bad" if report.state in (AskState.REFUSED, AskState.FAILED) else "warn"
        lines.append((_("Why"), report.why, tone if report.state is not AskState.DONE else "plain", False))
    if report.remedy:
        lines.append((_("What to do"), report.remedy, "plain", False))
    if report.fact is not None:
        name = _("Seen at device") if report.fact.read else _("Noted by a person")
        seen = _("{what} ({by})").format(what=report.fact.what, by=report.fact.by)
        lines.append((name, seen, "good" if report.fact.agrees else "bad", False))
    elif report.state is AskState.DONE and ask.kind.changes:
        words = _("not yet: read the device; the desk's word is no fact")
        lines.append((_("Seen at device"), words, "warn", False))
    lines += [(_("Command {number}").format(number=one.number), command_words(one), "plain", False)
              for one in report.commands]  # fmt: skip
    lines += [
        (_("Reference"), ask.reference, "plain", False),
        (_("Device"), f"{ask.type} {ask.device}", "plain", False),
        (_("Way"), way_words(report.way), "plain", False),
    ]
    lines += [(field_words(name), text, "plain", False) for name, text in ask.shown.items()]
    if report.service:
        lines.append((_("Service request"), f"{report.service} {report.request}".strip(), "plain", False))
    if report.code:
        lines.append((_("DCC's code"), f"{report.code} {report.alert}".strip(), "plain", False))
    if report.answer not in ("", '"done"'):
        lines.append((_("Answer"), report.answer, "plain", False))
    if report.spoken:
        lines.append((_("Said on the phone"), ", ".join(report.spoken), "plain", False))
    lines.append((_("Asked at"), utc_text(report.since["asked"]), "plain", False))
    return lines


def can_again(report: AskReport) -> bool:
    """Whether the same may be asked anew: nothing can have been done."""
    return report.state in (AskState.REFUSED, AskState.FAILED, AskState.UNDELIVERED)


def follow_word(report: AskReport | None) -> str:
    """What the big button does with an ask."""
    if report is None or report.state is AskState.ASKED:
        return _("Ask the desk")
    return _("Ask anew") if can_again(report) else _("How does it stand?")


@dataclass(frozen=True, slots=True)
class WhatRow:
    """Something that can be asked for."""

    what: What

    @property
    def title(self) -> str:
        """What it is."""
        return self.what.words[:1].upper() + self.what.words[1:]

    @property
    def line(self) -> str:
        """Of which devices, by which service request."""
        grouped: dict[str, list[str]] = {}
        for type_, service in self.what.services:
            grouped.setdefault(service, []).append(type_)
        return "; ".join(f"{', '.join(types)} {service}".strip() for service, types in grouped.items())

    @property
    def word(self) -> str:
        """Nothing more."""
        return ""

    @property
    def tone(self) -> tuple[str, str]:
        """(icon, colour)."""
        return "forward", "ink_soft"

    @property
    def spoken(self) -> str:
        """The row in words."""
        return f"{self.title}: {self.line}"


def field_words(name: str, *, must: bool = True, secret: bool = False) -> str:
    """What a value of an ask is called."""
    words = name.replace("_", " ")
    known = {
        "mpan": "MPAN",
        "mprn": "MPRN",
        "mpxn": _("MPAN or MPRN"),
        "secondary": _("secondary MPAN"),
        "other": _("Device ID of the other device"),
        "other_type": _("what the other device is (ESME, GSME, IHD, …)"),
        "install_code": _("install code of the other device"),
        "join_s": _("seconds for which it may join"),
        "tolerance_s": _("tolerance in seconds"),
        "seconds": _("limit in seconds"),
        "pack": _("name of the pack"),
    }
    shown = known.get(name, words)
    if secret:
        shown = _("{name} (secret)").format(name=shown)
    return shown if must else _("{name} (may be left out)").format(name=shown)


def newest_first(reports: tuple[AskReport, ...]) -> list[AskReport]:
    """As the list shows them."""
    return sorted(reports, key=lambda one: one.since.get("asked", datetime.min), reverse=True)


def relaying(report: AskReport) -> Going:
    """What is said before the terminal brings the desk's commands."""
    facts = [
        (_("Ask"), f"{report.ask.type}: {report.ask.kind.words}", "plain", False),
        (_("Device"), str(report.ask.device), "plain", False),
    ]
    words = _("The desk hands over each command; this terminal brings it once, and takes the answer home.")
    return Going(_("By mobile data and radio"), facts, words, _("Ask and bring"))
