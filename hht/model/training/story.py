"""The log of a premises for whoever trains with it: the chronicle, and the alerts of its devices, in one order."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from hht.alerts import alert_meaning
from hht.model.chronicle import KEPT, Happening
from hht.model.premises import Premises
from hht.model.site import to_ms


@dataclass(frozen=True, slots=True)
class Line:
    """`number` counts from 1; `time_ms` is true time but for alerts from before the story began, which have their
    device's; `where` names the device ("" for the premises); `code`: an alert's, 0 for what the chronicle tells."""

    number: int
    time_ms: int
    where: str
    what: str
    why: str = ""
    code: int = 0


class Story:
    """Every line since the history's beginning, the last `KEPT`. It listens to its premises from its making on."""

    def __init__(self, premises: Premises) -> None:
        self.written = 0
        self._kept: deque[Line] = deque(maxlen=KEPT)
        for time_ms, where, what, why, code in sorted(_history(premises), key=lambda entry: entry[0]):
            self._write(time_ms, where, what, why, code)
        site = premises.site
        site.chronicle.listen(self._told)
        site.alarms.append(lambda where, code, why: self._alert(site.agenda.now_ms, where, code, why))

    def since(self, number: int) -> tuple[Line, ...]:
        """The lines with higher numbers than `number`, oldest first."""
        if number >= self.written:
            return ()
        return tuple(self._kept)[-(self.written - number) :]

    def _told(self, happening: Happening) -> None:
        self._write(happening.time_ms, happening.where, happening.what, happening.why, 0)

    def _alert(self, time_ms: int, where: str, code: int, why: str) -> None:
        self._write(time_ms, where, alert_meaning(code), why, code)

    def _write(self, time_ms: int, where: str, what: str, why: str, code: int) -> None:
        self.written += 1
        self._kept.append(Line(self.written, time_ms, where, what, why, code))


def _history(premises: Premises) -> Sequence[tuple[int, str, str, str, int]]:
    told = [(one.time_ms, one.where, one.what, one.why, 0) for one in premises.site.chronicle]
    alerts = [
        (to_ms(record.time), device.name, alert_meaning(record.code), record.information, record.code)
        for device in premises.devices
        for log in device.logs.values()
        for record in log
    ]
    return told + alerts
