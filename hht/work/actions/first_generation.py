"""A SMETS1 site: what it is, how it stands with the DCC, whether it can be enrolled and why not, and whose its hub is.

Nothing here writes to a device. What only the Lead Supplier may do is offered to nobody else (S1E-09, S1E-19): the
others raise an incident, and see beforehand who gets it and what it carries (S1E-22, S1E-23).
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from hht.clock import iso_z
from hht.desk.kinds import AskKind
from hht.i18n import _, ngettext
from hht.protocol.gbcs.device_types import DuisDeviceType as Type
from hht.work.actions.ask import ask
from hht.work.actions.following import followed, looked_up
from hht.work.actions.listed import list_facts
from hht.work.coded import known
from hht.work.combinations import Standing, standing
from hht.work.devices import device_kind, shown
from hht.work.enrolment import Decision, Enrolment, SiteRecord, decision_words, judge, record_of
from hht.work.equipment import Proof
from hht.work.equipment_check import directed, directions_for
from hht.work.first_generation import Made, grace, linking_of, maker_of, recognise
from hht.work.products import Part, ProductList
from hht.work.step import Action, StepContext, StepError, StepResult
from hht.work.supplier import Wanted, course_facts
from hht.work.units import drift_text
from hht.work.view import Fact, Tone

HUB = "communications-hub"
SEEN = "smets1-seen"  # the step that asks what is seen
RECORD = "site-record"
DIAGNOSTICS = "hub-diagnostics"
_CLOCK_CARE_S = 10.0  # factbook 9: warn where the two clocks differ by more


def _products(ctx: StepContext) -> ProductList | None:
    return ctx.van.products() if ctx.van is not None else None


def _meter(ctx: StepContext) -> Part | None:
    """The electricity meter as it said itself; None where its port told nothing."""
    told = ctx.visit.identity
    names = ("manufacturer", "model", "firmware")
    if not all(told.get(name) for name in names):
        return None
    return Part("electricity-meter", *(str(told[name]) for name in names))


async def generation_of(ctx: StepContext) -> StepResult:
    """What the devices were made to, clue by clue. Nobody is asked here: `SEEN` has asked."""
    seen = {item: choice for item, choice in ctx.data(SEEN).items() if isinstance(choice, str)}
    products = _products(ctx)
    found = recognise(seen, _meter(ctx), products)
    facts = [_made(found.made)]
    facts += [Fact(_("Seen"), f"{one.text} ({one.label})", _pointing(one.points, found.made)) for one in found.clues]
    facts += list_facts(ctx, products)
    maker = maker_of(str(ctx.device.device_id))
    facts.append(Fact(_("Maker by the Device ID"), maker or _("not in the table: it tells nothing of the generation")))
    if found.made is Made.SMETS1:
        words = _("none required: no assurance certificates exist for SMETS1 device models")
        facts.append(Fact(_("Assurance certificate"), words))
        linking = linking_of(_meter(ctx))
        tone = Tone.PLAIN if linking.way else Tone.WARN
        facts.append(Fact(_("Linking a customer's own device"), linking.words, tone))
    return StepResult(tuple(facts), {"made": found.made.value, "against": len(found.against)})


def _made(made: Made) -> Fact:
    if made is Made.UNKNOWN:
        words = _("not to be told: what weighs most points both ways, or nowhere. The desk's record decides")
        return Fact(_("Generation"), words, Tone.WARN)
    return Fact(_("Generation"), made.value, Tone.GOOD)


def _pointing(points: str, made: Made) -> Tone:
    return Tone.WARN if made is not Made.UNKNOWN and points not in ("either", made.value) else Tone.PLAIN


async def meter_clock(ctx: StepContext) -> StepResult:
    """The meter's clock, which is read and never set here: on a SMETS1 meter that is its supplier's."""
    reading = await (await ctx.meter()).read_clock()
    right = abs(reading.drift_s) <= _CLOCK_CARE_S and reading.status.value == "reliable"
    facts = [
        Fact(_("Meter clock"), drift_text(reading.drift_s), Tone.GOOD if right else Tone.WARN),
        Fact(_("Clock status"), reading.status.words, Tone.GOOD if right else Tone.WARN),
    ]
    if not right:
        words = _("rates, maximum demand, half-hours, bills and standing charges may be wrong while it is (unverified)")
        facts.append(Fact(_("What hangs on it"), words, Tone.WARN))
    return StepResult(tuple(facts), {"drift_s": reading.drift_s, "status": reading.status.value, "right": right})


def _wanted(ctx: StepContext, kind: AskKind, **details: str) -> Wanted:
    hub = ctx.job.device(HUB)
    assert hub is not None, "the walkthrough requires one"
    return Wanted(kind, hub.device_id, Type.CHF, details)


async def site_record(ctx: StepContext) -> StepResult:
    """What the DCC's books say of the site, asked anew each time. Raises as `looked_up`, and SiteRecordError."""
    report = await looked_up(ctx, "site", _wanted(ctx, AskKind.READ_ENROLMENT))
    record = record_of(report.answer)
    facts = [Fact(_("Generation of the hub"), shown(record.generation))]
    if record.state:
        facts.append(Fact(_("With the DCC"), shown(record.state)))
        facts.append(_lead_fact(ctx, record))
    facts += [
        Fact(device_kind(part.type).capitalize(), f"{shown(part.words)}, {_status(record, part)}", from_device=True)
        for part in record.parts
    ]
    if record.state and any(part.type == "gas-meter" for part in record.parts):
        facts.append(Fact(_("Gas data"), _gas_data()))
    if record.state in _WAYS:
        facts.append(Fact(_("Messages go by"), _way(record.state)))
    if record.state == Decision.ENROLLED:
        facts.append(Fact(_("Security assessment"), known("about", "assurance", "smets1").text))
    return StepResult(tuple(facts), {"lead": record.lead, "state": record.state, "record": json.loads(report.answer)})


