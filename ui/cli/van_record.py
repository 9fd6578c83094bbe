"""`hht van record` and `hht van tested`: what the product list says of a model, and what was tested together."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _
from ui.cli.common import DONE, FAILED, Output

if TYPE_CHECKING:
    from hht.work.products import Product
    from ui.van import Van, VanFacts


def show_record(args: argparse.Namespace, output: Output, van: Van) -> int:
    """The record of a model, group by group; with ``--space`` whether it fits there (status 1 where it does not)."""
    from hht.work.equipment_check import fits
    from hht.work.equipment_words import record_groups
    from hht.work.reasons import Standing
    from ui.van import room_mm

    facts = _facts(van)
    assert facts.products is not None
    products, rows = facts.products, van.rows(args.model)
    if not rows:
        raise HhtError(
            _("“{model}” stands neither on the product list nor on the van.").format(model=args.model[:80]),
            remedy=_("See the models: hht van tested; the devices: hht van list"),
            code="van-model",
        )
    bad = False
    tell_list(facts, output)
    for row in rows:
        for group in record_groups(row, products, facts.today):
            output.emit("group", f"\n{group.title}", name=group.name)
            for fact in group.facts:
                output.emit(
                    "fact",
                    f"  {fact.label}: {fact.value}",
                    group=group.name,
                    model=row.model,
                    firmware=row.firmware,
                    label=fact.label,
                    value=fact.value,
                    tone=fact.tone.value,
                )
        if args.space:
            told = fits(row, room_mm(args.space))
            bad = bad or told.standing is Standing.MUST_NOT
            output.emit("fit", told.words, model=row.model, code=told.code, ok=told.standing is Standing.MAY)
    output.emit("result", "", ok=not bad, models=len(rows))
    return FAILED if bad else DONE


def show_tested(_args: argparse.Namespace, output: Output, van: Van) -> int:
    """Hub by hub, which models of other types it was tested together with."""
    from hht.work.equipment_check import pairs_tested

    facts = _facts(van)
    assert facts.products is not None
    pairs = pairs_tested(facts.products)
    tell_list(facts, output)
    for one, other, reference in pairs:
        state = reference or _("not tested together: allowed, an extra layer is missing")
        text = f"{_name(one):<32} {_name(other):<32} {state}"
        output.emit("pair", text, one=one.model, other=other.model, tested=bool(reference), reference=reference)
    tested = sum(bool(reference) for _one, _other, reference in pairs)
    words = _("{tested} of {count} pairs of a hub and a device were tested together.")
    output.emit("result", words.format(tested=tested, count=len(pairs)), ok=True, tested=tested, pairs=len(pairs))
    return DONE


def _name(row: Product) -> str:
    return f"{row.words} {row.firmware}"


def tell_list(facts: VanFacts, output: Output) -> None:
    """What is to be known of the list itself: that it is over, or old."""
    for one in facts.about_list:
        output.emit("list", one.words, code=one.code, standing=one.standing.value)


def _facts(van: Van) -> VanFacts:
    facts = van.facts()
    if facts.products is None:
        raise HhtError(
            _("No product list is kept."),
            remedy=_("Take one in: hht van products FILE"),
            code="no-product-list",
        )
    return facts
