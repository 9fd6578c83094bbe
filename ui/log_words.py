"""A device's log for people and programs: entries as a file, and how many of them say what nobody here knows."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hht.alerts import alert_meaning, is_known
from hht.clock import iso_z
from hht.errors import HhtError
from hht.i18n import _
from ui.csv_cells import cells
from ui.short_file import read_short
from ui.whole_file import whole_file

if TYPE_CHECKING:
    from hht.client.api import LogEntry


def unknown_count(entries: Sequence[LogEntry]) -> int:
    """How many of them have a code that is in no catalogue."""
    return sum(not is_known(entry.code) for entry in entries)


def read_log_file(path: Path) -> list[LogEntry]:
    """The entries of a file that `save_log` wrote. Raises HhtError ``log-file-unreadable``."""
    from hht.client.api import LogEntry

    try:
        rows = list(csv.DictReader(io.StringIO(read_short(path).decode("utf-8-sig"))))
        return [
            LogEntry(_time(row["time"]), (code := int(row["code"], 16)), row["log"], alert_meaning(code))
            for row in rows
        ]
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        raise HhtError(
            _("{path} is no log file.").format(path=path),
            remedy=_("Give a file that hht logs LINK --csv FILE has written."),
            code="log-file-unreadable",
        ) from None


def _time(text: str) -> datetime:
    """A time of such a file. Raises ValueError where it names no offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def save_log(path: Path, entries: Sequence[LogEntry]) -> None:
    """A CSV file of them, written whole. Raises FileNotWritten."""
    with whole_file(path, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["time", "log", "code", "meaning", "information"])
        for one in entries:
            writer.writerow(cells([iso_z(one.time), one.log, f"{one.code:04X}", one.meaning, one.information]))
