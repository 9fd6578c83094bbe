"""What parties ask of a premises over the WAN, counted from the messages themselves: volume, payers, charges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.emulation import usage as usage_module
from hht.emulation.gbcs.ends import GbcsEnds
from hht.emulation.usage import Counted, Usage, UsageError, count_usage, service_prices, uses
from hht.model.device import Device
from hht.model.electricity_meter import ElectricityMeter
from hht.model.premises import Premises, load_premises
from hht.model.wan.access import Sanction
from hht.protocol.gbcs.envelope import parse
from hht.resources import resource_text

NOON = datetime(2026, 6, 17, 12, tzinfo=UTC)
Counting = Callable[..., Usage]


def lived(name: str) -> tuple[Premises, ManualClock]:
    clock = ManualClock(NOON)
    return load_premises(name, clock=clock, days=8), clock


def by_name(usage: Usage) -> dict[str, Counted]:
    return {one.use.name: one for one in usage.counted}


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Change a text of the catalogue for one test."""

    def clear() -> None:
        for kept in (usage_module._table, uses, service_prices):
            kept.cache_clear()

    def change(old: str, new: str) -> None:
        text = resource_text("catalogue", "service_use.toml")
        assert old in text
        monkeypatch.setattr(usage_module, "resource_text", lambda *_parts: text.replace(old, new))
        clear()

    yield change
    clear()


