"""The shape of a walkthrough's file: which keys there are, and of which type. Everything wrong is named at once."""

from __future__ import annotations

from typing import Any

from hht.work.actions import ACTIONS
from hht.work.conditions import BY_JOB, ON_SITE
from hht.work.items import Ends
from hht.work.limits import limits
from hht.work.supplier_requests import REQUESTS
from hht.work.view import Outcome, QuestionKind
from hht.work.walkthrough import NAME

FORMAT = "hht-walkthrough/2"
_STEP_KEYS = {
    "id": str,
    "title": str,
    "explanation": str,
    "action": str,
    "deadline_s": int,
    "authority": str,
    "needs": list,
    "confirm": bool,
    "leave": list,
    "question": dict,
}
_OPTIONAL = {"authority", "needs", "confirm", "question"}
_STEP_MORE = {
    "section": str,
    "items": list,
    "after": list,
    "when": dict,
    "competence": list,
    "isolates": str,
    "restores": str,
    "proves": str,
    "closes": str,
    "device": str,
    "request": str,
    "number": str,
    "pause": bool,
}
_ITEM_KEYS = {
    "id": str,
    "kind": str,
    "prompt": str,
    "choices": dict,
    "good": list,
    "limit": object,
    "instrument": str,
    "not_past": bool,
    "sealed": bool,
    "neighbours": bool,
    "seal": bool,
    "tag": bool,
    "optional": bool,
    "old": str,
    "unit": str,
    "several": bool,
    "wallet": str,
    "at_best": dict,
    "offered": dict,
    "when": dict,
    "stop": str,
}
_REASON_OPTIONAL = {"ends", "stop", "everywhere"}
_STOP_KEYS = {"title": str, "text": str, "outcome": str, "ends": str, "lock": bool, "notice": bool}


def problems_of(plain: dict[str, Any], name: str) -> list[str]:
    """What is wrong with the shape of a walkthrough whose parts stand in it already."""
    expected: dict[str, type] = {
        "format": str,
        "name": str,
        "version": int,
        "title": str,
        "leave_reasons": dict,
        "steps": list,
        "sections": dict,
        "stops": dict,
        "devices": list,
        "from_van": list,
        "training": bool,
        "requires": list,
    }
    optional = {"sections", "stops", "devices", "from_van", "training", "requires"}
    problems = keys("", plain, expected, optional) or _texts("", plain, "devices", "from_van", "requires")
    if problems:
        return problems
    if plain["format"] != FORMAT:
        problems.append(f"format: {FORMAT} expected")
    if plain["name"] != name:
        problems.append(f"name: {name} expected")
    stops, sections = plain.get("stops", {}), plain.get("sections", {})
    for code, stop in stops.items():
        problems += _stop(f"stops.{code}", stop)
    for code, section in sections.items():
        problems += keys(f"sections.{code}", section, {"title": str, "competence": list}, {"competence"})
    for code, reason in plain["leave_reasons"].items():
        problems += _reason(code, reason, set(stops))
    for index, step in enumerate(plain["steps"]):
        where = f"steps[{index}]"
        problems += _step(where, step, set(plain["leave_reasons"]))
        if not problems:
            problems += _place_of(f"{where} ({step.get('id')})", step, set(stops), set(sections))
    return problems


def keys(where: str, table: Any, expected: dict[str, type], optional: set[str]) -> list[str]:
    """What is missing, unknown or of the wrong type in `table`."""
    if not isinstance(table, dict):
        return [f"{where}: a table expected"]
    dot = f"{where}." if where else ""
    problems = [f"{dot}{key}: missing" for key in expected if key not in table and key not in optional]
    problems += [f"{dot}{key}: unknown" for key in table if key not in expected]
    return problems + [
        f"{dot}{key}: {kind.__name__} expected"
        for key, kind in expected.items()
        if key in table and kind is not object and type(table[key]) is not kind
    ]


def _texts(where: str, table: dict[str, Any], *names: str) -> list[str]:
    """Which of these lists hold something else than texts."""
    lists = {key: table[key] for key in names if isinstance(table.get(key), list)}
    return [f"{where}.{key}: texts expected" for key, items in lists.items() if not all(type(i) is str for i in items)]


def _stop(where: str, stop: Any) -> list[str]:
    problems = keys(where, stop, _STOP_KEYS, {"lock", "notice"})
    if not problems and stop["outcome"] not in list(Outcome):
        problems.append(f"{where}.outcome: one of {', '.join(Outcome)} expected")
    if not problems and stop["ends"] not in (Ends.SECTION, Ends.VISIT):
        problems.append(f"{where}.ends: section or visit expected")
    return problems


def _reason(code: str, reason: Any, stops: set[str]) -> list[str]:
    where = f"leave_reasons.{code}"
    ends = reason.get("ends", False) if isinstance(reason, dict) else False
    kind = str if isinstance(ends, str) else bool
    problems = keys(
        where, reason, {"text": str, "outcome": str, "ends": kind, "stop": str, "everywhere": bool}, _REASON_OPTIONAL
    )
    if problems:
        return problems
    if reason["outcome"] not in list(Outcome):
        problems.append(f"{where}.outcome: one of {', '.join(Outcome)} expected")
    if kind is str and ends != Ends.SECTION:
        problems.append(f"{where}.ends: true or section expected")
    if reason.get("stop") is not None and reason["stop"] not in stops:
        problems.append(f"{where}.stop: “{reason['stop']}” is none of the stops")
    return problems