_WAYS = (Decision.ENROLLED.value, "active")


def _way(state: str) -> str:
    """Whom a message to these SMETS1 devices meets, and what it does not (S1E-34, S1E-35)."""
    if state == Decision.ENROLLED:
        return _(
            "DCC, then the S1SP, which puts it into what the devices speak; the DCO approves what is critical. "
            "No Parse and Correlate"
        )
    return _("the supplier's SMSO alone: not the DCC, no S1SP and no DCO. No Parse and Correlate")


def _gas_data() -> str:
    """Where a SMETS1 site's gas readings lie, and what follows at split supply (PRV-08)."""
    return _(
        "lies in the proxy in the electricity meter's case: at split supply the electricity supplier only processes it "
        "for the gas supplier. Read here is what this job's supplier may read"
    )


def _status(record: SiteRecord, part: Part) -> str:
    return shown(dict(record.statuses).get(part.type, "")) or _("no status")


def _lead_fact(ctx: StepContext, record: SiteRecord) -> Fact:
    if record.lead.casefold() == ctx.job.supplier.casefold():
        words = _("{name}: this job's supplier. It alone manages the hub")
        return Fact(_("Lead Supplier"), words.format(name=shown(record.lead)), Tone.GOOD)
    words = _("{name}, not this job's supplier ({own}): hub actions and its decommissioning are theirs alone")
    own = ctx.job.supplier or _("not said")
    return Fact(_("Lead Supplier"), words.format(name=shown(record.lead) or "-", own=own), Tone.WARN)


def _record(ctx: StepContext) -> SiteRecord | None:
    told = ctx.data(RECORD).get("record")
    return record_of(json.dumps(told)) if told is not None else None


def _listed(ctx: StepContext, record: SiteRecord | None, products: ProductList | None) -> Standing:
    """The combination as it is: the electricity meter by its own word, the rest by the books."""
    seen = _meter(ctx)
    parts = {one.type: one for one in (record.parts if record is not None else ())}
    if seen is not None:
        parts[seen.type] = seen
    return standing(parts.values(), products, ctx.clock.now().date())


async def combination(ctx: StepContext) -> StepResult:
    """Whether hub and meters, each with its firmware, are listed together; which part is not."""
    products = _products(ctx)
    found = _listed(ctx, _record(ctx), products)
    good = found.status.value == "EPC"
    facts = [Fact(_("Combination on the lists"), found.status.value, Tone.GOOD if good else Tone.WARN)]
    facts += [Fact(_("Not listed with the rest"), shown(one.words), Tone.WARN) for one in found.apart]
    facts += [Fact(_("Listed instead"), shown(one.words)) for one in found.instead]
    if found.proof is not None:
        facts += _proof(found.proof)
    if found.age_days is not None:
        days = ngettext("{days} day old", "{days} days old", found.age_days).format(days=found.age_days)
        facts += [Fact(_("Product list"), days), *list_facts(ctx, products)]
    data = {"status": found.status.value, "apart": [one.words for one in found.apart]}
    return StepResult(tuple(facts), data)


