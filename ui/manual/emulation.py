"""What the terminal can be trained and tested against: every premises, every fault, every label format."""

from __future__ import annotations

from collections.abc import Iterator

from hht.i18n import _
from hht.model.faults import failures, fault_kinds
from hht.model.premises import available_premises, read_premises
from hht.scan.formats import built_in
from ui.manual.page import Page


def pages() -> Iterator[Page]:
    """Premises, faults and label formats."""
    yield _premises()
    yield _faults()
    yield _labels()


def _premises() -> Page:
    page = Page("premises", _("Emulated premises"))
    page.text(_("As a link: emulated:NAME. In the window: Ctrl+4."))
    for name in available_premises():
        plan = read_premises(name)
        page.head(f"{name}: {plan.title_words}", level=3, anchor=name)
        page.text(plan.description_words)
        page.table(
            (_("device"), _("kind"), _("Device ID"), _("model")),
            ((one.name, one.kind.value, one.identity.device_id, one.identity.model) for one in plan.devices),
        )
    return page


def _faults() -> Page:
    page = Page("faults", _("Faults that can be switched on"))
    page.text(_("As a link: emulated:dual-fuel?fault=NAME@DEVICE. Each with what is seen of it, and what cures it."))
    for name, kind in fault_kinds().items():
        page.head(f"{name}: {kind.title}", level=3, anchor=name)
        page.told(_("Seen:"), kind.symptom)
        page.told(_("Cured by:"), kind.remedy)
        page.told(_("Stays when it is over:"), kind.stays)
        page.told(_("At:"), ", ".join(sorted(one.value for one in kind.devices)) or _("the premises as a whole"))
        if kind.amount is not None:
            low_high = _("{low} to {high} {unit}, usually {usual}")
            some = kind.amount
            page.told(_("How much:"), low_high.format(low=some.low, high=some.high, unit=some.unit, usual=some.usual))
        page.items(f"{row}: {_(failures()[row])}" for row in kind.failures)
    return page


def _labels() -> Page:
    page = Page("labels", _("Label formats"))
    page.table(
        (_("format"), _("how it is read"), _("what it holds"), _("source")),
        (
            (
                f"{one.title} ({one.name})",
                one.kind,
                ", ".join(sorted({str(kind) for kind, _value in one.samples[0].values})),
                one.source if one.verified else _("{source} (unverified)").format(source=one.source),
            )
            for one in built_in()
        ),
    )
    return page
