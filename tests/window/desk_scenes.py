"""The desk's page as scenes: nothing asked, asks in several states, a new one, the phone, which way is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.link_url import parse_link_url
from hht.model.premises import Premises
from ui.window.desk_page import DeskPage

if TYPE_CHECKING:
    from tests.window.scenes import Stage

DESK = "desk:emulated?premises=dual-fuel-connected&days=1"
NO_WAN = f"{DESK}&fault=wan-lost"
HUB, ESME, IHD = "00-DB-12-34-56-79-01-A2", "00-DB-12-34-56-79-01-A0", "00-DB-12-34-56-79-01-A7"
MPAN = "1012345678912"


def premises_of_desk(stage: Stage) -> Premises:
    """What the desk's words come true at."""
    radio = stage.services.radio
    return radio._composer.living.desk(parse_link_url(radio.desk)).desk.premises


def desk_page(stage: Stage, part: str = "asks", url: str = DESK) -> DeskPage:
    """The page, with a desk at that link."""
    stage.services.radio.desk = url
    stage.shell.go("desk")
    page = stage.shell.page("desk")
    assert isinstance(page, DeskPage)
    stage.wait(lambda: bool(page.place.url and page.new.list.rows))
    page.show_part(part)
    return page


def fill(page: DeskPage, kind: str, device: str, **details: str) -> None:
    """Put an ask together."""
    page.show_part("new")
    page.new.list.mark([str(row.what.kind) for row in page.new.list.rows].index(kind))
    page.new.job.setText("J-1042")
    page.new.device.setText(device)
    for name, text in details.items():
        page.new.fields[name].setText(text)


def asked(stage: Stage, page: DeskPage, kind: str, device: str, **details: str) -> None:
    """Asked, and followed to its end."""
    count = len(page.reports)
    fill(page, kind, device, **details)
    page.go_on()
    stage.wait(lambda: len(page.reports) > count and not page.busy and page.reports[-1].state.final)


def _several(stage: Stage) -> DeskPage:
    page = desk_page(stage)
    asked(stage, page, "remove", HUB, other=IHD)
    asked(stage, page, "set-mpan", ESME, mpan=MPAN)
    return page


def _undelivered(stage: Stage) -> DeskPage:
    page = desk_page(stage, url=NO_WAN)
    asked(stage, page, "set-mpan", ESME, mpan=MPAN)
    page.look_ways(HUB)
    stage.wait(lambda: page.ways is not None and not page.busy)
    return page


def _seen(stage: Stage) -> DeskPage:
    page = _several(stage)
    page.notes.seen()
    return page


def kept(stage: Stage, part: str = "asks") -> DeskPage:
    """An ask that is only kept: nobody is spoken to."""
    page = desk_page(stage)
    desks = stage.services.radio.desks
    desks.new("J-1042", "set-mpan", ESME, "ESME", {"mpan": MPAN}, step="write-mpan", test_identifiers=True)
    page.entered()
    stage.wait(lambda: bool(page.reports))
    page.show_part(part)
    stage.wait(lambda: part != "phone" or bool(page.phone.said))
    return page


def _other(stage: Stage) -> DeskPage:
    page = desk_page(stage)
    page.choose_desk()
    return page


def _new(stage: Stage) -> DeskPage:
    page = desk_page(stage)
    fill(page, "whitelist", HUB, other=IHD, other_type="IHD")
    return page


def _scene(play: Callable[[Stage], DeskPage]) -> Callable[[Stage], None]:
    def scene(stage: Stage) -> None:
        play(stage)
        stage.pause()

    return scene


DESK_SCENES: dict[str, Callable[[Stage], None]] = {
    "desk-none": _scene(desk_page),
    "desk-asks": _scene(_several),
    "desk-no-wan": _scene(_undelivered),
    "desk-seen": _scene(_seen),
    "desk-other": _scene(_other),
    "desk-new": _scene(_new),
    "desk-phone": _scene(lambda stage: kept(stage, "phone")),
}
