"""The Gas Network Data Log: flow in six-minute steps, while a party asks for it (OLC-11; GCS31, GCS18)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hht.model.agenda import MINUTE_MS, Appointment
from hht.model.commands import DONE, Command
from hht.model.parties import Party

if TYPE_CHECKING:
    from hht.model.gas_meter.meter import GasMeter

STEP_MS = 6 * MINUTE_MS
ENTRIES = 40  # four hours; from memory


@dataclass(frozen=True, slots=True)
class StartNetworkLog(Command):
    """Sample for four hours from now (GCS31)."""

    use_case: ClassVar[str] = "GCS31"


@dataclass(frozen=True, slots=True)
class ReadNetworkLog(Command):
    """The samples (GCS18): a tuple of (end of the six minutes, Unix s; litres), oldest first."""

    use_case: ClassVar[str] = "GCS18"


class NetworkLog:
    """The log of one meter; it samples only while it was asked to, because each sample costs battery."""

    def __init__(self, meter: GasMeter) -> None:
        self._meter = meter
        self.samples: deque[tuple[int, int]] = deque(maxlen=ENTRIES)
        self._left = 0
        self._before_nl = 0
        self._beat: Appointment | None = None
        meter.accept({StartNetworkLog: self._start, ReadNetworkLog: lambda _command, _sender: tuple(self.samples)})

    def _start(self, _command: StartNetworkLog, _sender: Party) -> object:
        if self._beat is not None:
            self._beat.cancel()
        self.samples.clear()
        self._meter.count()
        self._left, self._before_nl = ENTRIES, self._meter.volume.nl
        self._beat = self._meter.site.agenda.every(STEP_MS, self._sample)
        return DONE

    def _sample(self) -> None:
        self._meter.count()
        now_nl = self._meter.volume.nl
        time_s = self._meter.clock.meter_ms(self._meter.site.agenda.now_ms) // 1000
        self.samples.append((time_s, (now_nl - self._before_nl) // 1_000_000_000))
        self._before_nl = now_nl
        self._left -= 1
        if not self._left and self._beat is not None:
            self._beat.cancel()
            self._beat = None
