"""The bridge: calls go into the core thread, facts and errors come out in Qt's, and nothing outlives the end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from hht.errors import HhtError
from tests.window.scripted import ScriptedServices
from ui.crash import Crash
from ui.services import Services
from ui.system import SystemClock
from ui.window.bridge import Bridge
from ui.window.shell import Shell

LONG_MS = 60_000  # for what comes at once, on a machine that does other things too


@pytest.fixture
def services() -> ScriptedServices:
    return ScriptedServices()


@pytest.fixture
def bridge(qtbot: QtBot, services: ScriptedServices) -> Iterator[Bridge]:
    made = Bridge(lambda: services)
    yield made
    made.stop()
    assert not made._thread.is_alive()


def test_calls_wait_for_the_services_and_answer_in_qts_thread(qtbot: QtBot, bridge: Bridge) -> None:
    threads: list[str] = []
    got: list[object] = []

    async def work(services: Services) -> int:
        threads.append(threading.current_thread().name)
        return 41 + 1

    def done(value: int) -> None:
        threads.append(threading.current_thread().name)
        got.append(value)

    bridge.call(work, done)
    with qtbot.waitSignal(bridge.ready, timeout=LONG_MS):
        bridge.start()
    qtbot.waitUntil(lambda: got == [42], timeout=LONG_MS)
    assert threads == ["core", threading.main_thread().name]


def test_an_error_comes_out_as_such_and_the_end_is_always_told(qtbot: QtBot, bridge: Bridge) -> None:
    seen: list[str] = []

    async def refuse(services: Services) -> None:
        raise HhtError("No.", remedy="Ask again.", code="no")

    bridge.start()
    bridge.call(refuse, lambda _none: seen.append("done"), lambda e: seen.append(e.code), lambda: seen.append("ended"))
    qtbot.waitUntil(lambda: seen == ["no", "ended"], timeout=LONG_MS)
    with qtbot.waitSignal(bridge.failed, timeout=LONG_MS) as nobody_asked:
        bridge.call(refuse)
    assert nobody_asked.args[0].remedy == "Ask again."


def test_a_bug_becomes_a_crash(qtbot: QtBot, bridge: Bridge) -> None:
    async def bug(services: Services) -> None:
        raise KeyError("offset")

    bridge.start()
    with qtbot.waitSignal(bridge.crashed, timeout=LONG_MS) as crashed:
        bridge.call(bug)
    crash = crashed.args[0]
    assert isinstance(crash, Crash)
    assert crash.kind == "KeyError"
    assert "in bug" in crash.where[-1]


def test_a_cancelled_call_ends_without_a_result(qtbot: QtBot, bridge: Bridge) -> None:
    seen: list[str] = []

    async def forever(services: Services) -> None:
        await asyncio.sleep(3600)

    bridge.start()
    call = bridge.call(
        forever, lambda _none: seen.append("done"), lambda _e: seen.append("failed"), lambda: seen.append("end")
    )
    early = bridge.call(forever, None, None, lambda: seen.append("early"))
    early.cancel()
    qtbot.waitUntil(lambda: "early" in seen, timeout=LONG_MS)
    call.cancel()
    qtbot.waitUntil(lambda: "end" in seen, timeout=LONG_MS)
    assert sorted(seen) == ["early", "end"]
    assert not call.running


def test_a_page_that_fails_as_its_call_ends_leaves_nothing_under_way(qtbot: QtBot, bridge: Bridge) -> None:
    async def nothing(services: Services) -> None:
        pass

    def defect() -> None:
        raise KeyError("row")

    bridge.start()
    with qtbot.capture_exceptions() as escaped, qtbot.waitSignal(bridge.quiet, timeout=LONG_MS):
        bridge.call(nothing, None, None, defect)
        assert bridge.under_way
    assert [kind for kind, *_more in escaped] == [KeyError]
    assert not bridge.under_way


def test_a_listener_carries_values_over_in_order(qtbot: QtBot, bridge: Bridge) -> None:
    got: list[int] = []
    hear = bridge.listener(got.append)

    async def talk(services: Services) -> None:
        for number in range(500):
            hear(number)

    bridge.start()
    bridge.call(talk)
    qtbot.waitUntil(lambda: len(got) == 500, timeout=LONG_MS)
    assert got == list(range(500))


def test_the_core_does_not_wait_for_the_window(qtbot: QtBot, bridge: Bridge) -> None:
    late, gone_on = list[int](), threading.Event()

    async def beat(_services: Services) -> int:
        for number in range(20):
            hear(number)
            await asyncio.sleep(0.001)
        gone_on.set()
        return 20

    with qtbot.waitSignal(bridge.ready, timeout=LONG_MS):
        bridge.start()
    heard: list[int] = []
    hear = bridge.listener(heard.append)
    bridge.call(beat, late.append)
    assert gone_on.wait(LONG_MS / 1000)  # the window does nothing else meanwhile
    assert (heard, late) == ([], [])
    qtbot.waitUntil(lambda: bool(late), timeout=LONG_MS)
    assert heard == list(range(20))


def test_of_what_tells_everything_the_last_arrives_alone_and_in_its_place(qtbot: QtBot, bridge: Bridge) -> None:
    heard: list[object] = []
    gone_on = threading.Event()

    async def talk(_services: Services) -> None:
        for number in range(5):
            tell(number)
        other("amid")
        tell(5)
        other("after")
        gone_on.set()

    with qtbot.waitSignal(bridge.ready, timeout=LONG_MS):
        bridge.start()
    tell, other = bridge.newest(heard.append), bridge.listener(heard.append)
    bridge.call(talk)
    assert gone_on.wait(LONG_MS / 1000)  # the window does nothing else meanwhile
    qtbot.waitUntil(lambda: "after" in heard, timeout=LONG_MS)
    assert heard == ["amid", 5, "after"]
    tell(6)
    qtbot.waitUntil(lambda: 6 in heard, timeout=LONG_MS)
    assert heard == ["amid", 5, "after", 6]


def test_stopping_closes_visit_and_device_and_cancels_what_runs(
    qtbot: QtBot, bridge: Bridge, services: ScriptedServices
) -> None:
    ended, begun = list[str](), threading.Event()

    async def forever(_services: Services) -> None:
        begun.set()
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append("cancelled")

    with qtbot.waitSignal(bridge.ready, timeout=LONG_MS):
        bridge.start()
    bridge.call(forever)
    assert begun.wait(LONG_MS / 1000)
    bridge.stop()
    assert ended == ["cancelled"]
    assert (services.stopped, services.released, services.closed) == (1, 1, True)
    bridge.stop()  # twice does no harm


def test_closing_the_window_waits_for_nothing_and_the_core_ends_all_the_same(
    qtbot: QtBot, bridge: Bridge, services: ScriptedServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The core is held up until the window has closed: a close that waited for it would never come back."""
    closed, waits = threading.Event(), list[float | None]()

    async def stop_visit() -> None:
        await asyncio.to_thread(closed.wait)
        services.stopped += 1

    monkeypatch.setattr(services, "stop_visit", stop_visit)
    monkeypatch.setattr(bridge._thread, "join", waits.append)
    shell = Shell(bridge, SystemClock(), training=True)
    shell.show()
    with qtbot.waitSignal(bridge.ready, timeout=LONG_MS):
        bridge.start()
    assert shell.close()
    assert (waits, services.stopped, bridge._thread.is_alive()) == ([], 0, True)
    closed.set()
    monkeypatch.undo()
    bridge.stop()
    assert (services.released, services.closed) == (1, True)
    shell.deleteLater()


