"""Rows of a 13-month profile decoded per second, from octets to typed rows, beside the floor in plain Python."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from hht.client.api import NOBODY
from hht.client.profile_reader import Column, ProfileReading
from hht.protocol.cosem.datetime import encode_datetime
from hht.protocol.cosem.obis import Obis

ROWS = 19_008
ROW = struct.Struct(">2s2s12sBIBI")


def encoded() -> bytes:
    """The profile as a meter sends it: array of structure{octet-string(12), u32, u32}, 26 octets a row."""
    start = datetime(2025, 10, 1, tzinfo=UTC)
    rows = b"".join(
        ROW.pack(b"\x02\x03", b"\x09\x0c", encode_datetime(start + timedelta(minutes=30 * n)), 6, n * 137, 6, n * 3)
        for n in range(ROWS)
    )
    return b"\x01\x82" + ROWS.to_bytes(2, "big") + rows


def best(work: Callable[[], int], runs: int = 5) -> float:
    """Items per second of the fastest of `runs`."""
    rates = []
    for _run in range(runs):
        began = time.perf_counter()
        count = work()
        rates.append(count / (time.perf_counter() - began))
    return max(rates)


def run() -> Iterator[str]:
    """Ours and the floor, in turns in one run."""
    value = encoded()
    columns = [
        Column(8, Obis.parse("0-0:1.0.0"), 2),
        Column(3, Obis.parse("1-0:1.8.0"), 2, 0, "Wh"),
        Column(3, Obis.parse("1-0:2.8.0"), 2, 0, "Wh"),
    ]

    def ours() -> int:
        reading = ProfileReading(columns, None, None, NOBODY)
        for start in range(0, len(value), 60_000):
            reading.take(value[start : start + 60_000])
        return len(reading.finish())

    def floor() -> int:
        return sum(1 for _row in ROW.iter_unpack(value[4:]))

    rate, bare = best(ours), best(floor)
    yield f"{rate:,.0f} rows/s typed (time, status, decimals); bare unpacking {bare:,.0f}; ratio {rate / bare:.3f}"