def _proof(proof: Proof) -> list[Fact]:
    """Why it is listed: that it interoperates with the DCC is enough, and an end-to-end test is its supplier's choice
    (S1E-30)."""
    words = _("proven by {by}, {day} ({reference})")
    told = words.format(by=shown(proof.by), day=proof.day, reference=shown(proof.reference))
    tested = (
        _("by {supplier}").format(supplier=shown(proof.end_to_end_by))
        if proof.end_to_end_by
        else _("by no supplier: listed on interoperation with the DCC alone, and no more is required")
    )
    return [Fact(_("Interoperates with the DCC"), told), Fact(_("Tested from end to end"), tested)]


def _directed(ctx: StepContext, record: SiteRecord | None, products: ProductList | None) -> tuple[str, ...]:
    """Directions of the product list about the site's devices: that of the meter by its own word, the rest by the
    books."""
    seen = _meter(ctx)
    if products is None:
        return ()
    parts = {one.type: one for one in (record.parts if record is not None else ())}
    if seen is not None:
        parts[seen.type] = seen
    today, said = ctx.clock.now().date(), []
    for part in parts.values():
        device = ctx.job.device(part.type)
        device_id = str(device.device_id) if device is not None else ""
        for row in products.of_model(part.type, part.manufacturer, part.model):
            if row.record is not None and row.firmware == part.firmware:
                orders = directions_for(row.record, device_id, today)
                said += [f"{device_kind(part.type).capitalize()}: {directed(one).words}" for one in orders]
    return tuple(said)


async def enrolment(ctx: StepContext) -> StepResult:
    """Whether it can be enrolled, and each reason why not, with whose turn it is."""
    record, products = _record(ctx), _products(ctx)
    found = judge(record, _listed(ctx, record, products), _meter(ctx), _directed(ctx, record, products))
    return StepResult((*_verdict(found), *list_facts(ctx, products)), _verdict_data(found))


def _verdict(found: Enrolment) -> list[Fact]:
    good = found.decision in (Decision.CAN, Decision.ENROLLED, Decision.NOT_SMETS1)
    facts = [Fact(_("Enrolment"), decision_words(found.decision), Tone.GOOD if good else Tone.WARN)]
    for one in found.reasons:
        words = _("{why} Next: {whose}.").format(why=one.words, whose=one.whose) if one.whose else one.words
        facts.append(Fact(_("Why not") if one.bars else _("Why"), words, Tone.WARN if one.bars else Tone.PLAIN))
    return facts


def _verdict_data(found: Enrolment) -> dict[str, Any]:
    reasons = [{"code": one.code, "bars": one.bars, "whose": one.whose} for one in found.reasons]
    return {"decision": found.decision.value, "reasons": reasons}


async def hub_diagnostics(ctx: StepContext) -> StepResult:
    """The hub's diagnostics as the self-service interface has them, with their age. Raises as `looked_up`."""
    report = await looked_up(ctx, "diagnostics", _wanted(ctx, AskKind.READ_DIAGNOSTICS))
    told, taken = diagnostics_told(report.answer)
    fresh: bool = told["fresh"]
    parts = {str(name): str(one) for name, one in told["parts"].items()}
    facts = [_taken(taken, fresh=fresh), *(Fact(shown(name), shown(one)) for name, one in parts.items())]
    counts = {"signal_dbm": _("Signal (dBm)"), "listed": _("Listed"), "joined": _("Joined"), "failed": _("Failed")}
    facts += [Fact(label, shown(str(told.get(name, "-")))) for name, label in counts.items()]
    return StepResult(tuple(facts), {"taken": iso_z(taken), "fresh": fresh, "parts": parts})


def diagnostics_told(answer: str) -> tuple[dict[str, Any], datetime]:
    """What the self-service interface said, with ``parts`` and ``fresh``, and when it was taken. Raises StepError
    where that cannot be read: a time without a zone is none."""
    try:
        told: dict[str, Any] = json.loads(answer)
        taken = datetime.fromisoformat(str(told["taken"]))
        good = taken.tzinfo is not None and isinstance(told["fresh"], bool) and isinstance(told["parts"], dict)
    except (ValueError, KeyError, TypeError, RecursionError):
        good = False
    if not good:
        raise StepError(
            _("The hub's diagnostics cannot be read."),
            remedy=_("Ring the desk and have them read out; or choose Can't do this."),
            code="hub-diagnostics",
        )
    return told, taken


