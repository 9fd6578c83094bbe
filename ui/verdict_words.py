"""A verdict in words, the same for command line and evidence."""

from __future__ import annotations

from hht.diagnosis.evidence import Observation
from hht.diagnosis.knowledge import knowledge
from hht.diagnosis.verdict import Candidate, DomainState, Verdict
from hht.i18n import _
from hht.work.verdict_told import open_words

MOST = 4  # lines of one domain; the JSON has all


def seen_words(seen: Observation) -> str:
    """An observation, with what was read and where it stands."""
    reading = knowledge().readings[seen.reading]
    told = f"{reading.words}: {reading.values[seen.value]}"
    if seen.shown and seen.shown != reading.values[seen.value]:
        told = f"{told} ({seen.shown})"
    return f"{told} [{frames_words(seen)}]"


def frames_words(seen: Observation) -> str:
    """Where an observation stands: the events of a link's trace, or that a person saw it."""
    if seen.by_person:
        return _("seen by a person")
    return ", ".join(
        _("{link}, events {first} to {last}").format(link=one.link, first=one.first, last=one.last)
        for one in seen.frames
    )


def verdict_lines(verdict: Verdict) -> list[str]:
    """The whole verdict, for people."""
    lines = ["", verdict.outcome.words + ":" if verdict.candidates else verdict.outcome.words + "."]
    for one in verdict.candidates:
        lines += _candidate(one)
    if verdict.separating is not None:
        lines.append(_("What would tell the first two apart: {look}").format(look=verdict.separating.words))
    lines += list(verdict.dont)
    if verdict.retry:
        lines.append(_("May be tried again: {what}").format(what=verdict.retry))
    lines.append(_("Domains:"))
    lines += [line for one in verdict.domains for line in _domain(one)]
    stopped = _("Stopped after {minutes:.1f} minutes: {why}.").format(minutes=verdict.minutes, why=verdict.why_stopped)
    return [*lines, stopped]


def _candidate(one: Candidate) -> list[str]:
    cause = one.cause
    where = "" if cause.domain is None else f" ({cause.domain.words})"
    lines = [
        _("  {chance:.0%}  {title}{where}").format(chance=one.chance, title=cause.title, where=where),
        f"        {cause.why}",
        _("        next: {next}").format(next=cause.next),
    ]
    return lines + [_("        by: {seen}").format(seen=seen_words(seen)) for seen in one.reasons[:6]]


def _domain(one: DomainState) -> list[str]:
    """A domain, with the tests and the frames that say so; an open one with what is missing."""
    lines = [f"  {one.domain.words:28} {one.state.words}"]
    lines += [_("        by: {seen}").format(seen=by_words(seen)) for seen in one.by[:MOST]]
    if len(one.by) > MOST:
        lines.append(_("        and {count} more").format(count=len(one.by) - MOST))
    return lines + [f"        {words}" for words in open_words(one)[:MOST]]


def by_words(seen: Observation) -> str:
    """An observation that proved or excluded, under the name of its test."""
    known = knowledge()
    test = known.looks[seen.look].words if seen.look in known.looks else _("What was told")
    return f"{test}: {seen_words(seen)}"


__all__ = ["frames_words", "seen_words", "verdict_lines"]
