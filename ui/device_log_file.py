"""Readings of a hub's Device Log as a CSV file: every device of every reading, one a line."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from hht.clock import iso_z
from ui.csv_cells import cells
from ui.hub_facts import DeviceLogFacts, DeviceRow
from ui.whole_file import whole_file

_COLUMNS: Final = (
    "utc",
    "hub",
    "device",
    "kind",
    "joined",
    "last_heard",
    "rssi_least_dbm",
    "rssi_average_dbm",
    "rssi_most_dbm",
    "lqi_least",
    "lqi_average",
    "lqi_most",
    "frames_heard",
    "frames_failed",
    "verdict",
)


def write_device_logs(path: Path, logs: Sequence[DeviceLogFacts]) -> int:
    """Write them, whole or not at all; how many lines of figures. Raises FileNotWritten."""
    lines = 0
    with whole_file(path, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for log in logs:
            for row in log.rows:
                writer.writerow(cells([iso_z(log.read_at), log.chf, *_figures(row)]))
                lines += 1
    return lines


def _figures(row: DeviceRow) -> list[object]:
    heard = "" if row.last_heard is None else iso_z(row.last_heard)
    rssi, lqi = row.rssi_dbm or ("", "", ""), row.lqi or ("", "", "")
    joined = "yes" if row.joined else "no"
    return [row.device, row.kind, joined, heard, *rssi, *lqi, row.frames_heard, row.frames_failed, row.verdict]
