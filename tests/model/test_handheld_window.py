"""A handheld terminal on the HAN: who may come in, when, by which ID, one at a time (factbook 3.6)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hht.clock import ManualClock
from hht.identifiers import InstallCode
from hht.model.agenda import DAY_MS
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub.delivery import DeliveryState
from hht.model.communications_hub.handheld import HandheldTerminal
from hht.model.device import DeviceIdentity
from hht.model.electricity_meter import SupplyState
from hht.model.electricity_meter.supply import ArmSupply, ReadSupplyState
from hht.model.gas_meter import GasMeter
from hht.model.gas_meter.valve import CloseValve
from hht.model.han.node import JoinFailure, NodeState
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises
from hht.model.refusal import DeviceRefusal
from hht.model.wan.centre import Centre
from hht.model.wan.configuration import CentreConfiguration
from hht.model.wan.desk import Desk
from hht.model.wan.sealing import Guard
from tests.model.wan.homes import after, home_with, hub

SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
CODE = InstallCode("00112233445566778899AABBCCDDEEFF")


@pytest.fixture
def home(clock: ManualClock) -> Premises:
    made = home_with("[mains]\noutages = 0\n", clock)
    after(made, clock, DAY_MS // 1000)
    return made


def terminal(home: Premises, number: int = 1) -> HandheldTerminal:
    identity = DeviceIdentity(f"00-DB-12-34-56-78-99-{number:02X}", "HHT", "HHT", "00000001")
    return HandheldTerminal(home.site, f"hht-{number}", identity, CODE)


def cycle(home: Premises) -> None:
    """Somebody takes the hub's power, and gives it back."""
    hub(home).power.remove()
    hub(home).power.fit()


def refused(home: Premises, one: HandheldTerminal, gpf_id: str, match: str) -> None:
    with pytest.raises(DeviceRefusal, match=match):
        hub(home).handheld.connect(one, gpf_id)
    assert one.identity.device_id not in hub(home).device_log


def connected(home: Premises, clock: ManualClock) -> HandheldTerminal:
    cycle(home)
    one = terminal(home)
    hub(home).handheld.connect(one, hub(home).gpf.identity.device_id)
    after(home, clock, 60)
    assert one.node.joined
    return one


def test_it_comes_in_by_the_gpf_id_and_is_listed_as_a_handheld(home: Premises, clock: ManualClock) -> None:
    cycle(home)
    one, window = terminal(home), hub(home).handheld
    gpf_id = window.scan(one)
    assert gpf_id == hub(home).gpf.identity.device_id == hub(home).network.pan_id
    refused(home, one, hub(home).identity.device_id, "another GPF ID")
    window.connect(one, gpf_id)
    assert one.node.state is NodeState.SECURING
    after(home, clock, 60)
    assert one.node.joined
    assert hub(home).device_log.entries[one.identity.device_id].handheld
    assert AlertCode.CHF_DEVICE_LOG_CHANGED in [alert.code for alert in hub(home).outbox]


def test_the_window_is_shut_an_hour_after_power_on(home: Premises, clock: ManualClock) -> None:
    one, gpf_id = terminal(home), hub(home).gpf.identity.device_id
    refused(home, one, gpf_id, "No hub answers")
    cycle(home)
    after(home, clock, 3599)
    assert hub(home).handheld.scan(one) == gpf_id
    after(home, clock, 1)
    assert hub(home).handheld.scan(one) == ""
    refused(home, one, gpf_id, "No hub answers")
    assert hub(home).handheld.left_s == 0


def test_one_at_a_time(home: Premises, clock: ManualClock) -> None:
    one, other = connected(home, clock), terminal(home, 2)
    gpf_id = hub(home).gpf.identity.device_id
    refused(home, other, gpf_id, "another handheld")
    hub(home).handheld.leave()
    assert not one.node.joined
    hub(home).handheld.connect(other, gpf_id)
    after(home, clock, 60)
    assert other.node.joined
    assert one.identity.device_id not in hub(home).device_log.historic


@pytest.mark.parametrize("ends", ["hour", "power"])
def test_when_the_hour_or_the_power_is_over_it_is_off_the_log(home: Premises, clock: ManualClock, ends: str) -> None:
    one = connected(home, clock)
    if ends == "hour":
        after(home, clock, 3600)
    else:
        home.mains.switch(False)
    assert not one.node.joined
    assert one.identity.device_id not in hub(home).device_log
    assert not hub(home).device_log.historic
    with pytest.raises(DeviceRefusal, match="not on the HAN"):
        hub(home).handheld.relay(one, home.device().identity.device_id, ReadSupplyState(), SUPPLIER)


def test_keys_of_another_trust_do_not_agree(home: Premises, clock: ManualClock) -> None:
    cycle(home)
    one = terminal(home)
    one.node.trust = "test"
    hub(home).handheld.connect(one, hub(home).gpf.identity.device_id)
    after(home, clock, 60)
    assert (one.node.state, one.node.failure) == (NodeState.UNJOINED, JoinFailure.UNKNOWN_ISSUER)
    assert one.identity.device_id not in hub(home).device_log
    assert hub(home).handheld.terminal is None  # the next one may try


def test_a_full_log_takes_no_terminal(home: Premises) -> None:
    cycle(home)
    hub(home).device_log.capacity = len(hub(home).device_log.entries)
    refused(home, terminal(home), hub(home).gpf.identity.device_id, "full")


def test_the_hub_relays_what_is_sealed_for_the_device_and_nothing_else(home: Premises, clock: ManualClock) -> None:
    one, meter = connected(home, clock), home.device()
    guard = Guard()
    centre = Centre(home.site, CentreConfiguration(), home.devices, [], guard)
    sender = next(user.party for user in centre.configuration.users if user.party.role is UserRole.IMPORT_SUPPLIER)
    command = ArmSupply()
    seal = Desk(centre, sender).seal("esme-1", command)

    def carry(target: str, sealed: object) -> DeliveryState:
        delivery = hub(home).handheld.relay(
            one, target, command, sender, check=lambda device: guard.verify(device, command, sender, sealed)
        )
        return delivery.state

    meter.load_switch.disable("test", "a visit")
    assert carry(meter.identity.device_id, None) is DeliveryState.REFUSED
    assert carry(meter.identity.device_id, replace(seal, counter=9)) is DeliveryState.REFUSED
    assert carry("00-00-00-00-00-00-00-01", seal) is DeliveryState.UNDELIVERED
    assert carry(meter.identity.device_id, seal) is DeliveryState.ANSWERED
    assert meter.supply is SupplyState.ARMED
    assert carry(meter.identity.device_id, seal) is DeliveryState.REFUSED  # once


def test_a_sleeping_meter_answers_the_terminal_when_it_wakes(home: Premises, clock: ManualClock) -> None:
    one, gas = connected(home, clock), home.of(GasMeter)[0]
    delivery = hub(home).handheld.relay(
        one, gas.identity.device_id, CloseValve(), Party("Example Gas", UserRole.GAS_SUPPLIER)
    )
    assert delivery.state is DeliveryState.WAITING
    after(home, clock, 1800)
    assert delivery.state is DeliveryState.ANSWERED
