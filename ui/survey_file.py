"""A HAN survey as a CSV file: every figure of every look, one a line."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

from hht.client.radio.survey import Survey, channel_mhz
from hht.clock import iso_z
from ui.csv_cells import cells
from ui.whole_file import whole_file

_COLUMNS: Final = ("look", "utc", "kind", "channel", "frequency_mhz", "energy", "gpf_id", "pan_id", "lqi")


def write_survey(path: Path, found: Survey) -> int:
    """Write it, whole or not at all; how many lines of figures. Raises FileNotWritten."""
    lines = 0
    with whole_file(path, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for row in _rows(found):
            writer.writerow(cells(row))
            lines += 1
    return lines


def _rows(found: Survey) -> list[list[object]]:
    rows: list[list[object]] = []
    for look, begun in enumerate(found.times, 1):
        for one in found.channels:
            if look <= len(one.energies):
                place = [one.channel, channel_mhz(one.channel), one.energies[look - 1]]
                rows.append([look, iso_z(begun), "channel", *place, "", "", ""])
        for seen in found.networks:
            if look in seen.lqis:
                place = [seen.channel, channel_mhz(seen.channel)]
                rows.append(
                    [look, iso_z(begun), "network", *place, "", seen.gpf_id, f"{seen.pan:04X}", seen.lqis[look]]
                )
    return rows
