"""From a walkthrough's file to a walkthrough, and the rules that no walkthrough may break.

The rules of safety, none of which an author of walkthroughs can turn off:

- nothing writes without authority and before the meter is identified;
- a step with a safety item can be left only for a reason that ends its section or the visit, never to go on past it;
- a safety item has a stop, applies by the job alone, and cannot be optional or have no bad answer;
- while a fuel is isolated, every reason to leave a step is a stop itself: the visit is made safe;
- between a change and the step that ``proves`` it, no reason but a stop ends the visit;
- once a fuel was isolated, no reason but a stop ends the visit before the last step that ``closes`` its meter;
- at every step it can be said that it smells of gas: a reason whose stop locks until a named person clears it;
- what follows a section that a stop can end, and needs it, says so (``after``);
- where firmware is activated, no step isolates, opens or switches anything: a meter that starts anew is left alone;
- where it is tried whose meter is whose, no step can isolate, switch or write anything: it might be the neighbour's.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from typing import Any

from hht.i18n import _
from hht.work.actions import ACTIONS
from hht.work.competence import KINDS
from hht.work.conditions import ON_SITE
from hht.work.items import Choice, Ends, ItemSpec, StopSpec
from hht.work.job import METER
from hht.work.view import Outcome, QuestionKind
from hht.work.walkthrough import LeaveSpec, QuestionSpec, Section, StepSpec, Walkthrough
from hht.work.walkthrough_parts import whole
from hht.work.walkthrough_shape import problems_of
from hht.work.wallet import INSTRUMENT_KINDS, UNTIL

_UNSTOPPABLE = (
    QuestionKind.TEXT,
    QuestionKind.SERIAL,
    QuestionKind.SIGNATURE,
    QuestionKind.READING,
    QuestionKind.SECONDS,
    QuestionKind.INSTALL_CODE,
    QuestionKind.UTRN,
    QuestionKind.COUNTER,
)
_OF_OLD = (QuestionKind.SERIAL, QuestionKind.READING)


def walkthrough_of(text: str, name: str, part: Callable[[str], str]) -> Walkthrough | list[str]:
    """The walkthrough in `text`, or everything that is wrong with it."""
    try:
        plain = whole(tomllib.loads(text), part)
    except (ValueError, RecursionError, OSError) as error:
        return [str(error)]
    problems = problems_of(plain, name)
    if problems:
        return problems
    sections = {code: _section(code, one) for code, one in plain.get("sections", {}).items()}
    stops = {code: _stop(code, one) for code, one in plain.get("stops", {}).items()}
    reasons = {code: _leave_spec(code, one, stops) for code, one in plain["leave_reasons"].items()}
    always = [code for code, one in plain["leave_reasons"].items() if one.get("everywhere", False)]
    steps = tuple(_step(step, reasons, sections, stops, always) for step in plain["steps"])
    problems = [*_order(steps), *_safety(steps), *_isolation(steps), *_proof(steps), *_closing(steps)]
    problems += [*_neighbours(steps), *_firmware(steps)]
    problems += _smell(steps)
    if problems:
        return problems
    devices = tuple(plain.get("devices", (METER,)))
    lists = {name: tuple(plain.get(name, ())) for name in ("from_van", "requires")}
    training = bool(plain.get("training", False))
    return Walkthrough(name, plain["version"], _(plain["title"]), steps, devices, training=training, **lists)


def _section(name: str, plain: dict[str, Any]) -> Section:
    return Section(name, _(plain["title"]), tuple(plain.get("competence", ())))


def _stop(code: str, plain: dict[str, Any]) -> StopSpec:
    return StopSpec(
        code,
        _(plain["title"]),
        _(plain["text"]),
        Outcome(plain["outcome"]),
        Ends(plain["ends"]),
        plain.get("lock", False),
        plain.get("notice", True),
    )


def _leave_spec(code: str, reason: dict[str, Any], stops: dict[str, StopSpec]) -> LeaveSpec:
    ends = {True: Ends.VISIT, False: Ends.NOTHING, "section": Ends.SECTION}[reason.get("ends", False)]
    stop = stops.get(reason.get("stop", ""))
    return LeaveSpec(code, _(reason["text"]), Outcome(reason["outcome"]), stop.ends if stop else ends, stop)


def _when(plain: dict[str, Any] | None) -> dict[str, tuple[str, ...]] | None:
    if plain is None:
        return None
    return {name: tuple(value) if isinstance(value, list) else (value,) for name, value in plain.items()}


def _item(plain: dict[str, Any], stops: dict[str, StopSpec], number: str = "") -> ItemSpec:
    limit = plain.get("limit", "")
    by = limit if isinstance(limit, dict) else {}
    return ItemSpec(
        id=plain["id"],
        kind=QuestionKind(plain["kind"]),
        prompt=_(plain["prompt"]).replace("{n}", number),
        choices=tuple(Choice(code, _(text)) for code, text in plain.get("choices", {}).items()),
        good=tuple(plain.get("good", ())),
        limit="" if by else limit,
        limit_by=by.get("by", ""),
        limit_of={key: value for key, value in by.items() if key != "by"} or None,
        instrument=plain.get("instrument", ""),
        not_past=plain.get("not_past", False),
        sealed=plain.get("sealed", False),
        neighbours=plain.get("neighbours", False),
        seal=plain.get("seal", False),
        tag=plain.get("tag", False),
        optional=plain.get("optional", False),
        old=plain.get("old", ""),
        unit=plain.get("unit", ""),
        several=plain.get("several", False),
        wallet=plain.get("wallet", ""),
        at_best={code: Outcome(one) for code, one in plain.get("at_best", {}).items()},
        when=_when(plain.get("when")),
        stop=stops.get(plain.get("stop", "")),
        offered={code: _when(one) or {} for code, one in plain.get("offered", {}).items()},
    )


def _step(
    step: dict[str, Any],
    reasons: dict[str, LeaveSpec],
    sections: dict[str, Section],
    stops: dict[str, StopSpec],
    always: list[str],
) -> StepSpec:
    question = step.get("question")
    section = sections.get(step.get("section", ""), Section("", ""))
    action = ACTIONS[step["action"]]
    number = step.get("number", "")
    return StepSpec(
        id=step["id"],
        title=_(step["title"]).replace("{n}", number),
        explanation=_(step["explanation"]),
        action=action,
        deadline_s=step["deadline_s"],
        authority=_(step["authority"]) if step.get("authority") else "",
        needs=tuple(step.get("needs", ())),
        confirm=step.get("confirm", False),
        leave=tuple(_leave(step, reasons, always)),
        question=_question(question) if question else None,
        section=section,
        items=tuple(_item(item, stops, number) for item in step.get("items", ())),
        after=tuple(step.get("after", ())),
        when=_when(step.get("when")),
        competence=(*section.competence, *step.get("competence", ())),
        isolates=step.get("isolates", ""),
        restores=step.get("restores", ""),
        proves=step.get("proves", ""),
        closes=step.get("closes", ""),
        device=step.get("device", METER),
        request=step.get("request", ""),
        number=number,
        pause=step.get("pause", not action.only_asks),
    )


def _leave(step: dict[str, Any], reasons: dict[str, LeaveSpec], always: list[str]) -> Iterator[LeaveSpec]:
    """The step's own reasons, and those that are offered everywhere; but one that locks where it has such a one."""
    own = [reasons[code] for code in step["leave"]]
    yield from own
    locks = any(reason.stop is not None and reason.stop.lock for reason in own)
    for reason in (reasons[code] for code in always if code not in step["leave"]):
        if not (locks and reason.stop is not None and reason.stop.lock):
            yield reason


