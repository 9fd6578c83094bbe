"""HAN traffic in its layers, the tunnel of what parties send, profiles as data, and how much of it there is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hht.clock import ManualClock
from hht.identifiers import InstallCode
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub.commands import AddToDeviceLog
from hht.model.consumer_devices.displays import HomeDisplay, PrepaymentInterface
from hht.model.device import DeviceKind
from hht.model.electricity_meter.readings import ReadEnergy
from hht.model.electricity_meter.registers import ReadImportRegisters
from hht.model.features.notices import SendMessage
from hht.model.features.tariff import ReadPrices
from hht.model.gas_meter import GasMeter
from hht.model.gas_meter.valve import ReadValve
from hht.model.han import profiles as profile_data
from hht.model.han.layers import cluster, decode, is_tunnelled, speaks_dlms, tunnel_steps
from hht.model.han.node import HanNode, JoinFailure
from hht.model.han.profiles import default_profile, layer_rows, profiles
from hht.model.han.traffic import HanMessage, TrafficMeter
from hht.model.parties import Party, UserRole
from hht.model.plan_file import PremisesError
from hht.model.premises import Premises, bring_to_life
from hht.model.premises_plan import parse_premises
from hht.model.wan.frames import octets
from hht.resources import resource_text
from tests.model.wan.homes import after, home_with, hub

SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
GAS_SUPPLIER = Party("Example Gas", UserRole.GAS_SUPPLIER)
DCC = Party("DCC", UserRole.DCC)


@pytest.fixture
def home(clock: ManualClock) -> Premises:
    return home_with("[mains]\noutages = 0\n", clock)


def display(home: Premises) -> HomeDisplay:
    return next(device for device in home.of(HomeDisplay) if device.kind is DeviceKind.IHD)


def heard(home: Premises, act: Callable[[], object]) -> list[HanMessage]:
    """What goes by while `act` is done."""
    messages: list[HanMessage] = []
    hub(home).network.traffic = messages.append
    act()
    hub(home).network.traffic = None
    return messages


@pytest.mark.requirement("HAN-01")
def test_a_message_is_decoded_into_two_groups_of_the_seven_layers(home: Premises) -> None:
    network, meter = hub(home).network, home.device()
    asked, answered = heard(home, lambda: network.ask(display(home), meter, ReadEnergy()))
    layers = decode(asked, network)
    assert [(one.osi, one.name) for one in layers] == [
        (7, "application"),
        (6, "presentation"),
        (5, "session"),
        (4, "transport"),
        (3, "network"),
        (2, "data link"),
        (1, "physical"),
    ]
    assert [one.group for one in layers] == ["application"] * 3 + ["physical"] * 4
    texts = {one.name: one.text for one in layers}
    assert texts["application"] == "ZigBee Smart Energy Profile 1 (1.2b): ReadEnergy"
    assert texts["session"] == "SEP cluster 0x0702 Metering"
    assert texts["network"] == f"ZigBee network of {network.pan_id}: ihd-1 to esme-1 through hub-1"
    assert "-45 dBm" in texts["physical"]
    assert decode(answered, network)[0].text.endswith("answer to ReadEnergy")
    assert (answered.source, answered.target) == (asked.target, asked.source)
    size = octets(answered.content)
    assert str(-(-size // 127)) in decode(answered, network)[5].text


@pytest.mark.requirement("HAN-02", "HAN-08")
def test_a_partys_dlms_goes_through_a_tunnel_and_zigbee_looks_at_none_of_it(home: Premises, clock: ManualClock) -> None:
    meter, gas, box = home.device(), home.of(GasMeter)[0], hub(home)

    def visit() -> None:
        box.deliveries.deliver(meter.identity.device_id, ReadImportRegisters(), SUPPLIER)
        box.deliveries.deliver(gas.identity.device_id, ReadValve(), GAS_SUPPLIER)
        after(home, clock, 1800)
        box.network.ask(display(home), meter, ReadPrices())

    messages = heard(home, visit)
    by_content = {type(one.content).__name__: one for one in messages}
    to_meter, to_gas, local = (by_content[name] for name in ("ReadImportRegisters", "ReadValve", "ReadPrices"))
    assert [is_tunnelled(one) for one in (to_meter, to_gas, local)] == [True, True, False]
    assert [speaks_dlms(one) for one in (to_meter, to_gas, local)] == [True, False, False]  # gas and displays: SEP
    layers = {one.name: one.text for one in decode(to_meter, box.network)}
    assert layers["application"] == "DLMS/COSEM: ECS17b ReadImportRegisters"
    assert layers["session"] == "SEP cluster 0x0704 Tunneling: opaque octets"
    steps = list(tunnel_steps(to_meter))
    assert [step.command for step in steps] == ["Request Tunnel", "Transfer Data", "Close Tunnel"]
    assert all("ECS" not in step.content and "Import" not in step.content for step in steps)
    assert list(tunnel_steps(local)) == []
    answer = next(one for one in messages if one.answers == to_meter.content)
    assert speaks_dlms(answer)
    networks = {one.target.name for one in messages} | {one.source.name for one in messages}
    assert networks == {"hub-1", "esme-1", "gsme-1", "ihd-1"}  # all on one HAN


def test_alerts_and_presses_have_their_layers_too(home: Premises) -> None:
    network, meter = hub(home).network, home.device()
    (alert,) = heard(home, lambda: meter.alert(AlertCode.BATTERY_LOW))
    assert decode(alert, network)[0].text == "DLMS/COSEM: alert 8F1F"
    assert alert.target.name == "hub-1"
    pressed = heard(home, lambda: home.of(PrepaymentInterface)[0].press(meter, "enable"))
    assert cluster(pressed[0]) == "0x0708 Device Management"


def test_over_the_wire_the_lower_layers_are_others(clock: ManualClock) -> None:
    text = resource_text("premises", "high-rise-flat.toml")
    home = bring_to_life(parse_premises(text, name="flat", file="flat.toml"), clock=clock, days=1)
    messages = heard(home, home.of(HomeDisplay)[0].collect)
    assert decode(messages[0], hub(home).network)[-1].text.startswith("two wires")


@pytest.mark.requirement("HAN-03")
def test_version_1_of_the_profile_is_the_default_and_2_was_not_mature(home: Premises) -> None:
    assert default_profile() == "sep-1"
    assert profiles()["sep-1"].mature
    assert profiles()["sep-1"].version.startswith("1")
    assert not profiles()["sep-2"].mature
    assert {node.profile for node in hub(home).network.members.values()} == {"sep-1"}
    assert hub(home).network.profile == "sep-1"


@pytest.mark.requirement("HAN-18")
def test_a_meter_of_another_profile_joins_no_han_of_this_one(clock: ManualClock) -> None:
    text = resource_text("premises", "dual-fuel.toml")
    code = 'install_code = "1122334455667788112233445566778A"'
    mixed = text.replace(code, f'{code}\nprofile = "sep-2"')
    home = bring_to_life(parse_premises(mixed, name="mixed", file="mixed.toml"), clock=clock, days=1)
    gas, box = home.of(GasMeter)[0], hub(home)
    node = gas.node
    assert node is not None
    assert (node.joined, node.failure) == (False, JoinFailure.OTHER_PROFILE)
    box.execute(AddToDeviceLog(gas.identity.device_id, DeviceKind.GSME, InstallCode(code[16:48]), 60), DCC)
    node.locate()
    after(home, clock, 30)
    assert (node.joined, node.failure) == (False, JoinFailure.OTHER_PROFILE)
    same = mixed.replace('kind = "communications-hub"', 'kind = "communications-hub"\nprofile = "sep-2"')
    other = bring_to_life(parse_premises(same, name="mixed", file="mixed.toml"), clock=clock, days=1)
    joined = {one.device.name for one in hub(other).network.members.values()}
    assert joined == {"hub-1-gpf", "gsme-1"}  # now the gas meter is on, and nobody else
    with pytest.raises(PremisesError, match="profile"):
        parse_premises(mixed.replace("sep-2", "sep-9"), name="x", file="x.toml")


@pytest.mark.requirement("IDT-15")
def test_a_new_version_of_the_profile_is_a_table_of_the_data(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = resource_text("catalogue", "han_layers.toml")
    more = '[profile.sep-3]\ntitle = "A later profile"\nversion = "3.0"\nmature = true\n\n[default]'
    monkeypatch.setattr(profile_data, "resource_text", lambda *_parts: text.replace("[default]", more))
    profile_data._data.cache_clear()
    try:
        file = resource_text("premises", "dual-fuel.toml")
        for place in ('kind = "communications-hub"', "joined = true"):
            file = file.replace(place, f'{place}\nprofile = "sep-3"')
        home = bring_to_life(parse_premises(file, name="later", file="later.toml"), clock=clock, days=1)
        messages = heard(home, lambda: hub(home).network.ask(display(home), home.device(), ReadEnergy()))
        assert decode(messages[0], hub(home).network)[0].text.startswith("A later profile (3.0)")
    finally:
        profile_data._data.cache_clear()
    assert len(layer_rows()) == 7


@pytest.mark.requirement("CH-27")
def test_sizes_frequency_and_throughput_of_han_and_wan(clock: ManualClock) -> None:
    home = home_with("[mains]\noutages = 0\n[wan]\nsearch_s = 60\n[centre]\n", clock)
    (module,), network = home.wan, hub(home).network
    now_ms = home.site.now_ms
    han, wan = TrafficMeter(now_ms, octets), TrafficMeter(now_ms, octets)
    network.traffic = lambda message: han.count(message.content, message.time_ms)
    module.traffic = lambda message: wan.count(message, home.site.agenda.now_ms)
    for _number in range(4):
        hub(home).deliveries.deliver(home.device().identity.device_id, SendMessage("x" * 100), SUPPLIER)
        home.device().alert(AlertCode.BATTERY_LOW)
        after(home, clock, 900)
    assert (han.messages, wan.messages) == (12, 4)  # a command, its answer, an alert; the alerts go on
    assert han.peak == octets(SendMessage("x" * 100)) > 100
    assert han.busiest >= han.octets // 2
    assert han.per_hour(home.site.now_ms) == (12, han.octets)
    assert wan.per_hour(home.site.now_ms) == (4, wan.octets)


def test_nobody_listens_unless_asked_to(home: Premises) -> None:
    assert hub(home).network.traffic is None
    node = display(home).node
    assert isinstance(node, HanNode)
