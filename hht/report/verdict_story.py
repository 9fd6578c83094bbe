"""The verdict of a fault visit on paper: its causes, what to do and what not, and every domain with the tests that say
how it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from hht.i18n import _
from hht.work.verdict_told import CauseTold, DomainTold, Seen, VerdictTold, verdict_of

if TYPE_CHECKING:
    from reportlab.platypus import Flowable

    from hht.report.notes_story import Page, Pair

MOST_REASONS = 4  # of one cause, and of one domain; the JSON file has all


def verdict_flowables(page: Page, findings: Mapping[str, Mapping[str, Any]]) -> Iterator[Flowable]:
    """A section for each step that came to a verdict; nothing where none did."""
    for found in findings.values():
        verdict = verdict_of(found)
        if verdict is not None:
            yield from page.headed(_("Verdict: {words}").format(words=verdict.words))
            yield page.pairs(verdict_pairs(verdict))
            yield from page.headed(_("Fault domains"))
            yield page.pairs([(one.name, _domain(one)) for one in verdict.domains])


def verdict_pairs(verdict: VerdictTold) -> list[Pair]:
    """The verdict line by line; what there is nothing of is left out."""
    pairs: list[Pair] = [(_cause_label(one), _cause(one)) for one in verdict.causes]
    pairs += [(_("Next"), one.next) for one in verdict.causes[:1]]
    pairs += [(_("Not to be done"), list(verdict.dont)), (_("May be tried again"), verdict.retry)]
    stopped = _("after {minutes:g} minutes: {why}").format(minutes=verdict.minutes, why=verdict.stopped)
    pairs += [(_("Would tell the first two apart"), verdict.separating), (_("Stopped"), stopped)]
    return [(label, value) for label, value in pairs if value]


def _cause_label(one: CauseTold) -> str:
    return _("Fits, {chance:.0%}").format(chance=one.chance)


def _cause(one: CauseTold) -> list[str]:
    title = f"{one.title} ({one.domain})" if one.domain else one.title
    return [title, one.why, *map(seen_words, one.reasons[:MOST_REASONS])]


def _domain(one: DomainTold) -> list[str]:
    return [one.state_words, *map(seen_words, one.by[:MOST_REASONS]), *one.open[:MOST_REASONS]]


def seen_words(seen: Seen) -> str:
    """An observation: its test, what it told, and where it stands in which trace."""
    places = "; ".join(one.words for one in seen.frames) or _("seen by a person")
    return f"{seen.test} – {seen.told} [{places}]"


__all__ = ["seen_words", "verdict_flowables", "verdict_pairs"]
