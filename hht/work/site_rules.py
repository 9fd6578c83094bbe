"""What rules apply at this site to this job: who may work, whose the site is, what is due, and what may be fitted.

Pure: the job, the day and the other jobs of the terminal go in, rulings come out. Dates and sources are those of
`hht.work.rule_book`. A ruling that says MUST_NOT stops the visit at its first step; work without the supplier's
authority does not begin at all (`refuse_without_authority`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _
from hht.work.devices import device_kind, shown
from hht.work.fitted_rules import equipment_rulings
from hht.work.job_site import SiteClass
from hht.work.reasons import Standing
from hht.work.rule_book import rule_book, smaller_gas_below
from hht.work.ruling import Ruling, weighed
from hht.work.wan_attempts import WanAttempt, wan_ruling

if TYPE_CHECKING:
    from hht.work.job import Job

HUB = "communications-hub"


class NoAuthority(HhtError):
    """A job for which no supplier says that it may be done."""

    default_code = "no-authority"


class NotByTheRules(HhtError):
    """What the job asks for must not be done at this site."""

    default_code = "not-by-the-rules"


def rulings(job: Job, day: date, others: Iterable[Job] = (), attempts: Iterable[WanAttempt] = ()) -> tuple[Ruling, ...]:
    """Every rule that says something of the job on that day, the weightiest first. `attempts`: for its hub's WAN."""
    wan = wan_ruling(job, attempts)
    return weighed(
        (
            _access(job),
            *_class(job),
            *_shared(job),
            *_one_hub(job, others),
            *_hub_service(job),
            *_duty(job, day),
            *equipment_rulings(job, day),
            *((wan,) if wan is not None else ()),
            *_general(job),
        )
    )


def refuse_without_authority(job: Job) -> None:
    """Raise NoAuthority for live work that no supplier has authorised (ARC-08)."""
    ruling = _access(job)
    if ruling.standing is Standing.MUST_NOT:
        raise NoAuthority(
            ruling.words,
            remedy=_("Ask the desk to send job {reference} again, with the supplier and its authority.").format(
                reference=job.reference
            ),
        )


def refuse_what_must_not_be(told: Iterable[Ruling]) -> None:
    """Raise NotByTheRules where a ruling says that it must not be done."""
    against = [one for one in told if one.standing is Standing.MUST_NOT]
    if against:
        raise NotByTheRules(
            " ".join(f"{one.words} [{one.said}]" for one in against),
            remedy=_("Do not go on with this job: ring the desk, which corrects it; or choose Can't do this."),
            code=against[0].code,
        )


def _access(job: Job) -> Ruling:
    """Only the supplier has the customer, and the right to enter (ARC-08)."""
    label, given = _("Authority"), job.about.authority
    if given is None:
        words = _("The job names no supplier's authority, and nobody else has the right to enter.")
        return Ruling("no-authority", Standing.CARE if job.training else Standing.MUST_NOT, label, words, "access")
    words = _("{number} of {supplier}").format(number=given.number, supplier=shown(given.supplier))
    if job.party == "supplier" and given.supplier.casefold() != job.supplier.casefold():
        told = _("{words}, and {other} ordered the work: ask the desk whose customer it is.")
        other = shown(job.supplier) or _("nobody")
        return Ruling("authority-other", Standing.CARE, label, told.format(words=words, other=other), "access")
    return Ruling("authority", Standing.MAY, label, words, "access")


def site_class(job: Job) -> SiteClass | None:
    """As the job says it, else as profile class and use of gas have it; None where neither tells (ARC-11)."""
    return job.about.site_class or (None if job.domestic else _counted_class(job))


def _counted_class(job: Job) -> SiteClass | None:
    """Smaller where electricity or gas makes it so, larger where what is known of both does not."""
    profile, gas = job.meter.mpan.profile_class, job.about.gas_mwh
    smaller: list[str] = rule_book().rule("classes").values["smaller_profile_classes"]
    told = [profile in smaller] if profile and profile != "00" else []
    told += [gas < smaller_gas_below()] if gas is not None else []
    return None if not told else SiteClass.SMALLER if any(told) else SiteClass.LARGER


