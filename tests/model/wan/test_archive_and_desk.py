"""A supplier's archive of 24 months, and the packs that its desk prepares for a visit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from hht.model.electricity_meter.items import SupplyState
from hht.model.electricity_meter.supply import ArmSupply, DisableSupply, EnableSupply, ReadSupplyState
from hht.model.features.profile_read import ReadImportProfile
from hht.model.refusal import DeviceRefusal
from hht.model.wan import Service
from hht.model.wan.archive import Span, bounds
from hht.model.wan.desk import DeskError, Step, carry_out
from tests.model.wan.conftest import Site

SiteWith = Callable[..., Site]


# --- archive -------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("EED-03", "DCC-01")
def test_24_months_by_day_week_month_and_year(site_with: SiteWith) -> None:
    site = site_with("archive = true\n", days=760)
    for name, archive in site.centre.archives.items():
        assert 730 <= archive.days <= 732, name
        yesterday = date(2026, 11, 20)
        oldest = yesterday - timedelta(days=729)
        for span in (Span.DAY, Span.WEEK, Span.MONTH):
            usage = archive.usage(span, oldest + timedelta(days=40))
            assert (usage.halves, sum(usage.of_day)) == (usage.expected, usage.total)
            assert usage.total > 0
        year = archive.usage(Span.YEAR, date(2025, 7, 1))
        assert year.halves == year.expected == 365 * 48
        months = [archive.usage(Span.MONTH, date(2025, month, 1)).total for month in range(1, 13)]
        assert sum(months) == year.total
        assert archive.usage(Span.DAY, yesterday).halves == 48


@pytest.mark.requirement("EED-03")
def test_the_archive_agrees_with_the_meter_and_begins_with_the_contract(site_with: SiteWith) -> None:
    site = site_with("archive = true\n", days=10)
    day = date(2026, 11, 18)
    archive = site.centre.archives["esme-1"]
    rows = site.home.device().execute(ReadImportProfile(), site.power)
    assert isinstance(rows, tuple)
    begins = int((day - date(1970, 1, 1)).total_seconds())
    registers = dict(rows)
    used = registers[begins + 86_400] - registers[begins]
    assert archive.usage(Span.DAY, day).total == used
    assert archive.usage(Span.DAY, date(2026, 10, 1)).halves == 0


def test_a_night_without_wan_is_made_up_for(site_with: SiteWith) -> None:
    site = site_with("archive = true\n", days=3)
    module, archive = site.home.wan[0], site.centre.archives["esme-1"]
    module.change(service=Service.NONE)
    site.wait(2 * 86_400)
    assert archive.usage(Span.DAY, date(2026, 11, 21)).halves < 48
    module.change(service=Service.CORE)
    site.wait(86_400)
    assert archive.usage(Span.DAY, date(2026, 11, 21)).halves == 48


@pytest.mark.parametrize(
    ("span", "begins", "ends"),
    [
        (Span.DAY, date(2024, 2, 29), date(2024, 3, 1)),
        (Span.WEEK, date(2024, 2, 26), date(2024, 3, 4)),
        (Span.MONTH, date(2024, 2, 1), date(2024, 3, 1)),
        (Span.YEAR, date(2024, 1, 1), date(2025, 1, 1)),
    ],
)
def test_spans_have_their_bounds(span: Span, begins: date, ends: date) -> None:
    assert bounds(span, date(2024, 2, 29)) == (begins, ends)


@pytest.mark.parametrize("asked", [ReadImportProfile(-1), ReadImportProfile(5, 4)])
def test_a_senseless_range_is_refused(site: Site, asked: ReadImportProfile) -> None:
    with pytest.raises(DeviceRefusal):
        site.home.device().execute(asked, site.power)


# --- desk ----------------------------------------------------------------------------------------------------------


def test_a_pack_is_carried_out_in_its_order_each_command_once(site: Site) -> None:
    meter = site.home.device()
    pack = site.desk.prepare("esme-1", [DisableSupply(), ReadSupplyState(), ArmSupply()])
    assert pack.commands[0].roles == ("supplier",)
    site.home.wan[0].change(service=Service.NONE)  # a visit needs no WAN
    with pytest.raises(DeskError, match="comes after others"):
        carry_out(pack, 2, meter, site.centre)
    assert carry_out(pack, 1, meter, site.centre).step is Step.DONE
    with pytest.raises(DeskError, match="not to be sent"):
        carry_out(pack, 1, meter, site.centre)
    assert carry_out(pack, 2, meter, site.centre).answer is SupplyState.DISABLED
    assert not pack.whole
    carry_out(pack, 3, meter, site.centre)
    assert (pack.whole, meter.load_switch.state) == (True, SupplyState.ARMED)
    with pytest.raises(DeskError, match="not to be sent"):
        carry_out(pack, 4, meter, site.centre)


@pytest.mark.requirement("SEC-12")
def test_a_pack_for_another_device_ends_with_its_first_command(site: Site) -> None:
    pack = site.desk.prepare("esme-1", [DisableSupply(), ArmSupply()])
    pack.commands[0].seal = replace(pack.commands[0].seal, target="00-DB-12-34-56-78-90-A4")
    entry = carry_out(pack, 1, site.home.device(), site.centre)
    assert (entry.step, pack.commands[1].step) == (Step.FAILED, Step.NOT_TRIED)
    assert "does not trust" in entry.problem
    with pytest.raises(DeskError):
        carry_out(pack, 2, site.home.device(), site.centre)
    assert site.home.device().load_switch.state is SupplyState.ENABLED


def test_a_pack_expires(site: Site) -> None:
    pack = site.desk.prepare("esme-1", [DisableSupply()], valid_ms=60_000)
    site.wait(60)
    with pytest.raises(DeskError, match="expired"):
        carry_out(pack, 1, site.home.device(), site.centre)


def test_a_desk_prepares_only_what_its_party_may_have_done(site: Site) -> None:
    with pytest.raises(DeskError, match="Command 2, ECS42: ED may not send"):
        site.network_desk.prepare("esme-1", [ReadSupplyState(), EnableSupply()])
