"""Scenarios: the WAN, and who stands at its other end."""

from __future__ import annotations

from collections.abc import Callable

from hht.identifiers import InstallCode
from hht.lights import Led
from hht.model.alert_codes import AlertCode
from hht.model.commands import Command
from hht.model.communications_hub.commands import AddToDeviceLog, ReadDeviceLog
from hht.model.device import Device
from hht.model.electricity_meter.supply import ArmSupply, DisableSupply, ReadSupplyState
from hht.model.wan.access import Denial
from hht.model.wan.centre import Centre
from hht.model.wan.desk import Desk
from hht.model.wan.inventory import SmiStatus
from hht.model.wan.migration import Migration, MigrationError
from hht.model.wan.module import WanModule, WanState, WanTrouble
from hht.model.wan.requests import Outcome, Transaction
from tests.model.faults.table_han import led, node
from tests.model.faults.worlds import DCC, SUPPLIER, Scenario, World, dual_fuel

TOP = "[mains]\noutages = 0\n[wan]\nsearch_s = 60\nlatency_ms = 1000\n[centre]\n"
CODE = InstallCode("015156FD96159409C973701EC28703EB")


def first_generation(text: str) -> str:
    text = text.replace('smets_version = "SMETS V5.0"\ngbcs_version = "4.2"', 'smets_version = "SMETS1 V1.2"')
    return text.replace('gbcs_version = "4.2"', 'smets_version = "SMETS1 V1.2"').replace("SMETS2-", "SMETS1-")


def module(world: World) -> WanModule:
    (one,) = world.home.wan
    return one


def centre(world: World) -> Centre:
    assert world.home.centre is not None
    return world.home.centre


def sent(world: World, command: Command, device: str = "esme-1", seconds: float = 700) -> Transaction:
    """What becomes of a command of the supplier's within some time."""
    if world.desk is None:
        world.desk = Desk(centre(world), SUPPLIER)
    transaction = world.desk.send(device, command)
    world.wait(seconds)
    return transaction


def answered(world: World) -> bool:
    return sent(world, ReadSupplyState()).outcome is Outcome.ANSWERED


def trouble(wanted: WanTrouble) -> Callable[[World], bool]:
    def look(world: World) -> bool:
        world.wait(120)
        there = module(world).trouble is wanted
        assert world.hub.network.hears("esme-1")  # the HAN is none the worse
        assert answered(world) is not there
        return there

    return look


def lit_without_wan(world: World) -> bool:
    world.wait(120)
    return led(world, Led.WAN) == ("fault", True) and not answered(world)


def connected_and_unanswered(world: World) -> bool:
    shows = led(world, Led.WAN)[0] == "connected" and module(world).state is WanState.CONNECTED
    return shows and module(world).trouble is WanTrouble.CENTRE_DOWN and not answered(world)


def carried_out_and_unanswered(world: World) -> bool:
    world.esme.load_switch.holds.clear()
    world.esme.load_switch.release("", "over", by_itself=True)
    transaction = sent(world, DisableSupply())
    silent = (transaction.outcome, transaction.code) == (Outcome.NO_RESPONSE, "N13")
    world.wait(3600)
    return silent and world.esme.load_switch.holds != {}


def found_and_lost(world: World) -> bool:
    states = set()
    for _ten_minutes in range(18):
        world.wait(600)
        states.add(module(world).passing)
    return states == {True, False}


# --- books -----------------------------------------------------------------------------------------------------------


def denied(denial: Denial) -> Callable[[World], bool]:
    return lambda world: sent(world, ArmSupply(), seconds=5).code == denial


def cannot_be_listed(world: World) -> bool:
    meter = world.esme
    add = AddToDeviceLog(meter.identity.device_id, meter.kind, CODE, 60)
    transaction = sent(world, add, "hub-1", 5)
    return transaction.code == Denial.UNKNOWN_DEVICE and "was not notified" in transaction.why


def status(world: World, device: Device) -> SmiStatus:
    return centre(world).status(device)


def installed_and_alone(world: World) -> bool:
    listed = world.esme.identity.device_id in world.hub.device_log
    left = status(world, world.esme) is SmiStatus.INSTALLED_NOT_COMMISSIONED and not listed
    return left and not node(world.esme).joined and sent(world, ArmSupply(), seconds=5).code == Denial.STATUS


def joined_and_not_believed(world: World) -> bool:
    rows = world.hub.execute(ReadDeviceLog(), DCC)
    assert isinstance(rows, tuple)
    joined = node(world.esme).joined and any(one.joined for one in rows)
    return joined and sent(world, ArmSupply(), seconds=5).code == Denial.STATUS


def two_of_one_supply_point(world: World) -> bool:
    mprn = world.gsme.mprn
    assets = centre(world).inventory.assets.values()
    rows = [one for one in assets if one.mpxn == mprn and one.status is SmiStatus.COMMISSIONED]
    answering = [one for one in rows if one.device_id in world.hub.network.members]
    return len(rows) == 2 and len(answering) == 1


