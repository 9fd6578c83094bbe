"""Which rules hold for the equipment of a job: what is there, by the day it was fitted, and what is to be fitted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from hht.i18n import _, ngettext
from hht.work.devices import device_kind
from hht.work.job_site import Installed
from hht.work.reasons import Standing
from hht.work.rule_book import Specification, generation, rule_book
from hht.work.ruling import Ruling

if TYPE_CHECKING:
    from hht.work.job import Job

ADVANCED, SMART_TYPE = "advanced", "smart-type"
METERS = ("electricity-meter", "gas-meter")


def equipment_rulings(job: Job, day: date) -> Iterator[Ruling]:
    """Every ruling about equipment on that day."""
    for one in job.about.installed:
        yield from _installed(job, one, day)
    for type_name, text in job.about.specifications:
        yield from _to_fit(job, type_name, text, day)
    yield from _retrofit(job)
    yield from _later_conditions(job)


def may_fit(specification: Specification, day: date) -> Ruling:
    """Whether equipment made to it may be fitted on that day (ASR-16, ASR-17)."""
    book = rule_book()
    label, source = _("To be fitted"), specification.rule.label
    counted = book.accepted(specification, day)
    if counted is None:
        extant = _(" or ").join(one.name for one in book.extant(day)) or _("nothing")
        words = _("Equipment made to {name} may not be fitted on {day}; what may be is {extant}.")
        told = words.format(name=specification.name, day=day, extant=extant)
        return Ruling("not-extant", Standing.MUST_NOT, label, told, source=source)
    if counted is not specification:
        words = _("{name} is not in force before {since}; it satisfies {counted} besides, and is fitted by that.")
        told = words.format(name=specification.name, since=specification.since, counted=counted.name)
        return Ruling("early", Standing.MAY, label, told, source=source)
    words = _("{name} is in force on {day}.")
    return Ruling("extant", Standing.MAY, label, words.format(name=specification.name, day=day), source=source)


def complies(one: Installed) -> Specification | None:
    """The specification by which what is there complies for life: one of the day it was fitted (ASR-13); None where it
    does by none, or nobody says when it was fitted."""
    specification = rule_book().specification(one.specification)
    if specification is None or one.fitted is None:
        return None
    return rule_book().accepted(specification, one.fitted)


def advanced_may_stay(job: Job) -> bool:
    """Whether an advanced meter is there that its customer may keep (CON-12)."""
    return not job.domestic and any(_kept_by_right(one) for one in job.about.installed)


def _kept_by_right(one: Installed) -> bool:
    before: date = rule_book().rule("advanced").values["before"]
    days = [day for day in (one.fitted, one.contract) if day is not None]
    return one.specification == ADVANCED and any(day < before for day in days)


def _installed(job: Job, one: Installed, day: date) -> Iterator[Ruling]:
    label = _label(one.type)
    if one.specification == ADVANCED:
        yield _advanced(job, one, label)
    elif one.specification == SMART_TYPE:
        words = _("Smart-type: made to no SMETS, so it does not count as a smart meter.")
        yield Ruling("smart-type", Standing.CARE, label, words, "extant")
    elif generation(one.specification):
        yield _by_its_day(one, label, day)
        yield from _updates(job, one, label, day)
    if one.type in METERS and one.fitted is not None:
        yield _life(job, one, label, day)


def _advanced(job: Job, one: Installed, label: str) -> Ruling:
    before: date = rule_book().rule("advanced").values["before"]
    if job.domestic:
        words = _(
            "An advanced meter in a home: only businesses may keep theirs. Ask the desk whether the class is right."
        )
        return Ruling("advanced-home", Standing.CARE, label, words, "advanced")
    if _kept_by_right(one):
        words = _(
            "An advanced meter, fitted or contracted for before {before}: the customer may keep it. Ask before it is "
            "exchanged; kept, the site is exempt."
        )
        return Ruling("advanced-may-stay", Standing.CARE, label, words.format(before=before), "advanced")
    if one.fitted is None:
        words = _(
            "An advanced meter; the job does not say when it was fitted. Before {before}, the customer may keep it."
        )
        return Ruling("advanced-unknown", Standing.CARE, label, words.format(before=before), "advanced")
    words = _(
        "An advanced meter, fitted {fitted} and under no contract from before {before}: it does not stay by right."
    )
    told = words.format(fitted=one.fitted, before=before)
    return Ruling("advanced-goes", Standing.MAY, label, told, "advanced")


def _by_its_day(one: Installed, label: str, day: date) -> Ruling:
    """By the specification of the day that it was fitted, for life (ASR-13, ASR-16, ASR-17)."""
    own, counted = rule_book().specification(one.specification), complies(one)
    if own is None or one.fitted is None:
        words = _(
            "{name}; the job does not say when it was fitted, so nobody can tell by which specification it stands."
        )
        return Ruling("fitted-unknown", Standing.CARE, label, words.format(name=one.specification), "extant")
    said = f"{rule_book().rule('extant').label}; {own.rule.label}"
    if counted is None:
        words = _(
            "{name}, fitted {fitted}, when that was not in force and nothing that it satisfies was: it does not count."
        )
        against = words.format(name=one.specification, fitted=one.fitted)
        return Ruling("not-compliant", Standing.CARE, label, against, source=said)
    words = _("{name}, fitted {fitted}: it follows {counted}, in force on that day, for life, and stays.")
    told = [words.format(name=one.specification, fitted=one.fitted, counted=counted.name)]
    if counted is not own:
        told.append(_("Fitted early: {name} satisfies {counted} besides.").format(name=own.name, counted=counted.name))
    if not own.extant(day) and own.since <= day:
        told.append(_("New ones of {name} are fitted no more; this one counts still.").format(name=own.name))
    return Ruling("compliant", Standing.MAY, label, " ".join(told), source=said)


def _updates(job: Job, one: Installed, label: str, day: date) -> Iterator[Ruling]:
    """Updates that came after it was fitted bind it too (CHR-10)."""
    name = generation(one.specification)
    for update in rule_book().updates_of(training=job.training):
        if update.specification != name or one.type not in update.types or day < update.since:
            continue
        if update.id in one.updates:
            words = _("The update {id} of {since}, which holds for what was fitted before too, was applied.")
            told = words.format(id=update.id, since=update.since)
            yield Ruling("updated", Standing.MAY, label, told, source=update.rule.label)
        elif day <= update.due:
            words = _("The update {id} of {since} holds for it too, and is due by {due}.")
            told = words.format(id=update.id, since=update.since, due=update.due)
            yield Ruling("update-due", Standing.CARE, label, told, source=update.rule.label)
        else:
            words = _(
                "The update {id} was due by {due} and was not applied: it does not comply until it is. Tell the desk."
            )
            told = words.format(id=update.id, due=update.due)
            yield Ruling("update-late", Standing.CARE, label, told, source=update.rule.label)


def _years_on(day: date, years: int) -> date:
    """So many years later; of 29 February the day before March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _life(job: Job, one: Installed, label: str, day: date) -> Ruling:
    """Until when it may be in service, and how often the rules have changed meanwhile (EDG-11)."""
    assert one.fitted is not None
    short, long = rule_book().rule("life").values["years"]
    ends = [_years_on(one.fitted, years) for years in (short, long)]
    changes = [when for when in rule_book().days(training=job.training) if one.fitted < when <= day]
    words = _("In service since {fitted}; {short} years end {first}, {long} years {last}.")
    told = [words.format(fitted=one.fitted, short=short, long=long, first=ends[0], last=ends[1])]
    if changes:
        since = ngettext(
            "The rules have changed {count} time since: {days}.",
            "The rules have changed {count} times since: {days}.",
            len(changes),
        )
        told.append(since.format(count=len(changes), days=", ".join(map(str, changes))))
    if ends[1] < day:
        told.append(_("It is past both: ask the desk why it still hangs."))
    standing = Standing.CARE if ends[1] < day else Standing.MAY
    label = _("{device}: service life").format(device=label)
    return Ruling("life", standing, label, " ".join(told), "life")


