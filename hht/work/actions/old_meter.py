"""The meter that comes off, held against what the job says of it: another serial number is decided on before anything
is isolated, and a reading that cannot well be is asked about once more. Nothing is mended."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from hht.i18n import _
from hht.work.devices import same_serial
from hht.work.items import ItemSpec
from hht.work.job import Job, OldMeter
from hht.work.step import StepContext, StepError
from hht.work.view import Question, QuestionKind
from hht.work.walkthrough import DIFFERS

_PREMISES: Final = "wrong-premises"
_AGAIN: Final = "again"


def known_old_meter(job: Job, item: ItemSpec) -> OldMeter | None:
    """What the job says of the meter that the item is about; None where it says nothing."""
    return next((old for old in job.old_meters if old.fuel == item.old), None)


async def meant_serial(ctx: StepContext, item: ItemSpec, value: str) -> bool:
    """Whether the serial number is to stay as it was given: as the job's, or another meter's by a person's choice;
    False: it is asked again. Raises StepError ``old-meter-differs`` where these may be the wrong premises."""
    known = known_old_meter(ctx.job, item)
    if item.kind is not QuestionKind.SERIAL or known is None or same_serial(value, known.serial):
        return True
    words = _("The job says {said}, this meter is {value}. Nothing is isolated yet: which is it?")
    choices = {
        _PREMISES: _("These may be the wrong premises: compare the address, and ask the desk"),
        DIFFERS: _("Right premises, another meter: go on, “meter found differs” is put on record"),
        _AGAIN: _("Mistyped or misread: read it again"),
    }
    question = Question(
        f"{ctx.spec.id}/{item.id}-{DIFFERS}",
        QuestionKind.CHOICE,
        words.format(said=known.serial, value=value),
        tuple(choices),
        labels=tuple(choices.values()),
        again=ctx.visit.answers.get(f"{ctx.spec.id}/{item.id}-{DIFFERS}") == _AGAIN,
    )
    said = await ctx.put(question)
    if said == _PREMISES:
        raise StepError(
            _("The meter here is {value}, the job is about {said}.").format(said=known.serial, value=value),
            remedy=_("Isolate nothing. Compare the address, and ring the desk; try again, or choose Can't do this."),
            code="old-meter-differs",
        )
    return said == DIFFERS


def reading_doubt(job: Job, item: ItemSpec, value: str) -> str:
    """Why a reading cannot well be the meter's, in words; "" where nothing speaks against it."""
    known = known_old_meter(job, item)
    if item.kind is not QuestionKind.READING or known is None:
        return ""
    registers = value.split(",")
    lengths = [len(one.partition(".")[0]) for one in registers]
    odd = next((one for one in lengths if known.digits and one != known.digits), 0)
    if odd:
        words = _("{count} digits before the point; the job says that this meter has {digits}, leading zeros too")
        return words.format(count=odd, digits=known.digits)
    if known.reading and len(registers) == 1 and Decimal(value) < Decimal(known.reading):
        return _("lower than the last reading that is known, {reading}").format(reading=known.reading)
    return ""
