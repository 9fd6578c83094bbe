"""How much of a slow line a profile takes: bytes and turnarounds, counted, not timed."""

from __future__ import annotations

import pytest

from hht.model.electricity_meter import ElectricityMeter
from tests.support.counted_read import counted_read, whole_meter


@pytest.mark.parametrize(("profiles", "bar"), [("null", 0.55), ("delta", 0.35), ("compact", 0.351)])
async def test_encodings_that_a_meter_may_offer(profiles: str, bar: float) -> None:
    cost = await counted_read(whole_meter(profiles=profiles), info=2030, window=7)
    assert cost.rows == 19_008
    assert 0.05 < cost.ratio <= bar


@pytest.fixture(scope="module")
def meter() -> ElectricityMeter:
    return whole_meter()


@pytest.mark.parametrize(
    ("info", "window", "ciphered", "bar"),
    [
        (2030, 7, False, 1.01),
        (128, 7, False, 1.15),
        (128, 1, False, 1.36),
        (2030, 7, True, 1.0135),
        (128, 1, True, 1.36),
    ],
)
async def test_a_whole_profile_s_bytes(
    meter: ElectricityMeter, info: int, window: int, ciphered: bool, bar: float
) -> None:
    cost = await counted_read(meter, info=info, window=window, ciphered=ciphered)
    assert cost.rows == 19_008
    assert round(cost.floor_s, 1) == 514.8
    assert 1.0 < cost.ratio <= bar
