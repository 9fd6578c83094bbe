"""The page of devices as scenes: what a meter says now, a history, a setting, a log, a display."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ui.window.devices_page import DevicesPage

if TYPE_CHECKING:
    from tests.window.scenes import Stage

HOME = "emulated:dual-fuel-connected?days=1"
LONG_HOME = "emulated:dual-fuel-connected?days=40"


def devices_page(stage: Stage, kind: str = "electricity-meter", part: str = "now", home: str = HOME) -> DevicesPage:
    """The page, with a device of that kind marked."""
    stage.services.radio.link = home
    stage.shell.go("devices")
    page = stage.shell.page("devices")
    assert isinstance(page, DevicesPage)
    stage.wait(lambda: bool(page.list.rows))
    page.list.mark([row.device.kind for row in page.list.rows].index(kind))
    page.show_part(part)
    return page


def read(stage: Stage, page: DevicesPage) -> DevicesPage:
    """What the part shows, read to the end."""
    page.read()
    stage.wait(lambda: not page.busy)
    stage.pause()
    return page


def _read(kind: str, part: str, home: str = HOME) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        read(stage, devices_page(stage, kind, part, home))

    return play


def _history(stage: Stage) -> None:
    page = devices_page(stage, part="history")
    page.history.choose("half-hour")
    read(stage, page)


def _table(stage: Stage) -> None:
    page = devices_page(stage, part="history", home=LONG_HOME)
    read(stage, page)
    page.history.as_table.click()
    stage.pause()


def _logs(stage: Stage) -> None:
    page = devices_page(stage, METER, "logs")
    page.logs.logs.buttons["security"].click()
    read(stage, page)


def _agreed(stage: Stage) -> None:
    """In live work somebody at home agrees before anything finer than a month is read."""
    page = devices_page(stage, METER, "history")
    page.history.agreed.setText("Mrs Jones")
    stage.pause()


def _drop(stage: Stage) -> None:
    devices_page(stage, METER, "history").drop.click()
    stage.pause()


METER = "electricity-meter"
DEVICE_SCENES: dict[str, Callable[[Stage], None]] = {
    "devices-now": _read(METER, "now"),
    "devices-gas": _read("gas-meter", "now"),
    "devices-history": _history,
    "devices-history-days": _read(METER, "history", LONG_HOME),
    "devices-history-table": _table,
    "live-devices-agreed": _agreed,
    "devices-history-drop": _drop,
    "devices-settings": _read(METER, "settings"),
    "devices-logs": _logs,
    "devices-display": _read("gas-meter", "display"),
}
