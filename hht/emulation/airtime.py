"""How long one home's HAN is on the air, from frames as they are sent, and what bandwidth many homes in reach need.

Three services (document 000, L905): real-time data to a display, 13 months of consumption to the hub, firmware to the
gas meter. Each message is made with the values of an emulated premises and cut into frames as ZigBee cuts them; headers
and acknowledgements are counted. How often each goes, and how much of the air can be used, is data
(``resources/catalogue/han_airtime.toml``).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from hht.emulation.gbcs.ends import GbcsEnds
from hht.emulation.party_commands import COMMANDS, Situation, message
from hht.errors import HhtError
from hht.i18n import _
from hht.model.communications_hub import CommunicationsHub
from hht.model.electricity_meter import ElectricityMeter
from hht.model.gas_meter import GasMeter
from hht.model.parties import UserRole
from hht.model.premises import Premises
from hht.model.radio.bands import BANDS
from hht.model.radio.medium import RadioMedium, WiredMedium
from hht.protocol.zigbee.aps import aps_frame
from hht.protocol.zigbee.tunnelling import LONGEST_TRANSFER, TransferDataBack
from hht.protocol.zigbee.zcl import CLUSTER, GLOBAL, ZclFrame
from hht.resources import resource_text

MOST_HOMES: Final = 10_000
CONSULTED_KHZ: Final = 2_000  # "approximately 2 MHz": document 000, L905
_SMART_ENERGY, _METERING, _TUNNEL, _IMAGES = 0x0109, 0x0702, 0x0704, 0x0019
_READ, _READ_ANSWER, _BLOCK, _BLOCK_ANSWER = 0x00, 0x01, 0x03, 0x05
# Octets around the APS frame (IEEE 802.15.4 and ZigBee): preamble to length, MAC header and check, network header, its
# security header and code, the APS security header and code; an acknowledgement as a whole.
_PHY, _MAC, _NWK, _NWK_SECURITY, _APS_SECURITY, _ACK = 6, 11, 8, 18, 9, 11
_ROOM: Final = 60  # octets of a command in one frame, of 127
_FRAGMENT: Final = 2  # the extended header of a part
_DAY_S, _MONTH_S, _WEEK_DAYS = 86_400, 30 * 86_400, 7


class AirtimeError(HhtError):
    """Nothing can be measured here."""

    default_code = "airtime"


@dataclass(frozen=True, slots=True)
class Service:
    """One service of one home. `frames` and `octets` on the air for one message (acknowledgements too), which goes
    `every_s` seconds on average."""

    name: str
    frames: int
    octets: int
    every_s: float

    def share(self, kbit_s: float) -> float:
        """Of the time, how much it is on the air (0 to 1)."""
        return self.octets * 8 / (kbit_s * 1000) / self.every_s


@dataclass(frozen=True, slots=True)
class Demand:
    """What `homes` in reach of one another need at a band's radio. `share`: of the time, how long one home is on air;
    `khz`: the bandwidth in which they fit; `available_khz` in that band."""

    band: str
    homes: int
    share: float
    khz: float
    available_khz: float

    @property
    def fits(self) -> bool:
        """Whether the band is wide enough."""
        return self.khz <= self.available_khz

    @property
    def busy(self) -> int:
        """How busy each of its channels is, thousandths of the time, the homes spread evenly; at most all of it."""
        width = _radio(self.band)["channel_khz"]
        channels = max(1, self.available_khz // width)
        return min(1000, round(1000 * self.share * self.homes / channels))


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(resource_text("catalogue", "han_airtime.toml"))


def _radio(band: str) -> dict[str, float]:
    found: dict[str, float] = _table()["radio"]["2400" if band == "2400" else "868"]
    return found


def acceptable_thousandths() -> int:
    """How much of the time of another network the HAN may take, so that it works on acceptably."""
    return int(_table()["neighbour"]["acceptable_thousandths"])


def on_air(command: bytes, cluster: int) -> tuple[int, int]:
    """(frames, octets) of a command as it goes over the air, in parts where it is too long, each acknowledged."""
    parts = [command[at : at + _ROOM] for at in range(0, len(command), _ROOM)]
    octets = 0
    for number, part in enumerate(parts):
        aps = aps_frame(cluster, _SMART_ENERGY, part, endpoint=1, source=1, counter=number, secured=True).encode()
        octets += _PHY + _MAC + _NWK + _NWK_SECURITY + len(aps) + _APS_SECURITY + _ACK
        octets += _FRAGMENT if len(parts) > 1 else 0
    return len(parts), octets


def services(premises: Premises) -> tuple[Service, ...]:
    """What this home sends. AirtimeError where it has no electricity meter on a HAN; without gas, no firmware."""
    meter = next((one for one in premises.of(ElectricityMeter) if one.node is not None and one.node.joined), None)
    if meter is None:
        raise AirtimeError(
            _("No electricity meter of {name} is on a HAN.").format(name=premises.name),
            remedy=_("Choose a premises with a hub: dual-fuel, say."),
        )
    found = [_display(meter), _history(premises, meter)]
    if premises.of(GasMeter):
        found.append(_firmware())
    return tuple(found)


def _sum(name: str, every_s: float, commands: list[tuple[bytes, int]]) -> Service:
    measured = [on_air(command, cluster) for command, cluster in commands]
    return Service(name, sum(one[0] for one in measured), sum(one[1] for one in measured), every_s)


def _display(meter: ElectricityMeter) -> Service:
    """The display reads register, supply status and power; the meter answers."""
    wh, watts = meter.registers()[0], meter.power_w()
    asked = b"".join(number.to_bytes(2, "little") for number in (0x0000, 0x0200, 0x0400))
    told = b"\x00\x00\x00\x25" + (wh % (1 << 48)).to_bytes(6, "little") + b"\x00\x02\x00\x18\x00"
    told += b"\x00\x04\x00\x2a" + watts.to_bytes(3, "little", signed=True)
    request = ZclFrame(GLOBAL, 1, _READ, asked).encode()
    answer = ZclFrame(GLOBAL, 1, _READ_ANSWER, told, from_server=True).encode()
    every_s = float(_table()["display"]["every_s"])
    return _sum("display", every_s, [(request, _METERING), (answer, _METERING)])


def _history(premises: Premises, meter: ElectricityMeter) -> Service:
    """Half-hours, a week in each sealed answer of the meter (ECS22b), through the tunnel."""
    situation = Situation(meter, UserRole.IMPORT_SUPPLIER, 1, premises.site.now(), meter.tariff.plan.prices)
    command = message(COMMANDS["profile-file"], situation)
    answer = GbcsEnds().read(meter, command)
    pieces = [answer[at : at + LONGEST_TRANSFER - 2] for at in range(0, len(answer), LONGEST_TRANSFER - 2)]
    frames = [TransferDataBack(1, piece).frame(1).encode() for piece in (command, *pieces)]
    weeks = -(-int(_table()["history"]["days"]) // _WEEK_DAYS)
    every_s = _MONTH_S / float(_table()["history"]["times_a_month"])
    return _sum("history", every_s, [(frame, _TUNNEL) for frame in frames] * weeks)


def _firmware() -> Service:
    """The gas meter asks for each block of the image, and gets it (the cluster of images)."""
    image, block = int(_table()["firmware"]["octets"]), int(_table()["firmware"]["block_octets"])
    head = bytes(14)  # control, maker, type, version, offset, length: as long as they are
    request = ZclFrame(CLUSTER, 1, _BLOCK, head).encode()
    answer = ZclFrame(CLUSTER, 1, _BLOCK_ANSWER, head + bytes(block), from_server=True).encode()
    one = _sum("firmware", 1, [(request, _IMAGES), (answer, _IMAGES)])
    blocks = -(-image // block)
    window_s = float(_table()["firmware"]["window_h"]) * 3600
    return Service("firmware", one.frames * blocks, one.octets * blocks, window_s)


def demand(found: tuple[Service, ...], band: str, homes: int) -> Demand:
    """What `homes` like this one need in a band, all of them in reach of one another. AirtimeError for a number that no
    street has."""
    if not 1 <= homes <= MOST_HOMES:
        raise AirtimeError(
            _("{homes} homes in reach of one another are none.").format(homes=homes),
            remedy=_("Say 1 to {most}.").format(most=MOST_HOMES),
        )
    radio = _radio(band)
    share = sum(service.share(radio["kbit_s"]) for service in found)
    usable = float(_table()["air"]["usable_percent"]) / 100
    return Demand(band, homes, share, share * homes / usable * radio["channel_khz"], BANDS[band].bandwidth_khz)


def homes_in(khz: float, found: tuple[Service, ...], band: str) -> int:
    """How many homes in reach of one another so much bandwidth lasts for."""
    return int(khz / demand(found, band, 1).khz)


def crowd(premises: Premises, wanted: Demand) -> tuple[int, int] | None:
    """Let so many homes be on air around the premises: the delay of a frame between hub and first meter before and
    behind it, ms. None where the HAN has no radio in that band."""
    medium = premises.medium
    radio = medium.radio if isinstance(medium, WiredMedium) else medium
    hub = next((one.name for one in premises.of(CommunicationsHub)), "")
    if not isinstance(radio, RadioMedium) or wanted.band not in radio.bands.get(hub, frozenset()):
        return None
    meter, now_ms = premises.of(ElectricityMeter)[0].name, premises.site.agenda.now_ms
    band = BANDS[wanted.band]
    before = radio.in_band(band, meter, hub, now_ms).delay_ms
    radio.interference[wanted.band] = max(radio.interference.get(wanted.band, 0), wanted.busy)
    return before, radio.in_band(band, meter, hub, now_ms).delay_ms
