"""Rows that a file may ask for, or that only some homes have: what was considered, allowed, or rejected."""

from __future__ import annotations

import pytest

from hht.clock import ManualClock
from hht.model.communications_hub.pairing import PairingMode
from hht.model.consumer_devices.access_device import AccessDevice
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.device import DeviceKind
from hht.model.electricity_meter import SupplyState
from hht.model.electricity_meter.supply import DisableSupply
from hht.model.gas_meter import GasMeter
from hht.model.gas_meter.valve import ArmValve, CloseValve, ReadValve, SetFlowTest
from hht.model.han.network import HanFailure
from hht.model.han.survey import before_leaving, survey
from hht.model.parties import Party, UserRole
from hht.model.plan_file import PremisesError
from hht.model.premises import Premises, bring_to_life, load_premises
from hht.model.premises_plan import parse_premises
from hht.model.radio.interference import wi_fi
from hht.model.radio.medium import RadioMedium
from hht.model.refusal import DeviceRefusal
from hht.model.training.panel import panel_of, press_control
from hht.model.wan.configuration import Regime
from hht.model.wan.opting import opt
from hht.resources import resource_text
from tests.model.wan.homes import hub

GAS_SUPPLIER = Party("Example Gas", UserRole.GAS_SUPPLIER)
OPERATOR = Party("Example Networks", UserRole.ELECTRICITY_DISTRIBUTOR)


def home_of(name: str, clock: ManualClock, *edits: tuple[str, str]) -> Premises:
    text = resource_text("premises", f"{name}.toml")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return bring_to_life(parse_premises(text, name=name, file=f"{name}.toml"), clock=clock, days=1)


# --- a gas meter without a valve -------------------------------------------------------------------------------------

NO_VALVE = ("[device.gas]", "[device.gas]\nvalve = false")


@pytest.mark.requirement("FUN-09")
def test_a_gas_meter_without_a_valve_knows_no_command_for_it(clock: ManualClock) -> None:
    home = home_of("dual-fuel", clock, NO_VALVE)
    gas = home.of(GasMeter)[0]
    for command in (CloseValve(), ArmValve(), SetFlowTest(gas.valve.test)):
        with pytest.raises(DeviceRefusal, match="does not know"):
            gas.execute(command, GAS_SUPPLIER)
    assert gas.execute(ReadValve(), GAS_SUPPLIER) is SupplyState.ENABLED
    assert not any("gas supply" in page.title.lower() for page in gas.display.pages())
    gas.tampers.locks = True
    gas.valve.disable("tamper", "its cover is off")
    assert (gas.supply, gas.valve.closed) == (SupplyState.ENABLED, False)
    assert "stuck-valve" not in {kind.name for kind, devices in home.faults.offered() if "gsme-1" in devices}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('[device.prepayment]\nmode = "prepayment"\n', "needs a valve"),
        ('supply = "armed"\n', "always on"),
    ],
)
def test_what_needs_a_valve_is_refused_without_one(clock: ManualClock, more: str, words: str) -> None:
    with pytest.raises(PremisesError, match=words):
        home_of("dual-fuel", clock, ("[device.gas]", f"{more}[device.gas]\nvalve = false"))


# --- how much is kept ------------------------------------------------------------------------------------------------


@pytest.mark.requirement("EED-02")
@pytest.mark.parametrize(("months", "rows"), [(12, 366 * 48), (13, 397 * 48)])
def test_a_meter_keeps_12_or_13_months(clock: ManualClock, months: int, rows: int) -> None:
    home = home_of("single-element", clock, ('local_access = "', f'profile_months = {months}\nlocal_access = "'))
    assert home.device().profile.capacity == rows
    with pytest.raises(PremisesError, match="12 to 13"):
        home_of("single-element", clock, ('local_access = "', 'profile_months = 24\nlocal_access = "'))


# --- the network operator --------------------------------------------------------------------------------------------


