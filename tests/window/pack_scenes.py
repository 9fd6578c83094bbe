"""The page of command packs as scenes: kept, its locker, unknown outcomes, frozen, and what is asked of a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from hht.clock import ManualClock
from hht.emulation.desk import prepare
from hht.emulation.pack_order import PackPart
from hht.packs.pack import Entry, OnFailure
from hht.resources import resource_text
from hht.work.job import parse_job
from tests.packs.at_home import entry, pack_of, read_mpan, read_mprn, set_mpan
from tests.window import samples
from tests.window.radio import ONE_HOME
from ui.services import TraceLine
from ui.window.note_sheet import NoteSheet
from ui.window.packs_page import PacksPage
from ui.window.trace_drawer import TraceDrawer
from ui.window.way_sheet import WaySheet

if TYPE_CHECKING:
    from tests.window.scenes import Stage

HUB = "00-DB-12-34-56-78-90-A3"


def usual() -> tuple[Entry, ...]:
    """A commissioning without a WAN: set and read back the MPAN, read the MPRN of the gas meter that sleeps."""
    first = replace(entry("set-mpan", set_mpan(1)), note="The old MPAN was the neighbour's.")
    return (
        first,
        entry("read-mpan", read_mpan(2), "set-mpan"),
        entry("read-mprn", read_mprn(1), on_failure=OnFailure.CONTINUE),
        entry("read-again", read_mpan(3), "read-mpan"),
    )


def packs_page(stage: Stage, *entries: Entry, part: str = "kept") -> PacksPage:
    """The page, with a pack of these taken in."""
    radio = stage.services.radio
    radio.link = ONE_HOME
    if entries:
        radio.packs.take(pack_of(ManualClock(samples.NOW), *entries), "visit.pack")
    stage.shell.go("packs")
    page = stage.shell.page("packs")
    assert isinstance(page, PacksPage)
    stage.wait(lambda: not entries or page.pack is not None)
    page.show_part(part)
    return page


def cut_off(stage: Stage) -> PacksPage:
    """The second command was on its way to the gas meter when Stop was pressed twice."""
    stage.services.radio.link = ONE_HOME
    gas = read_mprn(1)
    stage.services.radio.when.after = gas.raw  # it leaves, and no answer comes
    page = packs_page(stage, entry("set-mpan", set_mpan(1)), entry("read-mprn", gas),
                      entry("read-mpan", read_mpan(2)), part="locker")  # fmt: skip
    page.deliver(ONE_HOME, HUB)
    assert page.pack is not None
    when = stage.services.radio.when
    stage.wait(lambda: page.sending == "read-mprn" and when.still)  # it has left: its intent alone is on disk before
    page.cancel()
    page.cancel()
    when.still = False
    stage.wait(lambda: not page.busy and bool(page.notice.message))
    stage.wait(lambda: page.locker.marked is not None and page.locker.marked.name == "read-mprn")
    return page


def delivered(stage: Stage) -> PacksPage:
    """All of it."""
    stage.services.radio.link = ONE_HOME
    page = packs_page(stage, *usual(), part="locker")
    page.deliver(ONE_HOME, HUB)
    stage.wait(lambda: not page.busy and page.pack is not None and page.pack.over)
    return page


def traced(stage: Stage) -> TraceDrawer:
    """A delivery, and its frames in the drawer: the one that brings the first command is looked at."""
    lines: list[TraceLine] = []
    stage.services.radio.hear_trace(lines.append)
    delivered(stage)
    stage.services.own_trees = True
    stage.shell.trace_lines[:] = lines
    stage.shell.show_trace()
    drawer = stage.shell.sheet()
    assert isinstance(drawer, TraceDrawer)
    drawer.search.setText("ECS39a DataRequestExt")  # words of every language
    stage.wait(lambda: drawer._tree_items.rowCount() == 1 and "ECS39a" in drawer.items.rows[0][3])
    return drawer


def _sending(stage: Stage) -> PacksPage:
    stage.services.radio.link = ONE_HOME
    entries = usual()
    stage.services.radio.when.after = entries[2].command
    page = packs_page(stage, *entries, part="locker")
    page.deliver(ONE_HOME, HUB)
    stage.wait(lambda: page.sending == "read-mprn" and stage.services.radio.when.still)
    return page


def _before(stage: Stage) -> PacksPage:
    page = packs_page(stage, *usual(), part="locker")
    page.go_on()
    stage.wait(lambda: isinstance(stage.shell.sheet(), WaySheet))
    return page


def _frozen(stage: Stage) -> PacksPage:
    page = packs_page(stage, *usual(), part="locker")
    assert page.pack is not None
    stage.services.radio.packs.freeze(page.pack.key, "the WAN is back")
    page.entered()
    stage.wait(lambda: page.pack is not None and bool(page.pack.frozen))
    return page


def _asked(what: str) -> Callable[[Stage], PacksPage]:
    def play(stage: Stage) -> PacksPage:
        page = cut_off(stage) if what == "settle" else packs_page(stage, *usual(), part="locker")
        getattr(page.notes, what)()
        return page

    return play


def with_codes(stage: Stage) -> PacksPage:
    """The first command brings a supply back on: two people at the desk are to read a code out."""
    job = parse_job(resource_text("jobs", "demo.json"), "demo.json")
    stage.services.radio.packs.take(prepare(job, samples.NOW, 1000, (PackPart.ENABLE,), release=True), "visit.pack")
    page = packs_page(stage)
    stage.wait(lambda: page.pack is not None)
    page.show_part("locker")
    stage.wait(lambda: page.locker.marked is not None)
    return page


def _code(stage: Stage) -> None:
    with_codes(stage).notes.code()
    stage.wait(lambda: isinstance(stage.shell.sheet(), NoteSheet))
    stage.pause()


def _scene(play: Callable[[Stage], object]) -> Callable[[Stage], None]:
    def scene(stage: Stage) -> None:
        play(stage)
        stage.pause()

    return scene


PACK_SCENES: dict[str, Callable[[Stage], None]] = {
    "packs-none": _scene(packs_page),
    "packs-kept": _scene(lambda stage: packs_page(stage, *usual())),
    "packs-locker": _scene(lambda stage: packs_page(stage, *usual(), part="locker")),
    "packs-about": _scene(lambda stage: packs_page(stage, *usual(), part="about")),
    "packs-before": _scene(_before),
    "packs-sending": _scene(_sending),
    "packs-over": _scene(delivered),
    "packs-unknown": _scene(cut_off),
    "packs-settle": _scene(_asked("settle")),
    "packs-frozen": _scene(_frozen),
    "packs-trace": _scene(traced),
    "packs-code": _code,
    "packs-pass-over": _scene(_asked("pass_over")),
}