def _to_fit(job: Job, type_name: str, text: str, day: date) -> Iterator[Ruling]:
    """Of what the visit brings along."""
    from hht.work.walkthrough import load_walkthrough

    specification = rule_book().specification(text)
    if specification is not None and type_name in load_walkthrough(job.walkthrough).from_van:
        yield may_fit(specification, day)


def _retrofit(job: Job) -> Iterator[Ruling]:
    """Compliant equipment is changed in service in exceptional circumstances alone (CHR-11)."""
    label, why = _("Retrofit"), job.about.retrofit
    if why is None:
        return
    if why.reason == "newer-specification":
        words = _("Installed equipment that complies is not changed because a newer specification is in force.")
        yield Ruling("retrofit-not-exceptional", Standing.MUST_NOT, label, words, "retrofit")
    elif not why.outweighs:
        words = _("The reason given is {reason}, and its loss does not outweigh the cost: that is not exceptional.")
        told = words.format(reason=_reason_words(why.reason))
        yield Ruling("retrofit-not-exceptional", Standing.MUST_NOT, label, told, "retrofit")
    else:
        words = _("Exceptional: {reason}, and the loss that threatens outweighs the cost.")
        told = words.format(reason=_reason_words(why.reason))
        yield Ruling("retrofit-exceptional", Standing.CARE, label, told, "retrofit")


