"""What the object browser knows: the list of a meter's objects, the words looked for, what was read. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from hht.client.field_format import field_problems
from hht.client.interface_classes import interface_class, object_name
from hht.client.object_reader import describe, entry_name
from hht.i18n import _, ngettext
from hht.work.dictionary import need_of, need_words
from ui.object_list import matching
from ui.window.link_model import byte_text

if TYPE_CHECKING:
    from hht.client.api import Progress
    from hht.client.meter_objects import ViewEntry
    from hht.client.object_reader import AttributeValue, ObjectView
    from ui.services import ObjectList


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """One line of the list."""

    entry: ViewEntry
    obis: str
    name: str  # the trade's name, else that of the class
    kind: str  # the class, where it is not the name already

    @property
    def spoken(self) -> str:
        """What a screen reader says."""
        return ", ".join(part for part in (self.obis, self.name, self.kind) if part)


def object_row(entry: ViewEntry) -> ObjectRow:
    """An object as a line."""
    if not entry.is_object:
        return ObjectRow(entry, entry_name(entry), describe(entry), "")
    kind = interface_class(entry.class_id).name
    name = object_name(entry.class_id, entry.obis)
    beside = (kind if name else "", _("odd entry") if entry.odd else "")
    return ObjectRow(entry, str(entry.obis), name or kind, ", ".join(filter(None, beside)))


@dataclass(frozen=True, slots=True)
class ReadObject:
    """An object's attributes as they were at a time (the terminal's clock)."""

    view: ObjectView
    at: datetime


class ObjectsModel:
    """One meter's objects. What was read of one is kept until it is read again or another list comes."""

    def __init__(self) -> None:
        self.listed: ObjectList | None = None
        self.query = ""
        self._read: dict[ViewEntry, ReadObject] = {}

    def show(self, listed: ObjectList | None) -> None:
        """Another list; None: nothing is known any more."""
        self.listed = listed
        self._read.clear()

    def keep(self, view: ObjectView, at: datetime) -> None:
        """This was read."""
        self._read[view.entry] = ReadObject(view, at)

    def read(self, entry: ViewEntry) -> ReadObject | None:
        """What was read of that object; None where it was not."""
        return self._read.get(entry)

    def found(self) -> list[ViewEntry]:
        """The objects with all the words that are looked for."""
        return matching(self.listed.entries, self.query) if self.listed is not None else []

    def file_name(self) -> str:
        """A name for the export, with whose objects they are."""
        who = self.listed.device_id if self.listed is not None else ""
        plain = "".join(c for c in who if c.isascii() and (c.isalnum() or c == "-"))[:40]
        return f"objects-{plain}.json" if plain else "objects.json"


def count_words(found: int, total: int) -> str:
    """How many are listed."""
    if found == total:
        return ngettext("{count} object", "{count} objects", total).format(count=total)
    return _("{found} of {count}").format(found=found, count=total)


def heading(row: ObjectRow, read: ReadObject | None) -> str:
    """What an object is, in a line: name, class, version, and when it was read."""
    entry = row.entry
    if not entry.is_object:
        return f"{row.obis} · {row.name}"
    words = [row.obis, _("class {number}").format(number=entry.class_id)]
    words.append(_("version {number}").format(number=entry.version))
    need = need_of(f"{entry.class_id}/{entry.obis}")
    words += [need_words(need)] if need else [_("not in the dictionary")]
    if read is not None:
        words.append(_("read {time}").format(time=f"{read.at.astimezone():%H:%M:%S}"))
        words += [one.words for one in field_problems(entry, read.view.attributes)]
    return " · ".join(words)


def attribute_rows(attributes: Sequence[AttributeValue]) -> list[tuple[str, ...]]:
    """Number, name, value (or why there is none), type."""
    return [
        (
            str(attribute.number),
            attribute.name,
            attribute.error if attribute.data is None else attribute.text,
            "–" if attribute.data is None else attribute.data.tag.name.lower().replace("_", "-"),
        )
        for attribute in attributes
    ]


def reading_words(progress: Progress) -> str:
    """How far an export has come."""
    return _("{done:,} of {total:,} objects · {bytes}").format(
        done=progress.done, total=progress.total or 0, bytes=byte_text(progress.bytes)
    )


def written_words(count: int, path: str) -> str:
    """What an export has done."""
    return ngettext("{count} object is written to {path}.", "{count} objects are written to {path}.", count).format(
        count=count, path=path
    )
