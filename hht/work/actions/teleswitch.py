"""A radio teleswitch is replaced: each of its circuits has a switch, a calendar and a tariff, and is seen to switch.

Verified is what was read off the meter after its next switching time: that may be hours away, so when it is stands in
the journal, and the wait may be left, or its terminal die, and be taken up again.
"""

from __future__ import annotations

from datetime import datetime

from hht.clock import iso_z, utc_text
from hht.i18n import _
from hht.work import waiting
from hht.work.job import JobSwitch
from hht.work.step import Action, StepContext, StepError, StepResult
from hht.work.switch_facts import calendar_wants, contact_words, next_switching, switch_named, switches_of
from hht.work.view import Fact, Question, QuestionKind, Tone

NEXT = "next-switching"  # the step that finds out when
_SO, _TIMES, _ABSENT = "so", "other-times", "absent"


def _circuits(ctx: StepContext) -> tuple[JobSwitch, ...]:
    return tuple(one for one in ctx.job.switches if one.old_circuit)


async def old_circuits(ctx: StepContext) -> StepResult:
    """Hold what the teleswitch switches against the supplier's plan. Raises StepError where it is otherwise."""
    facts, found = [], {}
    for one in _circuits(ctx):
        facts.append(_mapped(ctx, one))
        ctx.show(tuple(facts))
        found[str(one.number)] = await ctx.put(_question(ctx, one))
    if wrong := [one for one in _circuits(ctx) if found[str(one.number)] != _SO]:
        raise StepError(
            _("Not as planned: {circuits}.").format(circuits=", ".join(one.old_circuit for one in wrong)),
            remedy=_("Leave the teleswitch as it is, and ring the desk: the supplier plans it anew."),
            code="circuit-differs",
        )
    return StepResult(tuple(facts), {"circuits": found, "tariff": ctx.job.tariff})


def _mapped(ctx: StepContext, one: JobSwitch) -> Fact:
    """Old circuit and its times, and what becomes of them."""
    words = _("{old} → switch {number} ({label}), {times}, tariff {tariff}").format(
        old=one.old_times or _("no times"),
        number=one.number,
        label=one.label,
        times=one.on or _("no times"),
        tariff=ctx.job.tariff,
    )
    lost = _minutes(one.old_times) - _minutes(one.on)
    if lost > 0:
        words += _("; {minutes} min a day less than before").format(minutes=lost)
    return Fact(one.old_circuit, words, Tone.WARN if lost > 0 else Tone.PLAIN)


def _minutes(times: str) -> int:
    spans = [span.strip().split("-") for span in times.split(",") if span.strip()]
    return sum(_minute(end) - _minute(start) for start, end in spans)


def _minute(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])


def _question(ctx: StepContext, one: JobSwitch) -> Question:
    prompt = _("Old circuit “{circuit}”, on {times} (UTC): found so at the teleswitch?")
    labels = (_("Yes, so it is"), _("It has other times"), _("There is no such circuit"))
    name = f"{ctx.spec.id}/circuit-{one.number}"
    words = prompt.format(circuit=one.old_circuit, times=one.old_times or _("no times"))
    return Question(name, QuestionKind.CHOICE, words, (_SO, _TIMES, _ABSENT), labels=labels)


async def next_switchings(ctx: StepContext) -> StepResult:
    """When each of these circuits is switched next, and where its contact is until then. Raises StepError where a
    switch has no times: nothing would ever be seen of it."""
    meter = await ctx.meter()
    load, offset = await switches_of(meter), await meter.read_randomised_offset()
    now = (await meter.read_clock()).time
    facts, rows = [], []
    for one in _circuits(ctx):
        due = next_switching(load, one.number, now, offset)
        if due is None:
            raise StepError(
                _("Switch {number} has no switching times.").format(number=one.number),
                remedy=_("Ask the desk for its calendar, then try again; or choose Can't do this."),
                code="no-switching-times",
            )
        closed = switch_named(load, one.number).closed
        words = _("{state} now, switched next {time}").format(state=contact_words(closed), time=utc_text(due))
        facts.append(Fact(one.old_circuit, words, from_device=True))
        rows.append({"switch": one.number, "due": iso_z(due), "closed": closed})
    return StepResult(tuple(facts), {"rows": rows, "at": iso_z(now)})


_LOOKS = 3  # until a contact that is not as wanted is called wrong


async def verify_switching(ctx: StepContext) -> StepResult:
    """After the last of these times: each contact is where its calendar wants it. Raises StepError where one is not,
    and where that time is further off than the step may wait."""
    rows = ctx.data(NEXT)["rows"]
    due = max(datetime.fromisoformat(row["due"]) for row in rows)
    names = {one.number: one.old_circuit for one in _circuits(ctx)}

    async def look() -> tuple[dict[int, tuple[bool, bool]] | None, datetime]:
        meter, found = await ctx.meter(), {}
        for _look in range(_LOOKS):  # a switching time may come while it is read: what is wrong is looked at again
            now = (await meter.read_clock()).time
            if now <= due:
                return None, now
            load, offset = await switches_of(meter), await meter.read_randomised_offset()
            found = {n: (switch_named(load, n).closed, calendar_wants(load, n, now, offset)) for n in names}
            if all(closed is wanted for closed, wanted in found.values()):
                break
        return found, now

    found = await waiting.looked_for(ctx, look, lambda: due, _("Next switching"))
    if found is None:
        raise StepError(
            _("It has not switched yet: that comes at {time}.").format(time=utc_text(due)),
            remedy=_("The time is kept. Try again then, or go on with the visit later."),
            code="not-yet",
        )
    facts = tuple(_verified(names[number], closed, wanted) for number, (closed, wanted) in found.items())
    if wrong := [names[number] for number, (closed, wanted) in found.items() if closed is not wanted]:
        ctx.show(facts)
        raise StepError(
            _("Not switched as the calendar says: {circuits}.").format(circuits=", ".join(wrong)),
            remedy=_("Look at boost, HAN and breaker; try again, or choose Can't do this and ring the desk."),
            code="not-switched",
        )
    return StepResult(facts, {"verified": [names[number] for number in found], "due": iso_z(due)})


def _verified(circuit: str, closed: bool, wanted: bool) -> Fact:
    if closed is wanted:
        words = _("{state}, as its calendar wants it").format(state=contact_words(closed))
        return Fact(circuit, words, Tone.GOOD, from_device=True)
    words = _("{state}, its calendar wants it {other}").format(state=contact_words(closed), other=contact_words(wanted))
    return Fact(circuit, words, Tone.BAD, from_device=True)


OLD_CIRCUITS = Action(
    "old-circuits", old_circuits, only_asks=True, asks=tuple(f"circuit-{number}" for number in range(1, 6))
)
NEXT_SWITCHING = Action("next-switching", next_switchings)
VERIFY_SWITCHING = Action("verify-switching", verify_switching)
