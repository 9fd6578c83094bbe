"""A home to be visited, by seed: what it has, and harmless quirks that have nothing to do with any fault."""

from __future__ import annotations

import random
from dataclasses import dataclass

from hht.clock import Clock
from hht.model.device import Device
from hht.model.premises import Premises, bring_to_life, with_faults
from hht.model.premises_plan import parse_premises
from hht.resources import resource_text

QUIRKS = (
    "",
    "",
    "weak-signal=12@ihd-1",
    "weak-signal=14@gsme-1",
    "weak-signal=13@esme-1",
    "reserve-worn",
    "led-defect-mesh",
)
_ENERGY = "[device.energy]\nimport_wh = 3_204_118\n"
_PREPAID = """
[device.tariff]
name = "Pay as you go"
prices_p = [27.4]
standing_charge_p = 58.2

[device.prepayment]
mode = "prepayment"
balance_p = 2_000
emergency_credit_limit_p = 1_000
emergency_credit_threshold_p = 200
low_credit_threshold_p = 300
max_credit_p = 10_000
max_meter_balance_p = 30_000
"""
_CAD = """
[[device]]
id = "cad-1"
kind = "consumer-access-device"
device_id = "00-DB-12-34-56-79-01-A9"
manufacturer = "Third Maker"
model = "STICK-1"
firmware = "00000007"

[device.han]
install_code = "00112233445566778899AABBCCDD0105"
joined = true
"""
_OLDER = (
    ("[centre]\n", '[centre]\nsmets1 = "enrolled"\ncombination = "EPC"\n'),
    ('"SMETS V5.0"\ngbcs_version = "4.2"', '"SMETS1 V1.2"'),
    ('"CHTS V1.7"\ngbcs_version = "4.2"', '"SMETS1 V1.2"'),
    ('"SMETS2-', '"SMETS1-'),
)


@dataclass(frozen=True)
class Variant:
    """What a home has."""

    prepays: bool = False
    polyphase: bool = False
    cad: bool = True
    annual_wh: int = 3_100_000
    signal_dbm: int = -82
    quirk: str = ""
    smets1: bool = False  # an older home, enrolled with the centre until a fault says otherwise
    unjoined: bool = False  # the display is listed, and has not joined yet

    @classmethod
    def drawn(cls, chance: random.Random, **fixed: bool) -> Variant:
        """One by chance, with what a fault needs."""
        drawn = {"prepays": chance.random() < 0.3, "polyphase": chance.random() < 0.12, "cad": chance.random() < 0.7}
        drawn |= fixed
        return cls(
            **drawn,
            annual_wh=chance.randrange(1_800_000, 5_200_000, 100_000),
            signal_dbm=chance.randrange(-95, -70),
            quirk=chance.choice(QUIRKS),
        )

    def text(self) -> str:
        """Its premises file."""
        text = resource_text("premises", "dual-fuel-connected.toml")
        text = text.replace("signal_dbm = -82", f"signal_dbm = {self.signal_dbm}")
        text = text.replace("[wan]", f"[mains]\nphases = {3 if self.polyphase else 1}\noutages = 0\n\n[wan]", 1)
        shares = "shares = [400, 330, 270]\n" if self.polyphase else ""
        household = f"\n[device.household]\nannual_wh = {self.annual_wh}\nbase_load_w = 180\n{shares}"
        text = text.replace(_ENERGY, _ENERGY + household + (_PREPAID if self.prepays else ""))
        if self.polyphase:
            text = text.replace('model = "SMETS2-1E"', 'model = "SMETS2-3P"\nvariant = "C"')
        if self.smets1:
            for now, then in _OLDER:
                text = text.replace(now, then)
        return text + (_CAD if self.cad else "")

    def alive(self, clock: Clock, faults: list[str], seed: int) -> Premises:
        """It lives, two days of history behind it; `faults` as the command line writes them."""
        plan = parse_premises(self.text(), name="home", file="home.toml")
        every = [*faults, *([self.quirk] if self.quirk else [])]
        home = bring_to_life(with_faults(plan, every), clock=clock, days=2, seed=seed)
        if self.unjoined:
            _reset(home.find("ihd-1"))
        return home


def _reset(device: Device) -> None:
    """The hub lists it, and no key of it is kept at either end: it has to join anew."""
    node = device.node
    assert node is not None
    for network in node.homes:
        entry = network.log.known(device.identity.device_id)
        assert entry is not None
        entry.link_key_of = None
    node.leave()


__all__ = ["QUIRKS", "Variant"]
