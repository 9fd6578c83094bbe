"""The watch of a load step: turn after turn by a probe's reads or by counted flashes, and what is drawn of it.

Nobody's supply is switched: a person plugs an appliance in and pulls it out, in the customer's own premises. Time is
the meter's own, by its clock, where a probe reads it. Of a neighbour's meter flashes are counted from the outside, and
what they come to is never kept as energy: only what was weighed is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from hht.client.api import Meter, RegisterReading
from hht.i18n import _
from hht.work.items import ItemSpec
from hht.work.load_step import Reading, Turn, Verdict, Weighed, turn_s, weigh
from hht.work.step import StepContext, StepError
from hht.work.view import Fact, Question, QuestionKind, Tone

MOST_TURNS: Final = 36  # of rest and of running, one after the other: then it is enough, whatever is known
# Longer than the shortest turn by so much, unevenly: no appliance's own cycle keeps step with that.
REST_EXTRA: Final = (1.0, 1.0, 1.3, 1.15, 1.05, 1.4, 1.2)
COUNTS: Final = 2  # of flashes, one after the other in each turn, where they are counted by eye
LOOK_S: Final = 3.0  # between reads
ON, OFF, RAN, FLASHES = "on", "off", "ran", "flashes"
DRAWN: Final = "load-step"  # the kind of the picture
_IMPORTS: Final = ("1-0:1.8.0", "1-20:1.8.0")  # the second: of a meter's other element
_EXPORT: Final = "1-0:2.8.0"


class LoadWatch:
    """One watch of one meter. `rated_w`: of the appliance; `flash_wh`: the energy of one flash, None where a probe
    reads the register."""

    def __init__(self, ctx: StepContext, rated_w: float, flash_wh: float | None) -> None:
        self._ctx, self._rated_w, self._flash_wh = ctx, rated_w, flash_wh
        self._resolution_wh = flash_wh or 1.0
        self._turns: list[Turn] = []
        self._until_s = 0.0  # of the last count of flashes

    async def watched(self) -> Weighed:
        """What it came to, once it is decided or there were turns enough. Raises StepError where the load is not
        switched or home generation makes the register useless, and what reading raises."""
        weighed = weigh((), self._rated_w, self._resolution_wh)
        for number in range(MOST_TURNS):
            turn = await self._turn(number, bool(number % 2))
            if turn is not None:
                self._turns.append(turn)
                weighed = weigh(self._turns, self._rated_w, self._resolution_wh)
                self._ctx.show(self._shown(weighed))
            if weighed.decided:
                break
        return weighed

    def _shown(self, weighed: Weighed) -> tuple[Fact, ...]:
        """What it comes to so far; of a neighbour's meter the verdict alone."""
        if any(item.neighbours for item in self._ctx.spec.items):
            return watch_facts(weighed, sealed=True)
        return (*watch_facts(weighed), picture(weighed, self._rated_w))

    async def _turn(self, number: int, on: bool) -> Turn | None:
        """One turn; None where the load did not run through it, as the person says."""
        await self._switched(on)
        lasts_s = turn_s(self._rated_w, self._resolution_wh) * REST_EXTRA[number % len(REST_EXTRA)]
        found = await (self._counted(lasts_s) if self._flash_wh is not None else self._read(lasts_s))
        if (
            on
            and await self._confirm(RAN, _("Did it run all that time, and draw (a glow, a fan, its own lamp)?")) == "no"
        ):
            return None
        return Turn(on, tuple(found))

    async def _switched(self, on: bool) -> None:
        words = (
            _("Plug the appliance in and switch it on, here in the customer's home. Does it run?")
            if on
            else _("Is the appliance off, and everything else at home left alone?")
        )
        if await self._confirm(ON if on else OFF, words) == "no":
            raise StepError(
                _("The load was not switched."),
                remedy=_("Try another socket or appliance in the same home; or choose Can't do this."),
                code="load-not-switched",
            )

    async def _confirm(self, name: str, words: str) -> str:
        question = Question(f"{self._ctx.spec.id}/{name}", QuestionKind.CONFIRM, words, again=True)
        return await self._ctx.put(question)

    async def _read(self, lasts_s: float) -> list[Reading]:
        """The register, read by the probe until the meter's own clock says that it was long enough."""
        meter, found = await self._ctx.meter(), list[Reading]()
        while True:
            found.append(await self._reading(meter))
            lasted = found[-1].at_s - found[0].at_s
            self._ctx.progress(round(min(lasted, lasts_s)), round(lasts_s))
            if lasted >= max(lasts_s, turn_s(self._rated_w, self._resolution_wh)):
                return found
            await asyncio.sleep(LOOK_S)

    async def _reading(self, meter: Meter) -> Reading:
        clock = await meter.read_clock()
        registers = {one.obis.removesuffix(".255"): one for one in await meter.read_registers()}
        energy = [registers[name] for name in _IMPORTS if name in registers and registers[name].value is not None]
        if not energy:
            raise StepError(
                _("The meter shows no import register."),
                remedy=_("Choose Can't do this, and count its flashes instead."),
                code="no-energy-register",
            )
        self._resolution_wh = max(self._resolution_wh, *map(_last_digit_wh, energy))
        export = registers.get(_EXPORT)
        net = sum(map(_wh, energy)) - (_wh(export) if export is not None and export.value is not None else 0.0)
        return Reading(clock.time.timestamp(), net)

    async def _counted(self, lasts_s: float) -> list[Reading]:
        """Flashes that a person counts, a number of times one after the other."""
        assert self._flash_wh is not None
        seconds = round(lasts_s / COUNTS)
        at_s = self._until_s + seconds
        wh, found = 0.0, [Reading(at_s, 0.0)]
        item = flashes_item(self._ctx.spec.items)
        for number in range(COUNTS):
            words = _("flashes within {seconds} s; count {number} of {total}")
            self._ctx.show((Fact(_("Count now"), words.format(seconds=seconds, number=number + 1, total=COUNTS)),))
            asked = item.question(self._ctx.spec.id, {}, again=True)
            wh += int(Decimal(await self._ctx.put(asked))) * self._flash_wh
            at_s += seconds
            found.append(Reading(at_s, wh))
        self._until_s = at_s
        return found


