"""Read the lights of a hub: each LED's pattern as it is seen, and what the table says of it, verified or not."""

from __future__ import annotations

from hht.i18n import _
from hht.lights import led_table
from hht.work.step import Action, StepContext, StepResult
from hht.work.view import Fact, Question, QuestionKind, Tone

_FAULT, _DARK = "fault", "off"


async def read_lights(ctx: StepContext) -> StepResult:
    """What each light shows; a state that the table calls a fault is a warning, never a verdict, and so is a hub that
    shows no light at all."""
    table = led_table("", "")  # the job does not say who made the hub: the table for any
    facts, data = [], {}
    for led, (_colour, patterns) in table.leds.items():
        prompt = _("The light {led} is").format(led=led)
        labels = tuple(f"{pattern.name}: {meaning}" for pattern, meaning in patterns.values())
        name = f"{ctx.spec.id}/{led.lower()}"
        seen = await ctx.put(Question(name, QuestionKind.CHOICE, prompt, tuple(patterns), labels=labels))
        meaning = patterns[seen][1]
        facts.append(Fact(led, meaning, Tone.WARN if seen == _FAULT else Tone.PLAIN))
        data[led] = seen
        ctx.show(tuple(facts))
    if set(data.values()) == {_DARK}:
        words = _("No light is lit: the hub has no power, or is not seated. Seat it again and look once more.")
        facts.append(Fact(_("All dark"), words, Tone.WARN))
    if not table.verified:
        facts.append(Fact(_("Table"), table.label, Tone.WARN))
    return StepResult(tuple(facts), data)


def _lights() -> list[str]:
    """The names under which each light is asked for."""
    return [led.lower() for led in led_table("", "").leds]


READ_LIGHTS = Action("read-lights", read_lights, only_asks=True, asks_by_data=_lights)
