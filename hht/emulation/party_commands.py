"""Commands that parties send a meter over the WAN, as GBCS messages: what `hht.emulation.usage` counts.

Each is made whole, with its signature and its MAC, by the keys of the training cast (`hht.emulation.gbcs.pki`); an
external party asks through the access control broker, with its own certificate for key agreement. Payloads as in the
reference data: ECS17b, ECS22b, ECS01b, CS01a.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hht.emulation.gbcs.pki import ORGANISATIONS, USAGES, device_certificate, organisation_certificate
from hht.emulation.hub_commands import Step, access, act, write
from hht.model.electricity_meter import ElectricityMeter
from hht.model.parties import Party, RemoteParty, UserRole
from hht.model.prepayment.settings import PaymentMode
from hht.protocol.cosem.datetime import NOW, encode_datetime
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.values import (
    NULL,
    Data,
    array,
    enumerated,
    integer,
    long,
    long_unsigned,
    octets,
    structure,
)
from hht.protocol.gbcs.building import NO_SUPPLEMENT, Header, protect
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.envelope import Cra, Supplementary
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.payload import encode_payload
from hht.protocol.gbcs.training_trust import training_key

OTHER_USER: Final = bytes.fromhex("90B3D51F30090001")  # ours: an external party of the training cast
PEAK_TIMES: Final = 3  # a critical-peak price is so many times the usual one
TOP_UP_PENCE: Final = 1000
_ROLES: Final = {
    RemoteParty.SUPPLIER: Role.SUPPLIER,
    RemoteParty.NETWORK_OPERATOR: Role.NETWORK_OPERATOR,
    RemoteParty.ACCESS_CONTROL_BROKER: Role.ACCESS_CONTROL_BROKER,
}
_REGISTERS, _PROFILE = "0-0:43.2.8.255", "0-0:43.2.7.255"  # data protection objects
_STANDING, _PRICES = (113, "0-0:19.20.4.255"), (113, "0-0:19.20.0.255")
_MOST: Final = (1 << 15) - 1
_FROM_BOTH, _AGREED = 2, b"\x02"  # how what is read is to be sealed


@dataclass(frozen=True, slots=True)
class Situation:
    """What a command is made for: the meter, who sends it, its originator counter, the time in true UTC, prices before
    any of this began (thousandths of a penny), and how many of its kind went before."""

    meter: ElectricityMeter
    sender: UserRole
    counter: int
    now: datetime
    usual: tuple[tuple[int, ...], ...]
    before: int = 0

    @property
    def entity(self) -> bytes:
        """Who asks: by itself, or as the party for which the broker does."""
        return OTHER_USER if self.sender is UserRole.OTHER_USER else ORGANISATIONS[role_of(self.sender)]


@dataclass(frozen=True, slots=True)
class PartyCommand:
    """One kind: its message code, the DCC's service request for it, its steps, and at which meters it can be."""

    code: int
    service: str
    steps: Callable[[Situation], list[Step]]
    possible: Callable[[ElectricityMeter], bool] = lambda _meter: True


def role_of(sender: UserRole) -> Role:
    """The role in which a user's messages reach a device. Raises KeyError for one that has none here."""
    return _ROLES[Party("", sender).remote]


def message(command: PartyCommand, situation: Situation) -> bytes:
    """The finished message."""
    meter, sender = situation.meter, role_of(situation.sender)
    supplement = NO_SUPPLEMENT
    if situation.sender is UserRole.OTHER_USER:
        certificate = organisation_certificate(Role.LOAD_CONTROLLER, KeyUsage.KEY_AGREEMENT, OTHER_USER)
        supplement = Supplementary(OTHER_USER, situation.counter, None, certificate.der)
    header = Header(
        Cra.COMMAND,
        situation.counter,
        ORGANISATIONS[sender],
        meter.identity.eui,
        command.code,
        supplementary=supplement,
    )
    payload = encode_payload(access(situation.counter, command.steps(situation)))
    return protect(header, payload, _keys(sender, meter.identity.eui))


