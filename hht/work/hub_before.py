"""What is read of the meters right before their hub is taken off, and what speaks against taking it off.

While there is no hub nobody tops a meter up from afar, and nobody switches a supply on again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from hht.clock import iso_z
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.protocol.gbcs.device_types import GbcsDeviceType
from hht.work import hub_orders
from hht.work.hub_exchange_state import Blocker
from hht.work.hub_facts import LogLine, Supply, balance, log_lines, prepays, supply
from hht.work.hub_hand import HubHand

LOW_BALANCE: Final = 500_000  # 10^-5 pounds: five pounds, our own number
_A_POUND: Final = 100_000


@dataclass(frozen=True, slots=True)
class MeterBefore:
    """One meter. `balance` in 10^-5 pounds, None where it was not read (credit mode; a gas meter tells it on its own
    display alone); `security`: the lines of its Security Log, an electricity meter's."""

    device: DeviceId
    kind: GbcsDeviceType
    prepays: bool
    balance: int | None
    supply: Supply
    security: tuple[LogLine, ...] = ()

    def plain(self) -> dict[str, Any]:
        """For records and JSON, without the log."""
        return {
            "device": str(self.device),
            "kind": self.kind.name,
            "prepays": self.prepays,
            "balance": self.balance,
            "supply": self.supply.value,
        }

    def lines(self) -> list[tuple[str, int]]:
        """The log for records: (time, code)."""
        return [(iso_z(line.time), line.code) for line in self.security]


async def read_meter(hand: HubHand, device: DeviceId, kind: GbcsDeviceType, gpf: DeviceId) -> MeterBefore:
    """Read one meter, electricity or gas. What the hub's proxy `gpf` last heard of a gas meter is at most half an hour
    old, and the meter sleeps: the proxy is asked. Raises as `HubHand.ask`."""
    if kind is GbcsDeviceType.GSME:
        on_account = await hand.ask(hub_orders.read(hub_orders.READ_GAS_MODE, gpf), prepays)
        return MeterBefore(
            device, kind, on_account, None, await hand.ask(hub_orders.read(hub_orders.READ_VALVE, gpf), supply)
        )
    on_account = await hand.ask(hub_orders.read(hub_orders.READ_MODE, device), prepays)
    money = await hand.ask(hub_orders.read(hub_orders.READ_BALANCE, device), balance) if on_account else None
    state = await hand.ask(hub_orders.read(hub_orders.READ_SUPPLY, device), supply)
    security = await hand.ask(hub_orders.read(hub_orders.READ_SECURITY_LOG, device), log_lines)
    return MeterBefore(device, kind, on_account, money, state, security)


def blockers_of(meter: MeterBefore) -> list[Blocker]:
    """What speaks against taking the hub off, by one meter."""
    device, found = meter.device, []
    if meter.supply is not Supply.ENABLED:
        found.append(
            Blocker(
                "supply-off",
                device,
                _("The supply of {kind} {device} is {state}.").format(
                    kind=meter.kind.name, device=device, state=meter.supply.value
                ),
                _("Have it enabled first: without a hub nobody can do that from afar. Or write down why it may be so."),
            )
        )
    if meter.prepays and meter.balance is None:
        found.append(
            Blocker(
                "balance-not-read",
                device,
                _("{kind} {device} is in Prepayment mode, and its balance is on its display alone.").format(
                    kind=meter.kind.name, device=device
                ),
                _("Read the balance off the meter, and write it down. Where it is low, have it topped up first."),
            )
        )
    elif meter.prepays and meter.balance is not None and meter.balance < LOW_BALANCE:
        found.append(
            Blocker(
                "balance-low",
                device,
                _("{kind} {device} is in Prepayment mode with {balance:.2f} pounds left.").format(
                    kind=meter.kind.name, device=device, balance=meter.balance / _A_POUND
                ),
                _("Have it topped up first: no top-up comes while there is no hub. Or write down why it may be so."),
            )
        )
    return found