def _step(where: str, step: Any, reasons: set[str]) -> list[str]:
    problems = keys(where, step, _STEP_KEYS | _STEP_MORE, _OPTIONAL | set(_STEP_MORE)) or _texts(
        where, step, "leave", "needs"
    )
    if problems:
        return problems
    where = f"{where} ({step['id']})"
    if not NAME.fullmatch(step["id"]):
        problems.append(f"{where}: id must be lower-case letters, digits and -")
    if step["action"] not in ACTIONS:
        problems.append(f"{where}.action: “{step['action']}” is not known")
    if step["deadline_s"] < 1:
        problems.append(f"{where}.deadline_s: at least 1 s expected")
    if not step["leave"] or not set(step["leave"]) <= reasons:
        problems.append(f"{where}.leave: at least one of leave_reasons expected, and no other")
    question = step.get("question")
    if question is not None:
        problems += keys(f"{where}.question", question, {"kind": str, "prompt": str, "choices": list}, {"choices"})
        problems += _texts(f"{where}.question", question, "choices")
        if question.get("kind") not in list(QuestionKind):
            problems.append(f"{where}.question.kind: one of {', '.join(QuestionKind)} expected")
    return problems


def _place_of(where: str, step: dict[str, Any], stops: set[str], sections: set[str]) -> list[str]:
    problems = _texts(where, step, "after", "competence")
    if step.get("section") not in sections:
        problems.append(f"{where}.section: one of the sections expected")
    if not set(map(str, step.get("after", ()))) <= sections:
        problems.append(f"{where}.after: sections expected")
    problems += _when(where, step.get("when"), {*BY_JOB, *ON_SITE})
    if (step.get("request", "") in REQUESTS) is not (step["action"] == "supplier"):
        problems.append(f"{where}.request: needed by the action supplier alone, one of {', '.join(REQUESTS)}")
    seen: set[str] = set()
    for index, item in enumerate(step.get("items", ())):
        at = f"{where}.items[{index}]"
        problems += _item(at, item, stops)
        if isinstance(item, dict) and (item.get("kind") == QuestionKind.INSTALL_CODE) is not bool(step.get("request")):
            problems.append(f"{at}.kind: {QuestionKind.INSTALL_CODE} is what a request may ask for, and nothing else")
        if isinstance(item, dict) and item.get("kind") == QuestionKind.UTRN:
            problems.append(f"{at}.kind: {QuestionKind.UTRN} is asked by the action that checks it: items are kept")
        name = item.get("id") if isinstance(item, dict) else None
        if name in seen:
            problems.append(f"{at}.id: “{name}” stands twice")
        seen.add(str(name))
    return problems


def _when(where: str, when: Any, known: set[str]) -> list[str]:
    if when is None:
        return []
    if not isinstance(when, dict):
        return [f"{where}.when: a table expected"]
    problems = [f"{where}.when.{name}: unknown" for name in when if name not in known]
    for name, wanted in when.items():
        values = wanted if isinstance(wanted, list) else [wanted]
        if not values or not all(type(value) is str for value in values):
            problems.append(f"{where}.when.{name}: a text or texts expected")
    return problems


def _item(where: str, item: Any, stops: set[str]) -> list[str]:
    needed = {"id", "kind", "prompt"}
    problems = keys(where, item, _ITEM_KEYS, set(_ITEM_KEYS) - needed) or _texts(where, item, "good")
    if problems:
        return problems
    kind, choices = item["kind"], item.get("choices", {})
    if not NAME.fullmatch(item["id"]):
        problems.append(f"{where}.id: lower-case letters, digits and - expected")
    if kind not in list(QuestionKind):
        problems.append(f"{where}.kind: one of {', '.join(QuestionKind)} expected")
    if (kind in (QuestionKind.CHOICE, QuestionKind.CHECKLIST)) is not bool(choices):
        problems.append(f"{where}.choices: needed by a choice and a checklist, and by nothing else")
    if not all(NAME.fullmatch(str(code)) and type(text) is str for code, text in choices.items()):
        problems.append(f"{where}.choices: codes (lower-case letters, digits and -) and texts expected")
    if kind == QuestionKind.CHOICE and not set(item.get("good", ())) <= set(choices):
        problems.append(f"{where}.good: codes of the choices expected")
    if kind != QuestionKind.READING and ("unit" in item or "several" in item):
        problems.append(f"{where}: unit and several belong to a reading")
    if item.get("stop") is not None and item["stop"] not in stops:
        problems.append(f"{where}.stop: “{item['stop']}” is none of the stops")
    at_best = item.get("at_best", {})
    if not set(at_best) <= set(choices) or not set(map(str, at_best.values())) <= set(Outcome):
        problems.append(f"{where}.at_best: outcomes by codes of the choices expected")
    offered = item.get("offered", {})
    if not set(offered) <= set(choices):
        problems.append(f"{where}.offered: codes of the choices expected")
    for code, when in offered.items():
        problems += _when(f"{where}.offered.{code}", when, set(ON_SITE))
    return problems + _item_limit(where, item) + _when(where, item.get("when"), set(BY_JOB))


def _item_limit(where: str, item: dict[str, Any]) -> list[str]:
    limit = item.get("limit")
    if (item["kind"] == QuestionKind.MEASURE) is not (limit is not None):
        return [f"{where}.limit: needed by a measure, and by nothing else"]
    if limit is None:
        return []
    names = [limit]
    if isinstance(limit, dict):
        names = [value for key, value in limit.items() if key != "by"]
        if type(limit.get("by")) is not str or not names:
            return [f"{where}.limit: “by”, a question's id, and a limit for each of its answers expected"]
    unknown = [name for name in names if type(name) is not str or name not in limits()]
    return [f"{where}.limit: “{name}” is none of the limits" for name in unknown]