@pytest.mark.requirement("DNO-23")
def test_an_operator_needs_a_reason_for_one_meter_and_else_isolates_the_feeder(clock: ManualClock) -> None:
    name, rules = 'local_access = "', 'supply_rules = "multi-party"\nlocal_access = "'
    home = home_of("single-element", clock, (name, rules))
    meter = home.device()
    with pytest.raises(DeviceRefusal, match="only for a reason"):
        meter.execute(DisableSupply(), OPERATOR)
    meter.execute(DisableSupply("tampering with the supply"), OPERATOR)
    assert meter.supply is SupplyState.DISABLED
    other = load_premises("single-element", clock=clock, days=1)
    other.faults.on("feeder-isolated")
    assert (other.device().powered, other.device().supply) == (False, SupplyState.ENABLED)
    other.faults.off("feeder-isolated")
    assert other.device().powered


# --- pairing as it was rejected --------------------------------------------------------------------------------------


def with_pairing(clock: ManualClock, mode: str) -> tuple[Premises, AccessDevice]:
    kind = 'kind = "communications-hub"'
    home = home_of("dual-fuel", clock, (kind, f'{kind}\npairing = "{mode}"'))
    (cad,) = home.of(AccessDevice)
    assert cad.node is not None
    cad.node.leave()
    hub(home).device_log.remove(cad.identity.device_id)
    return home, cad


@pytest.mark.requirement("CAD-14")
def test_the_socket_on_the_hub_is_off_unless_a_file_asks_for_it(clock: ManualClock) -> None:
    usual, cad = with_pairing(clock, "remote")
    assert cad.node is not None
    with pytest.raises(DeviceRefusal, match="socket is off"):
        hub(usual).pairing.plug_in(cad.node)
    home, cad = with_pairing(clock, "socket")
    assert cad.node is not None
    meter = home.device()
    assert meter.node is not None
    with pytest.raises(DeviceRefusal, match="no consumer's device"):
        hub(home).pairing.plug_in(meter.node)
    hub(home).pairing.plug_in(cad.node)
    clock.advance(60)
    assert [name for name, _wh, _w in cad.read()] == ["esme-1"]


@pytest.mark.requirement("CAD-15")
def test_a_trusted_device_vouches_for_another_while_it_is_there(clock: ManualClock) -> None:
    home, cad = with_pairing(clock, "trusted-device")
    display = next(one for one in home.of(HomeDisplay) if one.kind is DeviceKind.IHD)
    assert display.node is not None
    assert cad.node is not None
    display.node.leave()  # thrown away by the people before
    with pytest.raises(DeviceRefusal, match="vouch for nobody"):
        hub(home).pairing.introduce(cad.node, display.node)
    meter = home.device()
    assert meter.node is not None
    hub(home).pairing.introduce(cad.node, meter.node)
    clock.advance(60)
    assert [name for name, _wh, _w in cad.read()] == ["esme-1"]
    hub(home).pairing.mode = PairingMode.REMOTE
    with pytest.raises(DeviceRefusal, match="at another one's word"):
        hub(home).pairing.introduce(cad.node, meter.node)


# --- the network -----------------------------------------------------------------------------------------------------


@pytest.mark.requirement("CH-14")
def test_a_hub_has_one_address_and_a_port_for_each_device(clock: ManualClock) -> None:
    home = load_premises("dual-fuel", clock=clock, days=1)
    addresses = hub(home).addresses
    table = addresses.table()
    assert addresses.own.startswith("fd")
    listed = [hub(home).gpf.identity.device_id, *hub(home).device_log.entries]
    assert [row.device_id for row in table] == listed
    assert len({row.port for row in table}) == len(table) > 2
    assert addresses.device_at(table[1].port) == table[1].device_id
    hub(home).device_log.remove(table[1].device_id)
    assert addresses.device_at(table[1].port) is None
    assert [row.port for row in addresses.table()] == [table[0].port, *(row.port for row in table[2:])]
    assert load_premises("dual-fuel", clock=clock, days=1, seed=9).find("hub-1") is not None
    other = hub(load_premises("dual-fuel", clock=clock, days=1, seed=9)).addresses.own
    assert other != addresses.own == hub(load_premises("dual-fuel", clock=clock, days=2)).addresses.own


