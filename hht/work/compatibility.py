"""May this device be installed here, today? A verdict with its reasons in words, from the product list and the device.

What is looked at: whether the list is still good, its age, the model's row and firmware, its assurance certificate, the
validity period of its specification, the record of its model (`hht.work.equipment_check`), the device's own
certificate, and whether it fits the job (type, elements or phases, the hub of the region). The limits are data
(`resources/catalogue/compatibility.toml`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from hht.i18n import _, ngettext
from hht.resources import resource_text
from hht.work.devices import device_kind, shown
from hht.work.equipment import Level
from hht.work.equipment_check import record_reasons
from hht.work.reasons import Reason, Standing
from hht.work.rule_book import rule_book
from hht.work.van import VanDevice, variant_words

LIST_ENDS: Final = frozenset({"list-over", "list-no-end"})  # of a list that is not good any more, or never ends
OUTSIDE: Final = "outside-dcc"  # the walkthrough of a site that the DCC does not serve

if TYPE_CHECKING:
    from hht.work.job import Job, JobDevice
    from hht.work.products import Product, ProductList, Validity


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of a device, worst first."""

    reasons: tuple[Reason, ...]

    @property
    def standing(self) -> Standing:
        """The worst of them."""
        return self.reasons[0].standing

    @property
    def words(self) -> str:
        """All that speaks against it, or that nothing does."""
        return " ".join(reason.words for reason in self.reasons)

    @property
    def codes(self) -> frozenset[str]:
        """The codes of the reasons."""
        return frozenset(reason.code for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Need:
    """What a job needs at one place. `variants`: those that fit, () where any does; `guessed`: they are a guess."""

    type: str
    variants: tuple[str, ...] = ()
    guessed: bool = False
    region: str = ""  # of a hub: which one it has to be for
    prepayment: bool = False
    outside: bool = False  # the DCC does not serve the site
    transformers: bool = False  # current transformers stand before the meter
    device_id: str = field(default="", repr=False)  # the one that the job names


@dataclass(frozen=True, slots=True)
class Rules:
    """The limits, as the catalogue has them. Days."""

    warn_age: int
    stop_age: int
    soon_assurance: int
    soon_validity: int
    soon_certificate: int
    no_row: frozenset[str]
    row_of: Mapping[str, str]
    regions: Mapping[str, tuple[str, ...]]
    usual_region: Mapping[str, str]  # first two digits of an MPAN -> region


@cache
def rules() -> Rules:
    """Those of the catalogue."""
    return rules_of(tomllib.loads(resource_text("catalogue", "compatibility.toml")))


def rules_of(plain: Mapping[str, Any]) -> Rules:
    """Those of a catalogue that was read."""
    age, soon, regions = plain["list_age_days"], plain["soon_days"], plain["region"]
    return Rules(
        age["warn"],
        age["stop"],
        soon["assurance"],
        soon["validity"],
        soon["certificate"],
        frozenset(plain["no_row"]["types"]),
        dict(plain["row_of"]),
        {name: tuple(variants) for name, variants in regions.items()},
        {digits: name for name in regions for digits in plain["usual_region"].get(name, ())},
    )


def need_of(job: Job, device: JobDevice, by: Rules | None = None) -> Need:
    """What the job needs in the place of that device of it."""
    by = by or rules()
    variant = getattr(device, "variant", "")
    if device.type == "communications-hub":
        region = job.region or by.usual_region.get(str(job.meter.mpan)[:2], "")
        variants = by.regions.get(region, ())
        return Need(device.type, variants, not job.region, region, device_id=str(device.device_id))
    return Need(
        device.type,
        (variant,) if variant else (),
        device_id=str(device.device_id),
        prepayment=job.payment_mode == "prepayment",
        outside=job.walkthrough == OUTSIDE,
        transformers=bool(job.transformers),
    )


def verdict(
    device: VanDevice, need: Need, products: ProductList | None, on: date, today: date, by: Rules | None = None
) -> Verdict:
    """Whether `device` may be installed on the day `on` in the place `need`; the list's age counts to `today`."""
    by = by or rules()
    reasons = [*_fit(device, need), *_own_certificate(device, on, by)]
    if device.type not in by.no_row:
        reasons += _listed(device, need, products, on, today, by) if products is not None else [_no_list()]
    weight = list(reversed(Standing))
    reasons.sort(key=lambda reason: weight.index(reason.standing))
    return Verdict(tuple(reasons) or (Reason("fits", Standing.MAY, _("It may be installed.")),))


def unknown_device(products: ProductList | None, today: date, by: Rules | None = None) -> Verdict:
    """Of a device that is not on the van: its model is not known, and cannot be looked up. What there is to know
    of the list is told, and forbids nothing here: whatever the list says, it was not asked."""
    said = _("Nothing is known of its model: it was not scanned onto the van, so the product list cannot be asked.")
    of_list = list_reasons(products, today, today, by) if products is not None else ()
    told = (replace(one, standing=Standing.CARE) for one in of_list)
    return Verdict((Reason("not-on-van", Standing.CARE, said), *told))


def _no_list() -> Reason:
    return Reason("no-list", Standing.CARE, _("No product list is kept, so nobody knows whether it may be installed."))


def _fit(device: VanDevice, need: Need) -> Iterator[Reason]:
    if device.type != need.type:
        words = _("It is: {kind}. Needed is: {wanted}.")
        told = words.format(kind=device_kind(device.type), wanted=device_kind(need.type))
        yield Reason("wrong-type", Standing.MUST_NOT, told)
        return
    if not need.variants or device.variant in need.variants:
        return
    wanted = _(" or ").join(variant_words(one) for one in need.variants)
    if need.region:
        wanted = _("{variants} for the region {region}").format(variants=wanted, region=region_words(need.region))
    if not device.variant:
        words = _("Its variant is not known; needed is {wanted}.").format(wanted=wanted)
        yield Reason("variant-unknown", Standing.CARE, words)
        return
    words = _("It is {variant}; needed is {wanted}.").format(variant=variant_words(device.variant), wanted=wanted)
    if need.guessed:
        words = " ".join([words, _("The region is guessed from the MPAN: look it up.")])
    yield Reason("wrong-variant", Standing.CARE if need.guessed else Standing.MUST_NOT, words)


def region_words(region: str) -> str:
    """A region in words."""
    return {"north": _("North"), "central": _("Central"), "south": _("South")}.get(region, region)


def _own_certificate(device: VanDevice, on: date, by: Rules) -> Iterator[Reason]:
    until = device.certificate_until
    if until is not None and until < on:
        words = _("Its own certificate ended {day}: nobody could speak with it.").format(day=until)
        yield Reason("certificate-ended", Standing.MUST_NOT, words)
    elif until is not None and (until - on).days <= by.soon_certificate:
        words = _("Its own certificate ends {day}.").format(day=until)
        yield Reason("certificate-ends-soon", Standing.CARE, words)


def list_reasons(products: ProductList, on: date, today: date, by: Rules | None = None) -> tuple[Reason, ...]:
    """What is to be known of the list itself where it is relied upon `today` for the day `on`: its last day, its age.

    One that is over forbids what it forbade, and what it allows is told with that warning: whoever stands at a meter
    without signal has no other. (Its age stops them, at `stop_age`.)"""
    found = [_end(products, on, today), _age(products, today, by or rules())]
    return tuple(one for one in found if one is not None)


def _end(products: ProductList, on: date, today: date) -> Reason | None:
    if products.good_until is None:
        words = _("The product list does not say until when it is good: get one that does.")
        return Reason("list-no-end", Standing.CARE, words)
    if products.is_over(today):
        words = _(
            "The product list was good until {day}: that is over, and what it says may hold no more. Get the new one."
        )
        return Reason("list-over", Standing.CARE, words.format(day=products.good_until))
    if products.is_over(on):
        words = _("The product list is good until {day}, and this is for later: get the new one before.")
        return Reason("list-over-then", Standing.CARE, words.format(day=products.good_until))
    return None


def _age(products: ProductList, today: date, by: Rules) -> Reason | None:
    days = products.age_days(today)
    if days < 0:
        words = _("The product list was issued {day}, which is still to come: the clock of this computer is wrong.")
        return Reason("list-from-future", Standing.MUST_NOT, words.format(day=products.issued))
    if days <= by.warn_age:
        return None
    words = ngettext("The product list is {days} day old.", "The product list is {days} days old.", days)
    if days <= by.stop_age:
        return Reason("list-old", Standing.CARE, words.format(days=days))
    more = _("Older than {limit} days it decides nothing: get the new one.").format(limit=by.stop_age)
    return Reason("list-too-old", Standing.MUST_NOT, f"{words.format(days=days)} {more}")


def _listed(device: VanDevice, need: Need, products: ProductList, on: date, today: date, by: Rules) -> Iterator[Reason]:
    yield from list_reasons(products, on, today, by)
    if not device.model or not device.manufacturer:
        words = _("Its maker and model are not known, so the product list cannot be asked.")
        yield Reason("model-unknown", Standing.CARE, words)
        return
    rows = products.of_model(by.row_of.get(device.type, device.type), device.manufacturer, device.model)
    found = [row for row in rows if _is_row(row, device)]
    if not found:
        yield _missing(rows, device)
        return
    row = _in_force(found, on)
    yield from _row(row, device, on, by)
    validity = products.validity_of(row.specification)
    if row.level is Level.SMETS:
        yield from _validity(validity, row, on, by)
    if validity is None:  # the list's own period is nearer than the book's, whose days may be from memory
        yield from _extant(row, on)
    yield from record_reasons(row, need, str(device.device_id), on)


def _extant(row: Product, on: date) -> Iterator[Reason]:
    """Whether what it was made to is in force by the rule book, where the list says no period (ASR-16)."""
    from hht.work.fitted_rules import may_fit

    specification = rule_book().specification(row.specification)
    ruling = may_fit(specification, on) if specification is not None else None
    if ruling is not None and ruling.standing is Standing.MUST_NOT:
        yield Reason(ruling.code, ruling.standing, f"{ruling.words} [{ruling.said}]")


def listed_row(device: VanDevice, products: ProductList, on: date, by: Rules | None = None) -> Product | None:
    """The list's row of a device on that day; None where it has none, or its model is not known."""
    by = by or rules()
    rows = products.of_model(by.row_of.get(device.type, device.type), device.manufacturer, device.model)
    found = [row for row in rows if _is_row(row, device)]
    return _in_force(found, on) if found else None


def _in_force(found: list[Product], on: date) -> Product:
    return next((one for one in found if one.removed is None or on < one.removed), found[0])


def _is_row(row: Product, device: VanDevice) -> bool:
    hardware = not row.hardware or not device.hardware or row.hardware == device.hardware
    return hardware and row.firmware == (device.firmware or row.firmware)


def _missing(rows: tuple[Product, ...], device: VanDevice) -> Reason:
    if not rows:
        words = _("{model} is not on the product list.").format(
            model=f"{shown(device.manufacturer)} {shown(device.model)}"
        )
        return Reason("not-listed", Standing.MUST_NOT, words)
    listed = ", ".join(sorted({row.firmware for row in rows}))
    words = _("Its firmware {firmware} is not on the product list for this model; listed are {listed}.")
    told = words.format(firmware=device.firmware or "-", listed=listed)
    return Reason("firmware-not-listed", Standing.MUST_NOT, told)


def _row(row: Product, device: VanDevice, on: date, by: Rules) -> Iterator[Reason]:
    if row.removed is not None and row.removed <= on:
        words = _("It left the product list {day}.").format(day=row.removed)
        yield Reason("removed", Standing.MUST_NOT, words)
        return
    if on < row.listed_from:
        words = _("It is on the product list only from {day}.").format(day=row.listed_from)
        yield Reason("not-yet-listed", Standing.MUST_NOT, words)
    if not device.firmware:
        yield Reason("firmware-unknown", Standing.CARE, _("Its firmware is not known; the model is listed."))
    elif device.firmware_hash and row.firmware_hash and device.firmware_hash != row.firmware_hash:
        words = _("The hash of its firmware is not that of the product list: it is another image.")
        yield Reason("hash-differs", Standing.MUST_NOT, words)
    if not row.first_generation and row.level is Level.SMETS:  # S1E-03: blanks of a SMETS1 row are right
        yield from _assurance(row, on, by)


def _assurance(row: Product, on: date, by: Rules) -> Iterator[Reason]:
    if not row.certificate or row.certificate_until is None:
        words = _("The product list names no assurance certificate for it.")
        yield Reason("not-assured", Standing.MUST_NOT, words)
    elif row.certificate_until < on:
        words = _("Its assurance certificate {number} ended {day}.")
        told = words.format(number=shown(row.certificate), day=row.certificate_until)
        yield Reason("assurance-ended", Standing.MUST_NOT, told)
    elif (row.certificate_until - on).days <= by.soon_assurance:
        words = _("Its assurance certificate ends {day}.").format(day=row.certificate_until)
        yield Reason("assurance-ends-soon", Standing.CARE, words)
    if not row.gbcs_version:
        yield Reason("no-gbcs", Standing.MUST_NOT, _("The product list names no GBCS version for it."))


def _validity(validity: Validity | None, row: Product, on: date, by: Rules) -> Iterator[Reason]:
    """The installation validity period of the version that it was made to (S1E-12)."""
    version = shown(row.specification)
    if validity is None:
        words = _("The product list says no validity period for {version}.").format(version=version)
        yield Reason("validity-unknown", Standing.CARE, words)
    elif on < validity.install_from:
        words = _("Devices of {version} may be installed only from {day}.")
        yield Reason("validity-not-begun", Standing.MUST_NOT, words.format(version=version, day=validity.install_from))
    elif validity.install_until is not None and validity.install_until < on:
        words = _("Devices of {version} could be installed until {day}: that is over.")
        yield Reason("validity-ended", Standing.MUST_NOT, words.format(version=version, day=validity.install_until))
    elif validity.install_until is not None and (validity.install_until - on).days <= by.soon_validity:
        words = _("Devices of {version} may be installed until {day}.")
        yield Reason("validity-ends-soon", Standing.CARE, words.format(version=version, day=validity.install_until))
