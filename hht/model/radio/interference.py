"""What else transmits in a band: where in it, how strongly, and when (HAN-14).

A HAN channel is busy where a source that is on covers it and is heard; busy air delays frames before it loses them, and
the more sources there are, the busier. Powers and shares of time are configurable figures for training. Wi-Fi channels
(IEEE 802.11: 22 MHz wide, 5 MHz apart from 2412) and HAN channels (IEEE 802.15.4: 11 to 26, 5 MHz apart from 2405) are
as their standards have them; a microwave oven is taken as 2440 to 2470 MHz, half of the time while it runs.
"""

from __future__ import annotations

from dataclasses import dataclass

from hht.model.agenda import DAY_MS, MINUTE_MS
from hht.model.radio.bands import BANDS, Band
from hht.model.radio.house import Spot
from hht.model.seeded import mix

HEARD = -820  # tenths of dBm: air is busy from here on
_FIRST_2400 = 11
_SLOT_MS = 5 * MINUTE_MS  # what runs now and then, runs for so long at a time


@dataclass(frozen=True, slots=True)
class Source:
    """Transmits from `low_khz` to `high_khz` with `power` (tenths of dBm), `duty` thousandths of the time while it is
    on: within `spans` of the UTC day (seconds; none: always), and then in `share` thousandths of all five-minute slots.
    `spot` None: it is heard everywhere."""

    name: str
    low_khz: int
    high_khz: int
    power: int = 150
    duty: int = 300
    spans: tuple[tuple[int, int], ...] = ()
    share: int = 1000
    spot: Spot | None = None

    def on(self, seed: int, time_ms: int) -> bool:
        """Whether it is on at a moment of true time; `seed` is the premises' chance for this source."""
        second = time_ms % DAY_MS // 1000
        if self.spans and not any(_within(second, span) for span in self.spans):
            return False
        return self.share >= 1000 or mix(seed, time_ms // _SLOT_MS) % 1000 < self.share

    def covers(self, low_khz: int, high_khz: int) -> bool:
        """Whether it transmits in a part of the band."""
        return self.low_khz < high_khz and low_khz < self.high_khz


def wi_fi(channel: int, name: str = "", *, duty: int = 300, spot: Spot | None = None) -> Source:
    """A Wi-Fi network on channel 1 to 13."""
    middle = 2_412_000 + 5_000 * (channel - 1)
    return Source(name or f"Wi-Fi {channel}", middle - 11_000, middle + 11_000, 180, duty, spot=spot)


def microwave_oven(
    name: str = "microwave oven",
    *,
    spans: tuple[tuple[int, int], ...] = ((7 * 3600, 9 * 3600), (12 * 3600, 14 * 3600), (17 * 3600, 20 * 3600)),
    share: int = 250,
    spot: Spot | None = None,
) -> Source:
    """A microwave oven: now and then at meal times."""
    return Source(name, 2_440_000, 2_470_000, 200, 500, spans, share, spot)


def channels(band: Band) -> range:
    """The numbers of a band's HAN channels: 11 to 26 at 2.4 GHz, from 1 elsewhere."""
    first = _FIRST_2400 if band.name == "2400" else 1
    return range(first, first + band.channels)


def edges_khz(band: Band, channel: int) -> tuple[int, int]:
    """From where to where a HAN channel goes."""
    if band.name == "2400":
        middle = 2_405_000 + 5_000 * (channel - _FIRST_2400)
        return middle - 1_000, middle + 1_000
    low, width = round(band.mhz * 1000 - band.bandwidth_khz / 2), round(band.bandwidth_khz / band.channels)
    return low + (channel - 1) * width, low + channel * width


def band_of(low_khz: int, high_khz: int) -> Band | None:
    """The band that a source disturbs; None for one that is in none of them."""
    for band in BANDS.values():
        half = band.bandwidth_khz / 2
        if low_khz < band.mhz * 1000 + half and high_khz > band.mhz * 1000 - half:
            return band
    return None


def together(shares: list[int]) -> int:
    """How busy air is with sources that know nothing of one another, thousandths."""
    quiet = 1_000_000
    for share in shares:
        quiet = quiet * (1000 - share) // 1000
    return 1000 - quiet // 1000


def _within(second: int, span: tuple[int, int]) -> bool:
    begins, ends = span
    return begins <= second < ends if begins < ends else second >= begins or second < ends


@dataclass(frozen=True, slots=True)
class Energy:
    """What an energy scan finds on one channel: how busy it is, thousandths; the strongest source, dBm (the floor where
    there is none)."""

    channel: int
    busy: int
    strongest_dbm: int