@pytest.mark.requirement("CH-16")
def test_one_wan_application_layer_is_active_at_a_time(clock: ManualClock) -> None:
    home = load_premises("opted-out-shop", clock=clock, days=1)
    home.wan[0].deactivate()
    home.wan[0].activate("head-end")
    with pytest.raises(DeviceRefusal, match="head-end"):
        home.wan[0].activate("dcc")
    assert home.centre is not None
    opt(home.centre, Regime.MASS_ROLL_OUT)
    assert home.wan[0].application == "dcc"


@pytest.mark.requirement("HAN-15")
def test_retries_and_routes_are_what_makes_a_weak_link_work(clock: ManualClock) -> None:
    def heard(more: str) -> tuple[int, int, int]:
        home = home_of("stone-cottage", clock, ("[radio]\n", f"[radio]\n{more}"))
        home.faults.on("weak-signal", "ihd-1", 1)
        medium, network = home.medium, hub(home).network
        assert isinstance(medium, RadioMedium)
        medium.extra_loss["ihd-1"] = next(loss for loss in range(0, 1_200, 5) if _success(home, medium, loss) <= 500)
        lost = 0
        for _number in range(400):
            try:
                network.carry("ihd-1")
            except HanFailure:
                lost += 1
        (seen,) = [one for one in survey(hub(home)) if one.device == "ihd-1"]
        return lost, seen.success, seen.effective

    with_retries, raw, effective = heard("")
    without, _raw, single = heard("retries = false\n")
    assert raw <= 500 < 900 <= effective
    assert single == raw
    assert with_retries < 60 < 150 < without


def _success(home: Premises, medium: RadioMedium, loss: int) -> int:
    medium.extra_loss["ihd-1"] = loss
    return hub(home).network.quality("ihd-1").success


@pytest.mark.requirement("HAN-15")
def test_without_routing_a_repeater_is_no_help(clock: ManualClock) -> None:
    home = load_premises("stone-cottage", clock=clock, days=1)
    medium = home.medium
    assert isinstance(medium, RadioMedium)
    medium.repeaters.append("ihd-1")
    medium.extra_loss["gsme-1"] = 350
    now_ms = home.site.now_ms
    routed = medium.quality("gsme-1", "hub-1", now_ms)
    medium.routes = False
    assert medium.quality("gsme-1", "hub-1", now_ms) == medium.direct("gsme-1", "hub-1", now_ms)
    assert routed.success >= medium.quality("gsme-1", "hub-1", now_ms).success


@pytest.mark.requirement("EDG-15")
def test_the_network_gets_into_what_others_send(clock: ManualClock) -> None:
    home = load_premises("stone-cottage", clock=clock, days=1)
    medium = home.medium
    assert isinstance(medium, RadioMedium)
    assert medium.disturbed("hub-1", home.site.now_ms) == ()
    channel = medium.channels["hub-1", "2400"]
    middle = 2405 + 5 * (channel - 11)
    near = min(range(1, 12), key=lambda number: abs(2412 + 5 * (number - 1) - middle))
    far = 1 if near > 6 else 13
    medium.sources += [wi_fi(near), wi_fi(far)]
    assert medium.disturbed("hub-1", home.site.now_ms) == (wi_fi(near).name,)
    assert medium.disturbed("nobody", home.site.now_ms) == ()
    warned = before_leaving(hub(home), prepaid=False, accessible=True)
    assert [line for line in warned if wi_fi(near).name in line]
    assert not [line for line in warned if wi_fi(far).name in line]


def test_the_rejected_ways_are_there_to_be_pressed(clock: ManualClock) -> None:
    home, cad = with_pairing(clock, "socket")
    press_control(home, cad.name, "plug-in")
    clock.advance(60)
    assert [name for name, _wh, _w in cad.read()] == ["esme-1"]
    home, cad = with_pairing(clock, "trusted-device")
    assert {control.name: control.typed for control in panel_of(home, cad.name).controls}["introduce"]
    with pytest.raises(PremisesError):
        press_control(home, cad.name, "introduce", "nobody")
    press_control(home, cad.name, "introduce", "esme-1")
    clock.advance(60)
    assert [name for name, _wh, _w in cad.read()] == ["esme-1"]
