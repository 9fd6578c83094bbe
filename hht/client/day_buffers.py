"""Profiles of few rows whose first number is a register: daily stores and billing snapshots, as times and Wh."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from hht.client.object_reader import Buffer
from hht.client.values import clock_status, makes_no_sense, number_of, time_of

if TYPE_CHECKING:
    from hht.client.api import ClockStatus

DAILY_CONSUMPTION: Final = "0-0:99.1.3"  # each UTC day's use, at the midnight that began it (factbook 6.1)
BILLING: Final = ("0-0:98.1.0", "0-0:98.1.2")  # the register at each billing time, and at each change of tariff or mode


def buffer_rows(buffer: Buffer, what: str) -> list[tuple[datetime, ClockStatus, int]]:
    """(time UTC, the clock's status, Wh) of each row, by its first two columns. Raises MeterError where these are no
    time and no energy whose scale the meter tells."""
    if len(buffer.columns) < 2 or (scale := buffer.scales[1]) is None or scale[1] != "Wh" or scale[0] < 0:
        raise makes_no_sense(what)
    rows = []
    for row in buffer.rows:
        moment, status = time_of(row[0].value, what)
        rows.append((moment, clock_status(status), number_of(row[1], what, 0) * 10 ** scale[0]))
    return rows
