"""A device's log for people and programs: entries as a file, and how many of them say what nobody here knows."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hht.alerts import is_known
from hht.clock import iso_z
from ui.csv_cells import cells
from ui.whole_file import whole_file

if TYPE_CHECKING:
    from hht.client.api import LogEntry


def unknown_count(entries: Sequence[LogEntry]) -> int:
    """How many of them have a code that is in no catalogue."""
    return sum(not is_known(entry.code) for entry in entries)


def save_log(path: Path, entries: Sequence[LogEntry]) -> None:
    """A CSV file of them, written whole. Raises FileNotWritten."""
    with whole_file(path, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["time", "log", "code", "meaning", "information"])
        for one in entries:
            writer.writerow(cells([iso_z(one.time), one.log, f"{one.code:04X}", one.meaning, one.information]))
