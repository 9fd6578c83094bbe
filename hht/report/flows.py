"""Fields of an industry's completion flow, out of a visit's record; the mapping is data (``catalogue/flows.toml``).

What a flow asks for and the visit does not have is named, never made up; what is sealed is out of reach.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from hht.clock import iso_z
from hht.errors import HhtError
from hht.i18n import _
from hht.resources import resource_text
from hht.work.job import JobOther
from hht.work.noted import NoteKind, of_kind
from hht.work.record import VisitRecord
from hht.work.view import NOT_MEASURED

FORMAT: Final = "hht-flow/1"


class FlowError(HhtError):
    """There is no flow of that name."""

    default_code = "flow-unknown"


@dataclass(frozen=True, slots=True)
class FlowField:
    """A field of a flow. `item`: its number in the industry's catalogue, "" where none is known; `source`: where in the
    record it comes from ("nobody": no step asks for it, it is always missing); `words`: an answer's code, as the flow
    writes it."""

    name: str
    item: str
    source: str
    required: bool
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow. `standing`: where its names come from, and that they are unverified where they are."""

    name: str
    title: str
    standing: str
    fields: tuple[FlowField, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """A field with what the visit has for it; "" where it has nothing."""

    of: FlowField
    value: str = field(repr=False)

    @property
    def missing(self) -> bool:
        """Whether the flow asks for it and it is not there."""
        return self.of.required and not self.value


@cache
def flows() -> Mapping[str, Flow]:
    """Every flow, by its name."""
    plain = tomllib.loads(resource_text("catalogue", "flows.toml"))["flow"]
    return {name: _flow(name, one) for name, one in plain.items()}


def _flow(name: str, plain: Mapping[str, Any]) -> Flow:
    standing = plain["source"] if plain["verified"] else _("{source} (unverified)").format(source=plain["source"])
    fields = tuple(
        FlowField(one["name"], one.get("item", ""), one["from"], one["required"], one.get("map", {}))
        for one in plain["field"]
    )
    return Flow(name, plain["title"], standing, fields)


def flow_of(name: str) -> Flow:
    """The flow of that name. Raises FlowError."""
    found = flows().get(name.upper())
    if found is None:
        raise FlowError(
            _("There is no flow “{name}”.").format(name=name[:40]),
            remedy=_("One of: {names}.").format(names=", ".join(flows())),
        )
    return found


def filled(flow: Flow, record: VisitRecord) -> list[Filled]:
    """The flow's fields, in its order, as the visit fills them."""
    return [Filled(one, _value(one, record)) for one in flow.fields]


def _value(one: FlowField, record: VisitRecord) -> str:
    kind, _slash, rest = one.source.partition("/")
    match kind:
        case "job":
            found: Any = _of_job(record).get(rest, "")
        case "visit":
            found = _of_visit(record).get(rest, "")
        case "answer":
            found = record.answers.get(rest, "")
        case "data":
            step, _slash, name = rest.partition("/")
            found = record.data.get(step, {}).get(name, "")
        case "register":
            when, _slash, obis = rest.partition("/")
            found = _register(record.data.get(f"reading-{when}", {}), obis)
        case "nobody":
            found = ""
        case _:
            found = _noted(record, kind, rest)
    text = "" if found in (None, NOT_MEASURED) else str(found)
    return one.words.get(text, text)


def _of_job(record: VisitRecord) -> dict[str, str]:
    job = record.job
    gas = job.device("gas-meter")
    mprn = gas.mprn if isinstance(gas, JobOther) else None
    return {
        "reference": job.reference,
        "supplier": job.supplier,
        "mpan": str(job.meter.mpan),
        "device_id": str(job.meter.device_id),
        "mprn": str(mprn) if mprn else "",
        "gas_device_id": str(gas.device_id) if gas is not None else "",
    }


def _of_visit(record: VisitRecord) -> dict[str, str]:
    view = record.view
    return {
        "outcome": view.outcome.value if view.outcome else "",
        "started_at": iso_z(record.started_at) if record.started_at else "",
        "ended_at": iso_z(record.ended_at) if record.ended_at else "",
        "ended_on": record.ended_at.date().isoformat() if record.ended_at else "",
    }


def _register(reading: Mapping[str, Any], obis: str) -> str:
    for one in reading.get("registers", ()):
        if str(one["obis"]).removesuffix(".255") == obis.removesuffix(".255"):
            return str(one["value"])
    return ""


def _noted(record: VisitRecord, kind: str, name: str) -> str:
    """Of the last note of that kind."""
    notes = of_kind(record.noted, NoteKind(kind))
    if not notes:
        return ""
    return iso_z(notes[-1].at) if name == "at" else str(notes[-1].told.get(name, ""))


def as_plain(flow: Flow, fields: Iterable[Filled], reference: str, visit: str) -> dict[str, Any]:
    """The flow as JSON."""
    every = [*fields]
    return {
        "format": FORMAT,
        "flow": flow.name,
        "title": flow.title,
        "standing": flow.standing,
        "job": reference,
        "visit": visit,
        "fields": [{"name": one.of.name, "item": one.of.item, "value": one.value} for one in every],
        "missing": [one.of.name for one in every if one.missing],
    }