def _class(job: Job) -> Iterator[Ruling]:
    label, found, counted = _("Class of the site"), site_class(job), _counted_class(job)
    if found is None:
        return
    words = _("{name}: {duties}.").format(name=found.words, duties=_duties_words(found))
    measured = _measured_words(job)
    told = _("{words} By {measured}.").format(words=words, measured=measured) if measured else words
    yield Ruling("class", Standing.MAY, label, told, "classes")
    homes: list[str] = rule_book().rule("classes").values["domestic_profile_classes"]
    profile = job.meter.mpan.profile_class
    wrong = {
        SiteClass.SMALLER: counted is SiteClass.LARGER,
        SiteClass.LARGER: counted is SiteClass.SMALLER,
        SiteClass.DOMESTIC: bool(profile) and profile not in (*homes, "00"),
    }.get(found, False)
    if wrong:
        against = _("The job says {name}, and {measured} says otherwise: ask the desk before you go on.")
        yield Ruling(
            "class-doubtful", Standing.CARE, label, against.format(name=found.words, measured=measured), "classes"
        )


def _measured_words(job: Job) -> str:
    profile, gas = job.meter.mpan.profile_class, job.about.gas_mwh
    parts = [_("profile class {number}").format(number=profile)] if profile else []
    parts += [_("{mwh} MWh of gas a year").format(mwh=gas)] if gas is not None else []
    return ", ".join(parts)


def _duties_words(found: SiteClass) -> str:
    return {
        SiteClass.DOMESTIC: _("smart meters and a display are due, and what the customer can read of them"),
        SiteClass.MICRO_BUSINESS: _("smart meters are due, no display; what the customer can read is, where enrolled"),
        SiteClass.SMALLER: _("smart meters are due, no display; the supplier chooses whether by the DCC"),
        SiteClass.LARGER: _("no smart meter is due by the roll-out's rules"),
    }[found]


def _shared(job: Job) -> Iterator[Ruling]:
    """In blocks of flats suppliers work together (CON-11)."""
    label, shared = _("Shared site"), job.about.shared
    if shared is not None:
        names = ", ".join(map(shown, shared.suppliers))
        told = _("{notes} Other suppliers here: {names}.") if names else "{notes}"
        words = told.format(notes=" ".join(shared.notes.split()), names=names)
        yield Ruling("shared-site", Standing.CARE, label, words, "shared-site")
    elif job.building in rule_book().rule("shared-site").values["buildings"]:
        words = _(
            "A building with several customers, and no note of what the other suppliers have there: ask the desk."
        )
        yield Ruling("shared-site-unknown", Standing.MAY, label, words, "shared-site", general=True)


def _one_hub(job: Job, others: Iterable[Job]) -> Iterator[Ruling]:
    """Several customers' meters on one hub let one see what is another's (CH-15)."""
    hub, label = job.device(HUB), _("One hub, several customers")
    if hub is None:
        return
    for type_name, address in job.about.registered_at:
        if _folded(address) != _folded(job.address):
            words = _(
                "The {device} is registered at {address}, not here: on this hub it is another customer's, whose data "
                "could be read here."
            )
            told = words.format(device=device_kind(type_name), address=shown(address))
            yield Ruling("hub-shared", Standing.CARE, label, f"{told} {_before_joining()}", "one-hub")
    for other in others:
        same = other.device(HUB)
        if same is not None and same.device_id == hub.device_id and _folded(other.address) != _folded(job.address):
            words = _(
                "Job {reference}, at another address, has the same hub: its customer's data could be read here, and "
                "this one's there."
            )
            told = words.format(reference=other.reference)
            yield Ruling("hub-shared", Standing.CARE, label, f"{told} {_before_joining()}", "one-hub")


def _before_joining() -> str:
    return _("Have nothing join before the desk has settled it.")


def _folded(address: str) -> str:
    return "".join(character for character in address.casefold() if character.isalnum())