class Heard:
    """What meters were told and answered, by message code, taken down at their own ends."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.exchanges: list[tuple[int, bytes, bytes]] = []
        self.prices: list[tuple[datetime, tuple[tuple[int, ...], ...]]] = []
        real = GbcsEnds.read

        def read(ends: GbcsEnds, device: Device, octets: bytes) -> bytes:
            answer = real(ends, device, octets)
            self.exchanges.append((parse(octets).message_code, octets, answer))
            assert isinstance(device, ElectricityMeter)
            self.prices.append((device.site.now(), device.tariff.plan.prices))
            return answer

        monkeypatch.setattr(GbcsEnds, "read", read)

    def octets(self, code: int) -> tuple[int, int]:
        of = [(asked, answer) for one, asked, answer in self.exchanges if one == code]
        return sum(len(asked) for asked, _answer in of), sum(len(answer) for _asked, answer in of)


@pytest.mark.requirement("IDT-07")
def test_price_messages_are_counted_as_the_meter_took_them_and_their_volume_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard = Heard(monkeypatch)
    home, clock = lived("dual-fuel-connected")
    usual = home.device().tariff.plan.prices
    peak = by_name(count_usage(home, clock, 1))["critical-peak"]
    assert (peak.answered, peak.refused) == (2, 0)
    assert (peak.down, peak.up) == heard.octets(0x00A2), "ECS01b, as it went"
    (begun, dear), (ended, back) = [row for row in heard.prices if row[0].hour in (17, 19)]
    assert (begun.hour, ended.hour) == (17, 19)
    assert dear == tuple((3 * row[0],) for row in usual)
    assert back == usual
    assert peak.kbit_s(1) == pytest.approx(peak.down / 2 * 8 / 900 / 1000)
    rate = peak.kbit_s(30_000_000)
    assert rate is not None
    assert rate > 100_000, "a country told within a quarter of an hour: more than 100 Mbit/s all that time"


@pytest.mark.requirement("IDT-07")
def test_real_time_prices_are_most_of_what_a_home_has_over_the_wan() -> None:
    home, clock = lived("dual-fuel-connected")
    usage = count_usage(home, clock, 1, "real-time")
    prices = by_name(usage)["real-time"]
    assert "critical-peak" not in by_name(usage)
    assert (prices.answered, prices.refused) == (7 * 48, 0)
    assert prices.octets > 0.9 * usage.octets
    home, clock = lived("dual-fuel-connected")
    assert usage.octets > 20 * count_usage(home, clock, 1).octets, "with critical-peak prices alone"


@pytest.mark.requirement("IDT-09")
def test_a_file_for_an_external_party_is_a_share_of_the_load_and_has_its_payer(
    monkeypatch: pytest.MonkeyPatch, catalogue: Callable[[str, str], None]
) -> None:
    heard = Heard(monkeypatch)
    home, clock = lived("dual-fuel-connected")
    usage = count_usage(home, clock, 1)
    file = by_name(usage)["file"]
    ((_code, asked, answer),) = [one for one in heard.exchanges if one[0] == 0x0037]
    assert parse(asked).supplementary.party.hex().upper() == "90B3D51F30090001", "by way of the broker, for itself"
    assert (file.down, file.up) == (len(asked), len(answer))
    assert file.up > 7 * 48 * 8, "a week of half-hours"
    assert file.octets > usage.octets // 3
    owed = {charge.payer: charge for charge in usage.charges() if charge.item == "file"}
    assert list(owed) == ["third party"]
    assert owed["third party"].amount == pytest.approx(30 / 7 * service_prices().variable["file"])
    catalogue('payer = "third party"\ncharge = "file"', 'payer = "consumer"\ncharge = "file"')
    home, clock = lived("dual-fuel-connected")
    usage = count_usage(home, clock, 1)
    assert [charge.payer for charge in usage.charges() if charge.item == "file"] == ["consumer"]
    catalogue('payer = "third party"\ncharge = "file"', 'payer = "nobody"\ncharge = "file"')
    with pytest.raises(ValueError, match="nobody"):
        uses()


@pytest.mark.requirement("IDT-09")
def test_a_daily_file_loads_the_wan_more_and_one_that_is_not_let_through_not_at_all(
    catalogue: Callable[[str, str], None],
) -> None:
    home, clock = lived("dual-fuel-connected")
    weekly = by_name(count_usage(home, clock, 1))["file"]
    catalogue('at = ["03:00"]\nevery_days = 7', 'at = ["03:00"]\nevery_days = 1')
    home, clock = lived("dual-fuel-connected")
    daily = by_name(count_usage(home, clock, 1))["file"]
    assert (weekly.answered, daily.answered) == (1, 7)
    assert daily.octets > 6 * weekly.octets
    catalogue('request = "profile-file"\nsender = "OU"', 'request = "profile-file"\nsender = "RSA"')
    home, clock = lived("dual-fuel-connected")
    usage = count_usage(home, clock, 1)
    denied = by_name(usage)["file"]
    assert (denied.answered, denied.refused, denied.octets) == (0, 1, 0)
    assert denied.why == "RSA may not send 4.8.1"
    assert not [charge for charge in usage.charges() if charge.item == "file"], "what was not answered is not billed"


@pytest.mark.requirement("DCC-04")
def test_charges_are_a_standard_part_and_one_by_reads_and_top_ups_that_were_answered() -> None:
    home, clock = lived("prepayment-home")
    usage = count_usage(home, clock, 1)
    charges = {(charge.payer, charge.item): charge for charge in usage.charges()}
    standard = charges["supplier", "standard"]
    assert (standard.count, standard.amount) == (2, 2 * service_prices().standard), "two meters"
    reads, top_ups = charges["supplier", "read"], charges["supplier", "top-up"]
    assert (reads.count, reads.amount) == (pytest.approx(30), pytest.approx(30 * service_prices().variable["read"]))
    counted = by_name(usage)["top-up"]
    assert (counted.answered, counted.refused) == (3, 0)
    assert top_ups.count == pytest.approx(3 * 30 / 7)
    assert home.device().prepayment.top_ups.vend.counter == 3, "the meter took three tokens"
    credit, clock = lived("dual-fuel-connected")
    usage = count_usage(credit, clock, 1)
    items = {charge.item for charge in usage.charges()}
    assert "top-up" not in items
    assert {"standard", "read"} <= items


@pytest.mark.requirement("DCC-04")
def test_a_suspended_supplier_pays_the_standard_charge_alone() -> None:
    home, clock = lived("dual-fuel-connected")
    assert home.centre is not None
    home.centre.access.sanctions.append(Sanction("Example Energy", "SEC Panel", "suspended for a test"))
    usage = count_usage(home, clock, 1)
    assert by_name(usage)["bill-read"].why == "suspended for a test"
    assert by_name(usage)["bill-read"].octets == 0
    assert {charge.item for charge in usage.charges() if charge.payer == "supplier"} == {"standard"}


def test_where_nobody_can_ask_nothing_is_counted() -> None:
    for name in ("single-element", "foundation"):
        home, clock = lived(name)
        with pytest.raises(UsageError, match="by way of the DCC"):
            count_usage(home, clock, 1)
    home, clock = lived("dual-fuel-connected")
    with pytest.raises(UsageError, match="5 weeks"):
        count_usage(home, clock, 5)
