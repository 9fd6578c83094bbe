"""How long a home's HAN is on the air, from its frames, and which bands are wide enough where homes stand close."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.emulation.airtime import CONSULTED_KHZ, AirtimeError, crowd, demand, homes_in, on_air, services
from hht.model.premises import Premises, load_premises
from hht.protocol.zigbee.aps import aps_frame


def home(name: str) -> Premises:
    return load_premises(name, clock=ManualClock(datetime(2026, 6, 17, 12, tzinfo=UTC)), days=8)


def test_a_command_is_as_long_on_the_air_as_its_frames() -> None:
    aps = len(aps_frame(0x0702, 0x0109, bytes(20), endpoint=1, source=1, counter=0, secured=True).encode())
    assert on_air(bytes(20), 0x0702) == (1, 6 + 11 + 8 + 18 + aps + 9 + 11)
    frames, octets = on_air(bytes(130), 0x0702)
    assert frames == 3, "60, 60 and 10 octets"
    assert octets == sum(on_air(bytes(part), 0x0702)[1] + 2 for part in (60, 60, 10))


@pytest.mark.requirement("HAN-10")
def test_display_history_and_firmware_of_some_hundred_homes_in_reach_need_about_2_mhz() -> None:
    found = services(home("dual-fuel"))
    by_name = {one.name: one for one in found}
    assert set(by_name) == {"display", "history", "firmware"}
    assert by_name["display"].every_s == 10, "real time"
    assert by_name["history"].octets > 396 * 48 * 8, "13 months of half-hours, sealed"
    assert by_name["firmware"].octets > 250_000
    dense = homes_in(CONSULTED_KHZ, found, "2400")
    assert 100 < dense < 1000, "a dense area: some hundred homes that hear one another"
    assert demand(found, "2400", dense).khz <= CONSULTED_KHZ < demand(found, "2400", dense + 1).khz
    assert demand(found, "2400", dense).khz == pytest.approx(CONSULTED_KHZ, rel=0.02)
    assert demand(found, "2400", 1).khz < 10, "one home alone needs next to nothing"
    alone = demand((by_name["display"],), "2400", dense).khz
    assert alone < 0.6 * CONSULTED_KHZ, "without firmware and history, half of it is enough"


@pytest.mark.requirement("HAN-10")
def test_where_demand_is_more_than_the_band_holds_it_is_said_and_the_homes_own_frames_wait() -> None:
    found = services(home("dual-fuel"))
    assert [demand(found, band, 300).fits for band in ("169", "433", "868", "2400")] == [False, True, True, True]
    assert not demand(found, "868", 1100).fits
    assert demand(found, "2400", 1100).fits
    stone = home("stone-cottage")
    delays = [crowd(stone, demand(services(stone), "868", homes)) for homes in (1, 300, 1100)]
    assert None not in delays
    behind = [one[1] for one in delays if one is not None]
    assert behind[0] < behind[1] < behind[2]
    assert behind[2] > 3 * behind[0]


def test_where_there_is_no_han_nothing_is_measured() -> None:
    with pytest.raises(AirtimeError, match="on a HAN"):
        services(home("single-element"))
    with pytest.raises(AirtimeError, match="0 homes"):
        demand(services(home("dual-fuel")), "868", 0)
    assert crowd(home("dual-fuel"), demand(services(home("dual-fuel")), "868", 3)) is None, "a bench has no air"
