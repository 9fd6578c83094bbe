"""What a device at home has collected of both fuels, and the pages that a display makes of it.

Licence conditions ask an in-home display for: use now and before, cost, an ambient signal, and in prepayment balance
and debt (FUN-10, PPM-09). A value that cannot be had is left out with the reason, never guessed.
"""

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
from hht.model.features.display import Page
from hht.model.features.notices import NoticesShown, ReadNotices
from hht.model.features.stores import ReadStores, Stores
from hht.model.features.tariff import ReadPrices, TariffShown
from hht.model.han.network import HanFailure
from hht.model.han.requests import HanRequest
from hht.model.prepayment.commands import ReadPrepayment
from hht.model.prepayment.records import PrepaymentShown
from hht.model.prepayment.settings import PaymentMode
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


def collect(device: Device) -> Collected:
    """Ask every meter that `device` is joined to, and the Gas Proxy Function. Never raises."""
    node = device.node
    network = node.network if node is not None and node.joined else None
    if network is None or node is None:
        return Collected((), None, 0, (_("This device is not on a home area network."),))
    missing: list[str] = []
    found: list[Electricity] = []
    mirror: GasMirror | None = None
    for partner_id, kind in node.partners.items():
        partner = network.members.get(partner_id)
        if partner is None:
            continue
        try:
            if kind is DeviceKind.ESME:
                found.append(_electricity(device, partner.device))
            elif kind is DeviceKind.GPF:
                mirror = _ask(device, partner.device, ReadGas(), GasMirror)
        except (HanFailure, DeviceRefusal) as error:
            missing.append(f"{partner.device.name}: {error.message}")
    age_s = (device.site.now_ms - mirror.time_ms) // 1000 if mirror is not None else 0
    return Collected(tuple(found), mirror, age_s, tuple(missing))


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


def pounds(amount: int) -> str:
    """Thousandths of a penny as pounds, rounded to the penny."""
    pence = (abs(amount) + 500) // 1000
    return f"{'-' if amount < 0 and pence else ''}£{pence // 100}.{pence % 100:02}"


def kwh(watt_hours: int) -> str:
    """Wh as kWh with two decimals."""
    return f"{watt_hours / 1000:.2f} kWh"


def pages(collected: Collected) -> list[Page]:
    """The pages of a display."""
    made: list[Page] = []
    for one in collected.electricity:
        made += _electricity_pages(one)
    if collected.gas is not None:
        gas, age = collected.gas, collected.gas_age_s // 60
        lines = (
            _("{energy} in all, {minutes} min old").format(energy=kwh(gas.energy_wh), minutes=age),
            _("Today {today}, yesterday {before}").format(today=kwh(gas.stores.today), before=kwh(gas.stores.days[0])),
            _("Cost today {cost}").format(cost=pounds(gas.tariff.cost_today)),
        )
        made.append(Page(_("Gas"), (*lines, gas.warning) if gas.warning else lines))
        if isinstance(gas.prepayment, PrepaymentShown) and gas.prepayment.registers.mode is PaymentMode.PREPAYMENT:
            made.append(_balance_page(gas.prepayment, _("Gas prepayment")))
    if collected.missing:
        made.append(Page(_("Waiting for data"), collected.missing))
    return made


def _electricity_pages(one: Electricity) -> list[Page]:
    now, stores, tariff = one.energy, one.stores, one.tariff
    hourly = tariff.price * now.import_w // 1000
    rate = _("{name}, {pence:.2f} p/kWh").format(name=tariff.name, pence=tariff.price / 1000)
    made = [
        Page(
            _("Electricity now"), (f"{now.import_w} W, {one.ambient.value}", f"{pounds(hourly)} {_('an hour')}", rate)
        ),
        Page(
            _("Electricity used"),
            (
                _("Today {today}, {cost}").format(today=kwh(stores.today), cost=pounds(tariff.cost_today)),
                _("Yesterday {before}").format(before=kwh(stores.days[0])),
                _("This week {week}, this month {month}").format(week=kwh(stores.week), month=kwh(stores.month)),
                _("Last month {month}").format(month=kwh(stores.months[0])),
            ),
        ),
    ]
    if one.prepayment is not None and one.prepayment.registers.mode is PaymentMode.PREPAYMENT:
        made.append(_balance_page(one.prepayment, _("Prepayment")))
    if one.supply is not SupplyState.ENABLED:
        made.append(Page(_("Supply"), (one.supply.value,)))
    if one.notices is not None and (one.notices.message or one.notices.cin):
        made.append(Page(_("Message"), tuple(text for text in (one.notices.message, one.notices.cin) if text)))
    return made


def _balance_page(account: PrepaymentShown, title: str) -> Page:
    """In prepayment a display shows balance, emergency credit and debt (PPM-09)."""
    debt = sum(one.amount for one in account.time_debts) + account.registers.payment_debt
    lines = [_("Balance {balance}").format(balance=pounds(account.credit))]
    lines.append(_("Emergency credit: {state}").format(state=account.emergency.value))
    if debt:
        lines.append(_("Debt {debt}").format(debt=pounds(debt)))
    return Page(title, tuple(lines))


class NotJoined(HhtError):
    """A person presses something at a device that is joined to nothing that could do it."""

    default_code = "not-joined"
