"""Finding objects in a meter's association view, and writing what was read: for window and command line alike."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hht.client.api import OnProgress, Progress
from hht.client.interface_classes import english_name, interface_class, object_name
from hht.client.meter_objects import ViewEntry
from hht.client.object_reader import ObjectView, describe, entry_name, view_json
from hht.i18n import _
from hht.work.devices import same_device, shown
from hht.work.step import WrongMeter
from ui.csv_cells import cells
from ui.whole_file import FileNotWritten, whole_file

if TYPE_CHECKING:
    from hht.client.api import Meter

EXPORT_VERSION = 1
ENDINGS = (".json", ".csv")


def matching(entries: Iterable[ViewEntry], search: str) -> list[ViewEntry]:
    """The objects with every word of `search` in OBIS, class (number or name) or name, here or in English; case does
    not count."""
    words = search.casefold().split()
    return [entry for entry in entries if all(word in _haystack(entry) for word in words)]


def _haystack(entry: ViewEntry) -> str:
    if not entry.is_object:
        return f"{entry_name(entry)} {describe(entry)}".casefold()
    kind = interface_class(entry.class_id).name
    names = f"{object_name(entry.class_id, entry.obis)} {english_name(entry.class_id, entry.obis)}"
    return f"{entry.class_id} {kind} {entry.obis} {entry.obis.full} {names}".casefold()


async def read_objects(meter: Meter, entries: Sequence[ViewEntry], on_progress: OnProgress) -> list[ObjectView]:
    """Read these, one after the other. `on_progress` hears of objects and of bytes received meanwhile. Raises what the
    link and the meter raise; a refusal is noted at its attribute."""
    before, views = meter.counters.bytes_rx, list[ObjectView]()
    for entry in entries:
        views.append(await meter.read_object_view(entry))
        on_progress(Progress(len(views), len(entries), meter.counters.bytes_rx - before))
    return views


def check_same_meter(found: str, expected: str) -> None:
    """What was listed of one meter must not be asked of another. Raises WrongMeter."""
    if found != expected and not same_device(found, expected):
        raise WrongMeter(
            _("This is another meter: it says {found}, the list is of {expected}.").format(
                found=shown(found), expected=shown(expected)
            ),
            remedy=_("List the objects again."),
        )


def check_ending(path: Path) -> None:
    """The ending says what the file is to be. Raises FileNotWritten."""
    if path.suffix.lower() not in ENDINGS:
        raise FileNotWritten(
            _("{path}: what kind of file that is to be cannot be told from its name.").format(path=path),
            remedy=_("Write a name that ends in .json or .csv."),
            code="file-kind",
        )


def write_objects(path: Path, views: Sequence[ObjectView]) -> None:
    """What was read as JSON, or as CSV where `path` ends so. Whole or not at all; raises FileNotWritten."""
    with whole_file(path, newline="" if path.suffix.lower() == ".csv" else None) as file:
        if path.suffix.lower() == ".csv":
            writer = csv.writer(file)
            writer.writerow(["class_id", "class", "obis", "name", "attribute", "attribute_name", "text", "error"])
            for view in views:
                shown = view_json(view)
                head = [shown["class_id"], shown["class"], shown["obis"], shown["name"]]
                writer.writerows(cells([*head, a.number, a.name, a.text, a.error]) for a in view.attributes)
        else:
            body = {"format": "hht-objects", "version": EXPORT_VERSION, "objects": [view_json(view) for view in views]}
            json.dump(body, file, ensure_ascii=False, indent=1)
            file.write("\n")
