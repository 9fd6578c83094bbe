"""The hub's Device Log: each device with its signal figures, those that never joined marked, a map, lines over time,
and when the gas meter wakes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from hht.client.radio.survey import GOOD_LQI, MARGINAL_LQI
from hht.i18n import _
from hht.work.hub_facts import GOOD_DBM, POOR_DBM
from ui.window.device_log_model import LogRow, device_facts, log_rows, log_signals, log_words, waiting_words
from ui.window.han_map import HanMap
from ui.window.han_model import FULL
from ui.window.parts import FactTable
from ui.window.signal_plot import SignalPlot
from ui.window.state_list import StateList
from ui.window.theme import THEME
from ui.window.widgets import Scroll, Segments, Text, row_of

if TYPE_CHECKING:
    from datetime import datetime

    from ui.hub_facts import DeviceLogFacts

LOWEST_DBM, HIGHEST_DBM = -110, -20  # of the picture


class DeviceLogPart(QWidget):
    """See the module. `logs`: every reading, the latest last."""

    def __init__(self) -> None:
        super().__init__()
        self.logs: list[DeviceLogFacts] = []
        self.what = Segments(_("Picture"), [("map", _("Map")), ("rssi", "RSSI"), ("lqi", "LQI")])
        self.what.chosen.connect(self._choose)
        self._summary = Text(log_words(None), "soft")
        head = row_of(self.what, self._summary)
        head.setStretch(1, 1)
        name = _("Signal of each device over time")
        self.rssi = SignalPlot(name, "dBm", LOWEST_DBM, HIGHEST_DBM, (POOR_DBM, GOOD_DBM))
        self.lqi = SignalPlot(name, "LQI", 0, FULL, (MARGINAL_LQI, GOOD_LQI))
        self._plots = QStackedWidget()
        self.map = HanMap(_("Map of the home network"))
        for plot in (self.map, self.rssi, self.lqi):
            plot.setMinimumHeight(110)
            self._plots.addWidget(plot)
        self.list: StateList[LogRow] = StateList(_("Device Log"))
        self.list.marked_changed.connect(self._show_marked)
        self.map.picked.connect(self.list.mark)
        self.waiting = Text("", "soft")
        self.facts = FactTable()
        scroll = Scroll()
        scroll.column.addWidget(self.facts)
        scroll.column.addStretch(1)
        right = QVBoxLayout()
        right.setSpacing(4)
        right.addWidget(self._plots, 3)
        right.addWidget(scroll, 2)
        row = QHBoxLayout()
        row.setSpacing(THEME.sizes.gap + 4)
        row.addWidget(self.list, 1)
        row.addLayout(right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.waiting)
        column.addLayout(row, 1)
        self._choose("map")
        self.waiting.hide()

    def add(self, log: DeviceLogFacts) -> None:
        """It was read again."""
        if self.logs and self.logs[-1].chf != log.chf:
            self.logs.clear()  # another hub's
        self.logs.append(log)
        self._show()

    def _choose(self, what: str) -> None:
        self.what.choose(what)
        self._plots.setCurrentWidget({"map": self.map, "lqi": self.lqi}.get(what, self.rssi))

    def _show(self) -> None:
        latest, times = self.logs[-1], [log.read_at for log in self.logs]
        self._summary.setText(log_words(latest))
        self.rssi.show_signals(log_signals(self.logs, "rssi"), times)
        self.lqi.show_signals(log_signals(self.logs, "lqi"), times)
        rows = log_rows(latest)
        self.list.show_rows(rows)
        self.map.show_rows(rows)
        self.tick(latest.read_at)

    def tick(self, now: datetime) -> None:
        """Say when the gas meter wakes, as of now."""
        words = waiting_words(self.logs[-1] if self.logs else None, now)
        self.waiting.setText(words)
        self.waiting.setVisible(bool(words))

    def _show_marked(self) -> None:
        row = self.list.marked
        self.map.look_at(self.list.currentIndex().row())
        self.facts.show_facts(device_facts(row) if row is not None else ())