def _hub_service(job: Job) -> Iterator[Ruling]:
    """At hubs suppliers do the work (ARC-17)."""
    from hht.work.walkthrough import load_walkthrough

    label = _("Work at the hub")
    if job.device(HUB) is None or HUB not in load_walkthrough(job.walkthrough).devices:
        return
    if job.party == "supplier":
        words = _("Fitting, field service and maintenance of the hub are the supplier's, whoever owns it.")
        yield Ruling("hub-supplier", Standing.MAY, label, words, "hub-service", general=True)
    elif job.about.exceptional:
        words = _("Ordered by no supplier, in exceptional circumstances: {why}")
        told = words.format(why=shown(job.about.exceptional))
        yield Ruling("hub-exceptional", Standing.CARE, label, told, "hub-service")
    else:
        words = _(
            "Ordered by no supplier, and no exceptional circumstance is named: field service at hubs is for suppliers."
        )
        yield Ruling("hub-not-supplier", Standing.MUST_NOT, label, words, "hub-service")


def _duty(job: Job, day: date) -> Iterator[Ruling]:
    """Since when what the customer can read is due (OLC-07, OLC-08)."""
    label, found, about = _("Duty on customer information"), site_class(job), job.about
    if found is SiteClass.MICRO_BUSINESS:
        if about.enrolled is None:
            words = _(
                "A micro-business is exempt unless it is enrolled with the DCC; the job does not say whether it is."
            )
            yield Ruling("duty-unknown", Standing.CARE, label, words, "duty")
        elif about.enrolled:
            yield Ruling("duty", Standing.MAY, label, _("Applies: a micro-business, enrolled with the DCC."), "duty")
        else:
            words = _("Exempt: a micro-business that is not enrolled with the DCC.")
            yield Ruling("duty-exempt", Standing.MAY, label, words, "duty")
    elif found is SiteClass.DOMESTIC and about.installed:
        yield _duty_at_home(job, day)
    elif found in (SiteClass.SMALLER, SiteClass.LARGER):
        words = _("Does not apply: it is for homes and micro-businesses.")
        yield Ruling("duty-none", Standing.MAY, label, words, "duty")


def _duty_at_home(job: Job, day: date) -> Ruling:
    """What another had fitted is the licensee's duty from enrolment on, or from the rule's day if that is earlier."""
    label, about = _("Duty on customer information"), job.about
    begins: date = rule_book().rule("duty").values["others_from"]
    if any(one.by_supplier is not False for one in about.installed):
        words = _("Applies: the supplier had the system fitted, or the job does not say that another did.")
        return Ruling("duty", Standing.MAY, label, words, "duty")
    if about.enrolled and about.enrolled_since is not None and about.enrolled_since < begins:
        begins = about.enrolled_since
    if begins > day and about.enrolled and about.enrolled_since is None:
        words = _("Applies: fitted by another supplier, and enrolled; the job does not say since when.")
        return Ruling("duty", Standing.MAY, label, words, "duty")
    if begins <= day:
        words = _("Applies: fitted by another supplier, and due since {begins}, by enrolment or by the rule itself.")
        return Ruling("duty", Standing.MAY, label, words.format(begins=begins), "duty")
    words = _("Not yet: fitted by another supplier. It begins with enrolment, at the latest {begins}.")
    return Ruling("duty-later", Standing.MAY, label, words.format(begins=begins), "duty")


def _general(job: Job) -> Iterator[Ruling]:
    """What is so at every site (CHR-04)."""
    supplier = job.supplier or _("the supplier")
    costs = _("They lie where they fall, with {supplier}: nothing of this visit is charged on to anybody.")
    yield Ruling("costs", Standing.MAY, _("Costs"), costs.format(supplier=supplier), "costs", general=True)
    premises = _("{supplier} answers for installation, test from end to end and maintenance of all that hangs here.")
    yield Ruling(
        "premises", Standing.MAY, _("Who answers"), premises.format(supplier=supplier), "premises", general=True
    )
