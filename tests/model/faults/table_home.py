"""Scenarios: prepayment, and the devices that people have at home."""

from __future__ import annotations

from hht.model.alert_codes import AlertCode
from hht.model.communications_hub.commands import AddToDeviceLog
from hht.model.consumer import ApplianceShape
from hht.model.consumer_devices.access_device import AccessDevice
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.han.node import JoinFailure, NodeState
from hht.model.prepayment.commands import ApplyTopUp
from hht.model.prepayment.tokens import Receipt
from hht.model.prepayment.top_ups import DEAD_KEY
from hht.model.refusal import DeviceRefusal
from tests.model.faults.table_supply import QUIET
from tests.model.faults.worlds import DCC, HALF_HOUR, SUPPLIER, Scenario, World, dual_fuel, named

TEN_POUNDS = 1000


def bought(world: World, pence: int = TEN_POUNDS) -> Receipt:
    return world.esme.prepayment.top_ups.vend.mint(pence)


def typed(world: World, receipt: Receipt) -> str:
    """Type it at the meter: "" if it was taken, else what the display says."""
    try:
        world.esme.prepayment.top_ups.typed(receipt.utrn.reveal())
    except DeviceRefusal as refusal:
        return refusal.message
    return ""


def sent(world: World, receipt: Receipt) -> str:
    try:
        world.esme.execute(ApplyTopUp(receipt.utrn, receipt.counter, receipt.target), SUPPLIER)
    except DeviceRefusal as refusal:
        return refusal.message
    return ""


def for_another(world: World) -> bool:
    world.mark()
    refused = "not authentic" in typed(world, bought(world)) and "another device" in sent(world, bought(world))
    return refused and world.logs(world.esme, AlertCode.TOP_UP_NOT_AUTHENTIC, AlertCode.TOP_UP_FOR_ANOTHER_DEVICE)


def used_before(world: World) -> bool:
    world.mark()
    typed(world, bought(world))
    again = typed(world, bought(world))
    return "used before" in again and world.logs(world.esme, AlertCode.TOP_UP_DUPLICATE)


def outside_window(world: World) -> bool:
    receipt = bought(world)
    said = typed(world, receipt)
    if "not authentic" not in said:
        return False
    assert sent(world, receipt) == ""  # with its whole counter it is taken
    return typed(world, bought(world)) == ""  # and then typing works again


def incomplete(world: World) -> bool:
    with_it, without = "", ""
    for _number in range(200):
        receipt = bought(world, 10)
        if DEAD_KEY in receipt.utrn.reveal():
            with_it = with_it or typed(world, receipt) or "taken"
            world.wait(1200)  # so that nothing is locked
        else:
            assert typed(world, receipt) == ""
            without = "taken"
        if with_it and without:
            break
    assert without == "taken"
    return with_it != "taken"


def suspended(world: World) -> bool:
    return "suspended" in typed(world, bought(world)) and world.logs(world.esme, AlertCode.UTRN_ENTRY_SUSPENDED)


def above_maximum_balance(world: World) -> bool:
    world.mark()
    receipt = bought(world)
    said = typed(world, receipt)
    return "highest that the meter keeps" in said and world.logs(world.esme, AlertCode.TOP_UP_EXCEEDS_MAXIMUM_BALANCE)


def only_small_ones(world: World) -> bool:
    assert typed(world, bought(world, 100)) == ""
    return "more than the meter takes at once" in typed(world, bought(world))


def sent_waits(world: World) -> bool:
    assert typed(world, bought(world)) == ""
    return "vend mode" in sent(world, bought(world))


def in_credit_mode(world: World) -> bool:
    return "Credit mode" in typed(world, bought(world))


# --- at home ---------------------------------------------------------------------------------------------------------


def cad(world: World) -> AccessDevice:
    return world.one(AccessDevice)


def hears_no_meter(world: World) -> bool:
    node = cad(world).node
    assert node is not None
    return node.joined and cad(world).read() == []


def says_the_same(world: World) -> bool:
    before = cad(world).read()
    world.wait(4 * HALF_HOUR)
    assert world.hub.network.hears("cad-1")
    return cad(world).read() == before and before != []


def not_let_in(world: World) -> bool:
    node = cad(world).node
    assert node is not None
    was = node.state
    if was is not NodeState.JOINED:
        display = world.one(HomeDisplay)
        assert display.node is not None
        assert display.node.install_code is not None
        again = AddToDeviceLog(display.identity.device_id, display.kind, display.node.install_code, 300)
        world.hub.execute(again, DCC)  # the window is open, for somebody else
        node.locate()
        world.wait(60)
    return not node.joined and node.failure is JoinFailure.NOT_LISTED


def shows_the_same(world: World) -> bool:
    display = world.one(HomeDisplay)
    before = display.pages()
    world.esme.consumer.plug(ApplianceShape(f"oven-{world.home.site.now_ms}", 5000))
    world.wait(2 * HALF_HOUR)
    return display.pages() == before and before != []


def dark_and_listed(world: World) -> bool:
    display = world.one(HomeDisplay)
    assert display.node is not None
    listed = world.hub.device_log.entries[display.identity.device_id].joined
    return display.pages() == [] and listed and not display.node.joined


prepaid, home = named("prepayment-flat", top=QUIET), dual_fuel(top=QUIET)
SCENARIOS = {
    "token-for-another-meter": Scenario(prepaid, for_another),
    "token-sold-twice": Scenario(prepaid, used_before),
    "vendor-counts-from-epoch": Scenario(prepaid, outside_window),
    "dead-key": Scenario(prepaid, incomplete),
    "keypad-locked": Scenario(prepaid, suspended, stays=True),
    "account-full": Scenario(prepaid, above_maximum_balance),
    "top-up-too-big": Scenario(prepaid, only_small_ones),
    "left-in-vend-mode": Scenario(prepaid, sent_waits),
    "wrong-payment-mode": Scenario(prepaid, in_credit_mode),
    "cad-out-of-range": Scenario(home, hears_no_meter),
    "cad-stuck": Scenario(home, says_the_same),
    "cad-not-listed": Scenario(home, not_let_in),
    "display-frozen": Scenario(home, shows_the_same, "ihd-1"),
    "display-in-drawer": Scenario(home, dark_and_listed, "ihd-1"),
}
