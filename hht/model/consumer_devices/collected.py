"""What a device at home has collected of both fuels. A value that cannot be had is left out with the reason, never
guessed."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TypeVar

from hht.errors import HhtError
from hht.i18n import _
from hht.model.communications_hub.gas_proxy import GasMirror, ReadGas
from hht.model.device import Device, DeviceKind
from hht.model.electricity_meter.items import SupplyState
from hht.model.electricity_meter.readings import EnergyShown, ReadEnergy
from hht.model.electricity_meter.supply import ReadSupply
from hht.model.features.notices import NoticesShown, ReadNotices
from hht.model.features.stores import ReadStores, Stores
from hht.model.features.tariff import ReadPrices, TariffShown
from hht.model.han.network import HanFailure
from hht.model.han.requests import HanRequest
from hht.model.prepayment.commands import ReadPrepayment
from hht.model.prepayment.records import PrepaymentShown
from hht.model.refusal import DeviceRefusal

T = TypeVar("T")


class Ambient(enum.StrEnum):
    """How much is drawn now, at a glance."""

    LOW = "green"
    MEDIUM = "amber"
    HIGH = "red"


@dataclass(frozen=True, slots=True)
class Electricity:
    """What one electricity meter says."""

    meter: str
    energy: EnergyShown
    stores: Stores
    tariff: TariffShown
    supply: SupplyState
    prepayment: PrepaymentShown | None
    notices: NoticesShown | None

    @property
    def ambient(self) -> Ambient:
        """By the thresholds that the supplier has set."""
        power = self.energy.import_w
        return (
            Ambient.HIGH
            if power >= self.energy.high_w
            else Ambient.MEDIUM
            if power >= self.energy.medium_w
            else Ambient.LOW
        )


@dataclass(frozen=True, slots=True)
class Collected:
    """Everything that could be had. `missing`: what could not, and why, in words."""

    electricity: tuple[Electricity, ...]
    gas: GasMirror | None
    gas_age_s: int
    missing: tuple[str, ...]
    gas_prepayment: PrepaymentShown | None = None


def collect(device: Device) -> Collected:
    """Ask every meter that `device` is joined to, and the Gas Proxy Function. Never raises."""
    node = device.node
    network = node.network if node is not None and node.joined else None
    if network is None or node is None:
        return Collected((), None, 0, (_("This device is not on a home area network."),))
    missing: list[str] = []
    found: list[Electricity] = []
    mirror: GasMirror | None = None
    account: PrepaymentShown | None = None
    for partner_id, kind in node.partners.items():
        partner = network.members.get(partner_id)
        if partner is None:
            continue
        try:
            if kind is DeviceKind.ESME:
                found.append(_electricity(device, partner.device))
            elif kind is DeviceKind.GPF:
                mirror = _ask(device, partner.device, ReadGas(), GasMirror)
                account = _may(device, partner.device, ReadPrepayment(), PrepaymentShown)
        except (HanFailure, DeviceRefusal) as error:
            missing.append(f"{partner.device.name}: {error.message}")
    age_s = (device.site.now_ms - mirror.time_ms) // 1000 if mirror is not None else 0
    return Collected(tuple(found), mirror, age_s, tuple(missing), account)


def _electricity(device: Device, meter: Device) -> Electricity:
    return Electricity(
        meter.name,
        _ask(device, meter, ReadEnergy(), EnergyShown),
        _ask(device, meter, ReadStores(), Stores),
        _ask(device, meter, ReadPrices(), TariffShown),
        _ask(device, meter, ReadSupply(), SupplyState),
        _may(device, meter, ReadPrepayment(), PrepaymentShown),
        _may(device, meter, ReadNotices(), NoticesShown),
    )


def _ask(device: Device, target: Device, request: HanRequest, kind: type[T]) -> T:
    assert device.node is not None
    assert device.node.network is not None
    answer = device.node.network.ask(device, target, request)
    assert isinstance(answer, kind)
    return answer


def _may(device: Device, target: Device, request: HanRequest, kind: type[T]) -> T | None:
    """What only some devices are told; None for the others."""
    try:
        return _ask(device, target, request, kind)
    except DeviceRefusal:
        return None


class NotJoined(HhtError):
    """A person presses something at a device that is joined to nothing that could do it."""

    default_code = "not-joined"
