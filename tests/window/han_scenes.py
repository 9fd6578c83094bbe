"""The HAN page as scenes: a survey, the networks over time, the terminal on its way and on the HAN."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.client.radio.errors import hub_not_found
from hht.identifiers import DeviceId, InstallCode
from hht.model.device import DeviceKind
from hht.model.han.device_log import LogEntry
from tests.window.radio import ONE_HOME
from ui.window.dongle_sheet import DongleSheet
from ui.window.han_page import HanPage

if TYPE_CHECKING:
    from tests.window.scenes import Stage

GPF, CHF = "00-DB-12-34-56-78-90-A3", "00-DB-12-34-56-78-90-A2"


def han_page(stage: Stage, part: str = "channels") -> HanPage:
    """The page, with that part."""
    stage.shell.go("han")
    page = stage.shell.page("han")
    assert isinstance(page, HanPage)
    stage.wait(lambda: bool(page.link))
    page.show_part(part)
    return page


def surveyed(stage: Stage, part: str = "channels") -> HanPage:
    """Looked around once, and the first hub chosen."""
    page = han_page(stage, part)
    page.survey()
    stage.wait(lambda: page.shown is not None and page.shown.looks == page.shown.total and not page.busy)
    assert page.shown is not None
    page.choose_hub(page.shown.found.networks[0].gpf_id)
    return page


def on_han(stage: Stage) -> HanPage:
    """Joined."""
    page = surveyed(stage, "join")
    page.join()
    stage.wait(lambda: page.on_han and not page.busy)
    return page


def logged(stage: Stage, times: int = 2) -> HanPage:
    """On the HAN of the one home, its Device Log read so often; a device that was listed never came."""
    radio = stage.services.radio
    radio.link = ONE_HOME
    log = radio.hub.device_log
    log.add(LogEntry("00-DB-12-34-56-78-00-77", DeviceKind.PPMID, InstallCode("00" * 16), 0))
    page = han_page(stage, "join")
    page.choose_hub(GPF)
    page.join()
    stage.wait(lambda: page.on_han and not page.busy)
    page.show_part("log")
    for number in range(times):
        page.read_log(GPF, CHF)
        stage.wait(lambda: len(page.log.logs) > number and not page.busy)  # noqa: B023 waited for here
    return page


def _which_hub(stage: Stage) -> HanPage:
    page = han_page(stage, "log")
    page.go_on()
    return page


def _failed(stage: Stage) -> None:
    page = han_page(stage)
    page.link = "dongle:/dev/nowhere"
    page.survey()
    stage.wait(lambda: bool(page.notice.message) and not page.busy)
    stage.pause()


def _dongle(stage: Stage) -> None:
    page = han_page(stage)
    page.choose_dongle()
    sheet = stage.shell.sheet()
    assert isinstance(sheet, DongleSheet)
    stage.wait(lambda: len(sheet.targets()) > 3)
    stage.pause()


def _long(stage: Stage) -> None:
    page = han_page(stage, "join")
    page._failed(hub_not_found(DeviceId("00DB1234567890A3"), ["00-DB-12-34-56-78-90-B3"] * 5))
    stage.pause()


def _scene(play: Callable[[Stage], HanPage]) -> Callable[[Stage], None]:
    def scene(stage: Stage) -> None:
        play(stage)
        stage.pause()

    return scene


HAN_SCENES: dict[str, Callable[[Stage], None]] = {
    "han-unread": _scene(han_page),
    "han-channels": _scene(surveyed),
    "han-networks": _scene(lambda stage: surveyed(stage, "networks")),
    "han-join": _scene(lambda stage: surveyed(stage, "join")),
    "han-joined": _scene(on_han),
    "han-log-unread": _scene(lambda stage: han_page(stage, "log")),
    "han-log": _scene(logged),
    "han-which-hub": _scene(_which_hub),
    "han-failed": _failed,
    "han-dongle": _dongle,
}
HAN_EXTRA: dict[str, Callable[[Stage], None]] = {"han-long": _long}
