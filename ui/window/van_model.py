"""What the page of the van shows. Plain Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hht.i18n import _, ngettext
from hht.work.compatibility import LIST_ENDS, rules
from hht.work.depot import DepotLine, line_title
from hht.work.reasons import Standing
from hht.work.van import VanDevice, counted
from hht.work.view import Tone

if TYPE_CHECKING:
    from ui.van import VanFacts

_LOOK = {
    Tone.GOOD: ("check", "good"),
    Tone.WARN: ("warn", "warn"),
    Tone.BAD: ("cross", "bad"),
    Tone.PLAIN: ("dot", "ink_soft"),
}


@dataclass(frozen=True, slots=True)
class VanRow:
    """A line: a device that a job needs, or one on the van."""

    title: str
    line: str
    word: str
    tone: tuple[str, str]
    detail: str = ""
    device: VanDevice | None = None

    @property
    def spoken(self) -> str:
        """All of it in words."""
        return ", ".join(part for part in (self.title, self.line, self.word, self.detail) if part)


def depot_rows(lines: Iterable[DepotLine]) -> list[VanRow]:
    """What the jobs of the day bring along, what is not ready first."""
    rows = []
    for line in sorted(lines, key=lambda line: line.ready):
        good = line.tone is Tone.GOOD
        title = f"{line.reference} · {line_title(line)}"
        detail = "" if good else line.words
        rows.append(VanRow(title, line.words, _ready_word(line), _LOOK[line.tone], detail, line.device))
    return rows


def _ready_word(line: DepotLine) -> str:
    if not line.ready:
        return _("not ready")
    careful = line.verdict is not None and line.verdict.standing is Standing.CARE
    return _("take care") if careful else _("ready")


def stock_rows(facts: VanFacts, hides: Callable[[str], bool] = lambda _reference: False) -> list[VanRow]:
    """What is on the van, then what visits took out; `hides`: which jobs are not named."""
    rows = [VanRow(one.words, _line(one), _("on the van"), ("box", "ink"), device=one) for one in facts.devices]
    for one in facts.taken:
        words = _("taken out: {job}").format(job=_("another job") if hides(one.taken_by) else one.taken_by)
        rows.append(VanRow(one.words, _line(one), words, ("left", "ink_soft"), device=one))
    return rows


def _line(device: VanDevice) -> str:
    until = _("certificate until {day}").format(day=device.certificate_until) if device.certificate_until else ""
    return " · ".join(part for part in (str(device.device_id), device.firmware, until) if part)


def count_words(facts: VanFacts) -> str:
    """How many of each there are."""
    counts = counted(facts.devices)
    return " · ".join(f"{count} × {what}" for what, count in counts.items()) or _("Nothing is on the van.")


def list_words(facts: VanFacts) -> tuple[str, str]:
    """(tone, sentence) about the product list."""
    if facts.products is None or facts.age_days is None:
        return "warn", _("No product list is kept: nobody knows what may be installed.")
    words = ngettext(
        "{title}, edition {number}, {days} day old, signed by {desk}.",
        "{title}, edition {number}, {days} days old, signed by {desk}.",
        facts.age_days,
    )
    told = words.format(
        title=facts.products.title, number=facts.products.number, days=facts.age_days, desk=facts.signed_by
    )
    limits, ends = rules(), [one.words for one in facts.about_list if one.code in LIST_ENDS]
    if not ends and facts.products.good_until is not None:
        ends = [_("Good until {day}.").format(day=facts.products.good_until)]
    told = " ".join([told, *ends])
    if facts.age_days > limits.stop_age:
        return "bad", told + " " + _("It is too old: nothing is installed by it.")
    old = facts.age_days > limits.warn_age or any(one.code in LIST_ENDS for one in facts.about_list)
    return ("warn" if old else "plain"), told


def check_words(lines: tuple[DepotLine, ...]) -> tuple[str, str]:
    """(tone, sentence) about the check before leaving."""
    if not lines:
        return "plain", _("Today's jobs bring no device along.")
    bad = sum(not line.ready for line in lines)
    if bad:
        words = ngettext("{count} device is not ready.", "{count} devices are not ready.", bad)
        return "bad", words.format(count=bad)
    if unsure := sum(line.unsure for line in lines):
        words = ngettext("look at {count} of them first", "look at {count} of them first", unsure)
        return "warn", _("Every device is on the van; {look}.").format(look=words.format(count=unsure))
    return "good", _("The van has all that today's jobs need.")
