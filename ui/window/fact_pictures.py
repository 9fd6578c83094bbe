"""The pictures that facts of a step bring along, in the order in which they are looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from hht.work.network_told import DEMAND, VOLTAGE
from hht.work.survey_told import DRAWN as SURVEY
from ui.window.network_plots import DemandPlot, VoltagePlot
from ui.window.survey_plot import SurveyPlot

if TYPE_CHECKING:
    from hht.work.view import Fact


class FactPictures(QWidget):
    """A survey's places; demand by day and voltage over days. What a step has none of is hidden."""

    def __init__(self) -> None:
        super().__init__()
        self.survey, self.demand, self.voltage = SurveyPlot(), DemandPlot(), VoltagePlot()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.survey, self.demand, self.voltage):
            part.hide()
            column.addWidget(part)
        self.hide()

    def show_facts(self, facts: Iterable[Fact]) -> None:
        """Show those of the facts; nothing where they bring none."""
        drawn: dict[str, Mapping[str, Any]] = {}
        for fact in facts:
            if fact.drawn is not None:
                drawn[str(fact.drawn.get("kind", ""))] = fact.drawn
        self.setVisible(bool({SURVEY, DEMAND, VOLTAGE} & set(drawn)))
        self.survey.show_survey(drawn.get(SURVEY))
        self.demand.show_demand(drawn.get(DEMAND))
        self.voltage.show_voltage(drawn.get(VOLTAGE))
