"""The parts of the HAN page: channels, networks, and the terminal's own way onto the HAN."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal as QtSignal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hht.client.radio.survey import GOOD_LQI, MARGINAL_LQI
from hht.i18n import _
from ui.window.energy_plot import EnergyPlot
from ui.window.han_model import (
    FULL,
    ChannelBar,
    band_words,
    channel_bars,
    channel_row,
    hour_words,
    joined_facts,
    joined_words,
    network_row,
    network_signals,
    survey_words,
)
from ui.window.parts import FactTable, Tile
from ui.window.signal_plot import SignalPlot
from ui.window.tables import Table, TextTableModel
from ui.window.theme import THEME
from ui.window.widgets import Button, ElidedText, Entry, Scroll, Text, row_of

if TYPE_CHECKING:
    from hht.client.radio.survey import Survey
    from ui.han import HanState


FULL_HEIGHT = 320  # below this a part leaves out what is no figure


class ChannelsPart(QWidget):
    """Energy per channel: the picture, and its figures beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.bars: list[ChannelBar] = []
        self.plot = EnergyPlot()
        self.plot.picked.connect(self._picked)
        header = (_("Channel"), _("Mean"), _("Peak"), _("Verdict"), _("Hubs"))
        self.items = TextTableModel(self, header, right=(0, 1, 2))
        self.table = Table(_("Channels"))
        self.table.setModel(self.items)
        self.table.columns((92, 74, 74, 92, 0))
        self.table.setMinimumWidth(440)
        self.table.selectionModel().currentChanged.connect(lambda now, _before: self._marked(now.row()))
        self._summary = Text(survey_words(()), "soft")
        self._bands = Text(band_words(), "small")
        left = QVBoxLayout()
        left.setSpacing(4)
        for part, stretch in ((self.plot, 1), (self._summary, 0), (self._bands, 0)):
            left.addWidget(part, stretch)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(THEME.sizes.gap + 4)
        row.addLayout(left, 3)
        row.addWidget(self.table, 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._bands.setVisible(self.height() >= FULL_HEIGHT)

    def show_survey(self, found: Survey | None, hub: str) -> None:
        """Show what is found so far; `hub`: the GPF ID of the chosen one."""
        self.bars = channel_bars(found, hub)
        self.plot.show_bars(self.bars)
        rows = [channel_row(bar) for bar in self.bars]
        if rows != self.items.rows:
            self.items.show_rows(rows)
        if self.bars:
            self.table.selectRow(self.plot.cursor_at)
        self._summary.setText(survey_words(self.bars))

    def _picked(self, place: int) -> None:
        self.table.selectRow(place)

    def _marked(self, row: int) -> None:
        """A line was marked in the table; while lines change, none is."""
        if self.table.hasFocus() and row >= 0:
            self.plot.look_at(row)


class NetworksPart(QWidget):
    """Which networks are heard, and how well over time. `hub_chosen` is given the GPF ID of the one that is pressed."""

    hub_chosen = QtSignal(str)

    def __init__(self) -> None:
        super().__init__()
        self._ids: list[str] = []
        self.plot = SignalPlot(_("LQI of each network over time"), "LQI", 0, FULL, (MARGINAL_LQI, GOOD_LQI))
        header = ("", _("GPF ID"), _("PAN ID"), _("Ch."), "LQI", _("Verdict"), _("Last heard"), _("Hub"))
        self.items = TextTableModel(self, header, mono=(1, 2))
        self.table = Table(_("Networks"))
        self.table.setModel(self.items)
        self.table.columns((40, 0, 80, 60, 92, 100, 156, 72))
        self.table.activated.connect(lambda _index: self._choose())
        self.choose = Button(_("This is my hub"), icon="hub", pressed=self._choose)
        words = _("A hub's GPF ID is printed on it; its network carries it, or that of a hub before it.")
        self._hint = ElidedText(words, "soft")
        foot = row_of(self._hint, self.choose)
        foot.setStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.plot, 3)
        column.addWidget(self.table, 2)
        column.addLayout(foot)
        self.table.setMinimumHeight(88)
        self.show_survey(None, "", None)

    def show_survey(self, found: Survey | None, hub: str, now: datetime | None) -> None:
        """Show what is found so far, at `now`."""
        marked = self.table.currentIndex().row()
        networks = found.networks if found is not None else []
        self.plot.show_signals(network_signals(found, hub), found.times if found is not None else ())
        before, self._ids = self._ids, [seen.gpf_id for seen in networks]
        if found is not None and now is not None:
            rows = [network_row(number, seen, found, now, hub) for number, seen in enumerate(networks, 1)]
            self.items.show_rows(rows)
        else:
            self.items.show_rows([])
        if networks:
            name = before[marked] if 0 <= marked < len(before) else ""
            self.table.selectRow(self._ids.index(name) if name in self._ids else 0)
        self.choose.setEnabled(bool(networks))

    def _choose(self) -> None:
        row = self.table.currentIndex().row()
        if 0 <= row < len(self._ids):
            self.hub_chosen.emit(self._ids[row])


class JoinPart(Scroll):
    """Is the terminal on the HAN, how long will the hub listen, and which hub is it?"""

    hub_typed = QtSignal(str)

    def __init__(self, switched_on: Callable[[], None], pick_code: Callable[[], None]) -> None:
        super().__init__()
        self.terminal = Tile(_("This terminal"))
        self.hour = Tile(_("The hub listens for another"))
        tiles = row_of(self.terminal, self.hour)
        for place in range(2):
            tiles.setStretch(place, 1)
        self.column.addLayout(tiles)
        words = _("A hub listens for handheld terminals for 60 minutes from the moment at which it is switched on.")
        self.column.addWidget(Text(words, "soft"))
        self.hub = Entry(_("GPF ID of the hub"), role="entry", placeholder=_("Scan or type: 00-DB-…"))
        self.hub.textChanged.connect(lambda text: self.hub_typed.emit(text.strip()))
        self.on = Button(_("Switched on now"), icon="clock", pressed=switched_on)
        row = row_of(self.hub, self.on)
        row.setStretch(0, 1)
        self.column.addWidget(Text(_("GPF ID, as printed on the hub (not its CHF ID)"), "strong"))
        self.column.addLayout(row)
        self.code = Button(_("Terminal's install code: choose its file…"), icon="lock", pressed=pick_code)
        self.column.addLayout(row_of(self.code, 1))
        self.facts = FactTable()
        self.column.addWidget(self.facts)
        self.column.addStretch(1)
        self.show_state(None, code_needed=False)

    def show_state(self, state: HanState | None, *, code_needed: bool) -> None:
        """Show how it stands."""
        self.terminal.say(*joined_words(state))
        self.hour.say(*hour_words(state))
        self.facts.show_facts(joined_facts(state))
        self.code.setVisible(code_needed)
        free = state is None or (state.joined is None and not state.doing)
        self.hub.setEnabled(free)
        self.code.setEnabled(free)

    def show_hub(self, gpf_id: str) -> None:
        """The hub was chosen elsewhere."""
        if self.hub.text().strip() != gpf_id:
            self.hub.setText(gpf_id)
