"""From a walkthrough's file to a walkthrough: parts put together, and the rules that no walkthrough may break.

The rules of safety, none of which an author of walkthroughs can turn off:

- nothing writes without authority and before the meter is identified;
- a step with a safety item can be left only for a reason that ends its section or the visit, never to go on past it;
- a safety item has a stop, applies by the job alone, and cannot be optional or have no bad answer;
- while a fuel is isolated, every reason to leave a step is a stop itself: the visit is made safe;
- what follows a section that a stop can end, and needs it, says so (``after``).
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
from hht.work.walkthrough import NAME, LeaveSpec, QuestionSpec, Section, StepSpec, Walkthrough
from hht.work.walkthrough_shape import FORMAT_2, keys, problems_of
from hht.work.wallet import INSTRUMENT_KINDS, UNTIL

_UNSTOPPABLE = (QuestionKind.TEXT, QuestionKind.SERIAL, QuestionKind.SIGNATURE, QuestionKind.SECONDS)
_MERGED = ("leave_reasons", "stops", "sections")


def walkthrough_of(text: str, name: str, part: Callable[[str], str]) -> Walkthrough | list[str]:
    """The walkthrough in `text`, or everything that is wrong with it."""
    try:
        plain = tomllib.loads(text)
        if plain.get("format") == FORMAT_2:
            plain = _whole(plain, part)
    except (ValueError, RecursionError, OSError) as error:
        return [str(error)]
    problems = problems_of(plain, name)
    if problems:
        return problems
    sections = {code: _section(code, one) for code, one in plain.get("sections", {}).items()}
    stops = {code: _stop(code, one) for code, one in plain.get("stops", {}).items()}
    reasons = {code: _leave_spec(code, one, stops) for code, one in plain["leave_reasons"].items()}
    steps = tuple(_step(step, reasons, sections, stops) for step in plain["steps"])
    problems = [*_order(steps), *_safety(steps), *_isolation(steps)]
    if problems:
        return problems
    devices = tuple(plain.get("devices", (METER,)))
    return Walkthrough(name, plain["version"], _(plain["title"]), steps, devices)


def _whole(plain: dict[str, Any], part: Callable[[str], str]) -> dict[str, Any]:
    """The walkthrough with its parts in it. Raises ValueError and OSError."""
    head = {"format": str, "name": str, "version": int, "title": str, "parts": list, "devices": list}
    problems = keys("", plain, head, set())
    if problems or not all(type(one) is str and NAME.fullmatch(one) for one in plain["parts"]):
        raise ValueError("\n".join(problems) or "parts: names of parts expected")
    whole: dict[str, Any] = {key: value for key, value in plain.items() if key != "parts"}
    whole |= {key: {} for key in _MERGED} | {"steps": []}
    for name in plain["parts"]:
        found = tomllib.loads(part(name))
        if unknown := set(found) - {*_MERGED, "steps"}:
            raise ValueError(f"{name}: {', '.join(sorted(unknown))} unknown")
        for key in _MERGED:
            table = found.get(key, {})
            if not isinstance(table, dict) or set(table) & set(whole[key]):
                raise ValueError(f"{name}.{key}: a table expected whose names stand nowhere else")
            whole[key] |= table
        steps = found.get("steps", [])
        if not isinstance(steps, list):
            raise ValueError(f"{name}.steps: a list expected")
        whole["steps"] += steps
    return whole


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


def _item(plain: dict[str, Any], stops: dict[str, StopSpec]) -> ItemSpec:
    limit = plain.get("limit", "")
    by = limit if isinstance(limit, dict) else {}
    return ItemSpec(
        id=plain["id"],
        kind=QuestionKind(plain["kind"]),
        prompt=_(plain["prompt"]),
        choices=tuple(Choice(code, _(text)) for code, text in plain.get("choices", {}).items()),
        good=tuple(plain.get("good", ())),
        limit="" if by else limit,
        limit_by=by.get("by", ""),
        limit_of={key: value for key, value in by.items() if key != "by"} or None,
        instrument=plain.get("instrument", ""),
        not_past=plain.get("not_past", False),
        sealed=plain.get("sealed", False),
        optional=plain.get("optional", False),
        wallet=plain.get("wallet", ""),
        at_best={code: Outcome(one) for code, one in plain.get("at_best", {}).items()},
        when=_when(plain.get("when")),
        stop=stops.get(plain.get("stop", "")),
    )


def _step(
    step: dict[str, Any],
    reasons: dict[str, LeaveSpec],
    sections: dict[str, Section],
    stops: dict[str, StopSpec],
) -> StepSpec:
    question = step.get("question")
    section = sections.get(step.get("section", ""), Section("", ""))
    action = ACTIONS[step["action"]]
    return StepSpec(
        id=step["id"],
        title=_(step["title"]),
        explanation=_(step["explanation"]),
        action=action,
        deadline_s=step["deadline_s"],
        authority=_(step["authority"]) if step.get("authority") else "",
        needs=tuple(step.get("needs", ())),
        confirm=step.get("confirm", False),
        leave=tuple(reasons[code] for code in step["leave"]),
        question=_question(question) if question else None,
        section=section,
        items=tuple(_item(item, stops) for item in step.get("items", ())),
        after=tuple(step.get("after", ())),
        when=_when(step.get("when")),
        competence=(*section.competence, *step.get("competence", ())),
        isolates=step.get("isolates", ""),
        restores=step.get("restores", ""),
        device=step.get("device", METER),
        request=step.get("request", ""),
        pause=step.get("pause", not action.only_asks),
    )


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
            if item.stop is None:
                continue
            if item.optional:
                yield f"{where}: a safety item cannot be optional"
            if item.kind in _UNSTOPPABLE or (item.kind is QuestionKind.CHOICE and not item.good):
                yield f"{where}.stop: no answer of it is bad"
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
