"""A probe that is tried, pulled out and plugged in again under another name, with the program's own services over ptys
that a lister names."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from drivers.discovery import SerialPortInfo
from drivers.line_simulator import LineSettings, LineSimulator
from drivers.optical_probe import OpticalProbeLink
from drivers.serve_pty import PtyServer
from hht.client.probe_sense import Sight
from hht.emulation.port_server import PortServer
from hht.errors import HhtError
from hht.link import LinkLost, LinkUnavailable
from hht.work.visit import StepFailed
from tests.client.test_plain_text import meter_of
from tests.drivers.conftest import eventually
from tests.drivers.test_plugging import PROBE, plugged
from tests.end_to_end.test_unplugged import ONCE, Site, answer
from ui.compose import AssociationOptions, Composer
from ui.link_watch import until_plugged
from ui.services import TraceLine
from ui.terminal import Terminal
from ui.visits import VisitOptions, VisitRunner
from ui.window.link_model import LinkModel

LINK = f"optical:{PROBE}"


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> list[SerialPortInfo]:
    """The adapters that are plugged in."""
    ports: list[SerialPortInfo] = []
    for function in ("locate", "lasting_url"):
        monkeypatch.setattr(f"drivers.discovery.{function}.__defaults__", (lambda: ports,))
    keywords = dict(OpticalProbeLink.__init__.__kwdefaults__, ports=lambda: ports)
    monkeypatch.setattr(OpticalProbeLink.__init__, "__kwdefaults__", keywords)
    monkeypatch.setattr("drivers.discovery.list_serial_ports", lambda: ports)
    return ports


@pytest.fixture
async def terminal(tmp_path: Path) -> AsyncIterator[Terminal]:
    terminal = Terminal(data_dir=tmp_path, training=True)
    await terminal.needs_pass_phrase()
    yield terminal
    await terminal.close()


async def test_tried_pulled_out_and_found_again(there: list[SerialPortInfo], terminal: Terminal) -> None:
    model, lines = LinkModel(), list[TraceLine]()
    terminal.subscribe_trace(lambda line: (lines.append(line), model.feed(line.event)))  # type: ignore[func-returns-value]
    line = LineSimulator(PortServer(meter_of("C")), LineSettings(pace=0.05))
    async with PtyServer(line) as server:
        there[:] = plugged(server.path)
        assert (await terminal.try_probe(LINK)).startswith("HHT TRAINER")
        assert "last used" in (await terminal.links())[0].title
        line.settings.lifted = True
        trying = asyncio.create_task(terminal.try_probe(LINK))
        await eventually(lambda: model.sight(lines[-1].event.utc) in (Sight.ASKING, Sight.QUIET) and len(lines) > 6)
        server.unplug()
        there[:] = []
        with pytest.raises(LinkLost):
            await trying
        assert model.sight(lines[-1].event.utc) is Sight.GONE
    with pytest.raises(LinkUnavailable, match="not plugged in"):
        await terminal.try_probe(LINK)
    waiting = asyncio.create_task(until_plugged(LINK, every_s=0.01))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    async with PtyServer(LineSimulator(PortServer(meter_of("C")), LineSettings(pace=0.05))) as server:
        there[:] = plugged(server.path)
        assert await waiting == server.path
        assert (await terminal.try_probe(LINK)).startswith("HHT TRAINER")


async def test_what_is_no_adapter_is_not_waited_for(terminal: Terminal) -> None:
    assert await terminal.until_plugged("tcp://127.0.0.1:4059") == ""
    async with PtyServer(PortServer(meter_of("C"))) as server:
        assert await terminal.until_plugged(server.url) == server.path
        assert await terminal.try_probe(f"{server.url}?opening=direct") == ""
    with pytest.raises(HhtError):
        await terminal.until_plugged("what")


async def test_a_visit_goes_on_at_another_port_and_writes_nothing_twice(
    there: list[SerialPortInfo], tmp_path: Path
) -> None:
    """Pulled out after 5000 characters, in the middle of the visit; plugged in again it has another name."""
    site = Site(tmp_path)
    line = LineSimulator(site.port, LineSettings(pace=0, turnaround_s=0, cut_after=5000))
    options = VisitOptions(link=LINK, association=AssociationOptions(training=True), auto=True)
    ends: list[str] = []
    for _turn in range(2):
        async with PtyServer(line) as server:
            line.on_cut = server.unplug
            there[:] = plugged(server.path)
            composer = Composer(site.clock, training=True)
            runner = VisitRunner(site.store, site.clock, composer, site.job, options, ask=answer)
            try:
                ends.append((await runner.visit.run()).name)
            except StepFailed as failed:
                ends.append(failed.code)
            await composer.close()
            line.settings.cut_after = None
    assert ends == ["link-lost", "COMPLETE"]
    assert site.written() == ONCE
    site.store.close()
