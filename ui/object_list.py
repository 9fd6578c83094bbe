"""Finding objects in a meter's association view, and writing what was read: for window and command line alike."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from hht.client.interface_classes import interface_class, object_name
from hht.client.meter_objects import ViewEntry
from hht.client.object_reader import ObjectView, view_json
from ui.whole_file import whole_file

EXPORT_VERSION = 1


def matching(entries: Iterable[ViewEntry], search: str) -> list[ViewEntry]:
    """The objects with every word of `search` in OBIS, class (number or name) or name; case does not count."""
    words = search.casefold().split()
    return [entry for entry in entries if all(word in _haystack(entry) for word in words)]


def _haystack(entry: ViewEntry) -> str:
    kind = interface_class(entry.class_id).name
    return (
        f"{entry.class_id} {kind} {entry.obis} {entry.obis.full} {object_name(entry.class_id, entry.obis)}".casefold()
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
                writer.writerows([*head, a.number, a.name, a.text, a.error] for a in view.attributes)
        else:
            body = {"format": "hht-objects", "version": EXPORT_VERSION, "objects": [view_json(view) for view in views]}
            json.dump(body, file, ensure_ascii=False, indent=1)
            file.write("\n")
