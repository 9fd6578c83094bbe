"""Sessions over a BLE bridge that fails them: the link says so and stays lost, the session above decides; what a bridge
swallows is said again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hht.clock import ManualClock
from hht.link import Link, TraceKind, TraceSink
from hht.work.view import Outcome
from tests.drivers.conftest import Trace
from tests.end_to_end.test_unplugged import ONCE, Site, answer, failure
from tests.support.sky import WAYS, Sky, sky_over
from ui.compose import AssociationOptions, Composer
from ui.visits import VisitOptions, VisitRunner


class AirComposer(Composer):
    """A composer whose links all go through one bridge."""

    def __init__(self, clock: ManualClock, sky: Sky) -> None:
        super().__init__(clock, training=True)
        self._sky, self._manual = sky, clock

    def link(self, text: str, sink: TraceSink | None) -> Link:
        return self._sky.link(self._manual, sink, echo="auto")


def visit(site: Site, sky: Sky, on_point: Callable[[str], None] | None = None) -> VisitRunner:
    options = VisitOptions(link="ble:F0:F1:F2:F3:F4:F5", association=AssociationOptions(training=True), auto=True)
    composer = AirComposer(site.clock, sky)
    return VisitRunner(site.store, site.clock, composer, site.job, options, ask=answer, on_point=on_point)


@pytest.mark.parametrize("way", WAYS[:2])
async def test_the_radio_link_ends_amid_a_write(way: str, tmp_path: Path) -> None:
    site = Site(tmp_path)
    async with sky_over(way, site.port) as sky:
        left = [4]  # pieces of the write and its answer that pass

        def vanishing(_data: bytes) -> bool:
            left[0] -= 1
            if left[0] == 0:
                sky.air.sever()
            return left[0] > 0

        def on_point(name: str) -> None:
            if name == "write-mpan/intent/after":
                sky.air.passes = vanishing

        failed = await failure(visit(site, sky, on_point))
        assert failed is not None
        assert failed.code == "link-lost", failed
        assert failed.remedy
        assert sky.bridge.connects == 1, "nobody reconnects behind the session's back"
        sky.air.passes = lambda _data: True
        assert await visit(site, sky).visit.run() is Outcome.COMPLETE
        assert sky.bridge.connects == 2
    assert site.written() == ONCE
    await site.port.close()
    site.store.close()


@pytest.mark.parametrize("keeps_or_loses", ["cuts off after 20 octets", "loses every write without a response"])
async def test_a_bridge_that_swallows_is_found_out_by_the_session(
    keeps_or_loses: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both in silence. The frame is repeated after the meter's reaction time, and then it is whole."""
    monkeypatch.setattr("drivers.ble_bridge._needs_care", set())
    site, trace = Site(tmp_path), Trace()
    async with sky_over("bumble", site.port, mtu=48) as sky:
        if keeps_or_loses.startswith("cuts"):
            sky.bridge.habits.keeps = 20
        else:
            sky.bridge.habits.loses = 1.0
        composer = AirComposer(site.clock, sky)
        meter = composer.meter("ble:F0:F1:F2:F3:F4:F5", AssociationOptions(training=True), trace)
        await meter.open()
        assert (await meter.identify()).device_id == site.meter.identity.device_id
        await meter.close()
    assert sum("each acknowledged" in note for note in trace.notes(TraceKind.LINE)) == 1
    await site.port.close()
    site.store.close()
