"""The pages of devices over their real ways: the probe's bytes, the desk's lines, the hub's mirror; in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hht.alerts import alert_meaning
from hht.client.api import MeterRefused
from hht.errors import HhtError
from hht.history.buckets import Grain
from hht.history.consent import Basis
from hht.history.merging import Source
from hht.history.rows import rows_of
from hht.work.device_told import NotReadYet
from hht.work.han_xray import GRACE, GasWake
from hht.work.history_reading import Wanted
from tests.support.radio import LoopClock
from tests.support.virtual_time import virtual
from ui.device_pages import DevicePages, NotToBeRead
from ui.home_devices import HomeDevice, devices_of_jobs
from ui.services import Settings
from ui.terminal import Terminal


@pytest.fixture(autouse=True)
def no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Virtual time does not wait for threads."""

    async def at_once(work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return work(*args, **kwargs)

    monkeypatch.setattr(asyncio, "to_thread", at_once)


@asynccontextmanager
async def pages(folder: Path, link: str) -> AsyncIterator[tuple[DevicePages, dict[str, HomeDevice], Terminal]]:
    """The pages of a training terminal at that premises, and its devices by kind."""
    terminal = Terminal(data_dir=folder, training=True, clock=LoopClock())
    try:
        await terminal.unlock("")
        await terminal.save_settings(Settings(link=link))
        found = {one.kind: one for one in await terminal.device_pages.devices()}
        yield terminal.device_pages, found, terminal
    finally:
        await terminal.close()


@pytest.mark.requirement("HHT-04", "HHT-08")
@virtual
async def test_every_device_of_a_home_says_how_it_stands(tmp_path: Path) -> None:
    """One interface for devices of four makers, and of two fuels' suppliers."""
    async with pages(tmp_path, "emulated:dual-fuel-connected?days=1") as (service, devices, terminal):
        made = terminal.ground._opened()[1].premises.devices
        assert len({one.identity.manufacturer for one in made}) >= 3
        assert set(devices) == {"communications-hub", "electricity-meter", "gas-meter", "in-home-display"}
        kinds = ("electricity-meter", "gas-meter", "communications-hub", "in-home-display")
        meter, gas, hub, display = [await service.now(devices[kind]) for kind in kinds]
        assert (meter.by, gas.by, hub.by) == ("probe", "mirror", "desk")
        assert ("Supply", "on", "good", False) in meter.lines
        labels = [line[0] for line in gas.lines]
        assert {"Volume", "Energy", "Supply", "MPRN", "Age of the mirror"} <= set(labels)
        assert not gas.notes
        assert [line[1] for line in hub.lines[:2]] == ["reaches it", "3 of 16 rows"]
        assert [(line[0], line[1]) for line in display.lines[1:]] == [
            ("Electricity meter", "answers it"), ("Gas meter", "answers it")
        ]  # fmt: skip
        assert display.lines[0][1].startswith("joined; ")
        answers = [report.answer for report in terminal.desks.asks()]
        assert len(answers) > 6
        assert not any(answers), "no page keeps what it showed"


@pytest.mark.requirement("EED-03", "PRV-01")
@virtual
async def test_gas_has_a_history_by_the_hub_and_can_be_forgotten(tmp_path: Path) -> None:
    async with pages(tmp_path, "emulated:dual-fuel-connected?days=4") as (service, devices, terminal):
        gas = devices["gas-meter"]
        days = await service.history(gas, Wanted(Grain.DAY, 0), Basis())
        rows = [row for row in rows_of(days.course, Grain.DAY, days.span, days.now_s) if row.amount is not None]
        assert days.unit == "Wh"
        assert {row.sources for row in rows} == {(Source.MIRROR_DAYS,)}
        fine = await service.history(gas, Wanted(Grain.HALF_HOUR, 0), Basis())
        assert fine.unit == "l"
        assert sum(held.figures for held in fine.held) > 48
        answers = [report.answer for report in terminal.desks.asks() if report.ask.kind.value.startswith("read-")]
        assert answers == ["", ""], "how people live is kept where they can have it dropped"
        await service.forget(gas)
        assert terminal.store_opened().rows("profile_chunks") == []
        kinds = [kind for _at, kind, _told in terminal.store_opened().log_entries()]
        assert kinds.count("looked-up") == 2, "and what the desk was asked for"
        logged = [kind for kind in kinds if kind.startswith("history")]
        assert logged == ["history-read", "history-read", "history-forgotten"]
        with pytest.raises(NotToBeRead, match="memory of its own"):
            await service.history(devices["in-home-display"], Wanted(Grain.DAY, 0), Basis())


@pytest.mark.requirement("HHT-06", "HHT-07", "HHT-17")
@virtual
async def test_settings_are_read_back_and_what_is_the_suppliers_is_said_so(tmp_path: Path) -> None:
    async with pages(tmp_path, "emulated:single-element?days=1") as (service, devices, _terminal):
        meter = devices["electricity-meter"]
        told = await service.configuration(meter)
        assert {item.name: item.by for item in told.items}["randomised-offset-limit"] == "probe"
        written = await service.write(meter, "randomised-offset-limit", "601")
        assert (written.after, written.written) == ("601", True)
        again = {item.name: item.value for item in (await service.configuration(meter)).items}
        assert again["randomised-offset-limit"] == "601"
        with pytest.raises(HhtError, match="1799"):
            await service.write(meter, "randomised-offset-limit", "1800")
    async with pages(tmp_path, "emulated:smets2-read-only?days=1") as (service, devices, _terminal):
        meter = devices["electricity-meter"]
        told = await service.configuration(meter)
        assert {item.name: (item.by, item.ask) for item in told.items}["mpan"] == ("desk", "set-mpan")
        assert ("This port may", "read; a change is the supplier's, by the desk", "plain", False) in told.lines
        with pytest.raises(MeterRefused):
            await service.write(meter, "randomised-offset-limit", "601")


@virtual
async def test_logs_by_probe_and_desk_say_what_codes_mean(tmp_path: Path) -> None:
    async with pages(tmp_path, "emulated:dual-fuel-connected?days=1") as (service, devices, _terminal):
        meter = await service.log(devices["electricity-meter"], "security")
        hub = await service.log(devices["communications-hub"], "event")
        assert (meter.by, hub.by) == ("probe", "desk")
        assert meter.entries
        assert all(entry.meaning == alert_meaning(entry.code) for entry in (*meter.entries, *hub.entries))
        with pytest.raises(NotToBeRead):
            await service.log(devices["in-home-display"], "event")


@virtual
async def test_a_log_of_a_gas_meter_that_sleeps_is_read_at_its_wake_and_is_never_called_failed(tmp_path: Path) -> None:
    """Twenty minutes and more before it wakes: longer than a desk is waited for."""
    async with pages(tmp_path, "emulated:dual-fuel-connected?days=1") as (service, devices, terminal):
        premises = terminal.ground._opened()[1].premises
        await asyncio.sleep(60 * 9)  # it woke 8 minutes after this home was opened
        told: list[tuple[GasWake, datetime]] = []
        read = await service.log(devices["gas-meter"], "event", lambda wake, now: told.append((wake, now)))
        (wake, began), last = told[0], told[-1]
        assert wake.wait_s(began) > 20 * 60
        assert last == (wake, last[1])
        assert wake.wait_s(last[1]) < wake.wait_s(began), "told again on the way"
        assert timedelta(0) <= terminal.ground.time() - wake.next < GRACE, "read at its wake"
        assert read.by == "desk"

        premises.faults.on("never-wakes", "gsme-1")
        began = terminal.ground.time()
        with pytest.raises(NotReadYet, match="sleeps") as waits:
            await service.log(devices["gas-meter"], "event")
        assert "failed" not in str(waits.value)
        assert "acknowledged" not in str(waits.value)
        assert terminal.ground.time() - began < timedelta(minutes=45), "and it is not waited for without end"


@virtual
async def test_an_emulated_display_shows_and_is_pressed(tmp_path: Path) -> None:
    async with pages(tmp_path, "emulated:prepayment-home?days=1") as (service, devices, _terminal):
        for kind in ("gas-meter", "prepayment-interface"):
            panel = await service.panel(devices[kind])
            assert panel is not None
            assert panel.pages
        panel = await service.panel(devices["gas-meter"])
        assert panel is not None
        wake = next(one for one in panel.controls if one.enabled and not one.typed)
        said, after = await service.press(devices["gas-meter"], wake.name, "")
        assert said
        assert after.state.name == devices["gas-meter"].name


@virtual
async def test_a_load_control_switch_is_set_in_the_meter(tmp_path: Path) -> None:
    async with pages(tmp_path, "emulated:load-control?days=1") as (service, devices, _terminal):
        now = await service.now(devices["load-control-switch"])
        assert now.by == "both"
        assert any("on the HAN" in line[1] for line in now.lines)
        told = await service.configuration(devices["load-control-switch"])
        assert told.lines
        assert {item.ask for item in told.items} == {"label-switches", "set-switch-times"}
        with pytest.raises(NotToBeRead, match="counts no energy"):
            await service.history(devices["load-control-switch"], Wanted(Grain.DAY, 0), Basis())


def test_no_job_no_device() -> None:
    assert devices_of_jobs([]) == ()
