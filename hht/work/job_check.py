"""The rules a job file must keep, and what is said where it does not: everything at once, by line and field.

Shape by the published JSON Schema (draft 2020-12); identifiers by `hht.identifiers`; the rest (times in order, no
device twice, training apart from live work) here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from typing import Any

from hht.desk.values import on_times
from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers import DeviceId, Mpan, Mprn
from hht.link_url import LinkUrlError, parse_link_url, reaches_desk
from hht.resources import resource_text
from hht.work.file_check import FileKind, check_file
from hht.work.job import JobError, normal_postcode
from hht.work.job_site_check import site_problems
from hht.work.positions import LocatedJson, Problem

MAX_BYTES = 256 * 1024
TRAINING_LINKS = ("emulated:", "recorded:")
# Royal Mail's form: area and district, then sector and unit (BS 7666)
_POSTCODE = re.compile(r"(?:[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}|GIR 0AA)")


@cache
def job_schema() -> dict[str, Any]:
    """The published schema of job files."""
    schema: dict[str, Any] = json.loads(resource_text("schemas", "job.schema.json"))
    return schema


def check_job(text: str | bytes, source: str) -> dict[str, Any]:
    """The checked JSON object in `text`. Raises JobError with every problem found."""
    kind = FileKind(
        "job",
        job_schema,
        MAX_BYTES,
        JobError,
        _meaning,
        multiline=(("premises", "notes"), ("premises", "shared", "notes")),
    )
    return check_file(text, source, kind)


def _meaning(located: LocatedJson) -> Iterator[Problem]:
    plain = located.root.value
    if not isinstance(plain, dict):
        return
    yield from _trust(located, plain)
    yield from _link(located, plain)
    yield from _devices(located, plain)
    yield from _meters(located, plain)
    yield from _elements(located, plain)
    yield from _times(located, plain)
    yield from _switches(located, plain)
    yield from site_problems(located, plain)
    premises = plain.get("premises")
    postcode = premises.get("postcode") if isinstance(premises, dict) else None
    if isinstance(postcode, str) and 5 <= len(postcode) <= 10 and not _POSTCODE.fullmatch(normal_postcode(postcode)):
        message = _("this is not a postcode; one looks like “M22 0RR”")
        yield located.problem(("premises", "postcode"), message)


def _trust(located: LocatedJson, plain: dict[str, Any]) -> Iterator[Problem]:
    if plain.get("training") is not False:
        return
    if plain.get("rehearsal") is True:
        yield located.problem(("rehearsal",), _("a rehearsal is for training only; this job is live work"))
    if plain.get("allow_test_identifiers") is True:
        message = _("test identifiers are for training only; this job is live work")
        yield located.problem(("allow_test_identifiers",), message)
    if "training_kit" in plain:
        message = _("this is of an emulated home, for training only; this job is live work")
        yield located.problem(("training_kit",), message)
    if _is_training_link(plain.get("link")):
        yield located.problem(("link",), _("an emulated or recorded meter is for training only; this job is live work"))


def _is_training_link(link: object) -> bool:
    return isinstance(link, str) and link.strip().startswith(TRAINING_LINKS)


def _link(located: LocatedJson, plain: dict[str, Any]) -> Iterator[Problem]:
    link = plain.get("link")
    if not isinstance(link, str) or not link:
        return
    try:
        if reaches_desk(parse_link_url(link)):
            yield located.problem(("link",), _("this is the supplier's desk; the link of a job is the meter's"))
    except LinkUrlError as error:
        yield located.problem(("link",), f"{error.message} {error.remedy}")


_IDENTIFIERS: dict[str, Callable[[str, bool], object]] = {
    "device_id": lambda text, _test: DeviceId.parse(text),
    "gpf_id": lambda text, _test: DeviceId.parse(text),
    "mpan": lambda text, test: Mpan.parse(text, allow_test=test),
    "secondary_mpan": lambda text, test: Mpan.parse(text, allow_test=test),
    "export_mpan": lambda text, test: Mpan.parse(text, allow_test=test),
    "mprn": lambda text, test: Mprn.parse(text, allow_test=test),
}


def _devices(located: LocatedJson, plain: dict[str, Any]) -> Iterator[Problem]:
    devices = plain.get("devices")
    allow_test = plain.get("allow_test_identifiers") is True and plain.get("training") is True
    seen: dict[str, int] = {}
    for index, device in enumerate(devices if isinstance(devices, list) else []):
        for name, parse in _IDENTIFIERS.items():
            text = device.get(name) if isinstance(device, dict) else None
            if not isinstance(text, str):
                continue
            path = ("devices", index, name)
            try:
                value = str(parse(text, allow_test))
            except HhtError as error:
                yield located.problem(path, f"{error.message} {error.remedy}")
                continue
            if value in seen:
                message = _("the same as in devices[{index}]; each device has its own").format(index=seen[value])
                yield located.problem(path, message)
            seen.setdefault(value, index)


def _meters(located: LocatedJson, plain: dict[str, Any]) -> Iterator[Problem]:
    """That there is an electricity meter, and no second one, no second gas meter or hub: a visit works on one of each,
    and the others would be left undone."""
    devices = plain.get("devices")
    listed = devices if isinstance(devices, list) else []
    types = [one.get("type") if isinstance(one, dict) else None for one in listed]
    meters = [index for index, kind in enumerate(types) if kind == "electricity-meter"]
    if types and not meters and all(types):
        yield located.problem(("devices",), _("an electricity meter is needed: a visit works on one"))
    for kind in ("gas-meter", "communications-hub"):
        for index in [index for index, one in enumerate(types) if one == kind][1:]:
            message = _("a visit works on one device of this type; this one needs a job of its own")
            yield located.problem(("devices", index), message)
    for index in meters[1:]:
        message = _(
            "a visit works on one electricity meter, and devices[{first}] is it; this one needs a job of its own"
        )
        yield located.problem(("devices", index), message.format(first=meters[0]))


def _elements(located: LocatedJson, plain: dict[str, Any]) -> Iterator[Problem]:
    """That only a meter with two elements has a second MPAN (factbook 1.1)."""
    devices = plain.get("devices")
    for index, device in enumerate(devices if isinstance(devices, list) else []):
        if isinstance(device, dict) and "secondary_mpan" in device and device.get("variant") != "twin":
            message = _("only a meter with two elements (variant twin) has a second MPAN")
            yield located.problem(("devices", index, "secondary_mpan"), message)


def _switches(located: LocatedJson, plain: dict[str, Any]) -> Iterator[Problem]:
    """Numbers and labels once each, and times that a calendar can have."""
    switches = plain.get("switches")
    seen: dict[tuple[str, object], int] = {}
    for index, switch in enumerate(switches if isinstance(switches, list) else []):
        for name, value in switch.items() if isinstance(switch, dict) else ():
            if name in ("number", "label"):
                if (name, value) in seen:
                    message = _("the same as in switches[{index}]").format(index=seen[name, value])
                    yield located.problem(("switches", index, name), message)
                seen.setdefault((name, value), index)
            if name in ("on", "weekend", "old_times") and isinstance(value, str):
                try:
                    on_times(value)
                except ValueError as error:
                    yield located.problem(("switches", index, name), str(error))


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