def _taken(taken: datetime, *, fresh: bool) -> Fact:
    if fresh:
        return Fact(_("Diagnostics"), _("as of now"), Tone.GOOD)
    words = _("cached: taken {time}, when the hub was last heard")
    return Fact(_("Diagnostics"), words.format(time=iso_z(taken)), Tone.WARN)


def _routing(ctx: StepContext) -> tuple[Fact, ...]:
    """Who gets the incident and what it carries, before it leaves."""
    lead = shown(str(ctx.data(RECORD).get("lead", ""))) or _("the owner of the hub")
    data = ctx.data(DIAGNOSTICS)
    seen = _("diagnostics of {time}").format(time=data["taken"]) if data else _("no diagnostics: none were had")
    hub = ctx.job.device(HUB)
    return (
        Fact(_("Goes to"), _("{lead}, the Lead Supplier").format(lead=lead)),
        Fact(_("Then"), _("the S1SP, where the diagnostics do not explain it: for supporting information")),
        Fact(
            _("Carries"), _("the hub's ID {hub}, what it is about, {seen}").format(hub=hub and hub.device_id, seen=seen)
        ),
        Fact(_("Carries not"), _("name, address, MPAN, MPRN, readings")),
        Fact(_("Raised by"), ctx.job.supplier or _("not said: the job names no supplier")),
    )


async def raise_incident(ctx: StepContext) -> StepResult:
    """Asks what it is about, and has the desk raise it. Raises as `followed`, StepError where the job names nobody."""
    if not ctx.job.supplier:
        raise StepError(
            _("The job does not say whose it is, so nobody can raise the incident."),
            remedy=_("Ring the desk, which raises it; or choose Can't do this."),
            code="no-supplier",
        )
    told = await ask(ctx, before=_routing(ctx))
    details = {"about": str(told.data["about"]), "explained": str(told.data["explained"]), "party": ctx.job.supplier}
    report = await followed(ctx, _wanted(ctx, AskKind.RAISE_INCIDENT, **details))
    try:
        answer: dict[str, Any] = json.loads(report.answer)
        number, assigned = int(answer["number"]), str(answer["assigned"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        number, assigned = 0, ""
    facts = [*told.facts, *course_facts(report)]
    facts.append(Fact(_("Incident"), str(number) if number else _("raised; the desk told no number")))
    facts.append(Fact(_("Assigned to"), shown(assigned) or _("not told"), Tone.GOOD if assigned else Tone.WARN))
    return StepResult(tuple(facts), {**told.data, "number": number, "assigned": assigned})


async def _incident_preview(ctx: StepContext) -> AsyncIterator[tuple[Fact, ...]]:
    yield _routing(ctx)


async def hub_grace(ctx: StepContext) -> StepResult:
    """The hub is decommissioned: until when another one has to be commissioned (S1E-20), and what goes with it."""
    days, verified = grace()
    record = _record(ctx)
    if record is not None and record.grace_days:
        days = record.grace_days
    done = ctx.visit.steps.get("ask-decommission-hub")
    began = done.finished_at if done is not None and done.finished_at is not None else ctx.clock.now()
    ends = began + timedelta(days=days)
    label = "" if verified else _(" (the length is unverified)")
    words = ngettext("{days} day, until {time}{label}", "{days} days, until {time}{label}", days)
    facts = (
        Fact(_("Another hub within"), words.format(days=days, time=iso_z(ends), label=label), Tone.WARN, until=ends),
        Fact(
            _("Stays commissioned"), _("both meters and the rest, while that time runs; the gas meter stays installed")
        ),
        Fact(_("Gone with it"), _("the gas proxy; and the hub is in the electricity meter's case: both are one asset")),
        Fact(
            _("A SMETS2 hub in its place"), _("then the rules of SMETS1 hubs hold no more, and those of the DCC's do")
        ),
    )
    return StepResult(facts, {"ends": iso_z(ends), "days": days})


FIRST_GENERATION = (
    Action("generation-of", generation_of),
    Action("meter-clock", meter_clock),
    Action("site-record", site_record, through="desk"),
    Action("combination", combination),
    Action("enrolment", enrolment),
    Action("hub-diagnostics", hub_diagnostics, through="desk"),
    Action("raise-incident", raise_incident, through="desk", preview=_incident_preview),
    Action("hub-grace", hub_grace),
)
