"""Competence: what the engineer may do, from their wallet, or typed from the card they carry; it gates later steps."""

from __future__ import annotations

from datetime import date

from hht.i18n import _
from hht.work.actions.ask import ask
from hht.work.competence import Competence, kind_words
from hht.work.items import ItemSpec
from hht.work.step import Action, StepContext, StepResult
from hht.work.view import NOT_MEASURED, Fact, Tone
from hht.work.wallet import until_words


async def competence(ctx: StepContext) -> StepResult:
    """The step's items come in pairs KIND, KIND-until: the registration's number (or that there is none) and its last
    day.

    What the wallet holds is filled in. Of the kinds that are asked the answer counts, of others the wallet. An ended
    registration is written down as it is: the steps that need it refuse.
    Raises StepError where the item wants one that holds.
    """
    today = ctx.clock.now().date()
    asked = {item.id for item in ctx.spec.items}
    every = [one for one in ctx.wallet.competences if one.kind not in asked]
    items = {item.id: item for item in ctx.spec.items}
    data: dict[str, str] = {}
    for number in (item for item in ctx.spec.items if not item.id.endswith("-until")):
        found = await _asked(ctx, number, items[f"{number.id}-until"])
        data |= found
        if found[number.id] != NOT_MEASURED:
            until = date.fromisoformat(found[f"{number.id}-until"])
            since = ctx.wallet.since(number.id, found[number.id])
            every.append(Competence(number.id, found[number.id], until, since))
    facts = tuple(_fact(one, today) for one in every)
    return StepResult(facts, {**data, "competences": [one.as_plain() for one in every]})


async def _asked(ctx: StepContext, number: ItemSpec, until: ItemSpec) -> dict[str, str]:
    found = dict((await ask(ctx, (number,))).data)
    if found[number.id] != NOT_MEASURED:
        found |= (await ask(ctx, (until,))).data
    return found


def _fact(one: Competence, today: date) -> Fact:
    label = kind_words(one.kind)
    if one.until < today:
        return Fact(label, _("ended {day}").format(day=one.until), Tone.BAD)
    if not one.holds(today):
        return Fact(label, _("from {day}").format(day=one.since), Tone.BAD)
    near = until_words(one.until.isoformat(), today)
    return Fact(label, near or _("until {day}").format(day=one.until), Tone.WARN if near else Tone.GOOD)


COMPETENCE = Action("competence", competence, only_asks=True)
