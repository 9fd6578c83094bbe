"""A whole profile read in process, its bytes and turnarounds counted: what it would cost on a line of 9600 baud."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from drivers.in_process import InProcessLink
from hht.client.association import Association
from hht.client.meter_session import MeterSession
from hht.clock import ManualClock
from hht.emulation.port_server import PortServer, offering
from hht.model.electricity_meter import ElectricityMeter
from hht.model.premises import HISTORY_DAYS, load_premises
from hht.protocol.hdlc import HdlcParameters

CLOCK = ManualClock(datetime(2026, 11, 21, 12, tzinfo=UTC))
KEYS = {"ek": bytes(range(16)).hex(), "ak": bytes(range(0xD0, 0xE0)).hex(), "client_title": b"HHTTERM1".hex()}
BAUD, TURNAROUND_S = 9600, 0.02
PIECE_S = 0.016  # characters that an adapter hands over together: a read has hundreds of thousands
PLAIN_ROW_BYTES = 26  # structure of a 12-octet time and two u32


@dataclass(frozen=True, slots=True)
class Counted:
    """What one read cost."""

    rows: int
    sent: int
    received: int
    turnarounds: int

    @property
    def seconds(self) -> float:
        """On the line: ten bits a character, and each request waits for its answer to begin."""
        return (self.sent + self.received) * 10 / BAUD + self.turnarounds * TURNAROUND_S

    @property
    def floor_s(self) -> float:
        """The same rows in plain encoding with nothing around them."""
        return self.rows * PLAIN_ROW_BYTES * 10 / BAUD

    @property
    def ratio(self) -> float:
        """Seconds over floor."""
        return self.seconds / self.floor_s


def whole_meter(days: int = HISTORY_DAYS, profiles: str | None = None) -> ElectricityMeter:
    """A meter with 13 months of half-hours (or `days`), its rows written as `profiles` says."""
    return offering(load_premises("single-element", clock=CLOCK, days=days).device(), profiles=profiles)


async def counted_read(meter: ElectricityMeter, *, info: int, window: int, ciphered: bool = False) -> Counted:
    """Read the whole profile with these link parameters; what else the terminal must know has been read before."""
    association = Association(
        client_sap=1 if ciphered else 17,
        security="gmac" if ciphered else "low",
        password=b"Gurux",
        opening="hdlc",
        keys=KEYS,
        proposed=HdlcParameters(info, info, window, window),
    )
    port = PortServer(meter)
    session = MeterSession(
        lambda: InProcessLink(port, clock=CLOCK), association, clock=CLOCK, random_bytes=secrets.token_bytes
    )
    await session.open()
    try:
        await session.association_view()
        before = session.counters
        rows = await session.read_profile()
        after = session.counters
    finally:
        await session.close()
        await port.close()
    return Counted(
        len(rows),
        after.bytes_tx - before.bytes_tx,
        after.bytes_rx - before.bytes_rx,
        after.round_trips - before.round_trips,
    )