@pytest.mark.parametrize(
    ("trouble", "signal"),
    [
        (HhtError("The store is damaged.", remedy="Restore it.", code="store"), "failed"),
        (RuntimeError("what"), "crashed"),
    ],
)
def test_services_that_cannot_be_made_are_reported(qtbot: QtBot, trouble: Exception, signal: str) -> None:
    def make() -> Services:
        raise trouble

    bridge = Bridge(make)
    with qtbot.waitSignal(getattr(bridge, signal), timeout=LONG_MS):
        bridge.start()
    bridge.stop()


def test_a_callback_of_a_deleted_widget_is_left_alone(qtbot: QtBot, bridge: Bridge) -> None:
    from PySide6.QtWidgets import QLabel
    from shiboken6 import delete

    label = QLabel()
    gate = threading.Event()

    async def wait(_services: Services) -> str:
        await asyncio.to_thread(gate.wait, LONG_MS / 1000)
        return "too late"

    ended: list[int] = []
    end: Callable[[], None] = lambda: ended.append(1)  # noqa: E731
    bridge.start()
    bridge.call(wait, label.setText, None, end)
    delete(label)
    gate.set()
    qtbot.waitUntil(lambda: ended == [1], timeout=LONG_MS)


def test_a_function_made_for_a_deleted_widget_is_left_alone(qtbot: QtBot, bridge: Bridge) -> None:
    """What hears a visit is a function that holds the page: views may still be on their way when the window is gone."""
    from PySide6.QtWidgets import QLabel
    from shiboken6 import delete

    label = QLabel()
    heard: list[str] = []

    def show(text: str) -> None:
        heard.append(text)
        label.setText(text)

    hear = bridge.listener(show)
    hear("while it lives")
    qtbot.waitUntil(lambda: heard == ["while it lives"], timeout=LONG_MS)
    delete(label)
    hear("too late")
    bridge.listener(heard.append)("after it")
    qtbot.waitUntil(lambda: heard[-1] == "after it", timeout=LONG_MS)
    assert heard == ["while it lives", "after it"]


def test_what_was_on_its_way_when_the_bridge_stopped_is_not_shown(qtbot: QtBot, bridge: Bridge) -> None:
    shown: list[int] = []
    hear = bridge.listener(shown.append)
    hear(1)
    bridge.stop()
    after: list[int] = []
    QTimer.singleShot(0, lambda: after.append(1))  # queued behind what was on its way
    qtbot.waitUntil(lambda: after == [1], timeout=LONG_MS)
    assert shown == []