def _reason_words(reason: str) -> str:
    return {"security-threat": _("a threat to security"), "safety": _("safety")}.get(reason, _("another reason"))


def generation_of(job: Job) -> str:
    """What the meters are made to once the visit has been: "SMETS1", "SMETS2", or "" where the job does not say."""
    told = [text for type_name, text in job.about.specifications if type_name in METERS]
    told += [one.specification for one in job.about.installed if one.type in METERS]
    return next((name for name in map(generation, told) if name), "")


def _label(type_name: str) -> str:
    kind = device_kind(type_name)
    return kind[:1].upper() + kind[1:]


def _later_conditions(job: Job) -> Iterator[Ruling]:
    """Of PPMIDs, switches and alternative HANs: conditions of SMETS2 and later alone (S1E-33)."""
    name, made = generation_of(job), dict(job.about.specifications)
    if not name:
        return
    for type_name in rule_book().rule("later-conditions").values["types"]:
        if job.device(type_name) is not None:
            yield _condition(type_name, name, made.get(type_name, ""))
    if job.building in rule_book().rule("shared-site").values["buildings"]:
        words = _("The licence conditions on an alternative HAN apply: the meters are {name}.")
        if name == "SMETS1":
            words = _("No licence condition on an alternative HAN applies: the meters are {name}.")
        yield Ruling("alternative-han", Standing.MAY, _("Alternative HAN"), words.format(name=name), "later-conditions")


def _condition(type_name: str, name: str, made: str) -> Ruling:
    label, own = _label(type_name), generation(made)
    if own and own != name:
        words = _("It is made to {own}, and the meters to {name}: the two are defined separately, and do not join.")
        return Ruling("defined-apart", Standing.MUST_NOT, label, words.format(own=own, name=name), "later-conditions")
    if name == "SMETS2":
        words = _("Its licence conditions apply: the meters are {name}.")
        return Ruling("conditions-apply", Standing.MAY, label, words.format(name=name), "later-conditions")
    if type_name == "prepayment-interface":
        words = _("Its licence conditions do not apply: the meters are {name}, whose PPMID is defined separately.")
    else:
        words = _("Its licence conditions do not apply: the meters are {name}.")
    standing = Standing.MAY if own or type_name != "prepayment-interface" else Standing.CARE
    told = words.format(name=name)
    if standing is Standing.CARE:
        told += " " + _("The job does not say that this one is made to {name}: look at its label.").format(name=name)
    return Ruling("conditions-not", standing, label, told, "later-conditions")
