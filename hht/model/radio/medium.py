"""Radio as a medium of the HAN: path loss, shadowing, interference by channel, repeaters; and the wired HAN.

Interference shows first as delay and only then as loss (HAN-14). Chance is by address: the same two devices, band and
quarter of an hour give the same figure on every machine.
"""

from __future__ import annotations

from hht.model.han.medium import NO_LINK, RSSI_FLOOR_DBM, WIRE, LinkQuality
from hht.model.radio.bands import BANDS, Band
from hht.model.radio.house import House, Spot
from hht.model.radio.interference import HEARD, Energy, Source, channels, edges_khz, together
from hht.model.radio.propagation import SHADOW, SLOW, chance, path_loss
from hht.model.seeded import mix, subseed

BUSY_BY_DEVICE = 40  # thousandths of the time that one of them takes (our own number)
_SLOW_MS = 900_000  # people move, doors open: a little every quarter of an hour
_FRAME_MS = 8


class RadioMedium:
    """The radio of one premises. `bands` of each device by name (those not named have 2.4 GHz); `repeaters` by name;
    `belongs`: radios that are in a device of another name; `interference`: how busy each band is as a whole,
    thousandths; `sources`: what makes single channels busy at times; `channels`: what coordinators have chosen."""

    wired = False

    def __init__(
        self,
        house: House,
        seed: int,
        *,
        bands: dict[str, frozenset[str]] | None = None,
        repeaters: tuple[str, ...] = (),
        belongs: dict[str, str] | None = None,
    ) -> None:
        self.house = house
        self.bands = bands or {}
        self.repeaters = list(repeaters)
        self.belongs = belongs or {}
        self.interference: dict[str, int] = {}
        self.extra_loss: dict[str, int] = {}  # tenths of a dB at a device: a fault, a hand over the aerial
        self.sources: list[Source] = []
        self.routes = True  # whether messages go over repeaters (HAN-15)
        self.channels: dict[tuple[str, str], int] = {}  # by coordinator and band
        self._seed = subseed(seed, "radio")
        self._static: dict[tuple[str, str, str], int] = {}
        self._pairs: dict[tuple[str, str, str], int] = {}

    @property
    def title(self) -> str:
        """What it is, and the channels that coordinators have chosen."""
        return ", ".join(["radio", *(f"{band} MHz channel {n}" for (_name, band), n in sorted(self.channels.items()))])

    # --- channels --------------------------------------------------------------------------------------------------

    def scan(self, band: Band, listener: str, time_ms: int) -> list[Energy]:
        """An energy scan: every channel of a band, as a device hears it now."""
        heard = [(source, self._heard(source, band, listener)) for source in self.sources if self._on(source, time_ms)]
        found = []
        for channel in channels(band):
            edges = edges_khz(band, channel)
            there = [(source.duty, level) for source, level in heard if source.covers(*edges) and level >= HEARD]
            strongest = max((level for _duty, level in there), default=10 * RSSI_FLOOR_DBM) // 10
            found.append(Energy(channel, self._with_all([duty for duty, _level in there], band), strongest))
        return found

    def choose(self, coordinator: str, time_ms: int) -> None:
        """The coordinator forms its network: the quietest channel of each of its bands, the first of those alike."""
        for name in sorted(self._bands(coordinator) & set(BANDS)):
            quietest = min(self.scan(BANDS[name], coordinator, time_ms), key=lambda energy: energy.busy)
            self.channels[coordinator, name] = quietest.channel

    def disturbed(self, coordinator: str, time_ms: int) -> tuple[str, ...]:
        """Whose own transmissions the coordinator's network gets into (EDG-15): names of the sources that are on, whose
        frequencies reach into its channels and that hear it."""
        found: list[str] = []
        for (name, band), channel in sorted(self.channels.items()):
            for source in self.sources if name == coordinator else ():
                overlaps = source.covers(*edges_khz(BANDS[band], channel))
                if overlaps and self._on(source, time_ms) and self.heard_at(source, name, BANDS[band]):
                    found.append(source.name)
        return tuple(found)

    def heard_at(self, source: Source, name: str, band: Band) -> bool:
        """Whether a device of the HAN is heard where a source stands (one that stands nowhere: everywhere)."""
        level = band.transmit
        if source.spot is not None:
            level -= self._path(band, self._spot(name), source.spot)
        return level >= HEARD

    def busy(self, band: Band, sender: str, receiver: str, time_ms: int) -> int:
        """How busy the air is where one of the two listens, on the network's channel, thousandths."""
        if not self.sources:
            return self.interference.get(band.name, 0)
        channel = self._channel(band, sender, receiver)
        if channel is None:
            return self.interference.get(band.name, 0)
        edges = edges_khz(band, channel)
        duties = [
            source.duty
            for source in self.sources
            if source.covers(*edges)
            and self._on(source, time_ms)
            and max(self._heard(source, band, sender), self._heard(source, band, receiver)) >= HEARD
        ]
        return self._with_all(duties, band)

    def _with_all(self, duties: list[int], band: Band) -> int:
        whole = self.interference.get(band.name, 0)
        return together([*duties, whole]) if duties else whole

    def _channel(self, band: Band, sender: str, receiver: str) -> int | None:
        """The channel of the network that both are on: that of the coordinator among them, else (a repeater's other
        leg) of any."""
        for name in (receiver, sender):
            if (name, band.name) in self.channels:
                return self.channels[name, band.name]
        return next((channel for (_name, there), channel in self.channels.items() if there == band.name), None)

    def _on(self, source: Source, time_ms: int) -> bool:
        return source.on(subseed(self._seed, f"source {source.name}"), time_ms)

    def _heard(self, source: Source, band: Band, listener: str) -> int:
        """How strongly a device hears a source, tenths of dBm."""
        if source.spot is None:
            return source.power
        return source.power - self._path(band, source.spot, self._spot(listener))

    # --- links -----------------------------------------------------------------------------------------------------

    def quality(self, sender: str, receiver: str, time_ms: int) -> LinkQuality:
        """The best of every band that both have, directly or over one repeater."""
        direct = self.direct(sender, receiver, time_ms)
        if direct.success >= 950 or not self.repeaters or not self.routes:
            return direct
        best = direct
        for repeater in self.repeaters:
            if repeater in (sender, receiver):
                continue
            legs = (self.direct(sender, repeater, time_ms), self.direct(repeater, receiver, time_ms))
            success = legs[0].success * legs[1].success // 1000
            if success > best.success:
                delay = legs[0].delay_ms + legs[1].delay_ms
                best = LinkQuality(legs[1].rssi_dbm, legs[1].lqi, success, delay, hops=2)
        return best

    def direct(self, sender: str, receiver: str, time_ms: int) -> LinkQuality:
        """Without repeaters, in the best band that both have."""
        common = self._bands(sender) & self._bands(receiver)
        found = [self.in_band(BANDS[name], sender, receiver, time_ms) for name in sorted(common) if name in BANDS]
        return max(found, key=lambda quality: (quality.success, quality.rssi_dbm), default=NO_LINK)

    def in_band(self, band: Band, sender: str, receiver: str, time_ms: int) -> LinkQuality:
        """How `receiver` hears `sender` in one band."""
        level = self.level(band, sender, receiver)
        level += mix(self._pair(band, sender, receiver), 1 + time_ms // _SLOW_MS) % (2 * SLOW + 1) - SLOW
        busy = self.busy(band, sender, receiver, time_ms)
        margin = level - band.sensitivity - busy // 25
        success = chance(margin)
        rssi = max(RSSI_FLOOR_DBM, level // 10)
        lqi = max(0, min(255, 40 + margin * 215 // 400))
        delay = _FRAME_MS + busy * 120 // 1000 + (1000 - success) // 10
        return LinkQuality(rssi, lqi, success, delay)

    def level(self, band: Band, sender: str, receiver: str) -> int:
        """Received level without what changes from hour to hour, tenths of dBm."""
        first, second = sorted((sender, receiver))
        key = (band.name, first, second)
        if key not in self._static:
            self._static[key] = self._level(band, first, second)
        if not self.extra_loss:
            return self._static[key]
        return self._static[key] - sum(self.extra_loss.get(self.belongs.get(one, one), 0) for one in (sender, receiver))

    def crowd(self, band: str, devices: int) -> int:
        """So many more devices (fewer, if negative) of other people are busy in a band; how much busier it is for it,
        thousandths. It shows mainly as delay, which grows with their number (HAN-14)."""
        before = self.interference.get(band, 0)
        self.lighten(band, -devices * BUSY_BY_DEVICE)
        return self.interference.get(band, 0) - before

    def lighten(self, band: str, by: int) -> None:
        """A band is less busy by so many thousandths."""
        busy = max(0, min(1000, self.interference.get(band, 0) - by))
        self.interference[band] = busy
        if not busy:
            del self.interference[band]

    def moved(self) -> None:
        """A device stands elsewhere: work levels out anew."""
        self._static.clear()

    def _level(self, band: Band, sender: str, receiver: str) -> int:
        shadow = mix(self._pair(band, sender, receiver), 0) % (2 * SHADOW + 1) - SHADOW  # for ever
        return band.transmit - self._path(band, self._spot(sender), self._spot(receiver)) - shadow

    def _path(self, band: Band, one: Spot, other: Spot) -> int:
        """What is lost between two places, tenths of a dB."""
        return path_loss(band, self.house.distance_mm(one, other), self.house.between(one, other))

    def _pair(self, band: Band, sender: str, receiver: str) -> int:
        key = (band.name, sender, receiver)
        found = self._pairs.get(key)
        if found is None:
            found = subseed(self._seed, f"{band.name} {' '.join(sorted((sender, receiver)))}")
            self._pairs[key] = found
        return found

    def _spot(self, name: str) -> Spot:
        return self.house.spots.get(self.belongs.get(name, name)) or Spot(0, 0)

    def _bands(self, name: str) -> frozenset[str]:
        return self.bands.get(name, frozenset({"2400"}))


class WiredMedium:
    """The wired HAN for flats where radio does not reach (HAN-24): devices on the cable hear one another."""

    wired = True

    def __init__(self, members: frozenset[str], other: RadioMedium | None = None) -> None:
        self.members = members
        self.radio = other
        self.cut: set[str] = set()  # a fault: this device's branch is broken

    @property
    def title(self) -> str:
        """What it is."""
        return "wired HAN"

    def quality(self, sender: str, receiver: str, time_ms: int) -> LinkQuality:
        """Perfect on the cable; by radio where there is one and the two are not both on it."""
        both = {sender, receiver} <= self.members
        if both and not {sender, receiver} & self.cut:
            return WIRE
        return self.radio.quality(sender, receiver, time_ms) if self.radio is not None else NO_LINK
