"""Competence: what the engineer may do, from their wallet, or typed from the card they carry; it gates later steps."""

from __future__ import annotations

from hht.i18n import _
from hht.work.actions.ask import ask
from hht.work.competence import Competence, kind_words
from hht.work.items import ItemSpec
from hht.work.step import Action, StepContext, StepResult
from hht.work.view import NOT_MEASURED, Fact, Tone


async def competence(ctx: StepContext) -> StepResult:
    """The step's items come in pairs KIND, KIND-until: the registration's number (or that there is none) and its last
    day.

    What the wallet holds is not asked. An ended registration is written down as it is: the steps that need it refuse.
    Raises StepError where the item wants one that holds.
    """
    today = ctx.clock.now().date()
    every = [one for one in ctx.wallet if one.until >= today]
    items = {item.id: item for item in ctx.spec.items}
    data: dict[str, str] = {}
    for number in (item for item in ctx.spec.items if not item.id.endswith("-until")):
        if any(one.kind == number.id for one in every):
            continue
        found = await _asked(ctx, number, items[f"{number.id}-until"])
        data |= found
        if found[number.id] != NOT_MEASURED:
            until = found[f"{number.id}-until"]
            every.append(Competence.from_plain({"kind": number.id, "number": found[number.id], "until": until}))
    facts = tuple(_fact(one, ended=one.until < today) for one in every)
    return StepResult(facts, {**data, "competences": [one.as_plain() for one in every]})


async def _asked(ctx: StepContext, number: ItemSpec, until: ItemSpec) -> dict[str, str]:
    found = dict((await ask(ctx, (number,))).data)
    if found[number.id] != NOT_MEASURED:
        found |= (await ask(ctx, (until,))).data
    return found


def _fact(one: Competence, *, ended: bool) -> Fact:
    words = _("ended {day}") if ended else _("until {day}")
    return Fact(kind_words(one.kind), words.format(day=one.until), Tone.BAD if ended else Tone.GOOD)


COMPETENCE = Action("competence", competence, only_asks=True)
