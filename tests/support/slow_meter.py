"""A meter at the end of a line of 9600 baud, in virtual time, and a terminal that reads its profile."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from drivers.in_process import InProcessLink
from drivers.line_simulator import LineSettings, LineSimulator
from drivers.serving import Attachable
from hht.client.api import Listeners, ProfileRow, Progress
from hht.client.association import Association
from hht.client.meter_session import MeterSession
from hht.emulation.port_server import PortServer
from hht.link import Line
from tests.support.counted_read import BAUD, CLOCK, KEYS, PIECE_S, TURNAROUND_S, whole_meter

SECURITY = {"low": 17, "gmac": 1}


@dataclass
class Heard:
    """What a read told, and when (seconds of the loop's time)."""

    rows: list[ProfileRow] = field(default_factory=list)
    unproved: list[list[ProfileRow]] = field(default_factory=list)  # with the proved rows before them
    progress: list[Progress] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    last: float = 0.0

    def on_rows(self, rows: Sequence[ProfileRow]) -> None:
        self.rows += rows
        self._now()

    def on_unproved(self, rows: Sequence[ProfileRow]) -> None:
        self.unproved.append([*self.rows, *rows])
        self._now()

    def _now(self) -> None:
        self.times.append(asyncio.get_running_loop().time())

    @property
    def hearing(self) -> Listeners:
        """For `read_profile`."""
        return Listeners(self.on_rows, self.progress.append, self.on_unproved)


class SlowMeter:
    """Link and line; `cut()` breaks the link as an unplugged adapter would."""

    def __init__(self, days: int, *, through: Callable[[PortServer], Attachable] = lambda port: port) -> None:
        settings = LineSettings(turnaround_s=TURNAROUND_S, piece_s=PIECE_S)
        self.line = LineSimulator(through(PortServer(whole_meter(days))), settings)
        self.links: list[InProcessLink] = []
        self.stopping: list[float] = []

    def link(self) -> InProcessLink:
        """A new link to it."""
        self.links.append(InProcessLink(self.line, clock=CLOCK, paced=True, line=Line(BAUD)))
        return self.links[-1]

    def cut(self) -> None:
        """The line is gone."""
        self.links[-1].drop()

    @contextlib.asynccontextmanager
    async def session(
        self, security: str = "low", opening: str = "hdlc", **options: Any
    ) -> AsyncIterator[MeterSession]:
        """An open conversation in which what is asked once has been asked."""
        association = Association(
            client_sap=SECURITY[security], security=security, password=b"Gurux", opening=opening, keys=KEYS, **options
        )
        session = MeterSession(
            self.link,
            association,
            clock=CLOCK,
            random_bytes=random.Random(1).randbytes,
            on_stopping=self.stopping.append,
        )
        await session.open()
        try:
            await session.association_view()
            yield session
        finally:
            await session.close()