def flashes_item(items: Sequence[ItemSpec]) -> ItemSpec:
    """The item of a step by which flashes are counted."""
    return next(item for item in items if item.id == FLASHES)


def _wh(reading: RegisterReading) -> float:
    assert reading.value is not None
    return float(reading.value) * (1.0 if reading.unit == "Wh" else 1000.0)


def _last_digit_wh(reading: RegisterReading) -> float:
    assert reading.value is not None
    exponent = reading.value.as_tuple().exponent
    digit = 10.0 ** (exponent if isinstance(exponent, int) else 0)
    return min(1000.0, digit * (1.0 if reading.unit == "Wh" else 1000.0))


# --- what people see


def verdict_words(verdict: Verdict) -> str:
    """A verdict as a sentence."""
    return {
        Verdict.THIS_METER: _("this meter counts the load: it is the customer's"),
        Verdict.ELSEWHERE: _("this meter does not count the load: the home hangs on another one"),
        Verdict.NEIGHBOURS: _("the neighbour's meter counts the customer's load: the two are crossed"),
        Verdict.NOT_ENOUGH: _("not enough evidence"),
    }[verdict]


def watch_facts(weighed: Weighed, *, sealed: bool = False) -> tuple[Fact, ...]:
    """What a watch came to; `sealed`: of a neighbour's meter, of which nothing that was counted is shown."""
    tone = {Verdict.THIS_METER: Tone.GOOD, Verdict.ELSEWHERE: Tone.WARN}.get(weighed.verdict, Tone.PLAIN)
    words = verdict_words(weighed.verdict)
    if sealed:
        told = {Verdict.THIS_METER: _("it counts the load"), Verdict.ELSEWHERE: _("it does not count the load")}
        words = told.get(weighed.verdict, words)
    facts = (
        Fact(_("Verdict"), words, tone),
        Fact(_("Turns"), _("{on} with the load, {off} without").format(on=weighed.turns[0], off=weighed.turns[1])),
        Fact(_("Evidence"), evidence_words(weighed)),
    )
    if sealed:
        return facts
    return (*facts, Fact(_("Rises with the load by"), _("{watts:.0f} W").format(watts=weighed.watts)))


def evidence_words(weighed: Weighed) -> str:
    """How strongly the readings speak, and for what."""
    decades = abs(weighed.counts) / 2.302585
    for_it = (
        _("10^{power:.0f} to 1 that it counts the load")
        if weighed.counts > 0
        else _("10^{power:.0f} to 1 that it does not")
    )
    return for_it.format(power=decades)


def picture(weighed: Weighed, rated_w: float) -> Fact:
    """The load step, to be drawn: pieces in seconds from the first, average W."""
    first = weighed.pieces[0].from_s if weighed.pieces else 0.0
    pieces = [
        [round(one.from_s - first, 1), round(one.to_s - first, 1), round(one.watts), one.on] for one in weighed.pieces
    ]
    drawn = {"kind": DRAWN, "rated_w": rated_w, "pieces": pieces}
    return Fact(_("Watched for"), _("{seconds:.0f} s").format(seconds=pieces[-1][1] if pieces else 0), drawn=drawn)


def kept(weighed: Weighed) -> dict[str, Any]:
    """What stands in the record: the weights alone, and no reading."""
    return {
        "verdict": weighed.verdict.value,
        "counts": round(weighed.counts, 3),
        "other_size": round(weighed.other_size, 3),
        "turns": list(weighed.turns),
    }


def weighed_of(data: Mapping[str, Any]) -> Weighed | None:
    """What `kept` kept; None where the step was not done."""
    if "verdict" not in data:
        return None
    on, off = data["turns"]
    return Weighed(Verdict(data["verdict"]), data["counts"], data["other_size"], (on, off), (), 0.0)
