"""What differs between a job that is kept and the same job as it comes again: field by field, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hht.i18n import _
from hht.work.devices import device_kind
from hht.work.positions import path_text


@dataclass(frozen=True, slots=True)
class JobChange:
    """A field that differs; "" where it is not there. Values may be personal."""

    path: str  # as in error messages: premises.postcode
    before: str = field(repr=False)
    after: str = field(repr=False)

    @property
    def words(self) -> str:
        """The change on one line."""
        nothing = _("nothing")
        return _("{field}: {before} → {after}").format(
            field=field_words(self.path), before=self.before or nothing, after=self.after or nothing
        )


def job_changes(before: dict[str, Any], after: dict[str, Any]) -> tuple[JobChange, ...]:
    """Every field that differs between two checked job files. Devices are told apart by their ids, so that one that is
    exchanged shows as one that went and one that came."""
    old, new = dict(_fields((), _by_id(before))), dict(_fields((), _by_id(after)))
    paths = list(dict.fromkeys((*old, *new)))
    return tuple(
        JobChange(path, old.get(path, ""), new.get(path, "")) for path in paths if old.get(path) != new.get(path)
    )


def field_words(path: str) -> str:
    """A field for people; one that has no words of its own is named as in the file."""
    words = {
        "appointment.start": _("Appointment from"),
        "appointment.end": _("Appointment until"),
        "customer.name": _("Customer"),
        "customer.phone": _("Telephone"),
        "premises.address": _("Address"),
        "premises.postcode": _("Postcode"),
        "premises.notes": _("Notes"),
        "supplier": _("Supplier"),
        "tariff": _("Tariff"),
        "payment_mode": _("Payment mode"),
        "vulnerability": _("Codes of needs"),
        "walkthrough": _("Work"),
        "link": _("Link"),
    }
    return words.get(path, path)


def _by_id(plain: dict[str, Any]) -> dict[str, Any]:
    devices = {f"{device_kind(one['type'])} {one['device_id']}": one for one in plain.get("devices", ())}
    rest = {name: value for name, value in plain.items() if name not in ("devices", "$schema")}
    inside = {
        name: {key: value for key, value in one.items() if key != "device_id"} | {"type": device_kind(one["type"])}
        for name, one in devices.items()
    }
    return rest | {"devices": inside}


def _fields(path: tuple[str | int, ...], value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _fields((*path, name), inner)
    elif path == ("vulnerability",):  # how many, never which
        yield "vulnerability", str(len(value))
    elif isinstance(value, list) and all(isinstance(one, str) for one in value):
        yield path_text(path), ", ".join(value)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _fields((*path, index), inner)
    else:
        yield path_text(path), {True: _("yes"), False: _("no")}.get(value, str(value)) if value is not None else ""