def _question(plain: dict[str, Any]) -> QuestionSpec:
    return QuestionSpec(QuestionKind(plain["kind"]), _(plain["prompt"]), tuple(_(c) for c in plain.get("choices", ())))


def _order(steps: tuple[StepSpec, ...]) -> Iterator[str]:
    """Each id once; needs name earlier steps; nothing writes without authority and before the meter is identified."""
    needs: dict[str, set[str]] = {}
    identifies: set[str] = set()
    for step in steps:
        if step.id in needs:
            yield f"{step.id}: the id stands twice"
        for name in step.needs:
            if name not in needs:
                yield f"{step.id}.needs: {name} is no earlier step"
        needs[step.id] = set(step.needs).union(*(needs.get(name, set()) for name in step.needs))
        if step.action.identifies:
            identifies.add(step.id)
        if step.action.writes and not step.authority:
            yield f"{step.id}.authority: a step that writes must name whose authority it uses"
        if step.action.writes and not needs[step.id] & identifies:
            yield f"{step.id}.needs: a step that writes must need the step that identifies the meter"


def _safety(steps: tuple[StepSpec, ...]) -> Iterator[str]:
    """No safety item can be gone past by leaving, by a condition, or because every answer of it is good."""
    asked: set[str] = set()
    for step in steps:
        for item in step.items:
            where = f"{step.id}/{item.id}"
            for name in (item.limit_by, item.instrument, f"{item.instrument}-until" if item.instrument else ""):
                if name and name not in asked:
                    yield f"{where}: {name} is not asked before"
            asked.add(where)
            if item.wallet.removesuffix(UNTIL) not in ("", *KINDS, *INSTRUMENT_KINDS):
                yield f"{where}.wallet: {item.wallet} is nothing that a wallet holds"
            if item.old not in ("", "electricity", "gas") or (item.old and item.kind not in _OF_OLD):
                yield f"{where}.old: a serial number's or reading's fuel is electricity or gas"
            if item.neighbours and not item.sealed:
                yield f"{where}.neighbours: what is a neighbour's is sealed"
            if item.stop is None:
                continue
            if item.optional:
                yield f"{where}: a safety item cannot be optional"
            if item.kind in _UNSTOPPABLE or (item.kind is QuestionKind.CHOICE and not item.good):
                yield f"{where}.stop: no answer of it is bad"
            if item.offered and {choice.code for choice in item.choices} <= {*item.good, *item.offered}:
                yield f"{where}.offered: a bad answer has to be offered whatever was found"
            if set(item.when or ()) & set(ON_SITE):
                yield f"{where}.when: a safety item applies by the job alone"
        if not step.is_safety:
            continue
        if set(step.when or ()) & set(ON_SITE):
            yield f"{step.id}.when: a step with a safety item applies by the job alone"
        if not step.action.only_asks:
            yield f"{step.id}.action: a step with a safety item asks, and does nothing else"
        for reason in step.leave:
            if reason.ends is Ends.NOTHING:
                yield f"{step.id}.leave: {reason.code} would lead past a safety item"


