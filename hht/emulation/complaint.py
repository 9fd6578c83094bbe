"""A complaint about interference: what networks that were there before lose to the HAN, and what its installer does.

Document 002, L414: “continues to work acceptably” has to be measurable, and whoever fits the HAN resolves the
complaint. Measured is the share of the time in which the HAN, or a hub that never falls silent, is on the air where
another network is; how much of that is acceptable is data (``resources/catalogue/han_airtime.toml``). A scan before and
one behind are the evidence.
"""

from __future__ import annotations

from dataclasses import dataclass

from hht.emulation.airtime import AirtimeError, acceptable_thousandths, services
from hht.i18n import _
from hht.model.communications_hub import CommunicationsHub
from hht.model.premises import Premises
from hht.model.radio.bands import BANDS
from hht.model.radio.interference import Energy, Source, band_of, edges_khz, together
from hht.model.radio.medium import RadioMedium, WiredMedium

_KBIT_S = {"2400": 250.0}
_OTHER_KBIT_S = 100.0


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A network that is not the HAN. `lost`: of the time, how much the HAN takes of it, thousandths; `channel`: of the
    HAN's, the one that is in its way (0: none)."""

    name: str
    lost: int
    channel: int

    @property
    def acceptable(self) -> bool:
        """Whether it works on as it should."""
        return self.lost <= acceptable_thousandths()


@dataclass(frozen=True, slots=True)
class Look:
    """One survey: the HAN's channels by band, every neighbour, the scan at the hub (2.4 GHz), and how many devices of
    the HAN are heard well enough."""

    channels: tuple[tuple[str, int], ...]
    neighbours: tuple[Neighbour, ...]
    scan: tuple[Energy, ...]
    served: int
    members: int

    @property
    def fine(self) -> bool:
        """Whether the neighbours work acceptably, and the HAN lives."""
        return all(one.acceptable for one in self.neighbours) and self.served == self.members


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a complaint: `did` in words ("": nothing had to be done), and what is left to do ("": nothing)."""

    before: Look
    behind: Look
    did: str
    left: str

    @property
    def resolved(self) -> bool:
        """Whether nobody has to complain any more."""
        return self.behind.fine


def first_hub(premises: Premises) -> CommunicationsHub:
    """Whose HAN is complained of. AirtimeError where there is none."""
    hubs = premises.of(CommunicationsHub)
    if not hubs:
        raise _no_radio(premises)
    return hubs[0]


def look(premises: Premises, hub: CommunicationsHub) -> Look:
    """Survey it. AirtimeError where the HAN has no radio."""
    radio = _radio(premises)
    now_ms = premises.site.agenda.now_ms
    own = {band: channel for (name, band), channel in radio.channels.items() if name == hub.name}
    neighbours = tuple(_neighbour(premises, hub, radio, one) for one in radio.sources if one.name != hub.name)
    network = hub.network
    members = [node for node in network.members.values() if node.device is not hub.gpf]
    served = sum(network.hears(node.device.name) for node in members)
    scan = tuple(radio.scan(BANDS["2400"], hub.name, now_ms))
    return Look(tuple(sorted(own.items())), neighbours, scan, served, len(members))


def answer(premises: Premises, hub: CommunicationsHub) -> Answered:
    """What the HAN's installer does about it: looks, lets the hub choose another channel where that is in the way, and
    looks again. A hub that never falls silent has to be exchanged: that is left to do. AirtimeError as `look`."""
    premises.site.catch_up()
    before = look(premises, hub)
    if all(one.acceptable for one in before.neighbours):
        return Answered(before, before, "", "" if before.fine else _("the HAN itself is not heard everywhere"))
    radio = _radio(premises)
    radio.choose(hub.name, premises.site.agenda.now_ms)
    behind = look(premises, hub)
    told = ", ".join(_("{band} MHz: {channel}").format(band=band, channel=channel) for band, channel in behind.channels)
    did = _("the hub has chosen anew: {channels}").format(channels=told)
    left = ""
    if any(one.name == hub.name for one in radio.sources):
        left = _("the hub transmits without a pause, whatever its channel: exchange it")
    elif not behind.fine:
        left = _("no channel of the HAN is free there: move the hub or the other network's aerial, or choose 868 MHz")
    premises.site.tell(hub.name, "answered a complaint about interference", left or did)
    return Answered(before, behind, did, left)


def _radio(premises: Premises) -> RadioMedium:
    medium = premises.medium
    radio = medium.radio if isinstance(medium, WiredMedium) else medium
    if not isinstance(radio, RadioMedium):
        raise _no_radio(premises)
    return radio


def _no_radio(premises: Premises) -> AirtimeError:
    return AirtimeError(
        _("The HAN of {name} has no radio that could be in anybody's way.").format(name=premises.name),
        remedy=_("Choose a premises with a house around its radio: stone-cottage or second-hub, say."),
    )


def _neighbour(premises: Premises, hub: CommunicationsHub, radio: RadioMedium, source: Source) -> Neighbour:
    """What the HAN takes of one network: the time for which its frames, or a hub that never falls silent, cover it."""
    band = band_of(source.low_khz, source.high_khz)
    if band is None or not radio.heard_at(source, hub.name, band):
        return Neighbour(source.name, 0, 0)
    shares, way = [], 0
    channel = radio.channels.get((hub.name, band.name), 0)
    if channel and source.covers(*edges_khz(band, channel)):
        way = channel
        rate = _KBIT_S.get(band.name, _OTHER_KBIT_S)
        shares.append(round(1000 * sum(one.share(rate) for one in services(premises))))
    stuck = [one for one in radio.sources if one.name == hub.name and one.covers(source.low_khz, source.high_khz)]
    shares += [one.duty for one in stuck]
    return Neighbour(source.name, together(shares), way)
