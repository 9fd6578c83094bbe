"""Read the lights of a hub: each LED's pattern as it is seen, and what the table says of it, verified or not."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

from hht.i18n import _
from hht.resources import resource_text
from hht.work.step import Action, StepContext, StepResult
from hht.work.view import Fact, Question, QuestionKind, Tone

_FAULT = "fault"


@cache
def _tables() -> list[dict[str, Any]]:
    tables: list[dict[str, Any]] = tomllib.loads(resource_text("catalogue", "hub_leds.toml"))["table"]
    return tables


async def read_lights(ctx: StepContext) -> StepResult:
    """What each light shows; a state that the table calls a fault is a warning, never a verdict."""
    table = _tables()[-1]  # the job does not say who made the hub: the table for any
    facts, data = [], {}
    for led, states in table["led"].items():
        patterns = {name: state for name, state in states.items() if isinstance(state, list)}
        prompt = _("The light {led} is").format(led=led)
        labels = tuple(f"{pattern}: {meaning}" for pattern, meaning in patterns.values())
        name = f"{ctx.spec.id}/{led.lower()}"
        seen = await ctx.put(Question(name, QuestionKind.CHOICE, prompt, tuple(patterns), labels=labels))
        meaning = patterns[seen][1]
        facts.append(Fact(led, meaning, Tone.WARN if seen == _FAULT else Tone.PLAIN))
        data[led] = seen
        ctx.show(tuple(facts))
    if not table["verified"]:
        facts.append(Fact(_("Table"), _("unverified ({source})").format(source=table["source"]), Tone.WARN))
    return StepResult(tuple(facts), data)


READ_LIGHTS = Action("read-lights", read_lights, only_asks=True)