def _keys(sender: Role, device: bytes) -> KeyRing:
    ring = KeyRing()
    for role in {sender, Role.ACCESS_CONTROL_BROKER}:
        for usage in USAGES:
            ring.add_certificate(organisation_certificate(role, usage))
            ring.add_private(ORGANISATIONS[role], usage, training_key(ORGANISATIONS[role], usage))
    for usage in USAGES:
        ring.add_certificate(device_certificate(device, usage))
    return ring


# --- steps


def _protection(situation: Situation) -> Data:
    """How a data protection object is to seal its answer: for whoever asks, under an agreed key."""
    number = b"\x04" + situation.counter.to_bytes(8, "big")
    key = structure(enumerated(_FROM_BOTH), structure(octets(_AGREED), octets(b"")))
    told = structure(octets(number), octets(situation.entity), octets(situation.meter.identity.eui), octets(b""), key)
    return array([structure(enumerated(_FROM_BOTH), told)])


def _registers(situation: Situation) -> list[Step]:
    whole = structure(enumerated(0), NULL)
    wanted = structure(
        long_unsigned(1), octets(bytes(Obis.parse("0-0:94.44.34.10"))), integer(2), long_unsigned(0), whole
    )
    return [act(30, _REGISTERS, 1, structure(array([wanted]), _protection(situation)))]


def _file(situation: Situation) -> list[Step]:
    """The half-hours of the seven days before."""
    days = (situation.now - timedelta(days=7), situation.now)
    dates = structure(*(octets(encode_datetime(day, deviation=None)) for day in days))
    span = structure(enumerated(1), dates)
    wanted = structure(long_unsigned(7), octets(bytes(Obis.parse("0-0:99.1.0"))), integer(2), long_unsigned(0), span)
    return [act(30, _PROFILE, 1, structure(array([wanted]), _protection(situation)))]


def _top_up(situation: Situation) -> list[Step]:
    receipt = situation.meter.prepayment.top_ups.vend.mint(TOP_UP_PENCE)
    return [act(115, "0-0:19.40.0.255", 1, octets(receipt.utrn.reveal().encode("ascii")))]


def _charge(prices: dict[int, int], commodity: int) -> Data:
    """Two octets hold up to 32.767 p in thousandths: what is dearer is said in hundredths."""
    step, scale = (1, -5) if max(prices.values()) <= _MOST else (10, -4)
    rows = [
        structure(octets(bytes((index,)) if index else b""), long(price // step)) for index, price in prices.items()
    ]
    what = structure(long_unsigned(3), octets(bytes(Obis.parse("1-0:1.8.0"))), integer(2))
    return structure(structure(integer(commodity), integer(scale)), what, array(rows))


def _price(situation: Situation, prices: list[int]) -> list[Step]:
    """ECS01b: every price of the meter's registers, at once. As long as GBCS has it: 80 entries."""
    every = dict.fromkeys(range(1, 49), 0) | dict(enumerate(prices, 1))
    standing = situation.meter.tariff.plan.standing_charge
    return [
        write(*_STANDING, 6, _charge({0: standing}, 0)),
        write(*_PRICES, 6, _charge(every, 3)),
        write(*_STANDING, 7, octets(NOW)),
        write(*_PRICES, 7, octets(NOW)),
    ]


def _peak(situation: Situation) -> list[Step]:
    """The peak's price, and the next time the usual one again."""
    usual = [row[0] for row in situation.usual]
    return _price(situation, usual if situation.before % 2 else [PEAK_TIMES * price for price in usual])


def _new(situation: Situation) -> list[Step]:
    """A price for this half-hour: the usual one, dearer towards the evening."""
    return _price(situation, [row[0] + row[0] * situation.now.hour // 48 for row in situation.usual])


def _without_blocks(meter: ElectricityMeter) -> bool:
    return not meter.tariff.plan.thresholds_wh


COMMANDS: Final[dict[str, PartyCommand]] = {
    "read-registers": PartyCommand(0x0027, "4.1.1", _registers),
    "profile-file": PartyCommand(0x0037, "4.8.1", _file),
    "top-up": PartyCommand(0x0007, "2.2", _top_up, lambda meter: meter.prepayment.mode is PaymentMode.PREPAYMENT),
    "peak-price": PartyCommand(0x00A2, "1.2.1", _peak, _without_blocks),
    "new-price": PartyCommand(0x00A2, "1.2.1", _new, _without_blocks),
}
