"""The survey before fitting: each proposed place predicted from distance and walls, then measured, then judged by a
person; and what the HAN is to be made of. Nothing is switched, joined or fitted."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hht.i18n import _
from hht.work.actions.ask import ask
from hht.work.items import ItemSpec
from hht.work.job import JobOther
from hht.work.progress import AT_BEST, REMARK
from hht.work.reach import (
    HIGH,
    LOW,
    MATERIALS,
    Heard,
    Option,
    Path,
    PlaceSeen,
    Reach,
    cost_words,
    heard_of,
    option_words,
    options_for,
    reach_by,
    recommended,
    survey_rules,
)
from hht.work.step import Action, StepContext, StepError, StepResult
from hht.work.survey_told import DRAWN, place_words
from hht.work.view import Fact, Outcome, Tone

PLACE = "place-"  # begins the ids of the steps that look at a place
THERE, FIT, BY, PLANNED = "there", "fit", "by", "planned"
NOT_PLANNED = "none"
_TONES = {Reach.SURE: Tone.GOOD, Reach.LIKELY: Tone.GOOD, Reach.DOUBTFUL: Tone.WARN, Reach.NO: Tone.BAD}


async def survey_place(ctx: StepContext) -> StepResult:
    """One place. Raises StepError where it is said to be fit and nothing speaks for it, and what the dongle's link
    raises."""
    items = {item.id: item for item in ctx.spec.items}
    if PLANNED in items:
        planned = await ask(ctx, (items[PLANNED],))
        if planned.data[PLANNED] == NOT_PLANNED:
            return planned
    way = await ask(ctx, _some(items, "distance", "between"))
    path = Path(Decimal(way.data["distance"]), tuple(MATERIALS[one] for one in _codes(way.data["between"])))
    facts = (*way.facts[:1], _between_fact(items["between"], way.data["between"]), *predicted_facts(path))
    there = await ask(ctx, _some(items, THERE), facts)
    heard = await _measured(ctx) if there.data[THERE] == "yes" else None
    facts = (*facts, *there.facts, *(measured_facts(heard) if heard is not None else ()))
    judged = await ask(ctx, _some(items, FIT, BY), facts)
    seen = PlaceSeen(ctx.spec.id.removeprefix(PLACE), path, heard)
    _refuse_against_evidence(seen, judged.data[FIT])
    data = {**way.data, **there.data, **judged.data, "margins_db": _margins(path), "heard": kept_heard(heard)}
    return StepResult((*facts, *judged.facts), data)


def _between_fact(item: ItemSpec, ticked: str) -> Fact:
    """What stands between, by name."""
    texts = {one.code: one.text for one in item.choices}
    return Fact(_("Between"), ", ".join(texts[code] for code in _codes(ticked)) or _("nothing"))


def _some(items: Mapping[str, ItemSpec], *names: str) -> tuple[ItemSpec, ...]:
    return tuple(items[name] for name in names if name in items)


def _codes(ticked: str) -> list[str]:
    return [code for code in ticked.split(",") if code]


async def _measured(ctx: StepContext) -> Heard:
    hub = ctx.job.device("communications-hub")
    if ctx.finder is None or not isinstance(hub, JobOther) or hub.gpf_id is None:
        raise StepError(
            _("No dongle and no hub are known to measure with."),
            remedy=_("Name the dongle's link in the settings (--han), or answer that nobody measured here."),
            code="no-dongle",
        )
    found = await ctx.finder.heard(int(survey_rules()["measured"]["looks"]))
    return heard_of(found, str(hub.gpf_id))


def _refuse_against_evidence(seen: PlaceSeen, fit: str) -> None:
    """A person decides; but never that a place is served by what was not heard there, and cannot be."""
    if fit == "fit" and seen.reach(Option.SINGLE) is Reach.NO and seen.reach(Option.DUAL) is Reach.NO:
        raise StepError(
            _("This place is said to be fit, and neither what was heard there nor the prediction says so."),
            remedy=_("Choose “fit with more equipment” or “not fit”; or measure again, then try again."),
            code="not-fit",
        )


def predicted_facts(path: Path) -> tuple[Fact, ...]:
    """What is predicted, by band."""
    facts = []
    for band, name in ((HIGH, _("Predicted at 2.4 GHz")), (LOW, _("Predicted at 868 MHz"))):
        margin = path.margin(band)
        words = _("{reach}: {margin:+.1f} dB over the least that is heard (training data)")
        reach = reach_by(margin)
        facts.append(Fact(name, words.format(reach=reach.words, margin=margin / 10), _TONES[reach]))
    return tuple(facts)


def measured_facts(heard: Heard) -> tuple[Fact, ...]:
    """What was measured; a dongle says nothing of 868 MHz."""
    if not heard.heard:
        words = _("the hub's network was not heard in {looks} looks").format(looks=heard.looks)
        return (Fact(_("Measured at 2.4 GHz"), words, Tone.BAD),)
    words = _("{reach}: LQI {lqi} of 255, heard in {heard} of {looks} looks, channel {channel}")
    said = words.format(
        reach=heard.reach.words, lqi=heard.lqi, heard=heard.heard, looks=heard.looks, channel=heard.channel
    )
    air = _("energy {energy} of 255 on the hub's channel; quietest: channel {channel} with {quiet}")
    channel, quiet = heard.quietest
    return (
        Fact(_("Measured at 2.4 GHz"), said, _TONES[heard.reach]),
        Fact(_("Other radio here"), air.format(energy=heard.energy, channel=channel, quiet=quiet)),
    )


def _margins(path: Path) -> dict[str, float]:
    return {band: path.margin(band) / 10 for band in (HIGH, LOW)}


def kept_heard(heard: Heard | None) -> dict[str, Any] | None:
    """What stands in the record of a measurement; None where nobody measured."""
    if heard is None:
        return None
    names = ("lqi", "heard", "looks", "channel", "energy")
    return {**{name: getattr(heard, name) for name in names}, "quietest": list(heard.quietest)}


def places_of(ctx: StepContext) -> list[PlaceSeen]:
    """The places that were looked at, by the steps that are done."""
    found = []
    for step in ctx.visit.steps.values():
        data = step.data
        if step.spec.id.startswith(PLACE) and "distance" in data:
            between = tuple(MATERIALS[one] for one in _codes(data["between"]))
            heard = None if data["heard"] is None else _heard_again(data["heard"])
            found.append(PlaceSeen(step.spec.id.removeprefix(PLACE), Path(Decimal(data["distance"]), between), heard))
    return found


def _heard_again(kept: Mapping[str, Any]) -> Heard:
    """What `kept_heard` kept."""
    quiet = int(kept["quietest"][0]), int(kept["quietest"][1])
    return Heard(kept["lqi"], kept["heard"], kept["looks"], kept["channel"], kept["energy"], quiet)


async def survey_options(ctx: StepContext) -> StepResult:
    """What can be done, what it costs, and what a person chooses of it. Raises StepError where no place was looked
    at."""
    places = places_of(ctx)
    if not places:
        raise StepError(
            _("No place was looked at: there is nothing to choose from."),
            remedy=_("Choose Can't do this, or begin the visit again."),
            code="no-places",
        )
    fits = {step.spec.id.removeprefix(PLACE): str(step.data.get(FIT, "")) for step in ctx.visit.steps.values()}
    facts = [_picture(places, fits)]
    best = recommended(places, ctx.job.building)
    for option, reach in options_for(places, ctx.job.building):
        words = f"{reach.words}; {cost_words(option)}".rstrip("; ")
        facts.append(Fact(option_words(option), words, _TONES[reach]))
    facts.append(Fact(_("Else"), f"{option_words(Option.ABORT)}: {cost_words(Option.ABORT)}"))
    facts.append(Fact(_("Recommended"), option_words(best), Tone.GOOD if best is not Option.ABORT else Tone.WARN))
    asked = await ask(ctx, before=tuple(facts))
    data = {**asked.data, "recommended": best.value, "places": [_kept_place(one, fits) for one in places]}
    unfit = sorted(name for name, fit in fits.items() if fit == "unfit")
    chosen = asked.data["option"]
    if unfit or chosen == Option.ABORT:
        remark = _("not fit for purpose at: {places}").format(places=", ".join(map(place_words, unfit)))
        data |= {AT_BEST: Outcome.INSTALL_AND_LEAVE.value, REMARK: remark if unfit else option_words(Option.ABORT)}
    return StepResult((*facts, *asked.facts), data)


def _kept_place(place: PlaceSeen, fits: Mapping[str, str]) -> dict[str, Any]:
    return {
        "place": place.name,
        "margins_db": _margins(place.path) if place.path is not None else {},
        "heard": kept_heard(place.heard),
        "fit": fits.get(place.name, ""),
    }


def _picture(places: list[PlaceSeen], fits: Mapping[str, str]) -> Fact:
    """The places against the least that is heard."""
    rows = [{**_kept_place(place, fits), "words": place_words(place.name)} for place in places]
    drawn = {"kind": DRAWN, "places": rows}
    return Fact(_("Places"), ", ".join(place_words(place.name) for place in places), drawn=drawn)


SURVEY_PLACE = Action("survey-place", survey_place)
SURVEY_OPTIONS = Action("survey-options", survey_options, only_asks=True)
