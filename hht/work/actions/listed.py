"""What a step says of the product list that it relies on."""

from __future__ import annotations

from hht.i18n import _
from hht.work.products import ProductList
from hht.work.step import StepContext
from hht.work.view import Fact, Tone


def list_facts(ctx: StepContext, products: ProductList | None) -> tuple[Fact, ...]:
    """Whether the list is still good, and its age; nothing where there is nothing to know, or no list."""
    reasons = ctx.van.about(products) if ctx.van is not None and products is not None else ()
    return tuple(Fact(_("Product list"), reason.words, Tone.WARN) for reason in reasons)