def _isolation(steps: tuple[StepSpec, ...]) -> Iterator[str]:
    """While a fuel is off, leaving is a stop; and what is switched off is switched on again, or made safe."""
    off: dict[str, str] = {}
    for step in steps:
        if step.isolates:
            off[step.isolates] = step.id
        for reason in step.leave if off else ():
            if reason.stop is None or reason.stop.outcome is not Outcome.MADE_SAFE:
                yield f"{step.id}.leave: {reason.code} must be a stop that makes safe: the supply is off"
        stops = [item.stop for item in step.items] + [reason.stop for reason in step.leave]
        for stop in stops if "electricity" in off else ():
            if stop is not None and stop.ends is not Ends.VISIT:
                yield f"{step.id}: {stop.code} must end the visit: the electricity is off"
        if step.restores and off.pop(step.restores, None) is None:
            yield f"{step.id}.restores: {step.restores} is not off here"
    for fuel, step_id in off.items():
        yield f"{step_id}.isolates: {fuel} stays off"


def _proof(steps: tuple[StepSpec, ...]) -> Iterator[str]:
    """What a step proves was changed before it, and no reason to leave a step goes past the proof."""
    for place, proof in enumerate(steps):
        if not proof.proves:
            continue
        changes = [index for index, step in enumerate(steps[:place]) if step.action.name == proof.proves]
        if not changes:
            yield f"{proof.id}.proves: {proof.proves} is the action of no earlier step"
            continue
        for step in steps[changes[0] : place + 1]:
            for reason in step.leave:
                if reason.stop is None and (reason.ends is Ends.VISIT or step is proof):
                    yield f"{step.id}.leave: {reason.code} would lead past {proof.id}"


def _closing(steps: tuple[StepSpec, ...]) -> Iterator[str]:
    """A meter that was opened is confirmed closed, and no reason to leave a step goes past that."""
    opened = {step.isolates: place for place, step in enumerate(steps) if step.isolates}
    closed = {step.closes: place for place, step in enumerate(steps) if step.closes}
    for fuel in closed.keys() - opened.keys():
        yield f"{steps[closed[fuel]].id}.closes: {fuel} is isolated by no step"
    for fuel, place in opened.items():
        if closed.get(fuel, -1) < place:
            yield f"{steps[place].id}.isolates: no later step closes the meter of {fuel}"
        for step in steps[place : closed.get(fuel, -1) + 1]:
            for reason in step.leave:
                if reason.stop is None and (reason.ends is Ends.VISIT or step.closes == fuel):
                    yield f"{step.id}.leave: {reason.code} would end the visit before the meter of {fuel} is closed"


def _firmware(steps: tuple[StepSpec, ...]) -> Iterator[str]:
    """No activation amid work: neither supply is off, nothing is switched, and the product list was asked before."""
    place = next((at for at, step in enumerate(steps) if step.action.name == "activate-firmware"), None)
    if place is None:
        return
    for step in steps:
        if step.isolates or step.restores or step.proves or step.action.writes:
            yield f"{step.id}: firmware is activated on this visit: nothing is isolated, switched or written"
    after = {step.action.name for step in steps[place:]}
    needs = {step.action.name for step in steps[:place] if step.id in steps[place].needs}
    if not needs >= {"firmware-before", "firmware-list"} or "firmware-after" not in after:
        yield f"{steps[place].id}.needs: versions read and the product list asked before, and versions read afterwards"


def _smell(steps: tuple[StepSpec, ...]) -> Iterator[str]:
    """From every step the smell of gas leads out: made safe, locked, and with a notice."""
    for step in steps:
        stops = [reason.stop for reason in step.leave if reason.stop is not None and reason.stop.lock]
        if not any(stop.outcome is Outcome.MADE_SAFE and stop.notice for stop in stops):
            yield f"{step.id}.leave: nothing there says that it smells of gas (a stop that locks)"


def _neighbours(steps: tuple[StepSpec, ...]) -> Iterator[str]:
    """Whose supply a meter is stands in question: nothing is switched off, asked of a desk, or written to it."""
    if not any(step.action.name in ("load-step", "load-step-beside") for step in steps):
        return
    for step in steps:
        if step.isolates or step.restores or step.action.writes or step.action.through:
            yield f"{step.id}: whose supply it is stands in question here: nothing is isolated, switched or written"