def undelivered_and_there(world: World) -> bool:
    transaction = sent(world, ReadSupplyState())
    return (transaction.outcome, transaction.code) == (Outcome.UNDELIVERED, "N12") and node(world.esme).joined


def silent_and_well(world: World) -> bool:
    transaction = sent(world, ReadSupplyState())
    other = sent(world, ReadDeviceLog(), "hub-1")
    here = world.esme.execute(ReadSupplyState(), SUPPLIER) is world.esme.supply
    return transaction.outcome is Outcome.NO_RESPONSE and other.outcome is Outcome.ANSWERED and here


def refused_for(words: str) -> Callable[[World], bool]:
    def look(world: World) -> bool:
        world.mark()
        transaction = sent(world, DisableSupply())
        logged = world.logs(world.esme, AlertCode.COMMAND_INTEGRITY_CHECK_FAILED)
        return transaction.outcome is Outcome.REFUSED and words in transaction.why and logged

    return look


def suspended(words: str) -> Callable[[World], bool]:
    def look(world: World) -> bool:
        row = centre(world).inventory.asset(world.esme.identity.device_id)
        why = centre(world).register.unlisted(row)
        denial = sent(world, ArmSupply(), seconds=5).code == Denial.SUSPENDED_DEVICE
        return row.status is SmiStatus.SUSPENDED and words in why and denial

    return look


def quarantined(world: World) -> bool:
    transaction = sent(world, DisableSupply(), seconds=5)
    return transaction.outcome is Outcome.QUARANTINED and "quarantined" in transaction.why


def two_answers(world: World) -> bool:
    if world.desk is None:
        world.desk = Desk(centre(world), SUPPLIER)
    transaction = world.desk.send("esme-1", ReadSupplyState())
    codes: list[str] = []
    transaction.then(lambda one: codes.append(one.code))
    world.wait(10)
    return codes == ["I99", "I0"]


# --- SMETS1 ----------------------------------------------------------------------------------------------------------


def not_enrolled(world: World) -> bool:
    transaction = sent(world, ArmSupply(), seconds=5)
    return transaction.code == Denial.NOT_ENROLLED and "dormant" in transaction.why


def excluded(words: str, besides: Callable[[World], bool] = lambda _world: True) -> Callable[[World], bool]:
    def look(world: World) -> bool:
        try:
            Migration(centre(world), "esme-1").test()
        except MigrationError as error:
            return words in error.message and besides(world)
        return False

    return look


def gas_is_off(world: World) -> bool:
    return not node(world.gsme).joined and node(world.esme).joined


smets2 = dual_fuel(top=TOP)
enrolled, dormant = (
    dual_fuel(top=TOP + more, edit=first_generation)
    for more in ('lead_supplier = "Example Energy"\n', 'smets1 = "dormant"\n')
)
SCENARIOS = {
    "no-wan-here": Scenario(smets2, trouble(WanTrouble.NEVER)),
    "wan-lost": Scenario(smets2, trouble(WanTrouble.LOST)),
    "wrong-hub-variant": Scenario(smets2, trouble(WanTrouble.WRONG_VARIANT)),
    "dcc-down": Scenario(smets2, connected_and_unanswered),
    "wan-module-defect": Scenario(smets2, lit_without_wan),
    "wan-slow": Scenario(smets2, carried_out_and_unanswered),
    "wan-comes-and-goes": Scenario(smets2, found_and_lost),
    "not-pre-notified": Scenario(smets2, cannot_be_listed, "esme-1"),
    "orphan-device": Scenario(smets2, installed_and_alone, "esme-1"),
    "join-not-believed": Scenario(smets2, joined_and_not_believed, "esme-1"),
    "old-record": Scenario(smets2, two_of_one_supply_point, "gsme-1"),
    "wrong-association": Scenario(smets2, undelivered_and_there, "esme-1"),
    "answers-lost": Scenario(smets2, silent_and_well, "esme-1"),
    "old-suppliers-credentials": Scenario(smets2, refused_for("its seal is for something else"), "esme-1"),
    "counter-behind": Scenario(smets2, refused_for("its counter was there before"), "esme-1"),
    "certificate-expired": Scenario(smets2, suspended("expired"), "esme-1"),
    "model-off-list": Scenario(smets2, suspended("not on the Central Products List"), "esme-1"),
    "supplier-suspended": Scenario(smets2, denied(Denial.SUSPENDED_USER)),
    "all-quarantined": Scenario(smets2, quarantined),
    "answered-twice": Scenario(smets2, two_answers),
    "smets1-dormant": Scenario(enrolled, not_enrolled),
    "smets1-keys-missing": Scenario(dormant, excluded("master keys are missing")),
    "smets1-no-wan": Scenario(dormant, excluded("no WAN before or at migration")),
    "smets1-five-attempts": Scenario(dormant, excluded("five attempts have failed")),
    "smets1-gt01": Scenario(dormant, excluded("GT01", gas_is_off)),
}
