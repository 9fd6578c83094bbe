"""The rules a job file must keep, and what is said where it does not: everything at once, by line and field.

Shape by the published JSON Schema (draft 2020-12); identifiers by `hht.identifiers`; the rest (times in order, no
device twice, training apart from live work) here. jsonschema is imported on first use.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from hht.errors import HhtError
from hht.i18n import _, ngettext
from hht.identifiers import DeviceId, Mpan
from hht.link_url import LinkUrlError, parse_link_url
from hht.resources import resource_text
from hht.work.job import JobError, normal_postcode
from hht.work.positions import JsonSyntaxError, LocatedJson, Problem, path_text

MAX_BYTES = 256 * 1024
MAX_PROBLEMS = 50
TRAINING_LINKS = ("emulated:", "recorded:")
# Royal Mail's form: area and district, then sector and unit (BS 7666)
_POSTCODE = re.compile(r"(?:[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}|GIR 0AA)")
_TYPE_NAMES = {
    "object": "an object in braces",
    "array": "a list in brackets",
    "string": "a text in quotes",
    "integer": "a whole number",
    "boolean": "true or false",
}


@cache
def job_schema() -> dict[str, Any]:
    """The published schema of job files."""
    schema: dict[str, Any] = json.loads(resource_text("schemas", "job.schema.json"))
    return schema


def check_job(text: str | bytes, source: str) -> dict[str, Any]:
    """The checked JSON object in `text`. Raises JobError with every problem found."""
    located = _read(text, source)
    problems = list(located.duplicates)
    for check in (_control_characters, _shape, _meaning):
        told = {problem.path for problem in problems}  # what has the wrong shape is not asked for its meaning too
        problems += [problem for problem in check(located) if problem.path not in told]
    if problems:
        problems = list(dict.fromkeys(problems))
        problems.sort(key=lambda problem: (problem.line, problem.column))
        raise JobError(source, problems[:MAX_PROBLEMS])
    plain: dict[str, Any] = located.root.value
    return plain


def _read(text: str | bytes, source: str) -> LocatedJson:
    size = len(text)
    if size > MAX_BYTES:
        message = _("the file has {size} bytes; a job has at most {limit}").format(size=size, limit=MAX_BYTES)
        raise JobError(source, [Problem(1, 1, "", message)], code="job-too-large")
    if isinstance(text, bytes):
        raw = text
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = raw[: error.start]
            line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
            raise JobError(source, [Problem(line, column, "", _("this is not UTF-8 text"))]) from error
    try:
        return LocatedJson(text.removeprefix("\ufeff"))
    except JsonSyntaxError as error:
        raise JobError(source, [error.problem], code="job-not-json") from error


def _shape(located: LocatedJson) -> Iterator[Problem]:
    from jsonschema import Draft202012Validator

    for error in Draft202012Validator(job_schema()).iter_errors(located.root.value):
        path = tuple(error.absolute_path)
        if error.validator == "additionalProperties":
            known = list(error.schema.get("properties", {}))
            for key in located_keys(error.instance, known):
                yield located.problem(path, _unknown(key, known), key=key)
        elif error.validator == "required":
            yield from _missing(located, path, error.instance, error.validator_value)
        else:
            yield located.problem(path, _sentence(error))


def located_keys(instance: dict[str, Any], known: list[str]) -> list[str]:
    """The keys of `instance` that nobody knows."""
    return [key for key in instance if key not in known]


def _missing(
    located: LocatedJson, path: tuple[str | int, ...], instance: dict[str, Any], required: list[str]
) -> Iterator[Problem]:
    """Every missing name; jsonschema calls once for each, the caller drops the repetitions."""
    place = located.problem(path, "")
    for name in required:
        if name not in instance:
            message = _("this field is missing")
            yield Problem(place.line, place.column, path_text((*path, name)), message)


def _control_characters(located: LocatedJson) -> Iterator[Problem]:
    """Texts with control characters. (A pattern's ``$`` would let a last line feed pass.)"""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), located.root.value)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict | list):
            pairs = value.items() if isinstance(value, dict) else enumerate(value)
            waiting += [((*path, key), inner) for key, inner in pairs]
        elif isinstance(value, str):
            allowed = "\n\t" if path == ("premises", "notes") else ""
            if any((ord(c) < 32 and c not in allowed) or 127 <= ord(c) < 160 for c in value):
                yield located.problem(path, _("the text holds a control character"))


def _unknown(key: str, known: list[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    if close:
        return _("this field is not known; did you mean “{name}”?").format(name=close[0])
    return _("this field is not known; known are {names}").format(names=", ".join(known))


def _sentence(error: Any) -> str:
    """What a schema error means, in words. The value itself is not repeated: it may be personal."""
    limit = error.validator_value
    if error.validator == "type":
        return _("{wanted} is expected here").format(wanted=_TYPE_NAMES.get(limit, limit))
    if error.validator in ("const", "enum"):
        choices = limit if isinstance(limit, list) else [limit]
        return _("must be one of: {choices}").format(choices=", ".join(f"“{choice}”" for choice in choices))
    if error.validator in ("minimum", "maximum"):
        return _number_sentence(error.instance, error.schema)
    if error.validator in ("minItems", "maxItems"):
        return _("the list has {count} entries; allowed are {least} to {most}").format(
            count=len(error.instance),
            least=error.schema.get("minItems", 0),
            most=error.schema.get("maxItems", "any number"),
        )
    if error.validator in ("minLength", "maxLength"):
        return ngettext(
            "the text has {count} character; expected is: {what}",
            "the text has {count} characters; expected is: {what}",
            len(error.instance),
        ).format(count=len(error.instance), what=error.schema.get("description", ""))
    return _("this does not have the right form; expected is: {what}").format(what=error.schema.get("description", ""))


def _number_sentence(value: int, schema: dict[str, Any]) -> str:
    return _("{value} is outside of {least} to {most}").format(
        value=value, least=schema.get("minimum"), most=schema.get("maximum")
    )


def _meaning(located: LocatedJson) -> Iterator[Problem]:
    plain = located.root.value
    if not isinstance(plain, dict):
        return
    yield from _trust(located, plain)
    yield from _link(located, plain)
    yield from _devices(located, plain)
    yield from _meters(located, plain)
    yield from _times(located, plain)
    premises = plain.get("premises")
    postcode = premises.get("postcode") if isinstance(premises, dict) else None
    if isinstance(postcode, str) and 5 <= len(postcode) <= 10 and not _POSTCODE.fullmatch(normal_postcode(postcode)):
        message = _("this is not a postcode; one looks like “M22 0RR”")
        yield located.problem(("premises", "postcode"), message)


def _trust(located: LocatedJson, plain: dict[str, Any]) -> Iterator[Problem]:
    if plain.get("training") is not False:
        return
    if plain.get("allow_test_identifiers") is True:
        message = _("test identifiers are for training only; this job is live work")
        yield located.problem(("allow_test_identifiers",), message)
    if _is_training_link(plain.get("link")):
        yield located.problem(("link",), _("an emulated or recorded meter is for training only; this job is live work"))


def _is_training_link(link: object) -> bool:
    return isinstance(link, str) and link.strip().startswith(TRAINING_LINKS)


def _link(located: LocatedJson, plain: dict[str, Any]) -> Iterator[Problem]:
    link = plain.get("link")
    if not isinstance(link, str) or not link:
        return
    try:
        parse_link_url(link)
    except LinkUrlError as error:
        if error.code != "link-not-available":  # a way that another version knows is no mistake of the job's
            yield located.problem(("link",), f"{error.message} {error.remedy}")


def _devices(located: LocatedJson, plain: dict[str, Any]) -> Iterator[Problem]:
    devices = plain.get("devices")
    allow_test = plain.get("allow_test_identifiers") is True and plain.get("training") is True
    seen: dict[str, int] = {}
    for index, device in enumerate(devices if isinstance(devices, list) else []):
        for name in ("device_id", "mpan"):
            text = device.get(name) if isinstance(device, dict) else None
            if not isinstance(text, str):
                continue
            path = ("devices", index, name)
            try:
                value = str(DeviceId.parse(text) if name == "device_id" else Mpan.parse(text, allow_test=allow_test))
            except HhtError as error:
                yield located.problem(path, f"{error.message} {error.remedy}")
                continue
            if value in seen:
                message = _("the same as in devices[{index}]; each device has its own").format(index=seen[value])
                yield located.problem(path, message)
            seen.setdefault(value, index)


def _meters(located: LocatedJson, plain: dict[str, Any]) -> Iterator[Problem]:
    """Every electricity meter after the first: a visit commissions one, and the others would be left undone."""
    devices = plain.get("devices")
    listed = devices if isinstance(devices, list) else []
    types = [one.get("type") if isinstance(one, dict) else None for one in listed]
    meters = [index for index, kind in enumerate(types) if kind == "electricity-meter"]
    for index in meters[1:]:
        message = _(
            "a visit works on one electricity meter, and devices[{first}] is it; this one needs a job of its own"
        )
        yield located.problem(("devices", index), message.format(first=meters[0]))


def _times(located: LocatedJson, plain: dict[str, Any]) -> Iterator[Problem]:
    appointment = plain.get("appointment")
    times: list[datetime] = []
    for name in ("start", "end"):
        text = appointment.get(name) if isinstance(appointment, dict) else None
        if not isinstance(text, str):
            continue
        try:
            times.append(datetime.fromisoformat(text))
        except ValueError:
            yield located.problem(("appointment", name), _("this day or time does not exist"))
    if len(times) == 2 and all(time.tzinfo for time in times) and times[1] <= times[0]:
        yield located.problem(("appointment", "end"), _("the appointment ends before it begins"))
