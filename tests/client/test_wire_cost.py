"""How much of a slow line a profile takes: bytes and turnarounds, counted, not timed."""

from __future__ import annotations

from pathlib import Path

import pytest

from hht.model.electricity_meter import ElectricityMeter
from tests.bench import meter as bench
from tests.support.counted_read import counted_read, whole_meter
from tests.support.timed_read import timed_read


@pytest.mark.parametrize(("profiles", "bar"), [("null", 0.55), ("delta", 0.35), ("compact", 0.35)])
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


@pytest.mark.parametrize(("info", "window"), [(2030, 7), (128, 1)])
def test_the_computed_seconds_are_those_of_a_line_that_takes_its_time(info: int, window: int) -> None:
    """A line of 9600 baud on which every character and every turnaround is waited for, in virtual time."""
    read = timed_read(3, info, window)
    assert read.counted.rows == 3 * 48
    assert read.seconds == pytest.approx(read.counted.seconds, rel=0.01)


@pytest.mark.parametrize(("peer_s", "status"), [(0.5, bench.MET), (0.4, bench.MISSED), (None, bench.NOT_COMPARED)])
def test_a_benchmark_that_compared_nothing_is_no_success(
    peer_s: float | None, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def rates(command: list[str]) -> dict[str, float]:
        seconds = 0.1 if "tests.bench.own_read" in command else peer_s
        assert seconds is not None
        return dict.fromkeys(("whole", "scaled"), bench.ROWS / seconds)

    monkeypatch.setattr(bench, "_rates", rates)
    monkeypatch.setattr(bench, "_peers", lambda: None if peer_s is None else Path("python"))
    monkeypatch.setattr(bench, "on_the_line", lambda: [("line", bench.MET)])
    monkeypatch.setattr(bench, "on_a_paced_line", lambda: [("paced", bench.MET)])
    monkeypatch.setattr(bench, "on_a_noisy_line", lambda: [("noisy", bench.MET)])
    assert bench.main() == status
    assert ("NOT COMPARED" in capsys.readouterr().out) == (status == bench.NOT_COMPARED)
