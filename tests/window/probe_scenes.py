"""What the probe sees, as scenes: while a step connects, when it has failed, while the meter is read, on its sheet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hht.client.probe_sense import Sight
from hht.errors import HhtError
from hht.link import TraceEvent, TraceKind
from hht.protocol.iec62056_21 import even_parity
from hht.work.view import StepState, StepView, VisitView
from tests.window import samples
from ui.probe_words import sight_words
from ui.services import TraceLine
from ui.window.probe_sheet import KEEP_TRYING_S

if TYPE_CHECKING:
    from tests.window.scenes import Stage
    from ui.window.probe_sheet import ProbeSheet

LINK = "optical:usb:0403:6001/A50285BI"
REQUEST = even_parity(b"/?!\r\n")
HEARD = {
    Sight.SILENT: b"",
    Sight.ECHO: REQUEST,
    Sight.LIGHT: bytes.fromhex("00FF00FF80FF0000"),
    Sight.WEAK: even_parity(b"/HHT5\\2TRAINER-1E\r\n").replace(even_parity(b"T"), b"T"),
    Sight.SPEED: bytes.fromhex("5BA7133D9E61"),
    Sight.TALKING: even_parity(b"/HHT5\\2TRAINER-1E\r\n"),
}


def tell(stage: Stage, kind: TraceKind, ago_s: float, data: bytes = b"", note: str = "", *, link: str = LINK) -> None:
    """An event on the probe's link."""
    now = stage.clock.now()
    event = TraceEvent(now - timedelta(seconds=ago_s), stage.clock.monotonic() - ago_s, link, kind, data, note)
    stage.shell._trace_arrived([TraceLine(event, "iec", f"{kind.value} {data.hex(' ')}{note}")])


def see(stage: Stage, sight: Sight, link: str = LINK) -> None:
    """The probe on `link` sees that."""
    line = "" if link.startswith("ble:") else "line "
    tell(stage, TraceKind.STATE, 3, note="opening", link=link)
    tell(stage, TraceKind.STATE, 3, note=f"up 300 7E1 [{line}echo]", link=link)
    tell(stage, TraceKind.TX, 2, REQUEST, link=link)
    if sight is Sight.GONE:
        tell(stage, TraceKind.STATE, 1, note="lost", link=link)
    elif HEARD[sight]:
        tell(stage, TraceKind.RX, 1.5, HEARD[sight], link=link)
    stage.shell._tick()


def visit_view(state: StepState, code: str = "") -> VisitView:
    """The visit while the meter is identified through a probe."""
    view = samples.scene("running")
    words = sight_words(Sight.GONE if code == "link-lost" else Sight.ECHO)

    def changed(step: StepView) -> StepView:
        if step.id != view.current:
            return step
        why = f"The connection {LINK} is gone: the adapter was unplugged."
        told = {"message": why if code == "link-lost" else f"The probe on {LINK} hears only itself.", "code": code}
        told["remedy"] = words.todo
        return replace(step, state=state, **(told if code else {}))  # type: ignore[arg-type]

    return replace(view, link=LINK, steps=tuple(changed(step) for step in view.steps))


def open_visit(stage: Stage, state: StepState, code: str = "") -> None:
    """Open it."""
    stage.services.first_view = visit_view(state, code)
    stage.shell.open_visit("job-2")
    stage.wait(lambda: stage.shell.page_name() == "visit")
    stage.pause()
    stage.shell._tick()


def _connecting(sight: Sight) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        open_visit(stage, StepState.STARTED)
        see(stage, sight)
        stage.pause()

    return play


def _failed(stage: Stage) -> None:
    open_visit(stage, StepState.FAILED, "sign-on-echo")
    stage.pause()


def unplugged(stage: Stage) -> None:
    """The adapter was pulled out while a step ran."""
    open_visit(stage, StepState.FAILED, "link-lost")
    see(stage, Sight.GONE)
    stage.wait(lambda: bool(stage.services.watched))
    stage.pause()


def plug(stage: Stage) -> None:
    """And it is plugged in again."""
    stage.bridge.tell(lambda _services: stage.services.plug_gate.set())


def _back(stage: Stage) -> None:
    unplugged(stage)
    plug(stage)
    stage.wait(lambda: "plugged in again" in stage.shell._visit_page().card.notice.message)
    stage.pause()


def open_sheet(stage: Stage) -> ProbeSheet:
    """The sheet that connects, with what is plugged in."""
    from ui.window.probe_sheet import ProbeSheet

    stage.shell.go("settings")
    settings = stage.shell.page("settings")
    settings.probe.click()  # type: ignore[attr-defined]
    sheet = stage.shell.sheet()
    assert isinstance(sheet, ProbeSheet)
    stage.wait(lambda: bool(sheet.rows))
    return sheet


def press_first(stage: Stage, sheet: ProbeSheet) -> str:
    """Press the first adapter's line; its link."""
    url = next(iter(sheet.rows))
    sheet.rows[url].click()
    stage.wait(lambda: bool(stage.services.tried))
    return url


def _choosing(stage: Stage) -> None:
    open_sheet(stage)
    stage.pause()


def _trying(stage: Stage) -> None:
    stage.services.try_gate = asyncio.Event()
    sheet = open_sheet(stage)
    press_first(stage, sheet)
    see(stage, Sight.SILENT)
    stage.wait(lambda: sheet.panel.sight is Sight.SILENT)
    stage.pause()


def _light(stage: Stage) -> None:
    words = sight_words(Sight.LIGHT)
    stage.services.try_error = HhtError(
        f"What comes from {LINK} is light or noise, and no meter's answer.", remedy=words.todo, code="sign-on-light"
    )
    sheet = open_sheet(stage)
    press_first(stage, sheet)
    stage.clock.advance(KEEP_TRYING_S)
    stage.wait(lambda: bool(sheet.notice.message))
    stage.pause()


def _answers(stage: Stage) -> None:
    sheet = open_sheet(stage)
    press_first(stage, sheet)
    stage.wait(lambda: sheet.panel.sight is Sight.TALKING)
    stage.pause()


def _reading(stage: Stage) -> None:
    from ui.window.device_page import DevicePage

    stage.services.profile_pause_s = 0.1
    stage.shell.go("device")
    page = stage.shell.page("device")
    assert isinstance(page, DevicePage)
    page.show_part("profile")
    page.read()
    stage.wait(lambda: page.profile.progress.isVisible())
    stage.services.profile_pause_s = 3600.0  # it stays there
    see(stage, Sight.WEAK)
    stage.pause()


PROBE_SCENES: dict[str, Callable[[Stage], None]] = {
    "visit-probe-echo": _connecting(Sight.ECHO),
    "visit-probe-light": _connecting(Sight.LIGHT),
    "visit-probe-failed": _failed,
    "visit-probe-unplugged": unplugged,
    "visit-probe-back": _back,
    "device-probe-weak": _reading,
    "probe-choose": _choosing,
    "probe-trying": _trying,
    "probe-light": _light,
    "probe-answers": _answers,
}
